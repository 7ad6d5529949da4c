"""The probe that is written into copies of functions: it fires, it changes nothing else, and it can be read back."""

import subprocess
import sys

import pytest
from perfsmith.optimizer.verify.probe import MODULE, changed_units, instrument, read_log

CALLS = {
    "one line": ("def f(): return 1\n", "f()", ["f"]),
    "several on a line": ("def f(): x = 1; return x\n", "f()", ["f"]),
    "docstring": ('def f():\n    """Doc."""\n    return 1\n', "assert f.__doc__ == 'Doc.'; f()", ["f"]),
    "only a docstring": ('def f():\n    """Doc."""\n', "f()", ["f"]),
    "only an ellipsis": ("def f(): ...\n", "f()", ["f"]),
    "comment first": ("def f():\n    # why\n\n    return 1\n", "f()", ["f"]),
    "decorated": ("import functools\n@functools.lru_cache\ndef f():\n    return 1\n", "f(); f()", ["f"]),
    "nested": ("def f():\n    def g():\n        return 1\n    return g\n", "f()()", ["f", "f.g"]),
    "decorated inside": ("def f():\n    @staticmethod\n    def g(): pass\n    return g\n", "f()", ["f"]),
    "async": ("async def f():\n    return 1\n", "import asyncio; asyncio.run(f())", ["f"]),
    "generator": ("def f():\n    yield 1\n", "assert list(f()) == [1]", ["f"]),
    "not started generator": ("def f():\n    yield 1\n", "f()", []),
    "methods": (
        "class C:\n    def m(self): return 1\n    @property\n    def p(self):\n        return 2\n"
        "    @p.setter\n    def p(self, value): pass\n    @staticmethod\n    def s():\n        if 1: pass\n",
        "c = C(); c.m(); c.p = 3; C.s()",
        ["C.m", "C.p", "C.s"],
    ),
    "tabs": ("def f():\n\tif 1:\n\t\treturn 1\n", "f()", ["f"]),
    "form feed": ("\x0c\ndef f():\n\x0c    return 1\n", "f()", ["f"]),
    "continued line": ("def f(a=1,\n      b=2):\n    return (a +\n            b)\n", "f()", ["f"]),
    "global first": ("def f():\n    global G\n    G = 1\n", "f(); import mod; assert mod.G == 1", ["f"]),
    "match": ("def f(x=1):\n    match x:\n        case 1:\n            return 1\n", "f()", ["f"]),
    "with a semicolon end": ("def f(): return 1;\n", "f()", ["f"]),
    "no line end at all": ("def f():\n    return 1", "f()", ["f"]),
    "defined twice": ("if 0:\n    def f(): return 0\nelse:\n    def f(): return 1\n", "f()", ["f"]),
    "lambda only": ("f = lambda: 1\n", "f()", [MODULE]),
    "future import": ('"""Doc."""\nfrom __future__ import annotations\nX = 1\n', "", [MODULE]),
    "future import on the line": ("from __future__ import annotations; X = 1\n", "", [MODULE]),
    "not called": ("def f():\n    return 1\n", "", []),
}


