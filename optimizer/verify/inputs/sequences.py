"""Calls on an object that come back to the same few values: what counts, limits or orders shows itself there."""

from collections.abc import Iterator, Sequence
from itertools import islice

from .described import Described, Given, key_of, owner_of, step_key
from .nodes import Node, size, text_of
from .variants import variants
from .words import Words

_PATTERNS = ("aabcd", "abacd", "abbcd", "abcadb", "aabbcd", "abcabda", "abcdea")
"""Which value each call is given, by letters."""
_METHODS = 4
_CONSTRUCTORS = 6

Found = tuple[Given, Node]


def worn(given: Sequence[Given], known: Described, words: Words) -> list[Iterator[Found]]:
    """A stream for each method that is given something: it alone on few values, then with another one in between."""
    histories = sorted((one for one in given if one.tree.tag == "history"), key=lambda one: size(one.tree))
    if not histories:
        return []
    found: dict[str, tuple[Given, Node]] = {}
    for one in histories:
        for step in one.tree.items[1:]:
            if step.items and step.items[0].tag not in ("followed", "opaque"):
                found.setdefault(step.about, (one, step))
    models = list(found.values())[:_METHODS]
    constructors = dict.fromkeys(one.tree.items[0] for one in histories)
    starts = list(islice((one for first in constructors for one in _starts(first)), _CONSTRUCTORS))
    return [_sequences(one, model, models, starts, known, words) for one, model in models]


def _starts(first: Node) -> Iterator[Node]:
    """A constructor's call, with small numbers first where it takes one."""
    for at, item in enumerate(first.items):
        if item.tag == "int":
            for small in (2, 3):
                yield first.with_items([*first.items[:at], Node("int", small), *first.items[at + 1 :]])
    yield first


def _sequences(
    one: Given, model: Node, models: Sequence[Found], starts: Sequence[Node], known: Described, words: Words
) -> Iterator[Found]:
    values = _values(one, model, known, words)
    for other in (model, *(step for _, step in models if step is not model)):
        for start in starts:
            for pattern in _PATTERNS:
                yield one, Node("history", None, (start, *_calls(pattern, model, other, values)))


def _calls(pattern: str, model: Node, other: Node, values: Sequence[Node]) -> Iterator[Node]:
    """The other method is asked where a value comes back."""
    for at, letter in enumerate(pattern):
        step = other if letter in pattern[:at] else model
        value = values[(ord(letter) - ord("a")) % len(values)]
        yield step.with_items((value, *step.items[1:]))


def _values(one: Given, model: Node, known: Described, words: Words) -> list[Node]:
    """Values that the method was given, and others near them where these are few."""
    key = step_key(key_of(one.call), model)
    kind = known.kind(owner_of(one.call, key), known.name_of(key, model, 0))
    met = [value for name in kind.types for value in kind.pool(name) if value.tag == model.items[0].tag]
    near = variants(model.items[0], kind, words)
    found = {text_of(value): value for value in (model.items[0], *met[:5], *islice(near, 5))}
    return list(found.values())[:5]
