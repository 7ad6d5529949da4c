"""NumPy arrays near a given one: other shapes, contents, and ways to lie in memory.

What is met in an array says what may stand in it; numbers beside those come last. Other dtypes are only used where they
were met.
"""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import cycle, islice
from math import prod
from random import Random
from typing import Final, cast

from .nodes import Node

TAG: Final = "array"
_LAYOUTS: Final = ("fortran", "strided", "backwards", "frozen")
_FLAT: Final = (0, 1, 2, 3, 4, 5, 7, 8, 17, 33)
_BOARDS: Final = (
    (2, 3),
    (3, 2),
    (1, 1),
    (2, 2),
    (1, 4),
    (4, 1),
    (0, 0),
    (5, 7),
    (1, 2),
    (2, 1),
    (3, 3),
    (9, 4),
    (12, 12),
)
_FILLS: Final = 6
_LONG: Final = (1200, 40, 10)
"""Of each axis of a large array, by the number of axes: sums of short types overflow in it."""
_MOST: Final = 1200
_SPECIAL: Final = (math.nan, math.inf, -math.inf, -0.0, 0.5, 1e16)
_WHOLE: Final = (-1, 0, 127, 128, 255, 256, 1000)
"""Whole numbers beside those that were met: about the ends of short types; the harness wraps what does not fit."""

Number = int | float


@dataclass(frozen=True, slots=True)
class Array:
    """A node, opened: `members` in C order."""

    shape: tuple[int, ...]
    members: tuple[Number, ...]


def opened(node: Node) -> Array:
    """What the node says."""
    shape = tuple(int(one) for one in node.names[0].split(",") if one) if node.names else ()
    return Array(shape, tuple(cast("list[Number]", json.loads(str(node.value)))))


def closed(node: Node, array: Array) -> Node:
    """Such an array as a node: dtype and layout of another one."""
    names = (",".join(map(str, array.shape)), *node.names[1:])
    return replace(node, value=json.dumps(list(array.members)), names=names)


def arrays(node: Node, pool: Sequence[Node]) -> Iterator[Node]:
    """Other arrays of the same dtype; `pool` are those that were met in its place."""
    array = opened(node)
    met = sorted({number for one in (node, *pool) for number in opened(one).members}, key=_in_order) or [0, 1]
    values = [*met, *_beside(node.about, met)]
    rng = Random(len(array.members))
    streams = [_reshaped(array, met, rng), _refilled(array, met, values, rng)]
    for row in islice(_in_turn(streams), 2 * _FILLS):
        yield closed(node, row)
    yield from (replace(node, names=(*node.names, layout)) for layout in _LAYOUTS if array.shape)
    for row in _in_turn(streams):
        yield closed(node, row)
    yield from (replace(node, names=(*node.names, layout)) for layout in _LAYOUTS[:1] if array.shape)


def _in_turn(streams: Sequence[Iterator[Array]]) -> Iterator[Array]:
    left = list(streams)
    while left:
        for stream in list(left):
            found = next(stream, None)
            if found is None:
                left.remove(stream)
            else:
                yield found


def _beside(dtype: str, met: Sequence[Number]) -> list[Number]:
    """Numbers that were not met: for whole ones no negative ones where none was."""
    if dtype[1:2] == "b":
        return [0, 1]
    if dtype[1:2] == "f":
        return [*_SPECIAL, *(-one for one in met[:3])]
    return [one for one in _WHOLE if one >= 0 or min(met) < 0] + [one + 1 for one in met[-2:]]


def _in_order(number: Number) -> tuple[bool, Number]:
    return number != number, number


def _reshaped(array: Array, met: Sequence[Number], rng: Random) -> Iterator[Array]:
    """Other shapes of as many axes, filled by chance and with what stands in the array."""
    for shape in _shapes(array.shape):
        if prod(shape) <= _MOST:
            yield _by_chance(shape, met, rng)
            yield Array(shape, tuple(islice(cycle(array.members or (0,)), prod(shape))))


