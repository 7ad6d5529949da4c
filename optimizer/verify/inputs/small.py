"""Small whole numbers for two arguments at once: places on a small board, bounds of a short list, sizes of little.

Each one by itself is varied elsewhere; here all pairs of a small scope are tried (Boyapati, Khurshid, Marinov, Korat,
ISSTA 2002).
"""

from collections.abc import Iterator, Sequence
from itertools import islice, product

from .described import Given
from .nodes import Node, put, size, text_of
from .turns import in_turn

_SCOPE = 3
_STARTS = 12
"""Objects, made in different ways, on which a method is called with each pair."""
_MODELS = 4
"""Calls that are varied, of a function or of an object's methods."""

Found = tuple[Given, Node]


def small_pairs(given: Sequence[Given], changed: frozenset[str]) -> Iterator[Found]:
    """Each call with at least two whole numbers, the first two of which are small; on an object that call alone.

    Of methods those that are `changed` come first.
    """
    ordered = sorted(given, key=lambda one: size(one.tree))
    for one in islice((one for one in ordered if one.tree.tag == "call" and len(_numbers(one.tree)) > 1), _MODELS):
        yield from ((one, call) for call in _pairs(one.tree))
    histories = [one for one in ordered if one.tree.tag == "history"]
    models = sorted(_models(histories), key=lambda model: model.about.partition(" ")[2] not in changed)
    for model, one in product(models[:_MODELS], _starts(histories)):
        yield from ((one, one.tree.with_items((one.tree.items[0], call))) for call in _pairs(model))


def _starts(histories: Sequence[Given]) -> list[Given]:
    """Objects made from other types or sizes first, the smallest of each."""
    alike: dict[str, dict[str, Given]] = {}
    for one in histories:
        first = one.tree.items[0]
        types = f"{first.about} {[(item.tag, len(item.items)) for item in first.items]}"
        alike.setdefault(types, {}).setdefault(text_of(first), one)
    return list(islice(in_turn(*(ones.values() for ones in alike.values())), _STARTS))


def _models(histories: Sequence[Given]) -> list[Node]:
    """One call of each method that is given two whole numbers."""
    found: dict[str, Node] = {}
    for one in histories:
        for step in one.tree.items[1:]:
            if len(_numbers(step)) > 1:
                found.setdefault(step.about, step)
    return list(found.values())


def _numbers(call: Node) -> list[int]:
    return [number for number, item in enumerate(call.items) if item.tag == "int"][:2]


def _pairs(call: Node) -> Iterator[Node]:
    first, second = _numbers(call)
    for one, two in product(range(_SCOPE), repeat=2):
        yield put(put(call, (first,), Node("int", one)), (second,), Node("int", two))
