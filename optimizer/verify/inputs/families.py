"""Recorded calls in other sizes and orders, by the name of the family: for measuring, where answers are not judged.

That a gain may live on the inputs it was tuned for, and cost elsewhere, is reported by GSO (Shetty et al. 2025) of
edits by models that had a benchmark to please.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import cycle, islice

from ...core.recording import Call
from . import arrays
from .described import Described, Given, settled
from .kinds import in_order, is_list
from .nodes import SEQUENCES, TEXTS, Node, size, text_of
from .thinking import made

_MOST = 16
"""Calls of one family."""
_LONGEST = 20000
_LARGEST = 20000
"""Nodes of a recorded call that is varied."""
_LONG = 20
_VARIED = SEQUENCES | TEXTS | {arrays.TAG}

RECORDED = "as recorded"
LARGER = ("three times as long", "ten times as long")

FAMILIES: Mapping[str, Callable[[Node], Node]] = {
    RECORDED: lambda node: node,
    "of length one": lambda node: _sized(node, 1),
    "a tenth as long": lambda node: _sized(node, _length(node) // 10) if _length(node) >= _LONG else node,
    LARGER[0]: lambda node: _sized(node, _length(node) * 3),
    LARGER[1]: lambda node: _sized(node, _length(node) * 10),
    "all the same": lambda node: _filled(node),
    "sorted": lambda node: in_order(node) if is_list(node) else node,
    "reversed": lambda node: _reversed(node),
}
"""How an argument that is a sequence or a text is changed; the others stay."""


def families(known: Described, first: Iterable[str] = ()) -> dict[str, tuple[Call, ...]]:
    """Family → calls; all but `as recorded` differ from the recorded ones, one that changes nothing is absent.

    Made of the calls of the functions whose labels are `first`, or else of all, the ones with most input before the
    others. Ids are of the form `FAMILY of ID`, with the recorded call's ID. What the base does with them is not known.
    """
    given = _varied(known, frozenset(first))
    found: dict[str, tuple[Call, ...]] = {}
    for name, change in FAMILIES.items():
        calls: dict[str, Call] = {}
        for one in given:
            items = [change(item) if item.tag in _VARIED else item for item in one.tree.items]
            tree = settled(known, one, one.tree.with_items(items))
            if name == RECORDED or tree != one.tree:
                calls.setdefault(f"{one.call.label} {text_of(tree)}", made(one.call, tree, f"{name} of {one.call.id}"))
        if calls:
            found[name] = tuple(islice(calls.values(), _MOST))
    return found


def _varied(known: Described, first: frozenset[str]) -> list[Given]:
    calls = [one for one in known.given if one.tree.tag == "call" and size(one.tree) <= _LARGEST]
    wanted = [one for one in calls if one.call.label in first] or calls
    return sorted(wanted, key=lambda one: -size(one.tree))


def _length(node: Node) -> int:
    if node.tag == arrays.TAG:
        return arrays.length(node)
    return len(node.value) if isinstance(node.value, str) else len(node.items)


def _sized(node: Node, length: int) -> Node:
    """So long by repetition, or cut; a short tuple is a record and stays."""
    length = min(length, _LONGEST)
    if node.tag == arrays.TAG:
        return arrays.sized(node, length)
    if isinstance(node.value, str):
        return Node(node.tag, "".join(islice(cycle(node.value), length)))
    if node.tag == "tuple" and len(node.items) <= 3:
        return node
    return node.with_items(tuple(islice(cycle(node.items), length)))


def _filled(node: Node) -> Node:
    if node.tag == arrays.TAG:
        return arrays.alike(node)
    if isinstance(node.value, str):
        return Node(node.tag, node.value[:1] * len(node.value))
    record = node.tag == "tuple" and len({item.tag for item in node.items}) > 1
    return node if record else node.with_items(node.items[:1] * len(node.items))


def _reversed(node: Node) -> Node:
    if node.tag == arrays.TAG:
        return arrays.turned(node)
    if isinstance(node.value, str):
        return Node(node.tag, node.value[::-1])
    record = node.tag == "tuple" and len({item.tag for item in node.items}) > 1
    return node if record else node.with_items(tuple(reversed(node.items)))
