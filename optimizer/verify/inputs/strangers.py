"""Values of types that nobody gave, one argument at a time: what the base refuses on purpose is refused ever after.

Whether such a value is meant for a function only the base can tell. So it counts only where the base refuses it by a
`raise` of its own, and a change that stumbles over it by itself is let pass (`presuming.py`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from .described import Described, Given
from .nodes import COLLECTIONS, Node, Path, put
from .turns import in_turn

STRANGER = "of another type"
"""Name on such a value."""
_VALUES = (
    Node("none"),
    Node("tuple"),
    Node("int", 1),
    Node("str", "a"),
    Node("float", 0.5),
    Node("bytes", "a"),
    Node("tuple", None, (Node("int", 1),)),
)
"""All can be hashed: who looks them up in a set has no other error for them than who compares them."""
_EACH = 5
_NUMBERS = frozenset({"int", "float", "bool", "complex", "decimal", "fraction"})
_PLACES = 12

Found = tuple[Given, Node]


def strangers(given: Given, tree: Node, known: Described) -> Iterator[Found]:
    """The call with such a value in each place in turn; of a history the calls until then."""
    rows = [_in_place(given, tree, path, known) for path in islice(_spots(tree), _PLACES)]
    yield from ((given, one) for one in in_turn(*rows))


def _in_place(given: Given, tree: Node, path: Path, known: Described) -> Iterator[Node]:
    kind = known.at(given, tree, path)
    met = kind.types if kind is not None else ()
    for value in islice((one for one in _VALUES if not _is_met(one.tag, met)), _EACH):
        new = put(tree, path, replace(value, names=(STRANGER,)))
        yield new.with_items(new.items[: path[0] + 1]) if tree.tag == "history" else new


def _is_met(tag: str, met: Sequence[str]) -> bool:
    """Whether such a type was given there, or a hint names it; one kind of numbers stands for all."""
    kin = tuple(_NUMBERS) if tag in _NUMBERS else tag
    return any(name.startswith(kin) for name in met)


def _spots(tree: Node) -> Iterator[Path]:
    """Arguments, then first members of those that are collections."""
    calls: Sequence[tuple[Path, Node]] = [((), tree)]
    if tree.tag == "history":
        calls = [((at,), call) for at, call in enumerate(tree.items)]
    arguments = [((*before, number), item) for before, call in calls for number, item in enumerate(call.items)]
    yield from (path for path, item in arguments if item.tag not in ("followed", "opaque"))
    for path, item in arguments:
        if item.tag in COLLECTIONS and item.tag != "dict" and item.items:
            yield (*path, 0)
