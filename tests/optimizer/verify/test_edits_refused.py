"""The rungs that run nothing but the interpreter: applies, scope, builds, names."""

from dataclasses import replace

import pytest
from perfsmith.optimizer.core.errors import TargetError
from perfsmith.optimizer.core.goal import Goal
from perfsmith.optimizer.core.values import Candidate, Edit, Origin
from perfsmith.optimizer.core.verdicts import Failed, Passed, Skipped
from perfsmith.optimizer.verify.applies import Applies
from perfsmith.optimizer.verify.builds import Builds
from perfsmith.optimizer.verify.names import Names, import_name
from perfsmith.optimizer.verify.scope import Scope
from perfsmith.optimizer.verify.set_aside import split
from perfsmith.optimizer.verify.signatures import changes, gone, readable, signatures
from perfsmith.optimizer.verify.surface import Surface

MODULE = '''\
"""Doc."""
import json
import os.path
try:
    import no_such_accelerator as fast
except ImportError:
    fast = None

LIMIT = 3


def slow(items, *, key=None):
    """Sort."""
    return sorted(items, key=key)


def _helper(a):
    return json.dumps(a)


def lazy(name):
    return getattr(os.path, name)
'''
FILES = {
    "src/pkg/__init__.py": "",
    "src/pkg/mod.py": MODULE,
    "src/pkg/other.py": "def __getattr__(name):\n    return name\n",
    "tests/test_mod.py": "def test_x(): pass\n",
    "bench.py": "import pkg\n",
    "setup.cfg": "",
}


@pytest.fixture(scope="module")
def base(tmp_path_factory, new_repository, base_in):
    folder = tmp_path_factory.mktemp("refused")
    return base_in(folder / "state", new_repository(folder / "repo", FILES))


def test_a_reply_that_could_not_be_read_is_malformed(base, climb):
    broken = Candidate(edits=(), idea="x", origin=Origin(author="m"), problem="no code block")
    outcome = climb(Applies(), broken, base)
    assert (outcome.reason, outcome.evidence) == ("malformed_edit", "no code block")
    empty = Candidate(edits=(), idea="x", origin=Origin(author="m"))
    assert climb(Applies(), empty, base).reason == "malformed_edit"


@pytest.mark.parametrize("before", [b"other bytes", None])
def test_an_edit_must_start_from_the_bases_bytes(base, climb, before):
    edit = Edit(path="src/pkg/mod.py", before=before, after=b"x = 1\n")
    outcome = climb(Applies(), Candidate(edits=(edit,), idea="x", origin=Origin(author="m")), base)
    assert outcome.reason == "malformed_edit"
    assert "src/pkg/mod.py" in outcome.evidence


@pytest.mark.parametrize(
    ("old", "new"), [("sorted(items", "sorted(  items"), ("LIMIT = 3", "LIMIT = 3  # three"), ("", "")]
)
def test_the_same_code_is_not_faster(base, climb, candidate, old, new):
    changed = candidate(base, {"src/pkg/mod.py": MODULE.replace(old, new)})
    assert climb(Applies(), changed, base).reason == "not_faster"


def test_other_code_applies(base, climb, candidate):
    changed = candidate(base, {"src/pkg/mod.py": MODULE.replace("LIMIT = 3", "LIMIT = 4")})
    assert isinstance(climb(Applies(), changed, base), Passed)


@pytest.mark.parametrize(
    "path",
    [
        "tests/test_mod.py",
        "bench.py",
        "setup.cfg",
        "pyproject.toml",
        "src/pkg/conftest.py",
        "conftest.py",
        "src/sitecustomize.py",
        "src/pkg/usercustomize.py",
        "src/pkg/x.pth",
        "src/pkg/tests/data.py",
        "src/pkg/setup.py",
        "../outside.py",
        "/etc/x.py",
        "src/pkg/../../x.py",
        "src//pkg/x.py",
        "src\\pkg\\x.py",
        ".git/hooks/x.py",
        "src/.GIT/x.py",
        "src/pkg/.hidden/x.py",
        "docs/conf.py",
        "src/pkg/data.json",
        "src/pkg/native.so",
    ],
)
def test_what_is_not_source_is_forbidden(base, climb, candidate, path):
    outcome = climb(Scope(), candidate(base, {path: "x = 1\n"}), base)
    assert isinstance(outcome, Failed)
    assert outcome.reason == "forbidden_edit"
    assert path in outcome.message


@pytest.mark.parametrize("mode", ["120000", "160000"])
def test_links_and_submodules_are_forbidden(base, climb, candidate, mode):
    outcome = climb(Scope(), candidate(base, {"src/pkg/mod.py": "/etc/passwd"}, mode=mode), base)
    assert outcome.reason == "forbidden_edit"
    assert "link" in outcome.message


