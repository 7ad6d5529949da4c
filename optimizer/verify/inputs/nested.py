"""What is given inside of itself, once: code that calls itself for members is asked about members that have some.

Only where the source shows that a function does so, and only if the base answers (`presuming.py`).
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from .checked import ITSELF, MARK, hashable, turned_round
from .described import Described, Given, key_of
from .lighter import LIGHT
from .nodes import COLLECTIONS, Node, places, put, size

_PLACES = 12

Found = tuple[Given, Node]


def nested(given: Given, tree: Node, known: Described) -> Iterator[Found]:
    """The call, with its settings both ways, with an argument as a member of each collection that it holds."""
    if tree.tag == "history" or ITSELF not in known.checked.get(key_of(given.call), ()):
        return
    settings = [tree, *turned_round(given, tree, known)]
    for number, item in enumerate(tree.items):
        if 1 < size(item) < LIGHT // 2:
            for new in islice(_within(item), _PLACES):
                yield from ((given, put(one, (number,), new)) for one in settings)


def _within(item: Node) -> Iterator[Node]:
    for path, node in places(item):
        if node.tag == "dict" and not node.about:
            key = node.items[0].items[0] if node.items else Node("str", "a")
            pair = Node("pair", None, (key, item))
            yield put(item, path, replace(node, items=(pair, *node.items[1:]), names=(MARK,)))
        elif node.tag in COLLECTIONS and (node.tag not in ("set", "frozenset") or hashable(item)):
            yield put(item, path, replace(node, items=(*node.items, item), names=(MARK,)))
