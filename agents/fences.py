"""A reply's text taken apart: thinking dropped, code blocks with their labels, the one-line idea."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from ..optimizer.languages.python import parse

LABELS = ("imports", "helpers")
_OPENING = re.compile(r"^([ \t]*(?:>[ \t]?)?)(`{3,}|~{3,})[ \t]*([^`]*)$")
_THOUGHT = re.compile(r"^\s*<(think|thinking|thought|reasoning)>.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE)
_THOUGHT_END = re.compile(r"^[ \t]*</(?:think|thinking|thought|reasoning)>[ \t]*$", re.IGNORECASE | re.MULTILINE)
_SMALL_TALK = re.compile(
    r"^(sure|here|certainly|of course|okay|ok\b|the\b|this\b|below|i\b|i'|to\b|let|looking|we\b)", re.I
)
IDEA_LENGTH = 72


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One fenced block: its code with `\\n` line ends, and the slot its label names, if any."""

    code: str
    label: str = ""
    closed: bool = True


def answer_of(text: str) -> str:
    """The reply without the thinking before it, line ends made `\\n`."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    text = _THOUGHT.sub("", text)
    ends = [found.end() for found in _THOUGHT_END.finditer(text)]
    return text[ends[-1] :] if ends else text


def blocks_of(answer: str) -> tuple[Block, ...]:
    """All fenced blocks, in order. A fence inside a string of the code does not end a block."""
    return tuple(_blocks(answer.split("\n")))


def idea_of(text: str, otherwise: str) -> str:
    """What the reply says it did, as one printable line of at most 72 characters; else `otherwise`.

    Taken from a line that begins with `why:`, else from the first line of prose that is not small talk.
    """
    prose = list(_prose(answer_of(text).split("\n")))
    named = [line for line in prose if line.lower().startswith("why:")]
    lines = [_sentence(line.removeprefix(line[:4])) for line in named[:1]] or [
        line for line in (_sentence(line) for line in prose[:1]) if not _SMALL_TALK.match(line)
    ]
    return next((line for line in lines if line), otherwise)


def _blocks(lines: list[str]) -> Iterator[Block]:
    row = 0
    while row < len(lines):
        opening = _OPENING.match(lines[row])
        if opening is None:
            row += 1
            continue
        end = _end_of(lines, row + 1, opening[2])
        code = _without(opening[1], lines[row + 1 : end])
        label = _label(opening[3], _above(lines, row), code)
        yield Block(code=code, label=label, closed=end < len(lines))
        row = end + 1


def _closings(lines: list[str], start: int, fence: str) -> Iterator[int]:
    for row in range(start, len(lines)):
        mark = lines[row].strip(" \t>")
        if len(mark) >= len(fence) and set(mark) == {fence[0]}:
            yield row


def _end_of(lines: list[str], start: int, fence: str) -> int:
    """The first closing fence that does not cut a string in two; else the first; else the end."""
    first = len(lines)
    for end in islice(_closings(lines, start, fence), 8):
        if not _open_string("\n".join(lines[start:end])):
            return end
        first = min(first, end)
    return first


def _open_string(code: str) -> bool:
    odd = code.count('"""') % 2 == 1 or code.count("'''") % 2 == 1
    return odd and parse(code.encode("utf-8", "replace")).has_error


def _without(margin: str, lines: list[str]) -> str:
    """The lines without the white space that the fence itself stands behind, where all have it."""
    if margin and all(line.startswith(margin) or not line.strip() for line in lines):
        lines = [line.removeprefix(margin) for line in lines]
    return "\n".join(lines) + "\n" if lines else ""


def _above(lines: list[str], row: int) -> str:
    """The last line of text before a fence."""
    return next((line for line in reversed(lines[max(0, row - 2) : row]) if line.strip()), "")


def _label(info: str, above: str, code: str) -> str:
    first = code.lstrip().split("\n", 1)[0]
    words = info.lower().split()
    for word in [*words[:2], _bare(above), _bare(first) if first.startswith("#") else ""]:
        if word in LABELS:
            return word
    return ""


def _bare(line: str) -> str:
    return line.strip(" \t#*_`:-=").lower()


def _prose(lines: list[str]) -> Iterator[str]:
    """Lines outside of code blocks, without Markdown's marks."""
    fence = ""
    for line in lines:
        opening = _OPENING.match(line)
        if fence:
            fence = "" if line.strip(" \t>") == fence else fence
        elif opening:
            fence = opening[2]
        elif bare := line.strip(" \t#*_`>-"):
            yield bare


def _sentence(line: str) -> str:
    plain = "".join(char if char.isprintable() else " " for char in line).replace("`", "").replace("**", "")
    plain = " ".join(plain.split()).strip(" *_").rstrip(".:;,")
    if len(plain) > IDEA_LENGTH:
        plain = plain[:IDEA_LENGTH].rsplit(" ", 1)[0].rstrip(" .:;,")
    return plain[:1].lower() + plain[1:] if plain[1:2].islower() else plain
