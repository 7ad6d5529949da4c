"""How a file is written (encoding, line ends, indentation) and how foreign code is fitted to that."""

import io
import tokenize
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from ..optimizer.core.values import Unit

_FOUR = "    "


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The manners of one unit of a file."""

    encoding: str
    line_end: str
    indent: str
    """White space before the unit's first line."""
    step: str
    """White space that one level of nesting adds."""

    def encode(self, text: str) -> bytes:
        """Text with `\\n` line ends in the file's own; raises `UnicodeEncodeError`."""
        return text.replace("\n", self.line_end).encode(self.encoding)


def layout_of(file: bytes, unit: Unit, root: Node) -> Layout:
    """The layout of a unit; `root` is the file's tree."""
    indent = unit.indent.lstrip("\f")
    return Layout(
        encoding=encoding_of(file),
        line_end=_line_end(file[unit.start : unit.end]) or _line_end(file) or "\n",
        indent=indent,
        step=_step_of(root, file, unit, indent),
    )


def encoding_of(file: bytes) -> str:
    """The encoding its cookie names; UTF-8 if there is none or it is unknown. A byte-order mark is no part of it."""
    try:
        found = tokenize.detect_encoding(io.BytesIO(file).readline)[0]
    except SyntaxError:
        return "utf-8"
    return "utf-8" if found == "utf-8-sig" else found


def start_of_text(file: bytes) -> int:
    """Where the text begins: after the byte-order mark, if there is one."""
    return len(BOM_UTF8) if file.startswith(BOM_UTF8) else 0


def fit(node: Node, lines: list[str], target: Layout, known: frozenset[str]) -> str:
    """A definition of a reply, indented like the target's, without white space before its first line.

    `lines` are those of the block that `node` was parsed from. Lines inside strings are moved only
    where that restores one of the `known` strings or where the string is a docstring.
    """
    first, last = node.start_point[0], node.end_point[0]
    lines = list(lines)
    tail = len(lines[last].encode()) - node.end_point[1]
    shift = _Shift.between(node, lines, target)
    inside = _string_lines(node, lines, shift, known)
    fitted = [lines[row] if row in inside else shift.apply(lines[row], row) for row in range(first, last + 1)]
    fitted[-1] = fitted[-1].encode()[: len(fitted[-1].encode()) - tail].decode() if tail else fitted[-1]
    return "\n".join(fitted).lstrip(" \t\f")


def strings_of(node: Node) -> frozenset[str]:
    """The text of all strings that span lines, with `\\n` line ends."""
    texts = (_text(inner) for inner in walk(node) if inner.type == "string")
    return frozenset(text for text in texts if "\n" in text)


def walk(node: Node) -> Iterator[Node]:
    """A node and all below it, parents first, without recursion."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(reversed(current.children))


def prefix_of(line: str) -> str:
    """The white space that a line begins with."""
    return line[: len(line) - len(line.lstrip(" \t\f"))]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shift:
    """From a reply's indentation to the target's."""

    base: str
    body: str
    """White space before the body's first line in the reply."""
    row: int
    """The body's first row in the reply."""
    step: str
    target: Layout

    @classmethod
    def between(cls, node: Node, lines: list[str], target: Layout) -> "_Shift":
        """The first line of an answer often lost its own white space: the lines below it say where it stood."""
        base = prefix_of(lines[definition_of(node).start_point[0]])
        row = _body_row(node)
        body = prefix_of(lines[row]) if row is not None else base + target.step
        base = target.indent if body == target.indent + target.step else base
        step = _common_step(node, lines) or body.removeprefix(base) or _FOUR
        return cls(base=base, body=body, row=node.end_point[0] + 1 if row is None else row, step=step, target=target)

    def apply(self, line: str, row: int) -> str:
        """A line of code, moved."""
        prefix = prefix_of(line)
        if len(prefix) == len(line):
            return ""
        here, there = self.base, self.target.indent
        if row >= self.row:
            here, there = self.body, self.target.indent + self.target.step
        if not prefix.startswith(here):
            here, there = self.base, self.target.indent
        return there + self._levels(prefix.removeprefix(here)) + line[len(prefix) :]

    def _levels(self, rest: str) -> str:
        if self.step == self.target.step:
            return rest
        run = len(rest) - len(rest.lstrip(self.step[0]))
        levels, spaces = divmod(run, len(self.step))
        return self.target.step * levels + " " * spaces + rest[run:]

    def move(self, line: str) -> str:
        """A line of a docstring: moved with the body, nothing in it is counted as levels."""
        there = self.target.indent + self.target.step
        return there + line.removeprefix(self.body) if line.startswith(self.body) else line

    def restore(self, line: str) -> str:
        """A line of a string in an answer that was moved as a whole."""
        return self.target.indent + line.removeprefix(self.base) if line.strip() else line