def _shapes(shape: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    if len(shape) == 1:
        yield from ((one,) for one in (*_FLAT[:4], shape[0] + 1, max(0, shape[0] - 1), *_FLAT[4:], 2 * shape[0]))
    if len(shape) == 2:
        rows, cols = shape
        yield from (*_BOARDS[:4], (rows, cols + 1), (rows + 2, cols), (1, cols), (rows, 1), (0, cols), (rows, 0))
        yield from (*_BOARDS[4:], (cols, rows), (2 * rows, cols))
    for axis in range(len(shape) if len(shape) > 2 else 0):
        for size in (shape[axis] + 1, 1, 2, 0):
            yield (*shape[:axis], size, *shape[axis + 1 :])


def _refilled(array: Array, met: Sequence[Number], values: Sequence[Number], rng: Random) -> Iterator[Array]:
    """The same shape with other members."""
    shape, count = array.shape, len(array.members)
    low, high = met[0], met[-1]
    yield _by_chance(shape, met, rng)
    yield from (Array(shape, (one,) * count) for one in (low, high))
    for place in dict.fromkeys(one for one in (0, count - 1, _row(shape) - 1, count // 2, _row(shape)) if one < count):
        yield Array(shape, (*(low,) * place, high, *(low,) * (count - place - 1)))
    yield Array(shape, tuple(reversed(array.members)))
    yield Array(shape, tuple(low if number % 2 else high for number in range(count)))
    for _ in range(_FILLS):
        yield _by_chance(shape, met, rng)
        yield _by_chance(shape, values, rng)
    yield Array(shape, tuple(sorted(array.members, key=_in_order)))
    for number, one in enumerate(one for one in values if one not in met):
        place = (0, count // 2, count - 1)[number % 3]
        yield Array(shape, tuple(one if at == place else was for at, was in enumerate(array.members)))
        yield Array(shape, (one,) * count)


def _row(shape: tuple[int, ...]) -> int:
    return max(1, shape[-1] if shape else 1)


def _by_chance(shape: tuple[int, ...], values: Sequence[Number], rng: Random) -> Array:
    """Mostly one of the values, or all of them alike."""
    often = rng.choice(values)
    share = rng.choice((0.0, 0.3, 0.7))
    return Array(shape, tuple(often if rng.random() < share else rng.choice(values) for _ in range(prod(shape))))


def sized(node: Node, length: int) -> Node:
    """So long along the first axis, by repetition or cut."""
    array = opened(node)
    if not array.shape or not array.members:
        return node
    each = prod(array.shape[1:])
    return closed(node, Array((length, *array.shape[1:]), tuple(islice(cycle(array.members), length * each))))


def length(node: Node) -> int:
    """Along the first axis."""
    return next(iter(opened(node).shape), 0)


def large(node: Node) -> tuple[Node, Node]:
    """A large one full of the largest member, and one of all members."""
    array = opened(node)
    shape = tuple(max(size, _LONG[min(len(array.shape), len(_LONG)) - 1]) for size in array.shape)
    most = max(array.members or (1,), key=_in_order)
    full, mixed = (tuple(islice(cycle(one), prod(shape))) for one in ((most,), array.members or (1,)))
    return closed(node, Array(shape, full)), closed(node, Array(shape, mixed))


def alike(node: Node) -> Node:
    """All members are what the first one is."""
    array = opened(node)
    return closed(node, replace(array, members=array.members[:1] * len(array.members)))


def turned(node: Node) -> Node:
    """The members in the other direction."""
    array = opened(node)
    return closed(node, replace(array, members=array.members[::-1]))


def smaller(node: Node) -> Iterator[Node]:
    """With less in it: cut along each axis, plainer members."""
    array = opened(node)
    if len(node.names) > 1:
        yield replace(node, names=node.names[:1])
    for axis, size in enumerate(array.shape):
        for keep in dict.fromkeys((0, 1, 2, size // 2, size - 1)):
            if 0 <= keep < size:
                yield closed(node, _cut(array, axis, keep))
    for number in range(len(array.members)):
        if array.members[number] not in (0, False):
            yield closed(node, replace(array, members=(*array.members[:number], 0, *array.members[number + 1 :])))


def _cut(array: Array, axis: int, keep: int) -> Array:
    inner, size = prod(array.shape[axis + 1 :]), array.shape[axis]
    kept = tuple(one for number, one in enumerate(array.members) if number // inner % size < keep) if inner else ()
    return Array((*array.shape[:axis], keep, *array.shape[axis + 1 :]), kept)
