"""Python: where its functions are, found with tree-sitter, so that broken or foreign code is no obstacle."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import tree_sitter_python
from tree_sitter import Language, Node, Parser

from ..core.errors import PerfsmithError
from ..core.values import Unit

_KNOWN = b"class A:\n    def f(self):\n        return 1\n"
_DEFINITIONS = frozenset({"function_definition", "class_definition"})


@lru_cache(maxsize=1)
def _parser() -> Parser:
    return Parser(Language(tree_sitter_python.language()))


def parse(source: bytes) -> Node:
    """The syntax tree's root; a byte-order mark is white space to the grammar."""
    return _parser().parse(source).root_node


@lru_cache(maxsize=1)
def check_parser() -> None:
    """Whether the parser and its grammar fit each other, asked before they are relied on. Raises `PerfsmithError`.

    They are two packages, and have been published in versions that find nothing, or stop the program.
    """
    try:
        found = [(unit.name, unit.start, unit.end) for unit in units("", _KNOWN)]
        said = "" if found == [("A.f", 13, 42)] else "they find no function where there is one"
    except (ValueError, TypeError, AttributeError, SystemError) as error:
        said = str(error)
    if said:
        raise PerfsmithError(
            f"tree-sitter and its grammar for Python do not fit each other: {said}",
            code="parser_unusable",
            hint="install both anew, beside perfsmith: pip install --force-reinstall tree-sitter tree-sitter-python",
        )


@lru_cache(maxsize=64)
def units(path: str, source: bytes) -> tuple[Unit, ...]:
    """All functions and methods of a file, in order of their first line, nested ones included.

    Many checks ask this of the same few texts, and a text takes long to read.
    """
    return tuple(_walk(parse(source), path, source, ""))


def unit_at(found: tuple[Unit, ...], line: int) -> Unit | None:
    """The innermost unit that holds a line (1-based)."""
    holding = [unit for unit in found if unit.first <= line <= unit.last]
    return max(holding, key=lambda unit: (unit.first, -unit.last), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Where the code of a unit begins: the byte offset of the first statement that its body runs."""

    unit: str
    """Qualified name; empty for the file itself."""
    offset: int


def openings(source: bytes) -> tuple[Opening, ...]:
    """The openings of all functions, those of one name included, and that of the file; docstrings are no code."""
    root = parse(source)
    own = _opening("", root, skip=frozenset({"future_import_statement"}))
    return tuple(opening for opening in (own, *_openings(root, "")) if opening is not None)


def _openings(node: Node, prefix: str) -> Iterator[Opening | None]:
    for child in node.children:
        definition = _definition(child)
        if definition is None:
            yield from _openings(child, prefix)
            continue
        name = prefix + _name(definition)
        body = definition.child_by_field_name("body")
        if definition.type == "function_definition" and body is not None:
            yield _opening(name, body)
        yield from _openings(definition, f"{name}.")


def _opening(unit: str, body: Node, skip: frozenset[str] = frozenset()) -> Opening | None:
    statements = [child for child in body.named_children if child.type not in {"comment", *skip}]
    text = bool(statements) and [part.type for part in statements[0].named_children] == ["string"]
    first = statements[1:2] if text and statements[0].type == "expression_statement" and statements[1:] else statements
    return Opening(unit=unit, offset=first[0].start_byte) if first else None


def statements(source: bytes, start: int, end: int) -> tuple[tuple[int, int], ...]:
    """(start, end) of the statements inside a function's body between two offsets, docstrings left out.

    Of a compound statement the end is that of its first line, for its body's statements speak for themselves.
    """
    return tuple(_statements(parse(source), start, end))


def _statements(node: Node, start: int, end: int) -> Iterator[tuple[int, int]]:
    for child in node.named_children:
        if child.end_byte <= start or child.start_byte >= end or child.type == "comment":
            continue
        if node.type == "block" and child.start_byte > start and not _is_docstring(child):
            compound = any(one.type == "block" for one in child.named_children)
            yield child.start_byte, child.children[0].end_byte if compound else child.end_byte
        yield from _statements(child, start, end)


def blanked(source: bytes) -> bytes:
    """The source with NUL for comments and docstrings, and for the rest of lines that hold nothing else.

    All offsets stay, so that what was found in the source is found here too.
    """
    text = bytearray(source)
    waiting = [parse(source)]
    while waiting:
        node = waiting.pop()
        if node.type == "comment" or _is_docstring(node):
            start, end = _with_its_line(source, node.start_byte, node.end_byte)
            text[start:end] = bytes(end - start)
        else:
            waiting.extend(node.children)
    return bytes(text)


def _with_its_line(source: bytes, start: int, end: int) -> tuple[int, int]:
    """The range with the blanks before it, and with the line's end where nothing else is on its line."""
    while start and source[start - 1] in b" \t\f":
        start -= 1
    if start == 0 or source[start - 1] in b"\r\n":
        end += 2 if source.startswith(b"\r\n", end) else source[end : end + 1] in (b"\n", b"\r")
    return start, end


def _is_docstring(node: Node) -> bool:
    body = node.parent
    if node.type != "expression_statement" or body is None or [one.type for one in node.named_children] != ["string"]:
        return False
    holds = body.type == "module" or (body.parent is not None and body.parent.type in _DEFINITIONS)
    first = next((child for child in body.named_children if child.type != "comment"), None)
    formatted = any(part.type == "interpolation" for part in node.named_children[0].named_children)
    return holds and first == node and not formatted


def _walk(node: Node, path: str, source: bytes, prefix: str) -> Iterator[Unit]:
    for child in node.children:
        definition = _definition(child)
        if definition is None:
            yield from _walk(child, path, source, prefix)
            continue
        name = prefix + _name(definition)
        if definition.type == "function_definition":
            yield _unit(child, name, path, source)
        yield from _walk(definition, path, source, f"{name}.")


def _definition(node: Node) -> Node | None:
    """The definition that a node is or decorates."""
    if node.type == "decorated_definition":
        return node.child_by_field_name("definition")
    return node if node.type in _DEFINITIONS else None


def _name(node: Node) -> str:
    name = node.child_by_field_name("name")
    return name.text.decode("utf-8", "replace") if name is not None and name.text is not None else "?"


def _unit(node: Node, name: str, path: str, source: bytes) -> Unit:
    line_start = source.rfind(b"\n", 0, node.start_byte) + 1
    before = source[line_start : node.start_byte].decode("utf-8", "replace")
    return Unit(
        name=name,
        path=path,
        first=node.start_point[0] + 1,
        last=node.end_point[0] + 1,
        start=node.start_byte,
        end=node.end_byte,
        indent=before if before.isspace() else "",
    )
