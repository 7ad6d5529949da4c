"""Questions that nobody asked: public methods that no test calls, about values that stand in what an object was given.

Where a parameter was never met, the question is a guess: whether it is a sensible one only the base can tell, so it
counts only where the base answers it (`comparing.py`).
"""

from collections.abc import Iterator, Sequence
from itertools import islice, product

from .described import Described, Given, Parameter, key_of, owner_of, step_key
from .kinds import type_of
from .meanwhile import few_of_each
from .nodes import Node, places, size, text_of
from .variants import variants
from .words import Words

GUESS = "guess"
"""Kind of a step that calls a method with values of which nobody knows whether they are meant for it."""
_OBJECTS = 6
_REMADE = 3
_VARIANTS = 60
_VALUES = 8
_PAIRS = 12
_PLAIN = frozenset({"str", "int", "float", "bytes", "tuple", "date", "datetime", "enum"})
_NEEDED = frozenset({"POSITIONAL_ONLY", "POSITIONAL_OR_KEYWORD"})

Found = tuple[Given, Node]


def unasked(given: Sequence[Given], known: Described, words: Words) -> Iterator[Found]:
    """Objects as they were recorded, then made of other things; then everything is asked, by those methods too."""
    histories = sorted((one for one in given if one.tree.tag == "history"), key=lambda one: size(one.tree))
    every = few_of_each(step for one in histories for step in one.tree.items[1:])
    unlike = list({text_of(one.tree.items[0]): one for one in reversed(histories)}.values())[::-1]
    for one in unlike[:_OBJECTS]:
        questions = list(_questions(one, one.tree, every, known))
        if questions:
            yield one, one.tree.with_items((*one.tree.items, *questions))
    for one in unlike[:_REMADE]:
        for start in _remade(one, known, words):
            questions = _questions(one, Node("history", None, (start,)), every, known)
            yield one, Node("history", None, (start, *every, *questions))


def _remade(one: Given, known: Described, words: Words) -> Iterator[Node]:
    """The constructor's call with one argument varied."""
    first = one.tree.items[0]
    for number, item in enumerate(first.items):
        kind = known.at(one, one.tree, (0, number))
        if kind is not None and item.tag not in ("followed", "opaque"):
            for other in islice(variants(item, kind, words), _VARIANTS):
                yield first.with_items((*first.items[:number], other, *first.items[number + 1 :]))


def _questions(one: Given, tree: Node, every: Sequence[Node], known: Described) -> Iterator[Node]:
    """Calls of the methods that nobody called."""
    key, called = key_of(one.call), {step.about.partition(" ")[2] for step in every}
    values = _values(tree)
    for name, kind in known.methods.get(key, ()):
        if name not in called:
            needed = [
                each
                for each in known.parameters.get(step_key(key, Node("call", about=f"{kind} {name}")), ())
                if each.default is None and each.kind in _NEEDED
            ]
            pools = [_pool(one, key, each, values, known) for each in needed]
            guess = kind if not needed or kind == "get" else GUESS
            for chosen in islice(product(*pools), _PAIRS):
                yield Node("call", None, chosen, ("",) * len(chosen), f"{guess} {name}")


def _pool(one: Given, key: str, parameter: Parameter, values: Sequence[Node], known: Described) -> list[Node]:
    """Values of the types that are known for a parameter of that name, or else all."""
    types = known.kind(owner_of(one.call, key), parameter.name).types
    return [value for value in values if not types or type_of(value) in types]


def _values(tree: Node) -> list[Node]:
    """Plain values in what the object was given, each once."""
    found = {text_of(node): node for _, node in places(tree) if node.tag in _PLAIN}
    return list(found.values())[:_VALUES]