def fired(folder, source, call, names):
    """Units whose probes were written by a process that imports the source and calls."""
    log = folder / "log"
    (folder / "mod.py").write_bytes(instrument("mod.py", source, names, str(log)))
    script = f"import sys; sys.path.insert(0, {str(folder)!r})\nfrom mod import *\n{call}\n"
    done = subprocess.run([sys.executable, "-B", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return sorted(unit.removeprefix("mod.py::") for unit in read_log(log.read_bytes() if log.exists() else b"").tests)


@pytest.mark.parametrize("case", CALLS)
@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
def test_it_fires_when_the_unit_runs(tmp_path, case, ends):
    source, call, expected = CALLS[case]
    names = expected or ["f"]
    assert fired(tmp_path, source.encode().replace(b"\n", ends), call, names) == sorted(expected)


@pytest.mark.parametrize(
    "source",
    [
        b"\xef\xbb\xbfdef f():\n    return '\xc3\xa9'\n",
        b"\xef\xbb\xbfX = 1\ndef f(): return 1\n",
        b"# -*- coding: latin-1 -*-\ndef f():\n    return '\xe9'\n",
        "def f():\n    été = 1; return été\n".encode(),
        "def f(): été = 1; return été\n".encode(),
    ],
)
def test_encodings_are_left_alone(tmp_path, source):
    assert fired(tmp_path, source, "f()", ["f", MODULE]) == [MODULE, "f"]
    probed = instrument("mod.py", source, ["f", MODULE], "log")
    lines = [line for line in probed.splitlines() if b"_reached" not in line]
    assert all(line in source for line in lines)


def test_syntax_that_our_own_python_cannot_read_is_no_obstacle():
    probed = instrument("m.py", b"def f[T](x: T) -> T:\n    return x\n", ["f"], "/log")
    assert probed.count(b"setdefault") == 1
    assert probed.endswith(b"\n    return x\n")


def test_a_path_of_any_letters_can_be_written_into_any_encoding():
    probed = instrument("é.py", b"# coding: latin-1\ndef f(): pass\n", ["f"], "/tmp/\u0440\udcff'\"")
    assert probed.isascii()
    compile(probed, "x", "exec")


def test_a_file_without_code_stays_as_it_is():
    for source in (b"", b"# nothing\n", b"\n\n"):
        assert instrument("x.py", source, [MODULE], "log") == source


def test_the_test_that_reached_it_is_noted():
    log = b"a.py::f\ttests/test_a.py::test_x[1 (2)] (call)\na.py::f\t\na.py::g\ttests/t.py::t (setup)\n"
    found = read_log(log)
    assert found.by("a.py::f") == {"tests/test_a.py::test_x[1 (2)]", ""}
    assert found.by("a.py::g") == {"tests/t.py::t"}
    assert found.by("a.py::h") == frozenset()


BEFORE = b"""import x
A = 1
def f():
    return 1
class C:
    z = 1
    @property
    def p(self):
        return 1
    @p.setter
    def p(self, v):
        pass
    def m(self):
        def inner():
            return 1
        return inner
TEXT = '''
one  \x20
'''
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"def f():\n    return 1", b"def f():\n    return 2", ("f",)),
        (b"import x", b"import x, y", (MODULE,)),
        (b"z = 1", b"z = 2", (MODULE,)),
        (b"def p(self):\n        return 1", b"def p(self):\n        return 2", ("C.p",)),
        (b"        pass\n", b"        self.q = v\n", ("C.p",)),
        (b"            return 1\n        return inner", b"            return 2\n        return inner", ("C.m.inner",)),
        (b"        return inner", b"        return inner()", ("C.m",)),
        (b"def f():\n    return 1\n", b"", ("f",)),
        (b"@property", b"@cached", ("C.p",)),
        (b"one   \n", b"one\n", (MODULE,)),
        (b"import x\nA = 1", b"import y\nA = 1\ndef g():\n    return 1", (MODULE,)),
        (b"", b"", (MODULE,)),
    ],
)
def test_what_a_change_is_a_change_of(old, new, expected):
    assert old in BEFORE
    assert set(changed_units("m.py", BEFORE, BEFORE.replace(old, new, 1))) == set(expected)


def test_white_space_at_line_ends_and_blank_lines_are_no_change_beside_others():
    after = BEFORE.replace(b"def f():\n    return 1", b"def f():\n    return 2  \n\n").replace(
        b"z = 1\n", b"z = 1 \n\n"
    )
    assert changed_units("m.py", BEFORE, after) == ("f",)


DESCRIBED = b"""\
class C:
    @property  # a remark
    def p(self):
        '''One
        sentence.'''

    def q(self):
        'Doc.'
        return 1  # same
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"# a remark", b"# another", (MODULE,)),
        (b"  # a remark", b"", (MODULE,)),
        (b"One\n        sentence.", b"Two.", (MODULE,)),
        (b"return 1  # same", b"# why\n\n        return 2", ("C.q",)),
        (b"'Doc.'\n", b"f'{self}'\n", ("C.q",)),
        (b"        'Doc.'\n        return 1", b"        return 1\n        'Doc.'", ("C.q",)),
    ],
)
def test_comments_and_docstrings_are_not_code_that_somebody_must_run(old, new, expected):
    after = DESCRIBED.replace(old, new)
    assert after != DESCRIBED
    assert changed_units("m.py", DESCRIBED, after) == expected