@pytest.mark.parametrize(
    "path", ["src/pkg/mod/__init__.py", "src/pkg/other/__init__.py", "src/json.py", "src/pytest.py"]
)
def test_a_new_module_may_not_stand_in_for_another(base, climb, candidate, path):
    outcome = climb(Scope(), candidate(base, {path: "x = 1\n"}), base)
    assert outcome.reason == "forbidden_edit"
    assert "imported instead of" in outcome.message


def test_new_modules_and_executable_files_of_the_source_are_fine(base, climb, candidate):
    files = {"src/pkg/json.py": "x = 1\n", "src/pkg/_fast/__init__.py": "", "src/pkg/mod.py": MODULE + "y = 1\n"}
    assert isinstance(climb(Scope(), candidate(base, files, mode="100755"), base), Passed)


def test_deleting_a_module_takes_its_names_away(base, climb, candidate):
    outcome = climb(Surface(), candidate(base, {"src/pkg/mod.py": None}), base)
    assert outcome.reason == "forbidden_edit"
    assert "is gone" in outcome.message


BEFORE = """
import functools
from dataclasses import dataclass
def f(a, b=1, *c, d, e=None, **g): return a
async def co(): pass
def gen(): yield 1
def _private(a): pass
f2 = lambda a: a
class C:
    def m(self, x): pass
    def _p(self, x): pass
    def __len__(self): return 0
    @property
    def p(self): return 1
    @p.setter
    def p(self, value): pass
    @staticmethod
    def s(x): pass
    @classmethod
    def k(cls, x): pass
class _Hidden:
    def m(self): pass
@dataclass
class D:
    x: int
    y: int = 0
if True:
    def conditional(a): pass
"""


def found(source):
    return signatures(source.encode())


def compared(old, new):
    assert old in BEFORE
    sources = BEFORE.encode(), BEFORE.replace(old, new).encode()
    return (*changes(*sources), *gone(*sources))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("def f(a,", "def f(b0,"),
        ("b=1", "b=2"),
        ("b=1", "b"),
        (", b=1", ""),
        ("*c, d", "*, d"),
        ("*c, d", "*, c=0, d"),
        ("d, e=None", "e=None, d=None"),
        ("def f(a, b=1", "def f(a, /, b=1"),
        (", **g", ""),
        ("def f(a", "async def f(a"),
        ("def f(a, b=1, *c, d, e=None, **g): return a", "def f(a, b=1, *c, d, e=None, **g): yield a"),
        ("async def co", "def co"),
        ("yield 1", "return [1]"),
        ("f2 = lambda a: a", "f2 = lambda a, b: a"),
        ("def m(self, x)", "def m(self, x, y=1)"),
        ("def m(self, x)", "def _m(self, x)"),
        ("    @property\n    def p(self): return 1\n    @p.setter\n    def p(self, value): pass\n", "    p = 1\n"),
        ("    @p.setter\n    def p(self, value): pass\n", ""),
        ("    @staticmethod\n", ""),
        ("@classmethod\n    def k(cls", "@staticmethod\n    def k(cls"),
        ("def __len__(self)", "def __len__(self, x=0)"),
        ("class C:", "class _C:"),
        ("y: int = 0", "y: int = 1"),
        ("x: int\n    y: int = 0", "y: int = 0\n    x: int = 0"),
        ("def conditional(a)", "def conditional(b)"),
        ("def _private(a): pass", "def _private(a): pass\nf = _private"),
        ("def _private(a): pass", "def _private(a): pass\nf = lambda *a: a"),
        ("class _Hidden:", "def _n(self): pass\nC.m = _n\nclass _Hidden:"),
    ],
)
def test_public_signatures_stay(old, new):
    assert len(compared(old, new)) >= 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("def _private(a)", "def _private(b, c=1)"),
        ("def _private(a): pass\n", ""),
        ("def _p(self, x)", "def _q(self)"),
        ("class _Hidden:\n    def m(self)", "class _Hidden:\n    def other(self)"),
        ("def f(a,", "@functools.lru_cache\ndef f(a,"),
        ("def f(a, b=1", "def f(a: int, b: int=1"),
        ("def gen(): yield 1", "def gen():\n    x = [i for i in (lambda: (yield))()]\n    yield from x"),
        ("f2 = lambda a: a", "def f2(a): return a"),
        ("class C:", "class C(object):\n    __slots__ = ()"),
        ("def co(): pass", "def co(): return [x async for x in y]"),
        ("def _private(a): pass", "def _private(x): pass\n_f = _private"),
        ("def conditional(a): pass", "def conditional(a): return a\nelse:\n    def conditional(a): pass"),
    ],
)
def test_what_callers_do_not_see_may_change(old, new):
    assert compared(old, new) == ()


