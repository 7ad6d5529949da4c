"""Recorded calls in other sizes and orders, by the name of the family: for measuring, where nobody is refused."""

from collections.abc import Callable, Mapping
from itertools import cycle, islice

from ...core.recording import Call
from .described import Described, settled
from .kinds import in_order, is_list
from .nodes import SEQUENCES, TEXTS, Node, text_of
from .thinking import made

_MOST = 16
"""Calls of one family."""
_LONGEST = 20000
_LONG = 20

FAMILIES: Mapping[str, Callable[[Node], Node]] = {
    "one": lambda node: _sized(node, 1),
    "a tenth": lambda node: _sized(node, _length(node) // 10) if _length(node) >= _LONG else node,
    "three times": lambda node: _sized(node, _length(node) * 3),
    "ten times": lambda node: _sized(node, _length(node) * 10),
    "all the same": lambda node: _filled(node),
    "sorted": lambda node: in_order(node) if is_list(node) else node,
    "reversed": lambda node: _reversed(node),
}
"""How an argument that is a sequence or a text is changed; the others stay."""


def families(known: Described) -> dict[str, tuple[Call, ...]]:
    """Family → calls that differ from the recorded ones; a family that changes nothing is absent.

    The ids are of the form `FAMILY of ID`, with the recorded call's ID. What the base does with them is not known.
    """
    found: dict[str, tuple[Call, ...]] = {}
    for name, change in FAMILIES.items():
        calls: dict[str, Call] = {}
        for one in known.given:
            if one.tree.tag != "call":
                continue
            items = [change(item) if item.tag in SEQUENCES | TEXTS else item for item in one.tree.items]
            tree = settled(known, one, one.tree.with_items(items))
            if tree != one.tree:
                calls.setdefault(f"{one.call.label} {text_of(tree)}", made(one.call, tree, f"{name} of {one.call.id}"))
        if calls:
            found[name] = tuple(islice(calls.values(), _MOST))
    return found


def _length(node: Node) -> int:
    return len(node.value) if isinstance(node.value, str) else len(node.items)


def _sized(node: Node, length: int) -> Node:
    """So long by repetition, or cut; a short tuple is a record and stays."""
    length = min(length, _LONGEST)
    if isinstance(node.value, str):
        return Node(node.tag, "".join(islice(cycle(node.value), length)))
    if node.tag == "tuple" and len(node.items) <= 3:
        return node
    return node.with_items(tuple(islice(cycle(node.items), length)))


def _filled(node: Node) -> Node:
    if isinstance(node.value, str):
        return Node(node.tag, node.value[:1] * len(node.value))
    record = node.tag == "tuple" and len({item.tag for item in node.items}) > 1
    return node if record else node.with_items(node.items[:1] * len(node.items))


def _reversed(node: Node) -> Node:
    if isinstance(node.value, str):
        return Node(node.tag, node.value[::-1])
    record = node.tag == "tuple" and len({item.tag for item in node.items}) > 1
    return node if record else node.with_items(tuple(reversed(node.items)))