def _string_lines(node: Node, lines: list[str], shift: _Shift, known: frozenset[str]) -> frozenset[int]:
    """Rows that lie inside strings and must stay as they are; those of moved strings are moved in `lines`."""
    rows: set[int] = set()
    for inner in walk(node):
        if inner.type != "string" or inner.start_point[0] == inner.end_point[0]:
            continue
        span = range(inner.start_point[0] + 1, inner.end_point[0] + 1)
        rows.update(span)
        if _text(inner) in known:
            continue
        restored, moved = ([change(lines[row]) for row in span] for change in (shift.restore, shift.move))
        if _string_of(inner, lines, restored) in known:
            lines[span.start : span.stop] = restored
        elif _is_docstring(inner) or _string_of(inner, lines, moved) in known:
            lines[span.start : span.stop] = moved
    return frozenset(rows)


def _string_of(node: Node, lines: list[str], moved: list[str]) -> str:
    """A string's text with other lines after its first."""
    after = len(lines[node.end_point[0]].encode()) - node.end_point[1]
    text = "\n".join([_text(node).split("\n", 1)[0], *moved]).encode()
    return text[: len(text) - after].decode("utf-8", "replace")


def _is_docstring(node: Node) -> bool:
    parent = node.parent
    return parent is not None and parent.type == "expression_statement" and parent.child_count == 1


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace").replace("\r\n", "\n")


def _line_end(source: bytes) -> str:
    """The line end that is used most; empty if there is none."""
    pairs = source.count(b"\r\n")
    ends = {"\n": source.count(b"\n") - pairs, "\r\n": pairs, "\r": source.count(b"\r") - pairs}
    best = max(ends, key=lambda end: ends[end])
    return best if ends[best] else ""


def definition_of(node: Node) -> Node:
    """The definition that a decorated definition holds, or the node itself."""
    return (node.child_by_field_name("definition") or node) if node.type == "decorated_definition" else node


def _body_row(node: Node) -> int | None:
    """Row of the body's first line; None if the body stands behind the colon."""
    body = definition_of(node).child_by_field_name("body")
    if body is None or not body.children:
        return None
    above = body.prev_sibling
    row = body.children[0].start_point[0]
    return row if above is not None and above.end_point[0] < row else None


def _common_step(node: Node, lines: list[str]) -> str:
    """The white space that nested blocks add most often; the outermost does not count unless it is alone."""
    steps: Counter[str] = Counter()
    for block in walk(node):
        if block.type != "block" or block.parent is None or block.parent == definition_of(node):
            continue
        outer, inner = prefix_of(lines[block.parent.start_point[0]]), prefix_of(lines[block.start_point[0]])
        if block.start_point[0] > block.parent.start_point[0] and inner.startswith(outer) and inner != outer:
            steps[inner.removeprefix(outer)] += 1
    return steps.most_common(1)[0][0] if steps else ""


def _step_of(root: Node, file: bytes, unit: Unit, indent: str) -> str:
    """One level in the unit; where its body stands behind the colon, one level anywhere in the file."""
    lines = file.decode("latin-1").split("\n")
    own = [node for node in walk(root) if node.start_byte == unit.start and node.type.endswith("definition")]
    row = _body_row(own[0]) if own else None
    step = prefix_of(lines[row]).removeprefix(indent) if row is not None else ""
    return step or _common_step(root, lines) or _FOUR