def test_a_name_may_be_imported_or_built_instead(base, climb, candidate):
    source = MODULE.replace("def slow(", "def _slow(") + "\nslow = __import__('functools').lru_cache(_slow)\n"
    assert isinstance(climb(Scope(), candidate(base, {"src/pkg/mod.py": source}), base), Passed)
    constant = MODULE.replace("LIMIT = 3", "_LIMIT = 3")
    assert "LIMIT is gone" in climb(Surface(), candidate(base, {"src/pkg/mod.py": constant}), base).message
    moved = MODULE.replace("LIMIT = 3", "from .other import LIMIT").replace("import json\n", "")
    assert isinstance(climb(Scope(), candidate(base, {"src/pkg/mod.py": moved}), base), Passed)
    gone = MODULE.replace("def slow(", "def _slow(")
    assert "slow is gone" in climb(Surface(), candidate(base, {"src/pkg/mod.py": gone}), base).message


def test_what_is_newer_than_our_own_python_is_not_waved_through(base, climb, candidate):
    newer = MODULE.replace("def slow(items, *", "def slow[T](items: T, extra=1, *")
    changed = candidate(base, {"src/pkg/mod.py": newer})
    if readable(newer.encode()):
        pytest.skip("this Python knows the newest syntax of the test")
    assert "signatures were not compared" in climb(Scope(), changed, base).warnings[0]
    assert climb(Builds(), changed, base).reason == "does_not_build"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def f(:\n", "SyntaxError"),
        ("def f():\nreturn 1\n", "IndentationError"),
        ("if x:\n\ty = 1\n        z = 2\n", "TabError"),
        ("x = 1\0", "null bytes"),
        ("# coding: utf-9\n", "SyntaxError"),
        ("return 1\n", "'return' outside function"),
    ],
)
def test_what_does_not_compile_is_refused_by_the_targets_interpreter(base, climb, candidate, source, said):
    outcome = climb(Builds(), candidate(base, {"src/pkg/mod.py": source}), base)
    assert (outcome.check, outcome.reason) == ("builds", "does_not_build")
    assert said in outcome.message
    assert "src/pkg/mod.py" in outcome.message


def test_what_compiles_builds_and_a_build_command_decides_too(base, climb, candidate):
    def building(command):
        return replace(base, surroundings=replace(base.surroundings, build=command))

    changed = candidate(base, {"src/pkg/mod.py": "x = 'é'\n", "src/pkg/gone.py": "import nothing_here\n"})
    assert isinstance(climb(Builds(), changed, base), Passed)
    good = Goal(workloads=(), suite=None, build="test -d src/pkg")
    assert isinstance(climb(Builds(), changed, building(good.build), good), Passed)
    bad = Goal(workloads=(), suite=None, build="echo linker trouble >&2; exit 1")
    outcome = climb(
        Builds(), changed, building("test ! -f src/pkg/gone.py || { echo linker trouble >&2; exit 1; }"), bad
    )
    assert (outcome.reason, outcome.evidence) == ("does_not_build", "linker trouble")


def test_every_tree_is_built_before_anything_runs_in_it(base):
    built = replace(base, surroundings=replace(base.surroundings, build="echo yes > built.txt"))
    with built.fork() as tree:
        assert (tree.folder / "built.txt").read_text() == "yes\n"
    broken = replace(base, surroundings=replace(base.surroundings, build="exit 3"))
    with pytest.raises(TargetError) as caught, broken.fork():
        pass
    assert caught.value.code == "build_failed"


USE = "\n\ndef use(x):\n    {body}\n"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return undefined_name(x)", "undefined_name"),
        ("return json.dupms(x)", "json.dupms"),
        ("return os.path.jion(x)", None),  # an attribute of an attribute is not looked up
        ("return [undefined_name for y in x]", "undefined_name"),
        ("return lambda: undefined_name", "undefined_name"),
    ],
)
def test_names_that_do_not_exist_are_refused(base, climb, candidate, body, said):
    outcome = climb(Names(), candidate(base, {"src/pkg/mod.py": MODULE + USE.format(body=body)}), base)
    if said is None:
        assert isinstance(outcome, Passed)
    else:
        assert (outcome.check, outcome.reason) == ("names", "does_not_build")
        assert said in outcome.message


