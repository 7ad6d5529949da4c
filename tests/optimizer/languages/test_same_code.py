"""What counts as the same program."""

import pytest
from perfsmith.optimizer.languages.same_code import same_code

BASE = b'"""Doc."""\ndef f(a, b=1):\n    """Says."""\n    return (a +\n            b)  # why\n'


@pytest.mark.parametrize(
    "other",
    [
        BASE,
        BASE.replace(b"# why", b"# because"),
        BASE.replace(b"(a +\n            b)", b"a + b"),
        BASE.replace(b"Says.", b"Tells."),
        BASE.replace(b'    """Says."""\n', b""),
        BASE.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + BASE,
        b"# coding: latin-1\n# \xe4\n" + BASE,
        BASE.replace(b"b=1", b"b=0x1"),
    ],
)
def test_comments_formatting_and_docstrings_do_not_count(other):
    assert same_code(BASE, other)


@pytest.mark.parametrize(
    "other",
    [
        BASE.replace(b"a +", b"b +"),
        BASE.replace(b"b=1", b"b=True"),
        BASE.replace(b"b=1", b"b=1.0"),
        BASE.replace(b'"""Says."""', b'f"""Says."""'),
        BASE.replace(b"def f", b"async def f"),
        BASE + b"x = 1\n",
        BASE + b"'text'\n",
    ],
)
def test_everything_else_counts(other):
    assert not same_code(BASE, other)


def test_what_this_interpreter_cannot_read_is_compared_word_by_word():
    old = b"def f(x):\n    print x\n    return [x , 1]\n"
    assert same_code(old, old.replace(b"[x , 1]", b"[x, 1]  # spaced"))
    assert not same_code(old, old.replace(b"print x", b"print y"))
    assert not same_code(old, old.replace(b"print x\n    return", b"print x\n    if x: return"))


def test_nesting_that_is_too_deep_is_no_crash():
    deep = b"x = " + b"-" * 5000 + b"1\n"
    assert same_code(deep, deep + b"# more\n")
    assert not same_code(deep, deep + b"y = 1\n")
