"""Hundreds of broken and hostile patches: none crashes us, none writes outside, what is harmful gets a reason."""

import random

import pytest
from perfsmith.optimizer.core.errors import CandidateError
from perfsmith.optimizer.core.values import Edit, Repo
from perfsmith.optimizer.verify.scope import Scope
from perfsmith.optimizer.verify.set_aside import split

OLD = "def f(x):\n    y = 1\n    return x + y\n\n\ndef g(x):\n    return x\n"
FILES = {
    "src/pkg/__init__.py": OLD,
    "src/pkg/data.bin": b"\0\1\2",
    "tests/test_f.py": "def test(): pass\n",
    "run.sh": "x\n",
}
BODY = "@@ -1,3 +1,3 @@\n def f(x):\n-    y = 1\n+    y = 2\n     return x + y\n"
GOOD = f"--- a/src/pkg/__init__.py\n+++ b/src/pkg/__init__.py\n{BODY}"


def new_file(path, content="x = 1\n", mode="100644"):
    lines = "".join(f"+{line}\n" for line in content.splitlines())
    count = len(content.splitlines())
    head = f"diff --git a/{path} b/{path}\nnew file mode {mode}\n--- /dev/null\n+++ b/{path}\n"
    return f"{head}@@ -0,0 +1,{count} @@\n{lines}"


HARMFUL = {
    "above the repository": new_file("../outside.py"),
    "far above": new_file("src/../../outside.py"),
    "absolute": new_file("/tmp/outside.py"),
    "absolute, bare": GOOD.replace("a/src/pkg/__init__.py", "/etc/passwd").replace(
        "b/src/pkg/__init__.py", "/etc/passwd"
    ),
    "git's own": new_file(".git/config", "[core]\n"),
    "git's own, other case": new_file(".GIT/hooks/post-checkout", "echo\n", "100755"),
    "git's own, inside": new_file("src/.git/config", "[core]\n"),
    "git's own, short name": new_file("git~1/config", "[core]\n"),
    "git's own, ignored letters": new_file(".g\u200cit/config", "[core]\n"),
    "a drive": new_file("C:/windows/x.py"),
    "back slashes": new_file("src\\..\\..\\x.py"),
    "a link out": new_file("src/pkg/link.py", "/etc/passwd", "120000"),
    "a link, then through it": new_file("src/pkg/sub", "/tmp", "120000") + new_file("src/pkg/sub/x.py"),
    "a submodule": "diff --git a/src/pkg/m b/src/pkg/m\nnew file mode 160000\nindex 0000000..1234567\n"
    "--- /dev/null\n+++ b/src/pkg/m\n@@ -0,0 +1 @@\n+Subproject commit " + "1" * 40 + "\n",
    "a test is changed": GOOD.replace("src/pkg/__init__.py", "tests/test_f.py").replace(
        BODY, "@@ -1 +1 @@\n-def test(): pass\n+def test(): 1\n"
    ),
    "a test is moved": "diff --git a/tests/test_f.py b/src/pkg/x.py\nsimilarity index 100%\n"
    "rename from tests/test_f.py\nrename to src/pkg/x.py\n",
    "runs by itself": new_file("src/conftest.py"),
    "runs by itself, elsewhere": new_file("sitecustomize.py"),
    "a .pth file": new_file("src/pkg/x.pth", "import os\n"),
    "a file instead of a folder": new_file("src"),
    "no such file": GOOD.replace("__init__", "absent"),
    "other contents": GOOD.replace("y = 1", "y = 3"),
    "the same twice": GOOD + GOOD,
    "made binary": "diff --git a/src/pkg/__init__.py b/src/pkg/__init__.py\nindex 1..2 100644\n"
    "GIT binary patch\nliteral 3\nKcmZQ!\n",
    "no line counts": GOOD.replace("-1,3 +1,3", "-1,9999999999999999999 +1,3"),
    "empty hunk": GOOD.replace(BODY, "@@ -1,0 +1,0 @@\n"),
    "cut off": GOOD[:-20],
    "a NUL in a name": new_file("src/pkg/a\0b.py"),
    "no text": "\0\1\2" * 100,
    "only words": "please make it faster",
}
"""Each of them must come to a reason."""


@pytest.fixture(scope="module")
def base(tmp_path_factory, new_repository, base_in):
    """One base for all patches; they never change it."""
    folder = tmp_path_factory.mktemp("fuzz")
    return base_in(folder / "state", new_repository(folder / "repo", FILES))


def outside(base):
    """All files around the private repository, with their contents; git may touch the age of an object it knows."""
    root = base.surroundings.root.parent
    own = base.private.folder.parent.parent
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file() and own not in path.parents}


