"""Replies of every sort, read as changes of one function."""

import ast
import codecs
from textwrap import dedent

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from perfsmith.agents.edits import read_reply
from perfsmith.optimizer.core.errors import CandidateError, PerfsmithError
from perfsmith.optimizer.core.values import Unit
from perfsmith.optimizer.languages.python import units

FILE = '''"""Counting."""
import os
from typing import List

LIMIT = 3


def spare(x):
    return x


# counts things
@decorated
def count(xs, n=2):
    """Count.

    More.
    """
    total = 0
    for x in xs:
        if x == n:
            total += 1
    return total  # end


class C(object):
    size = 1

    def m(self, a):
        return """x
 y""" + a

    @property
    def p(self):
        return 1

    @p.setter
    def p(self, v):
        self.v = v


def after():
    return LIMIT
'''
ODD = '''class C:
    def stub(self):
        """Says.

        More.
        """

    @property
    def q(self):
        return (
            1)

    def text(self, a):
        return f"""
    {a}
at the margin
            deep""" + a

    def wide(
        self,
        a=1,
    ) -> None:
        # first
        if a:
            # why
            return [
      a,
                     a]
        # last


def f(x):  # here

    def inner(y):
        return y
    return inner
'''
GOOD = "def count(xs, n=2):\n    return list(xs).count(n)\n"


def unit_of(file: bytes, name: str, number: int = 0) -> Unit:
    return [unit for unit in units("pkg/a.py", file) if unit.name == name][number]


def read(reply: str, name: str = "count", file: str | bytes = FILE, number: int = 0) -> str:
    data = file if isinstance(file, bytes) else file.encode()
    unit = unit_of(data, name, number)
    edit = read_reply(reply, data, unit)
    assert (edit.path, edit.before) == ("pkg/a.py", data)
    assert edit.after is not None
    assert edit.after.endswith(data[unit.end :])
    return edit.after.decode("latin-1" if isinstance(file, bytes) else "utf-8")


def refused(reply: str, name: str = "count", file: str | bytes = FILE) -> CandidateError:
    with pytest.raises(CandidateError) as caught:
        read(reply, name, file)
    assert caught.value.reason == "malformed_edit"
    return caught.value


def fenced(code: str, info: str = "python") -> str:
    return f"```{info}\n{code.rstrip()}\n```\n"


def old(name: str) -> str:
    unit = unit_of(FILE.encode(), name)
    return FILE[unit.start : unit.end]


def body_replaced(code: str) -> str:
    """FILE with the whole of count, but not its decorator, replaced."""
    start = FILE.index("def count")
    return FILE[:start] + code.rstrip() + FILE[FILE.index("  # end") + len("  # end") :]


def test_only_the_unit_changes():
    assert read(fenced(GOOD)) == body_replaced(GOOD)


