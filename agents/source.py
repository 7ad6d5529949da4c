"""The file that a unit stands in, parsed: its tree, its layout and the names it binds."""

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import dedent

from tree_sitter import Node

from ..optimizer.core.errors import PerfsmithError
from ..optimizer.core.values import Unit
from ..optimizer.languages.python import parse
from .imports import IMPORTS, imported
from .layout import Layout, definition_of, layout_of, prefix_of, walk

_COMPOUND = frozenset(
    {"if_statement", "try_statement", "with_statement", "for_statement", "while_statement", "match_statement"}
)
_INNER = frozenset({"block", "elif_clause", "else_clause", "except_clause", "finally_clause", "case_clause", "ERROR"})
_DEFINITIONS = frozenset({"function_definition", "class_definition"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file and the unit in it that may change."""

    file: bytes
    unit: Unit
    root: Node
    node: Node
    """The unit's node, decorators included."""
    layout: Layout


def source_of(file: bytes, unit: Unit) -> Source:
    """Parses the file; raises `PerfsmithError` if the unit is not where it says."""
    root = parse(file)
    for node in walk(root):
        if (node.start_byte, node.end_byte) == (unit.start, unit.end) and _is_function(node):
            return Source(file=file, unit=unit, root=root, node=node, layout=layout_of(file, unit, root))
    raise PerfsmithError(f"{unit.path} has no function at bytes {unit.start} to {unit.end}", code="stale_unit")


def functions(root: Node) -> Iterator[tuple[str, Node]]:
    """Qualified names and nodes (decorators included) of all functions below a node, in order."""
    for node in walk(root):
        if node.type == "function_definition":
            decorated = node.parent is not None and node.parent.type == "decorated_definition"
            yield qualified(node), (node.parent or node) if decorated else node


def qualified(node: Node) -> str:
    """The name of a definition behind those of the definitions around it."""
    names = [name_of(node)]
    above = node.parent
    while above is not None:
        if above.type in _DEFINITIONS:
            names.append(name_of(above))
        above = above.parent
    return ".".join(reversed(names))


def statements_of(container: Node) -> Iterator[Node]:
    """Statements of a module or a block, those of its `if`, `try` and the like included, comments left out."""
    for child in container.named_children:
        if child.type in _COMPOUND or child.type in _INNER:
            yield from statements_of(child)
        elif child.type != "comment":
            yield child


def names_bound(statement: Node) -> tuple[str, ...]:
    """The names that a statement binds: a definition's, an assignment's targets, an import's."""
    definition = definition_of(statement)
    if definition.type in _DEFINITIONS:
        return (name_of(definition),)
    if statement.type in IMPORTS:
        return tuple(name.bound for name in imported(statement))
    target = assigned(statement)
    return tuple(text_of(node) for node in walk(target) if node.type == "identifier") if target is not None else ()


def assigned(statement: Node) -> Node | None:
    """The target of an assignment to names; None for everything else, attributes and items included."""
    inner = statement.named_children[0] if statement.type == "expression_statement" and statement.children else None
    target = inner.child_by_field_name("left") if inner is not None and inner.type == "assignment" else None
    names = {"identifier", "pattern_list", "tuple_pattern"}
    return target if target is not None and target.type in names else None


def bindings(container: Node) -> dict[str, list[Node]]:
    """What each name of a module or a block is bound by."""
    found: dict[str, list[Node]] = {}
    for statement in statements_of(container):
        for name in names_bound(statement):
            found.setdefault(name, []).append(statement)
    return found


def top_statement(node: Node) -> Node:
    """The statement of the module that holds a node."""
    while node.parent is not None and node.parent.parent is not None:
        node = node.parent
    return node


def name_of(definition: Node) -> str:
    """A definition's own name."""
    name = definition.child_by_field_name("name")
    return text_of(name) if name is not None else "?"


def text_of(node: Node) -> str:
    """A node's text, bytes that are not UTF-8 replaced."""
    return (node.text or b"").decode("utf-8", "replace")


def flush(node: Node, lines: list[str]) -> bytes:
    """A node's text moved to the left margin, to be compared with another's."""
    prefix = prefix_of(lines[node.start_point[0]]) if node.start_point[0] < len(lines) else ""
    return dedent(prefix + text_of(node).replace("\r\n", "\n")).encode()


def _is_function(node: Node) -> bool:
    return definition_of(node).type == "function_definition"
