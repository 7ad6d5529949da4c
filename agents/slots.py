"""Puts new text into a file at byte ranges: the unit's own, below the imports, above the unit's statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from tree_sitter import Node

from .imports import IMPORTS
from .layout import start_of_text
from .source import Source, top_statement

_SEPARATE = "\n\n\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A range of the old file's bytes and what comes there instead."""

    start: int
    end: int
    text: bytes


def splice(file: bytes, slots: Sequence[Slot]) -> bytes:
    """The file with the slots filled; every byte outside of them is as it was. Slots must not overlap."""
    pieces: list[bytes] = []
    at = 0
    for slot in sorted(slots, key=lambda slot: slot.start):
        if slot.start < at:
            raise AssertionError("slots overlap")
        pieces += [file[at : slot.start], slot.text]
        at = slot.end
    return b"".join([*pieces, file[at:]])


def imports_slot(source: Source, lines: Sequence[str]) -> Slot:
    """Import statements below the file's first import block, else its docstring, else its first comments."""
    last = _last_of_prologue(source.root)
    text = "\n".join(lines)
    if last is None:
        first = next((node for node in source.root.named_children if node.type != "comment"), source.root)
        start = _line_start(source.file, first)
        return Slot(start=start, end=start, text=source.layout.encode(text + _SEPARATE))
    start = _line_end(source.file, last.end_byte)
    gap = "\n\n" if _is_docstring(last) else "\n"
    return Slot(start=start, end=start, text=source.layout.encode(gap + text))


def helpers_slot(source: Source, helpers: Sequence[str]) -> Slot:
    """Helpers directly above the statement that holds the unit, and above the comments attached to it."""
    statement = top_statement(source.node)
    above = statement.prev_sibling
    while above is not None and _is_attached(above, statement):
        statement, above = above, above.prev_sibling
    start = _line_start(source.file, statement)
    return Slot(start=start, end=start, text=source.layout.encode(_joined(helpers) + _SEPARATE))


def unit_slot(source: Source, text: str, *, decorated: bool) -> Slot:
    """The unit itself; where the new text has no decorators, the old ones stay."""
    node = source.node
    if node.type == "decorated_definition" and not decorated:
        node = node.child_by_field_name("definition") or node
    # To the grammar, a comment at the end includes the first half of a CRLF.
    end = node.end_byte - source.file[: node.end_byte].endswith(b"\r")
    return Slot(start=node.start_byte, end=end, text=source.layout.encode(text))


def _last_of_prologue(root: Node) -> Node | None:
    """The last statement of docstring and imports at the file's top, with what shares its line."""
    last: Node | None = None
    for node in root.named_children:
        if node.type == "comment":
            continue
        shares_line = last is not None and node.start_point[0] == last.end_point[0]
        if not (shares_line or (last is None and _is_docstring(node)) or node.type in IMPORTS):
            break
        last = node
    return last


def _is_docstring(node: Node) -> bool:
    return node.type == "expression_statement" and node.children[0].type == "string"


def _is_attached(comment: Node, statement: Node) -> bool:
    """A comment on a line of its own just above; the first two lines may be about the file itself."""
    own_line = comment.start_point[1] == 0 and comment.start_point[0] >= 2
    return comment.type == "comment" and own_line and comment.end_point[0] + 1 == statement.start_point[0]


def _line_start(file: bytes, node: Node) -> int:
    return max(file.rfind(b"\n", 0, node.start_byte) + 1, start_of_text(file))


def _line_end(file: bytes, start: int) -> int:
    end = file.find(b"\n", start)
    if end < 0:
        return len(file)
    return end - 1 if file[end - 1 : end] == b"\r" else end


def _joined(helpers: Sequence[str]) -> str:
    """Constants stand together, definitions apart."""
    text = helpers[0]
    for before, helper in pairwise(helpers):
        text += ("\n" if "\n" not in before + helper else _SEPARATE) + helper
    return text
