"""Lists of numbers on which arithmetic that is right for some is wrong for others.

Fractions round, and large ones swallow small ones; infinity never goes away again; zeros have signs; equal numbers of
two types are two objects; integers that no float holds are next to each other.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice, product
from math import inf, nan

from .described import Described, Given
from .kinds import Kind
from .nodes import Node, Path, of_value, places, put
from .variants import variants
from .words import Words

_NUMBERS = frozenset({"int", "float"})
_RECORD = 8
"""Tuples that are not longer keep their length, and their members their meaning."""
_LISTS = 4
_VALUES = 12
_NEIGHBOURS = 8
_LARGE = 3**40
"""Beyond what 64 bits hold, and no float."""
_LARGEST = 1e300

Found = tuple[Given, Node]
Spot = tuple[Path, Node]


def numbers(given: Given, tree: Node, known: Described, words: Words) -> Iterator[Found]:
    """The call, or history, with other numbers in its lists, in all of them at once and in each alone."""
    lists = list(islice(((path, node) for path, node in places(tree) if _is_list(node)), _LISTS))
    real = [(path, node) for path, node in lists if _types(known.at(given, tree, (*path, 0))) >= _NUMBERS]
    for change in _CHANGES if real else ():
        changed = [(path, node.with_items(change(node.items))) for path, node in real]
        yield given, _with(tree, changed)
        yield from ((given, put(tree, path, node)) for path, node in (changed if len(changed) > 1 else ()))
    yield from ((given, one) for one in _alone(given, tree, known, words))
    yield from ((given, one) for one in _next_to(tree, lists))


def _is_list(node: Node) -> bool:
    long = node.tag in ("list", "deque") or (node.tag == "tuple" and len(node.items) > _RECORD)
    return long and bool(node.items) and all(_is_number(one) for one in node.items)


def _is_number(node: Node) -> bool:
    return node.tag in _NUMBERS and -_LARGEST < _value(node) < _LARGEST


def _value(node: Node) -> float:
    return node.value if isinstance(node.value, int | float) else nan


def _types(kind: Kind | None) -> frozenset[str]:
    return frozenset(kind.types) if kind is not None else frozenset()


def _with(tree: Node, changed: Sequence[Spot]) -> Node:
    for path, node in changed:
        tree = put(tree, path, node)
    return tree


def _alone(given: Given, tree: Node, known: Described, words: Words) -> Iterator[Node]:
    """Whole numbers that are arguments, as fractions where those are known."""
    spots = [(path, node) for path, node in places(tree) if node.tag == "int" and _is_number(node)]
    for path, node in spots:
        kind = known.at(given, tree, path) if len(path) == (2 if tree.tag == "history" else 1) else None
        if kind is not None and "float" in kind.types:
            start = Node("float", float(_value(node)))
            yield put(tree, path, start)
            yield from (put(tree, path, one) for one in islice(variants(start, kind, words), _VALUES))


def _next_to(tree: Node, lists: Sequence[Spot]) -> Iterator[Node]:
    """Integers all in the same proportion as before, but large; of one list next to those of another one."""
    whole = [(path, node) for path, node in lists if all(one.tag == "int" for one in node.items)]
    large = _with(tree, [(path, _beside(node, node, (0,))) for path, node in whole])
    if large != tree:
        yield large
    for (path, node), (_, other) in product(whole, repeat=2):
        yield put(large, path, _beside(node, other, (-1, 0, 1)))
    for path, node in whole:
        for number, more in product(range(min(len(node.items), _NEIGHBOURS)), (-1, 1)):
            yield put(large, (*path, number), _beside(node, node, (more,)).items[number])


def _beside(node: Node, other: Node, steps: Sequence[int]) -> Node:
    """A list of what is so far away from the members of another one, when those are large."""
    values = [int(_value(one)) * _LARGE + more for one in other.items for more in steps]
    return node.with_items([Node("int", value) for value in values])


Items = Sequence[Node]


def _floats(values: Sequence[float]) -> Items:
    return [of_value(float(one)) for one in values]


def _of(make: Callable[[list[float]], list[float]]) -> Callable[[Items], Items]:
    return lambda items: _floats(make([float(_value(one)) for one in items]))


def _paired(items: Items, first: int) -> Items:
    """Each number twice where it is whole: once as an integer, once not."""
    found: list[Node] = []
    for one in items:
        value = _value(one)
        pair = (of_value(int(value)), of_value(float(value))) if value == int(value) else (one, one)
        found += (pair[first], pair[1 - first])
    return found


def _spread(more: float, values: list[float]) -> list[float]:
    """One number among others, with all of them behind it once more."""
    half = (len(values) + 1) // 2
    return [*values[:half], more, *values[half:], *values]


_CHANGES: tuple[Callable[[Items], Items], ...] = (
    _of(lambda values: values),
    _of(lambda values: [one * 0.1 for one in values]),
    lambda items: _paired(items, 0),
    lambda items: _paired(items, 1),
    _of(lambda values: [0.0, -0.0, *(-abs(one) - 1 for one in values)]),
    _of(lambda values: [-0.0, 0.0, *(-abs(one) - 1 for one in values)]),
    _of(lambda values: [0.0, -0.0, *(abs(one) + 1 for one in values)]),
    _of(lambda values: [-0.0, 0.0, *(abs(one) + 1 for one in values)]),
    _of(lambda values: [1e16, *values, -1e16, *values]),
    _of(lambda values: _spread(inf, values)),
    _of(lambda values: _spread(nan, values)),
)