@pytest.mark.parametrize(
    "reply",
    [
        "why: count in C\n\n" + fenced(GOOD),
        fenced(GOOD, ""),
        fenced(GOOD, "py"),
        "~~~python\n" + GOOD + "~~~",
        "````python\n" + GOOD + "````",
        "1. so:\n   ```python\n   " + GOOD.replace("\n    ", "\n       ") + "   ```",
        "```python\n" + GOOD,
        GOOD,
        fenced("@decorated\n" + GOOD),
        fenced(GOOD.replace("\n", "\r\n")),
        fenced("    " + GOOD.replace("\n    ", "\n        ")),
        "<think>\n```python\ndef count(xs, n=2):\n    return 7\n```\n</think>\n" + fenced(GOOD),
        "thinking aloud ```\n</think>\n" + fenced(GOOD),
        "\ufeff" + fenced(GOOD),
        fenced(GOOD + "\n\nprint(count([2, 2]))"),
        fenced(GOOD + '\n\nif __name__ == "__main__":\n    print(count([]))'),
        fenced(GOOD + "\n\n" + old("spare")),
        fenced(GOOD.replace("list", "tuple") + "\n\n# or better\n" + GOOD),
        "The old code:\n" + fenced(old("count")) + "and now\n" + fenced(GOOD) + "Use it:\n" + fenced("count([1])"),
        "".join(fenced(f"def other{number}():\n    return {number}") for number in range(10)) + fenced(GOOD),
        "".join(fenced(GOOD.replace("list(xs)", f"tuple(xs)[{number}:]")) for number in range(9)) + fenced(GOOD),
    ],
)
def test_the_same_function_in_many_wrappings(reply):
    assert read(reply) == body_replaced(GOOD)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("", "empty"),
        ("  \n\n", "empty"),
        ("<think>I wonder how", "empty"),
        ("I would use a Counter here.", "no code block"),
        ("I'm sorry, but I can't help with that.", "no code block"),
        (fenced("def other(xs, n=2):\n    return 1"), "defines `other`"),
        (fenced("just words"), "none does"),
        ("".join(fenced(f"def f{number}(): pass") for number in range(10)), "No code block defines `count`"),
        (fenced("def count(xs, n=2):\n    total = 0\n    # ... rest unchanged\n    return total"), "rest unchanged"),
        (fenced("def count(xs, n=2):\n    # existing code\n    return total"), "# existing code"),
        (fenced("def count(xs, n=2):\n    # The rest of the function remains unchanged\n    return 0"), "rest of the"),
        (fenced("def count(xs, n=2):\n    ..."), "`...` stands for code"),
        (fenced("def count(xs, n=2):\n    total = 0\n    ...\n    return total"), "`...` stands for code"),
        (fenced('def count(xs, n=2):\n    """Count."""\n    pass'), "`pass` stands for code"),
        (fenced("def count(xs, m=2):\n    return 1"), "Keep the signature `def count(xs, n=2)`"),
        (fenced("def count(xs, n):\n    return 1"), "Keep the signature"),
        (fenced("def count(xs, n=3):\n    return 1"), "Keep the signature"),
        (fenced("def count(xs, *, n=2):\n    return 1"), "Keep the signature"),
        (fenced("def count(xs, n=2, /):\n    return 1"), "Keep the signature"),
        (fenced("def count(xs, n=2, *rest):\n    return 1"), "Keep the signature"),
        (fenced("def count(xs, n=2, **rest):\n    return 1"), "Keep the signature"),
        (fenced("async def count(xs, n=2):\n    return 1"), "the reply has `async def count(xs, n=2)`"),
        ("```python\ndef count(xs, n=2):\n    return [x for x in", "cut off"),
        (fenced(GOOD + "\nfor x in range(3):\n    count([x])"), "stands outside of the function"),
        (fenced("try:\n    import numpy\nexcept ImportError:\n    numpy = None\n" + GOOD), "stands outside"),
        (fenced(GOOD + "\ndef spare(x):\n    return x + 1"), "another `spare`"),
        (fenced("def spare(x):\n    return x + 1", "python helpers") + fenced(GOOD), "another `spare`"),
        (fenced("LIMIT = 4", "python helpers") + fenced(GOOD), "another `LIMIT`"),
        (fenced("from x import os", "python imports") + fenced(GOOD), "`os` means something else"),
        (fenced("from operator import after", "python imports") + fenced(GOOD), "`after` means something else"),
        (fenced("from __future__ import annotations\n" + GOOD), "__future__"),
        ("x" * 200_001, "200001 characters"),
        (fenced(GOOD.replace("list", "l\ud800")), "surrogates"),
    ],
)
def test_what_cannot_be_read_says_what_to_do(reply, said):
    assert said in str(refused(reply))


def test_what_the_old_text_had_is_no_elision():
    file = "def f(x):\n    # ... as usual\n    y = [x]\n    ...\n    return y\n"
    reply = fenced("def f(x):\n    # ... as usual\n    ...\n    return [x]")
    assert "return [x]" in read(reply, "f", file)


@pytest.mark.parametrize("comment", ["# remaining items first", "# the same key twice", "# rest of the line", "# skip"])
def test_an_ordinary_comment_is_no_elision(comment):
    assert comment in read(fenced(GOOD.replace("    return", f"    {comment}\n    return")))


