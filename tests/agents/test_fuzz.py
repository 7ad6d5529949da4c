"""Thousands of broken replies: none crashes us, none leaves its file, each gets a reason."""

import random
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from perfsmith.agents.edits import read_reply
from perfsmith.agents.fences import idea_of
from perfsmith.optimizer.core.errors import CandidateError
from perfsmith.optimizer.core.values import Edit
from perfsmith.optimizer.languages.python import units

FILE = b'''"""Counting."""
import os
from typing import List

LIMIT = 3


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
    @property
    def size(self):
        return len(self.items)
'''
FILES = {
    "plain": FILE,
    "windows": FILE.replace(b"\n", b"\r\n"),
    "mixed ends": FILE.replace(b"\n", b"\r\n", 9),
    "byte-order mark": b"\xef\xbb\xbf" + FILE,
    "latin-1": b"# -*- coding: latin-1 -*-\n# \xe9\n" + FILE,
    "no last end": FILE.rstrip(b"\n"),
    "a bit of binary": FILE + b"\0\x01\xff\n",
    "form feeds and tabs": FILE.replace(b"    ", b"\t").replace(b"\n\n\n", b"\n\x0c\n"),
}
GOOD = (
    "why: count in C\n\n```python\ndef count(xs, n=2):\n    return list(xs).count(n)\n```\n",
    "```python imports\nimport bisect\n```\n```python helpers\ndef _go(xs):\n    return bisect.bisect(xs, 1)\n```\n"
    "```python\ndef count(xs, n=2):\n    return _go(xs)\n```\n",
    "<<<<<<< SEARCH\n    total = 0\n    for x in xs:\n=======\n    total = 0\n"
    "    for x in tuple(xs):\n>>>>>>> REPLACE\n",
    "<think>\nhm ```python\n</think>\n" + "```python\n" + FILE.decode() + "```\n",
)
PIECES = (
    "```",
    "~~~",
    "````",
    "```python\n",
    "```python imports\n",
    "```python helpers\n",
    "<<<<<<< SEARCH\n",
    "=======\n",
    ">>>>>>> REPLACE\n",
    "def count(xs, n=2):\n",
    "class C:\n",
    "    ",
    "\t",
    "\r",
    "\r\n",
    "\x0c",
    "\0",
    "\ufeff",
    "\ud800",
    "\udcff",
    "\u2028",
    "é",
    "\U0001d4b3",
    "...",
    "# ... rest of the code\n",
    "'''",
    '"""',
    "(",
    "[" * 50,
    ")" * 50,
    "\\\n",
    "\\",
    "import os\n",
    "from __future__ import annotations\n",
    "from . import x\n",
    "@property\n",
    "async ",
    "lambda: ",
    "if 1:\n",
    "../../etc/passwd",
    "/etc/passwd",
    "C:\\x",
    "--- a/.git/config\n+++ b/.git/config\n",
    "<think>",
    "</think>",
    "> ",
    "x = 1\n",
    "global count\n",
    "del count\n",
    "def count(xs, n=2): return 0\n",
    "    pass\n" * 40,
    "\n" * 40,
    "f'{",
    "0x",
)


def judged(text, file=FILE, name="count"):
    """The reason that a reply gets, and the edit where it could be read. Whatever else happens is our bug."""
    unit = next(unit for unit in units("src/pkg/m.py", file) if unit.name == name)
    idea = idea_of(text, "rewrite")
    assert isinstance(idea, str)
    assert "\n" not in idea
    try:
        edit = read_reply(text, file, unit)
    except CandidateError as error:
        problem = error
    else:
        problem = None
    if problem is not None:
        assert problem.reason == "malformed_edit"
        assert str(problem).strip()
        return problem.reason, None
    assert isinstance(edit, Edit)
    assert (edit.path, edit.before, edit.mode) == ("src/pkg/m.py", file, "100644")
    assert isinstance(edit.after, bytes)
    return "", edit


def mutated(dice, text):
    """A real reply with some of its parts cut, doubled, moved or replaced."""
    for _ in range(dice.randint(1, 6)):
        one, other = sorted((dice.randint(0, len(text)), dice.randint(0, len(text))))
        match dice.randint(0, 5):
            case 0:
                text = text[:one] + text[other:]
            case 1:
                text = text[:one] + dice.choice(PIECES) + text[one:]
            case 2:
                text = text[:one] + text[one:other] * 2 + text[other:]
            case 3:
                text = text[:one]
            case 4:
                lines = text.split("\n")
                dice.shuffle(lines)
                text = "\n".join(lines)
            case _:
                text = (
                    text[:one] + chr(dice.choice((0, 10, 13, 32, 96, 160, 0x2028, 0xD800, 0x1F40D))) + text[one + 1 :]
                )
    return text


def test_the_good_replies_are_good():
    assert [judged(text)[0] for text in GOOD] == [""] * len(GOOD)


@pytest.mark.parametrize("file", FILES.values(), ids=FILES.keys())
def test_four_hundred_mutated_replies_for_each_sort_of_file(file):
    dice = random.Random(1)
    found = [judged(mutated(dice, dice.choice(GOOD)), file) for _ in range(400)]
    assert {reason for reason, _ in found} == {"", "malformed_edit"}
    head = re.match(rb"(?s).*?(?=def count)", file)[0].partition(b"import")[0]
    assert all(edit.after.startswith(head[:3]) for _, edit in found if edit is not None)


def test_two_thousand_heaps_of_pieces():
    dice = random.Random(2)
    names = ("count", "C.size")
    for _ in range(2000):
        text = "".join(dice.choice(PIECES) for _ in range(dice.randint(0, 30)))
        judged(text, FILE, dice.choice(names))


@settings(max_examples=300, suppress_health_check=list(HealthCheck))
@given(st.text(st.characters(exclude_categories=()), max_size=300), st.sampled_from(GOOD), st.integers(0, 200))
def test_any_text_anywhere_in_a_reply(text, good, place):
    judged(good[:place] + text + good[place:])
    judged(text)


@settings(max_examples=200, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=400))
def test_any_bytes_as_a_reply_or_as_a_file(data):
    judged(data.decode("utf-8", "replace"))
    judged(GOOD[0], FILE + b"\n# " + data.replace(b"\n", b"").replace(b"\r", b""))


@pytest.mark.parametrize(
    "text",
    [
        "```python\n" * 5000,
        "`" * 100_000,
        "<<<<<<< SEARCH\n" * 5000,
        "<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n" * 3000,
        "<<<<<<< SEARCH\n    total = 0\n=======\n    total = 0\n>>>>>>> REPLACE\n" * 2500,
        "```python\ndef count(xs, n=2):\n    return " + "(" * 20_000 + ")" * 20_000 + "\n```",
        "```python\ndef count(xs, n=2):\n" + "".join(f"{' ' * (4 + i)}if x:\n" for i in range(300)) + "```",
        "```python\ndef count(xs, n=2):\n    return '" + "a" * 150_000 + "'\n```",
        "```python\n" + "def count(xs, n=2):\n    return 1\n" * 3000 + "```",
        "<think>" * 20_000,
        "\n" * 199_999,
        " " * 199_999,
        "x" * 5_000_000,
        "```python helpers\n" + "".join(f"def h{i}():\n    return {i}\n" for i in range(2000)) + "```\n" + GOOD[0],
        "```python imports\n" + "".join(f"import m{i}\n" for i in range(3000)) + "```\n" + GOOD[0],
    ],
    ids=range(15),
)
def test_huge_replies_come_to_an_end(text):
    reason, edit = judged(text)
    assert reason == "malformed_edit" or edit is not None
