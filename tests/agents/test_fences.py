"""The one line that becomes a commit's subject, and fences of every sort."""

import pytest
from perfsmith.agents.fences import answer_of, blocks_of, idea_of


@pytest.mark.parametrize(
    ("text", "idea"),
    [
        ("why: Use a set for the look-up.\n```python\n```", "use a set for the look-up"),
        ("Some words.\n\n**Why:** hoist the regular expression\n", "hoist the regular expression"),
        ("## Use `bisect` instead of a scan\n```python\nx\n```", "use bisect instead of a scan"),
        ("I replaced the list with a set.\n", "rewrite f"),
        ("Sure! Here you go:\n```python\n```", "rewrite f"),
        ("Here's the optimised version", "rewrite f"),
        ("```python\nwhy: no prose\n```", "rewrite f"),
        ("", "rewrite f"),
        ("why:\n", "rewrite f"),
        ("why: C\x1b[31m code\u202e and\ttabs  now", "C [31m code and tabs now"),
        ("why: IO is batched", "IO is batched"),
        ("<think>why: wrong</think>why: right", "right"),
        ("why: " + "long words " * 20, "long words " * 6 + "long"),
    ],
)
def test_the_idea_in_one_line(text, idea):
    assert idea_of(text, "rewrite f") == idea
    assert len(idea) <= 72


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("```\na\n```\ntext\n~~~py\nb\n~~~", ["a\n", "b\n"]),
        ("````\n```\na\n```\n````", ["```\na\n```\n"]),
        ("> ```\n> a\n> ```", ["a\n"]),
        ("```a``` inline", []),
        ("```\nopen", ["open\n"]),
        ("```\n```", [""]),
    ],
)
def test_code_blocks(text, codes):
    assert [block.code for block in blocks_of(text)] == codes


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("<think>a</think>b", "b"),
        ("<Thinking>a\n</Thinking>\nb", "\nb"),
        ("a\n</think>\nb", "\nb"),
        ("<think>never ends", ""),
        ("x = '</think>'", "x = '</think>'"),
        ("a\r\nb\rc", "a\nb\nc"),
    ],
)
def test_thinking_is_dropped(text, left):
    assert answer_of(text) == left
