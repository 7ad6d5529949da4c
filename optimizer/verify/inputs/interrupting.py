"""Callbacks that do something to the object that calls them: what it was about to do may no longer be right.

One takes itself off, or asks what is asked of such an object otherwise; one fails, and the object is used further.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from .described import Described, Given, key_of, step_key
from .meanwhile import few_of_each
from .nodes import Node, put
from .sequences import histories

_FUNCTIONS = frozenset({"builtins:function", "builtins:method", "builtins:builtin_function_or_method"})
_FAILING = re.compile(
    r"^on(_[a-z]|[A-Z])|(^|_)(callbacks?|hook|handler|listener|observer|subscriber|action|task|job|command|work)$"
)
"""Names of what is called to do something, and may fail at that; others choose, compare or convert."""
_HISTORIES = 4
"""For each parameter that takes a function."""
_LISTENS = Node("stub", "listens")

Found = tuple[Given, Node]
Place = tuple[int, int]
"""A step of a history, and one of its arguments."""


def interrupted(given: Sequence[Given], known: Described) -> Iterator[Found]:
    """Histories with such a callback in one place; afterwards everything is asked that was asked of such objects."""
    every = few_of_each(step for one in histories(given) for step in one.tree.items[1:])
    seen: dict[str, int] = {}
    for one in histories(given):
        for place in _places(one):
            parameter = _parameter(one, place, known)
            seen[parameter] = seen.get(parameter, 0) + 1
            if seen[parameter] <= _HISTORIES:
                yield from ((one, tree) for tree in _with_each(one, place, every, known))


def _places(one: Given) -> Iterator[Place]:
    for at, step in enumerate(one.tree.items[1:], 1):
        for number, item in enumerate(step.items):
            if item.tag == "stub" or item.about in _FUNCTIONS:
                yield at, number


def _parameter(one: Given, place: Place, known: Described) -> str:
    step = one.tree.items[place[0]]
    key = step_key(key_of(one.call), step)
    return f"{key} {known.name_of(key, step, place[1])}"


def _with_each(one: Given, place: Place, every: Sequence[Node], known: Described) -> Iterator[Node]:
    (at, number), items = place, one.tree.items
    before, step, after = items[:at], items[at], items[at + 1 :]
    listening = put(step, (number,), _LISTENS)
    for taker in _takers(one, place, known):
        yield one.tree.with_items((*before, put(step, (number,), Node("stub", taker)), listening, *after))
    if _FAILING.search(_parameter(one, place, known).rpartition(" ")[2]):
        failing = put(step, (number,), replace(_LISTENS, about="fails"))
        yield one.tree.with_items((*before, failing, listening, *after, *every))
    for asked in every:
        kind, _, name = asked.about.partition(" ")
        if kind == "method" and asked is not step:
            stub = Node("stub", name, asked.items, asked.names, "asks")
            yield one.tree.with_items((*before, put(step, (number,), stub), *after, *every))


def _takers(one: Given, place: Place, known: Described) -> Iterator[str]:
    """Other methods that take such a callback and nothing else: to take it off, mostly."""
    at, number = place
    key = key_of(one.call)
    mine = step_key(key, one.tree.items[at])
    parameter = known.name_of(mine, one.tree.items[at], number)
    for name, kind in known.methods.get(key, ()):
        listed = known.parameters.get(f"{key}.{name}", ())
        alone = listed[:1] and listed[0].name == parameter and all(rest.default is not None for rest in listed[1:])
        if kind == "method" and alone and f"{key}.{name}" != mine:
            yield name
