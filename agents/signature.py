"""A function's signature as callers see it: name, parameters, their kinds and defaults, async or not."""

import ast
from dataclasses import dataclass

from tree_sitter import Node

from .layout import definition_of

_MARKS = {
    "keyword_separator": "*",
    "positional_separator": "/",
    "list_splat_pattern": "",
    "dictionary_splat_pattern": "",
    "identifier": "",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Comparable; annotations and the way a default is written do not count."""

    name: str
    parameters: tuple[tuple[str, str], ...]
    """As written with stars, and the default's tree; separators stand among them."""
    is_async: bool


def signature_of(node: Node) -> Signature:
    """The signature of a definition, decorated or not."""
    definition = definition_of(node)
    parameters = definition.child_by_field_name("parameters")
    children = parameters.named_children if parameters is not None else []
    return Signature(
        name=_text(definition.child_by_field_name("name")),
        parameters=tuple(_parameter(child) for child in children if child.type != "comment"),
        is_async=any(child.type == "async" for child in definition.children),
    )


def header_of(node: Node) -> str:
    """The definition's first line as one line, annotations included: `def f(a, b=1)`."""
    definition = definition_of(node)
    body = definition.child_by_field_name("body")
    source = definition.text or b""
    head = source[: body.start_byte - definition.start_byte] if body is not None else source
    lines = (line.partition("  #")[0].strip() for line in head.decode("utf-8", "replace").splitlines())
    text = " ".join(line for line in lines if line and not line.startswith("#"))
    return text.rstrip(" :").replace("( ", "(").replace(", )", ")").replace(" )", ")")


def _parameter(node: Node) -> tuple[str, str]:
    if node.type in _MARKS:
        return _MARKS[node.type] or _text(node), ""
    value = node.child_by_field_name("value")
    name = node.child_by_field_name("name") or (node.named_children[0] if node.named_children else None)
    return _text(name), "" if value is None else _expression(_text(value))


def _expression(source: str) -> str:
    """The same for the same expression, however it is spaced or quoted."""
    try:
        return ast.dump(ast.parse(f"({source}\n)", mode="eval"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "".join(source.split())


def _text(node: Node | None) -> str:
    return (node.text or b"").decode("utf-8", "replace") if node is not None else ""
