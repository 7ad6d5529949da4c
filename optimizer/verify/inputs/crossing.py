"""Recorded values in other company: of two calls, the arguments of one with some of the other's; arguments exchanged.

Every value was met, so the code is likely to have something to say. Method: crossover, as in search-based test
generation (Fraser and Arcuri, EvoSuite, ESEC/FSE 2011), here without a search.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations

from .described import Given
from .nodes import TEXTS, Node, put, size, text_of

_CALLS = 40
_LARGEST = 4000

Found = tuple[Given, Node]


def crossed(given: Sequence[Given]) -> Iterator[Found]:
    """One argument of each call from another call: near neighbours in size first, every call in turn."""
    calls = _different([one for one in given if one.tree.tag == "call" and size(one.tree) < _LARGEST])
    for apart in range(1, len(calls)):
        for at, one in enumerate(calls):
            other = calls[(at + apart) % len(calls)]
            if one.tree.names == other.tree.names:
                for number, item in enumerate(other.tree.items):
                    if text_of(item) != text_of(one.tree.items[number]):
                        yield one, put(one.tree, (number,), item)


def exchanged(given: Sequence[Given]) -> Iterator[Found]:
    """Two arguments of one type in each other's place; on an object, after the call as it was."""
    for one in _different(given):
        if one.tree.tag == "call":
            yield from ((one, call) for call in _swapped(one.tree))
        else:
            for at, step in enumerate(one.tree.items[1:], 1):
                for other in _swapped(step):
                    yield one, one.tree.with_items((*one.tree.items[: at + 1], other, step, *one.tree.items[at + 1 :]))


def _swapped(call: Node) -> Iterator[Node]:
    for one, two in combinations(range(len(call.items)), 2):
        first, second = call.items[one], call.items[two]
        if first.tag == second.tag and first.tag in TEXTS | {"int", "float", "tuple"} and first != second:
            yield put(put(call, (one,), second), (two,), first)


def _different(given: Sequence[Given]) -> list[Given]:
    """Small ones, no two of them alike."""
    found = {text_of(one.tree): one for one in sorted(given, key=lambda one: size(one.tree))}
    return list(found.values())[:_CALLS]
