"""Python's classes and module-level statements as text: what stands where, found with tree-sitter."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from .python import parse

_BLOCKS = frozenset({"if_statement", "try_statement", "with_statement", "block", "else_clause", "except_clause"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassText:
    """One class of a file, however deep it stands."""

    name: str
    """Qualified inside the module."""
    bases: tuple[str, ...]
    """Last names of what it inherits from, as written."""
    text: bytes
    outline: bytes
    """The text without the functions in it."""


def classes(source: bytes) -> tuple[ClassText, ...]:
    """All classes that a name of the module leads to: none of those inside functions."""
    return tuple(_classes(parse(source), source, ""))


def _classes(node: Node, source: bytes, prefix: str) -> Iterator[ClassText]:
    for child in node.named_children:
        inner = child.child_by_field_name("definition") if child.type == "decorated_definition" else child
        if inner is not None and inner.type == "class_definition":
            found = _class(child, inner, source, prefix)
            yield found
            body = inner.child_by_field_name("body")
            if body is not None:
                yield from _classes(body, source, f"{found.name}.")
        elif child.type in _BLOCKS:
            yield from _classes(child, source, prefix)


def _class(whole: Node, node: Node, source: bytes, prefix: str) -> ClassText:
    bases = node.child_by_field_name("superclasses")
    words = re.findall(rb"(\w+)\s*(?:\[[^\]]*\])?\s*[,)]", _text(bases, source)) if bases is not None else []
    name = node.child_by_field_name("name")
    return ClassText(
        name=prefix + _text(name, source).decode("utf-8", "replace"),
        bases=tuple(word.decode("utf-8", "replace") for word in words),
        text=_text(whole, source),
        outline=_outline(whole, source),
    )


def _outline(node: Node, source: bytes) -> bytes:
    """Without functions, comments and blank lines."""
    holes = sorted(_functions(node), key=lambda hole: hole.start_byte)
    text, position = bytearray(), node.start_byte
    for hole in holes:
        text += source[position : hole.start_byte]
        position = hole.end_byte
    text += source[position : node.end_byte]
    return b"\n".join(line.strip() for line in text.splitlines() if line.strip())


def _functions(node: Node) -> Iterator[Node]:
    for child in node.named_children:
        inner = child.child_by_field_name("definition") if child.type == "decorated_definition" else child
        if child.type == "comment" or (inner is not None and inner.type == "function_definition"):
            yield child
        else:
            yield from _functions(child)


def loose_names(before: bytes, after: bytes) -> frozenset[str]:
    """Names bound by the module-level statements in which two sources differ; all names of any other such statement."""
    old, new = (_statements(source) for source in (before, after))
    found: set[str] = set()
    for text in old.keys() ^ new.keys():
        found |= old.get(text) or new.get(text) or set()
    return frozenset(found)


def _statements(source: bytes) -> dict[bytes, set[str]]:
    found: dict[bytes, set[str]] = {}
    for node in parse(source).named_children:
        if node.type in ("function_definition", "class_definition", "decorated_definition", "comment"):
            continue
        target = node.named_children[0] if node.type == "expression_statement" and node.named_children else node
        if target.type == "string":
            continue
        left = target.child_by_field_name("left") if target.type == "assignment" else None
        found[_text(node, source)] = _words(_text(left or target, source))
    return found


def _words(text: bytes) -> set[str]:
    return {word.decode("utf-8", "replace") for word in re.findall(rb"[^\W\d]\w*", text)}


def _text(node: Node | None, source: bytes) -> bytes:
    return source[node.start_byte : node.end_byte] if node is not None else b""
