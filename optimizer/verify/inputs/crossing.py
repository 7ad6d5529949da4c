"""Recorded values in other company: of two calls, the arguments of one with some of the other's; arguments exchanged.

Every value was met, so the code is likely to have something to say. Method: crossover, as in search-based test
generation (Fraser and Arcuri, EvoSuite, ESEC/FSE 2011), here without a search.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations

from .described import Given
from .meanwhile import few_of_each
from .nodes import TEXTS, Node, put, size, text_of

_CALLS = 40
_LARGEST = 4000
_ASKED_ABOUT = TEXTS | {"int", "float", "tuple", "date", "datetime"}
_MEMBERED = frozenset({"list", "tuple", "set", "frozenset"})
_ASKED = 24
"""Of one method by what another one was asked."""

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


def answered(given: Sequence[Given]) -> Iterator[Found]:
    """An object is asked as it was, then given what it was asked about, in each call that takes such, and asked again.

    Or it is made with that among the members of what it is made of, and asked everything.
    """
    histories = [one for one in _different(given) if one.tree.tag == "history"]
    models = {step.about: step for one in reversed(histories) for step in reversed(one.tree.items[1:])}
    every = few_of_each(step for one in histories for step in one.tree.items[1:])
    seen: Counter[tuple[str, str]] = Counter()
    for one in histories:
        for step in one.tree.items[1:]:
            for value in (item for item in step.items if item.tag in _ASKED_ABOUT):
                yield from ((one, tree.with_items((*tree.items, *every))) for tree in _made_with(one.tree, value))
                for model in (model for name, model in models.items() if name != step.about):
                    for call in _with(model, value):
                        seen[step.about, call.about] += 1
                        if seen[step.about, call.about] <= _ASKED:
                            yield one, one.tree.with_items((*one.tree.items, call, step))


def _with(model: Node, value: Node) -> Iterator[Node]:
    """A call with a value in each place that takes such."""
    return (put(model, (at,), value) for at, item in enumerate(model.items) if item.tag == value.tag)


def _made_with(tree: Node, value: Node) -> Iterator[Node]:
    """One more member of such a type in what the constructor was given."""
    for at, item in enumerate(tree.items[0].items):
        alike = item.tag in _MEMBERED and item.items and item.items[0].tag == value.tag
        if alike and value not in item.items:
            yield put(tree, (0, at), item.with_items((*item.items, value)))


def _swapped(call: Node) -> Iterator[Node]:
    for one, two in combinations(range(len(call.items)), 2):
        first, second = call.items[one], call.items[two]
        if first.tag == second.tag and first.tag in TEXTS | {"int", "float", "tuple"} and first != second:
            yield put(put(call, (one,), second), (two,), first)


def _different(given: Sequence[Given]) -> list[Given]:
    """Small ones, no two of them alike."""
    found = {text_of(one.tree): one for one in sorted(given, key=lambda one: size(one.tree))}
    return list(found.values())[:_CALLS]