def judged(base, climb, candidate_of, patch):
    """The reason that a patch gets; empty where it may go on to the tests. Anything but a reason is our bug."""
    try:
        tree = base.private.with_patch(base.tree, patch)
        edits, aside = split(base.private.edits(base.tree, tree), base.repo.source)
    except CandidateError as error:
        return error.reason
    if not edits:
        return "set aside" if aside else "empty"
    outcome = climb(Scope(), candidate_of(edits), base)
    return getattr(outcome, "reason", "")


@pytest.fixture
def reason(base, climb):
    from perfsmith.optimizer.core.values import Candidate, Origin

    def find(patch):
        data = patch.encode("utf-8", "surrogateescape") if isinstance(patch, str) else patch
        return judged(base, climb, lambda edits: Candidate(edits=edits, idea="x", origin=Origin(author="patch")), data)

    return find


@pytest.mark.parametrize("patch", HARMFUL.values(), ids=HARMFUL.keys())
def test_harmful_patches_get_a_reason_and_touch_nothing(base, reason, patch):
    before = outside(base)
    assert reason(patch) in ("malformed_edit", "forbidden_edit")
    assert outside(base) == before


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_good_patch_is_good(reason, end):
    assert reason(GOOD) == ""
    assert reason(GOOD.replace("\n", end)) in ("", "malformed_edit")


def test_mutated_patches_get_a_reason_or_stay_inside(base, reason):
    before, dice = outside(base), random.Random(3)
    pool = [GOOD, *HARMFUL.values()]
    found = [reason(mutated(dice, dice.choice(pool))) for _ in range(60)]
    assert set(found) <= {"", "empty", "set aside", "malformed_edit", "forbidden_edit"}
    assert outside(base) == before


def mutated(dice, text):
    data = bytearray(text.encode())
    for _ in range(dice.randint(1, 4)):
        place = dice.randrange(len(data) or 1)
        match dice.randint(0, 3):
            case 0:
                data[place : place + dice.randint(1, 30)] = b""
            case 1:
                data[place:place] = dice.choice(
                    (b"\0", b"\r", b"../", b"\n", b"\xff\xfe", b"/", b"@@ -1 +1 @@\n", b"-", b"+")
                )
            case 2:
                data[place : place + 1] = bytes([dice.randrange(256)])
            case _:
                data += data[place:]
    return bytes(data)


PATHS = (
    "src/pkg/__init__.py",
    "src/pkg/new.py",
    "../x.py",
    "/x.py",
    "src/../x.py",
    ".git/x.py",
    "src/.GIT/x.py",
    "x.py",
    "",
    ".",
    "..",
    "src",
    "src/pkg/../../x.py",
    "tests/x.py",
    "src/pkg/conftest.py",
    "src/pkg/a.pth",
    "src/\n/x.py",
    "src/\udcff.py",
    "src/pkg/" + "d/" * 500 + "x.py",
    "src//pkg/x.py",
    "C:\\x.py",
    "src/pkg/__INIT__.PY",
    "src/pkg/x.py/../../../y.py",
)
MODES = ("100644", "100755", "120000", "160000", "040000", "", "104755")
INSIDE = {"src/pkg/__init__.py", "src/pkg/new.py", "src/\n/x.py", "src/\udcff.py", "src//pkg/x.py"}


def test_no_mixture_of_path_and_mode_passes_but_plain_source(base, climb):
    from perfsmith.optimizer.core.values import Candidate, Origin

    dice = random.Random(4)
    for _ in range(1500):
        path, mode = dice.choice(PATHS), dice.choice(MODES)
        before = OLD.encode() if dice.random() < 0.5 else None
        after = dice.choice((None, b"", b"x = 1\n", b"\0", OLD.encode()))
        edit = Edit(path=path, before=before, after=after, mode=mode)
        outcome = climb(Scope(), Candidate(edits=(edit,), idea="x", origin=Origin(author="patch")), base)
        reason = getattr(outcome, "reason", "")
        assert reason in ("", "forbidden_edit")
        if reason == "":
            assert "src" in path.split("/")[:1]
            assert ".." not in path.split("/")
            assert after is None or mode in ("100644", "100755")


def test_thousands_of_hunks_come_to_an_end(base, climb, reason):
    hunks = "".join(f"@@ -{n},1 +{n},1 @@\n-x\n+y\n" for n in range(1, 5000))
    assert reason(GOOD.replace(BODY, hunks)) == "malformed_edit"
    files = "".join(new_file(f"src/pkg/n{n}.py") for n in range(300))
    assert reason(files) == ""
    assert isinstance(base.repo, Repo)