def test_annotations_and_spelling_of_defaults_are_no_change_of_signature():
    file = "def f(a, b='x', *, c=(1,2)):\n    return a\n"
    assert "b: str" in read(fenced('def f(a, b: str = "x", *, c=(1, 2)) -> int:\n    return 0'), "f", file)


def test_a_repeated_function_changes_nothing():
    assert read(fenced(old("count"))) == FILE


def test_new_imports_and_helpers_have_fixed_places():
    reply = (
        fenced("import os\nimport os.path\nfrom typing import List, Dict", "python imports")
        + fenced("_K = 4\n\ndef _h(x):\n    return x", "python helpers")
        + fenced(GOOD)
    )
    expected = body_replaced(GOOD).replace("import List\n", "import List\nimport os.path\nfrom typing import Dict\n")
    assert read(reply) == expected.replace(
        "# counts things", "_K = 4\n\n\ndef _h(x):\n    return x\n\n\n# counts things"
    )


@pytest.mark.parametrize(
    "reply",
    [
        fenced("from math import inf\n\n\ndef _h(x):\n    return inf\n\n\n" + GOOD),
        "**Imports**\n"
        + fenced("from math import inf")
        + "## helpers:\n"
        + fenced("def _h(x):\n    return inf")
        + fenced(GOOD),
        fenced("# imports\nfrom math import inf") + fenced("# Helpers\ndef _h(x):\n    return inf") + fenced(GOOD),
        fenced("from math import inf", "imports") + fenced("def _h(x):\n  return inf", "helpers") + fenced(GOOD),
    ],
)
def test_labels_may_be_written_in_several_ways(reply):
    after = read(reply)
    assert "from typing import List\nfrom math import inf\n" in after
    assert "def _h(x):\n    return inf\n\n\n# counts things\n@decorated\ndef count" in after


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("", "from math import inf\n\n\ndef f(x):\n"),
        ('"""Doc."""\n', '"""Doc."""\n\nfrom math import inf\n'),
        ("# coding: utf-8\n", "# coding: utf-8\nfrom math import inf\n\n\ndef f(x):\n"),
        ("#!/usr/bin/env python\n# licence\n\n", "# licence\n\nfrom math import inf\n\n\ndef f(x):\n"),
        ("from __future__ import annotations\n", "annotations\nfrom math import inf\n"),
        ("import a  # why\n", "import a  # why\nfrom math import inf\n"),
        ("import a; b = [\n    1,\n]\n", "    1,\n]\nfrom math import inf\n"),
        ("import a\nb = 1\nimport c\n", "import a\nfrom math import inf\nb = 1\n"),
        ("import a.b\n", "import a.b\nfrom math import inf\n"),
    ],
)
def test_imports_go_below_the_first_import_block(head, expected):
    after = read(fenced("from math import inf\ndef f(x):\n    return inf"), "f", head + "def f(x):\n    return x\n")
    assert expected in after
    assert after.count("def f(x):") == 1
    ast.parse(after)


def test_an_import_for_type_checkers_alone_is_not_one_that_exists():
    file = "import a\nif TYPE_CHECKING:\n    from math import inf\n\ndef f(x):\n    return x\n"
    assert "import a\nfrom math import inf\nif" in read(
        fenced("from math import inf\ndef f(x):\n    return inf"), "f", file
    )


def test_a_helper_never_stands_above_the_coding_line():
    file = "# coding: latin-1\ndef f(x):\n    return x\n"
    assert read(fenced("_K = 1\ndef f(x):\n    return _K"), "f", file).startswith(
        "# coding: latin-1\n_K = 1\n\n\ndef f"
    )


@pytest.mark.parametrize(
    "code",
    [
        "    def m(self, a):\n        return 'z' + a",
        "def m(self, a):\n    return 'z' + a",
        "def m(self, a):\n        return 'z' + a",
        "class C(object):\n    size = 1\n\n    def m(self, a):\n        return 'z' + a",
        "class C:\n    def m(self, a):\n        return 'z' + a\n\n    @property\n    def p(self):\n        ...",
        "class C:\n  def m(self, a):\n    return 'z' + a",
        "class C:\n\tdef m(self, a):\n\t\treturn 'z' + a",
    ],
)
def test_a_method_at_any_indentation_with_or_without_its_class(code):
    assert read(fenced(code), "C.m") == FILE.replace('"""x\n y""" + a', "'z' + a")


