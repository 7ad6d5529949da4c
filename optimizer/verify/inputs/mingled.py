"""What stands in one argument put into another: values that equal a limit, an edge, a key, a name that is looked for.

Numbers are scaled, too, for what is exact with whole ones is not with tenths and thirds.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice, permutations

from .described import Described, Given
from .nodes import Node, Path, part_at, places, put, size, text_of

_CALLS = 8
_MEMBERS = 12
_SINGLE = 4
_LARGEST = 2000
_FACTORS = (0.1, 1 / 3)
_HOLDERS = frozenset({"list", "tuple", "set", "frozenset"})
_NUMBERS = frozenset({"int", "float"})
_PLAIN = _NUMBERS | {"str", "bytes", "date", "datetime"}
_RECORD = 3

Found = tuple[Given, Node]


def mingled(given: Sequence[Given], known: Described) -> Iterator[Found]:
    """Small calls of functions with members of one argument in another one, as they are and scaled."""
    calls = sorted((one for one in given if one.tree.tag == "call"), key=lambda one: size(one.tree))
    unlike = list({text_of(one.tree): one for one in calls if size(one.tree) < _LARGEST}.values())[:_CALLS]
    for one in unlike:
        for tree in (one.tree, *_scaled(one, known)):
            if tree is not one.tree:
                yield one, tree
            for at, other in permutations(range(len(tree.items)), 2):
                yield from ((one, put(tree, (at,), new)) for new in _with(tree.items[at], tree.items[other]))


def _scaled(one: Given, known: Described) -> Iterator[Node]:
    """All numbers that may be fractions, times a factor."""
    where = [path for path, node in places(one.tree) if node.tag in _NUMBERS and _may_be_fraction(one, path, known)]
    for factor in _FACTORS if where else ():
        tree = one.tree
        for path in where:
            tree = _times(tree, path, factor)
        yield tree


def _may_be_fraction(one: Given, path: Path, known: Described) -> bool:
    kind = known.at(one, one.tree, path)
    return kind is not None and "float" in kind.types


def _times(tree: Node, path: Path, factor: float) -> Node:
    node = part_at(tree, path)
    value = node.value if isinstance(node.value, int | float) else 0.0
    return put(tree, path, Node("float", value * factor))


def _with(one: Node, other: Node) -> Iterator[Node]:
    """An argument that holds what stands in another."""
    found = [new for new in map(_fitting(one), _members(other)) if new is not None][:_MEMBERS]
    if not found:
        return
    if one.tag in _HOLDERS:
        if one.tag != "tuple" or len(one.items) > _RECORD:
            yield one.with_items((*one.items, *found))
            yield one.with_items(found)
            yield from (one.with_items((*one.items, new)) for new in found[:_SINGLE])
    else:
        yield from islice(found, _SINGLE)


def _members(node: Node) -> Sequence[Node]:
    if node.tag == "dict":
        return [part for pair in node.items for part in pair.items]
    return node.items if node.tag in _HOLDERS else (node,)


def _fitting(one: Node) -> Callable[[Node], Node | None]:
    """Makes a value of the type that a collection holds, or a plain argument is; None of another one."""
    tags = {item.tag for item in one.items} if one.tag in _HOLDERS else {one.tag}

    def fit(node: Node) -> Node | None:
        if node.tag in tags & _PLAIN:
            return node
        number = node.value if node.tag in _NUMBERS and isinstance(node.value, int | float) else None
        return None if number is None or "float" not in tags else replace(node, tag="float", value=float(number))

    return fit