@pytest.mark.parametrize(
    "source",
    [
        MODULE + USE.format(body="json = x\n    return json.anything"),
        MODULE + USE.format(body="return __name__, __file__, __doc__, print"),
        MODULE + USE.format(body="global later\n    later = x\n    return later"),
        MODULE + USE.format(body="return fast and fast.go(x)"),
        MODULE + USE.format(body="import math\n    return math.sqrt(x)"),
        MODULE + USE.format(body="note: Unknown = x\n    return note"),
        MODULE + "\nfrom json import *\n" + USE.format(body="return loads(x)"),
        MODULE + "\nfrom . import other\n" + USE.format(body="return other.whatever"),
        MODULE + "\nimport os\n" + USE.format(body="return os.path, os.sep"),
        MODULE + "\nimport concurrent\n" + USE.format(body="return concurrent.futures"),
        "from __future__ import annotations\n" + MODULE.partition("\n")[2] + "\ndef g(x: Unknown) -> Unknown: pass\n",
        MODULE + "\nclass A:\n    y = 1\n    def m(self):\n        return __class__, self.y\n",
        MODULE + "\nclass A:\n    B = 1\n    def m(self, z=B): return z\n",
    ],
)
def test_no_false_alarm(base, climb, candidate, source):
    outcome = climb(Names(), candidate(base, {"src/pkg/mod.py": source}), base)
    assert isinstance(outcome, Passed), outcome


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import no_such_module_at_all\n", "ModuleNotFoundError"),
        ("from json import no_such_name\n", "ImportError"),
        ("raise SystemExit(0)\n", "SystemExit"),
        ("1 / 0\n", "ZeroDivisionError"),
        ("import os\nos._exit(0)\n", "ends the interpreter"),
        ("import os\nos.kill(os.getpid(), 11)\n", "ends the interpreter"),
        ("import sys\nsys.setrecursionlimit(50)\ndef f(): f()\nf()\n", "RecursionError"),
    ],
)
def test_a_module_that_no_longer_imports_is_refused(base, climb, candidate, source, said):
    outcome = climb(Names(), candidate(base, {"src/pkg/mod.py": source}), base)
    assert (outcome.check, outcome.reason) == ("names", "does_not_build")
    assert said in outcome.message


def test_what_the_base_lacks_too_is_no_fault_of_the_candidate(repository, base_of, climb, candidate):
    files = {
        "src/pkg/__init__.py": "",
        "src/pkg/broken.py": "import no_such_module\n",
        "src/pkg/dies.py": "import os\nos._exit(3)\n",
        "src/pkg/loose.py": "def f(): return missing\n",
    }
    base = base_of(repository(files))
    for name, kind in (("broken", Passed), ("dies", Skipped), ("loose", Passed)):
        changed = candidate(base, {f"src/pkg/{name}.py": files[f"src/pkg/{name}.py"] + "x = 1\n"})
        assert isinstance(climb(Names(), changed, base), kind)


def test_the_base_is_asked_once(base, climb, candidate):
    rung = Names()
    for number in (4, 5):
        climb(rung, candidate(base, {"src/pkg/mod.py": MODULE.replace("LIMIT = 3", f"LIMIT = {number}")}), base)
    assert len(rung.known) == 1


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("src/pkg/mod.py", ("pkg.mod", "src")),
        ("src/pkg/__init__.py", ("pkg", "src")),
        ("flat.py", ("flat", ".")),
        ("scripts/run-me.py", ("", "")),
        ("src/pkg/__main__.py", ("", "")),
    ],
)
def test_how_a_module_is_imported(path, expected):
    assert import_name(path, frozenset(FILES)) == expected


def test_documents_and_new_tests_are_set_aside_and_nothing_else():
    def edit(path, before=b"x", mode="100644"):
        return Edit(path=path, before=before, after=b"y", mode=mode)

    harmless = [
        edit("README.md"),
        edit("docs/index.rst"),
        edit("docs/logo.svg"),
        edit("CHANGELOG"),
        edit("changelog.d/1.feature"),
        edit("tests/test_new.py", None),
        edit("tests/data/new.json", None),
        edit("src/pkg/test_new.py", None),
    ]
    judged = [
        edit("src/pkg/mod.py"),
        edit("src/pkg/words.txt"),
        edit("src/pkg/template.md"),
        edit("tests/test_old.py"),
        edit("tests/conftest.py", None),
        edit("conftest.py", None),
        edit("docs/conf.py"),
        edit("requirements.txt"),
        edit("pyproject.toml"),
        edit("README.md", mode="120000"),
        edit("x.pth", None),
    ]
    kept, aside = split([*judged, *harmless], ("src/pkg",))
    assert list(kept) == judged
    assert set(aside) == {entry.path for entry in harmless}