@pytest.mark.parametrize(
    "code",
    [
        "class C:\n    def m(self, a):\n        return self._n(a)\n\n    def _n(self, a):\n        return a",
        "def m(self, a):\n    return self._n(a)\n\ndef _n(self, a):\n    return a",
        "class C:\n    size = 2\n    def m(self, a):\n        return 'z' + a",
        "class C:\n    def m(self, a):\n        return 'z' + a\n\n    @property\n    def p(self):\n        return 2",
    ],
)
def test_a_method_alone_may_change(code):
    assert "Only `C.m` may change" in str(refused(fenced(code), "C.m"))


def test_of_property_and_setter_the_right_one_is_taken():
    both = "@p.setter\ndef p(self, v):\n    self.v = v\n\n@property\ndef p(self):\n    return 2"
    assert read(fenced(both), "C.p") == FILE.replace("return 1", "return 2")


def test_a_nested_function():
    file = "def outer(k):\n  def inner(x):\n    return x + k\n  return inner\n"
    expected = file.replace("x + k", "k + x")
    assert read(fenced("def inner(x):\n    return k + x"), "outer.inner", file) == expected
    assert read(fenced(expected), "outer.inner", file) == expected


def test_strings_over_several_lines_keep_their_text():
    code = 'def m(self, a):\n    b = """x\n y"""\n    if a:\n        b += """1\n    2\n"""\n    return b + a'
    after = read(fenced(code), "C.m")
    assert '        b = """x\n y"""\n        if a:\n            b += """1\n    2\n"""\n' in after


def test_docstrings_move_with_the_function():
    file = 'class C:\n    def m(self):\n        """One.\n\n        Two.\n        """\n        return 1\n'
    code = 'def m(self):\n    """One.\n\n    Two.\n    """\n    return 2'
    assert read(fenced(code), "C.m", file) == file.replace("return 1", "return 2")


