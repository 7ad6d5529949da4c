"""Arguments of a class that is derived from their type: `type(x) is list` is not `isinstance(x, list)`.

Only what is done with them is compared (`harness/canonical.py`), not whether such an object, or a plain one made of it,
comes back; and only where the base answers (`presuming.py`).
"""

from collections.abc import Iterator
from dataclasses import replace

from .described import Given
from .nodes import Node, Path, mapped, places, put

SUBCLASS = "of a subclass"
"""Name on such a value; the harness knows it."""
_TYPES = frozenset({"str", "int", "float", "list", "tuple", "dict", "set"})
_DEEPEST = 3
_PLACES = 10

Found = tuple[Given, Node]


def subclassed(given: Given, tree: Node) -> Iterator[Found]:
    """The call, or the history, with all such values, then with one at a time."""
    spots = [(path, node) for path, node in places(tree) if _is_plain(node) and _is_near(tree, path)]
    if spots:
        yield given, mapped(tree, lambda node: _marked(node) if _is_plain(node) else node)
    yield from ((given, put(tree, path, _marked(node))) for path, node in spots[:_PLACES])


def _is_plain(node: Node) -> bool:
    return node.tag in _TYPES and not node.about and not node.names


def _is_near(tree: Node, path: Path) -> bool:
    return len(path) < _DEEPEST + (tree.tag == "history")


def _marked(node: Node) -> Node:
    return replace(node, names=(SUBCLASS,))