@pytest.mark.parametrize("name", ["C.stub", "C.text", "C.q", "C.wide", "f", "f.inner"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("sent", [lambda text: text, dedent, str.lstrip, lambda text: "class C:\n" + text])
def test_a_function_sent_back_as_it_is_gives_the_same_bytes(name, sent, end):
    file = ODD.replace("\n", end).encode()
    unit = unit_of(file, name)
    text = unit.indent + file[unit.start : unit.end].decode()
    edit = read_reply(fenced(sent(text) if name.startswith("C") else text), file, unit)
    assert edit.after == file


def test_a_fence_inside_a_docstring_does_not_end_the_block():
    code = 'def count(xs, n=2):\n    """Count.\n\n```\ncount([])\n```\n    """\n    return list(xs).count(n)'
    assert "return list(xs).count(n)" in read(fenced(code))


def test_tabs_for_spaces_and_spaces_for_tabs():
    reply = "def f(x):\n{0}if x:\n{0}{0}return (1,\n{0}{0}  2)\n{0}return 0\n"
    spaces, tabs = reply.format("    "), reply.format("\t")
    tabbed = "def f(x):\n\tif x:\n\t\treturn 1\n\treturn 0\n"
    spaced = tabbed.replace("\t", "    ")
    assert [read(fenced(tabs), "f", file) for file in (spaced, tabbed)] == [spaces, tabs]
    assert [read(fenced(spaces), "f", file) for file in (spaced, tabbed)] == [spaces, tabs]
    assert read(fenced(spaces), "f", spaced.replace("    ", "  ")) == reply.format("  ")


def test_the_steps_of_a_one_line_function_come_from_the_file():
    file = "def f(x): return x\n\nclass C:\n  def g(self):\n    return 1\n"
    assert read(fenced("def f(x):\n    return x"), "f", file).startswith("def f(x):\n  return x\n\nclass")


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("cookie", "encoding", "mark"),
    [
        ("", "utf-8", b""),
        ("", "utf-8", codecs.BOM_UTF8),
        ("# -*- coding: latin-1 -*-\n", "latin-1", b""),
        ("# coding: cp1252\n", "cp1252", b""),
        ("# coding: utf-8\n", "utf-8", codecs.BOM_UTF8),
    ],
)
@pytest.mark.parametrize("newline", [True, False])
@pytest.mark.parametrize("sent", ["\n", "\r\n"])
def test_encoding_line_ends_and_final_newline_stay(ends, cookie, encoding, mark, newline, sent):
    text = cookie + "import os\n\ndef f(x):\n    # größe\n    y = x\n    return 'ä'" + ("\n" if newline else "")
    file = mark + text.replace("\n", ends).encode(encoding)
    unit = unit_of(file, "f")
    reply = fenced("import re\n\n_K = 'ö'\n\ndef f(x):\n    # größer\n    return _K + 'ä'").replace("\n", sent)
    edit = read_reply(reply, file, unit)
    after = text.replace("    # größe\n    y = x\n    return ", "    # größer\n    return _K + ")
    after = after.replace("import os\n\n", "import os\nimport re\n\n_K = 'ö'\n\n\n")
    assert edit.after == mark + after.replace("\n", ends).encode(encoding)


def test_a_unit_with_mixed_line_ends_gets_those_it_uses_most():
    file = b"import os\n\ndef f(x):\r\n    y = x\r\n    z = y\n    return z\r\n\ndef g():\n    return 1\n"
    edit = read_reply(fenced("import re\ndef f(x):\n    y = x\n    return y"), file, unit_of(file, "f"))
    assert edit.after == (
        b"import os\r\nimport re\n\ndef f(x):\r\n    y = x\r\n    return y\r\n\ndef g():\n    return 1\n"
    )


def test_characters_that_the_encoding_lacks_are_refused():
    file = b"# coding: latin-1\ndef f(x):\n    return '\xe4'\n"
    with pytest.raises(CandidateError, match="has no '\\\\u2192'"):
        read_reply(fenced("def f(x):\n    return '→'"), file, unit_of(file, "f"))


def test_a_file_with_bare_carriage_returns_is_refused():
    assert "CR alone" in str(refused(fenced("def f(x):\n    return 1"), "f", b"def f(x):\r    return x\r"))


def swap(old_text: str, new_text: str) -> str:
    return f"<<<<<<< SEARCH\n{old_text}=======\n{new_text}>>>>>>> REPLACE\n"


def test_search_and_replace():
    reply = "a.py\n```python\n" + swap("    total = 0\n", "    total = 1\n    total -= 1\n") + "```\n"
    reply += swap("def after():\n    return LIMIT\n", "def after():\n    return 3\n")
    data = FILE.encode()
    after = read_reply(reply, data, unit_of(data, "count")).after
    expected = FILE.replace("total = 0", "total = 1\n    total -= 1").replace("return LIMIT", "return 3")
    assert after == expected.encode()


def test_search_and_replace_keeps_line_ends_and_mark():
    file = codecs.BOM_UTF8 + b"def f():\r\n    x = 1\r\n    return x"
    reply = swap("def f():\n    x = 1\n", "def f():\n    x = 2\n") + swap("    return x\n", "    return x + 0\n")
    assert read_reply(reply, file, unit_of(file, "f")).after == (
        codecs.BOM_UTF8 + b"def f():\r\n    x = 2\r\n    return x + 0"
    )


@pytest.mark.parametrize(
    ("reply", "said", "evidence"),
    [
        (swap("    total = 9\n    for x in xs:\n", "\n"), "not in the file", "    for x in xs:"),
        (swap("   total = 0\n", "\n"), "not in the file", "    total = 0"),
        (swap("otal = 0\n", "\n"), "not in the file", "total = 0"),
        (swap("\n", "pass\n"), "is empty", ""),
        (swap("    def p(self", ""), "has no `=======`", ""),
        ("<<<<<<< SEARCH\n    total = 0\n=======\n    total = 1\n", "has no `>>>>>>> REPLACE`", ""),
        (swap("def count(xs, n=2):\n", "def count(xs, n):\n"), "Keep the signature", ""),
        (swap("def count(xs, n=2):\n", "def number(xs, n=2):\n"), "gone from the file", ""),
        (swap("    total = 0\n", "    # ... existing code ...\n"), "stands for code", ""),
        (swap("    total = 0\n", "    total = '→'\n"), "", ""),
    ],
)
def test_search_and_replace_that_does_not_fit(reply, said, evidence):
    if "→" in reply:
        assert "→" in read_reply(reply, FILE.encode(), unit_of(FILE.encode(), "count")).after.decode()
        return
    error = refused(reply)
    assert said in str(error)
    assert evidence in error.evidence


def test_a_search_that_is_there_twice_names_the_lines():
    file = "def f():\n    x = 1\n    x = 1\n    return x\n"
    assert "2 times (lines 2, 3)" in str(refused(swap("    x = 1\n", "    x = 2\n"), "f", file))


def test_a_whole_file():
    new = FILE.replace("total = 0", "total = int()").replace("LIMIT = 3", "LIMIT = 4")
    data = FILE.encode()
    assert read_reply(fenced(new), data, unit_of(data, "count")).after == new.encode()


@pytest.mark.parametrize("lost", ["spare", "after", "C.m"])
def test_a_whole_file_that_lost_something_is_refused(lost):
    new = FILE.replace(old(lost), "").replace("LIMIT = 3", "LIMIT = 4")
    assert "Only `count` may change" in str(refused(fenced(new)))


def test_a_whole_file_must_keep_its_coding_line():
    file = b"# coding: latin-1\nK = 1\n\ndef f(x):\n    return '\xe4'\n"
    with pytest.raises(CandidateError, match="coding line"):
        read_reply(fenced("K = 2\n\ndef f(x):\n    return 'ä'"), file, unit_of(file, "f"))


def test_syntax_errors_inside_the_function_are_for_the_compiler_to_judge():
    assert "return xs..count" in read(fenced("def count(xs, n=2):\n    return xs..count(n)"))


def test_a_unit_from_another_version_of_the_file_is_our_own_mistake():
    unit = unit_of(b"\n\n" + FILE.encode(), "count")
    with pytest.raises(PerfsmithError) as caught:
        read_reply(fenced(GOOD), FILE.encode(), unit)
    assert caught.value.code == "stale_unit"


PIECES = st.sampled_from(
    ["```python\n", "```\n", "~~~\n", "def count(xs, n=2):\n", "    return 1\n", "\tx = (\n", "class C:\n", '"""',
     "'''", "<<<<<<< SEARCH\n", "=======\n", ">>>>>>> REPLACE\n", "    total = 0\n", "import re\n", "async ",
     "from x import *\n", "# imports\n", "helpers\n", "...\n", "@decorated\n", "LIMIT = 4\n", "if x:\n", "<think>",
     "</think>\n", "\\\n", "\r", "\x00", "\x0c", "é", "\u2028", "lambda: ", "def m(self, a):\n", "(" * 50, "    " * 20,
     "[*a, = 1\n"]
)  # fmt: skip


@given(
    st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=25).map("".join), st.sampled_from(["count", "C.m", "C.p"])
)
@example("```python\n" + "(" * 5000 + "\n```", "count")
@example("```python\ndef count(xs, n=2):\n" + "".join(" " * n + "if x:\n" for n in range(1, 300)) + "```", "count")
@example("```\n" * 3000, "count")
def test_nothing_but_a_candidate_error_leaves(reply, name):
    data = FILE.encode()
    unit = unit_of(data, name)
    try:
        edit = read_reply(reply, data, unit)
    except CandidateError as error:
        problem = error
    else:
        problem = None
    if problem is not None:
        assert (problem.reason, bool(str(problem))) == ("malformed_edit", True)
        return
    assert edit.after is not None
    if "SEARCH" not in reply and "LIMIT" not in reply:
        assert edit.after.startswith(data[: data.index(b"import List") + 11])
        assert edit.after.endswith(data[unit.end :])
        assert data[data.index(b"LIMIT") : data.index(b"# counts")].strip() in edit.after
