"""Calls on an object that come back to the same few values, and such as are given a new value each.

What counts, limits or orders shows itself in the first; in the second a method that only answers is asked a lot. Few
values come back in all the ways there are for so many calls: most faults show themselves in a small scope (Boyapati,
Khurshid, Marinov, Korat, ISSTA 2002).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice, product, zip_longest

from .described import Described, Given, key_of, owner_of, step_key
from .kinds import Kind
from .nodes import Node, size, text_of
from .turns import in_turn
from .variants import variants
from .words import Words

_LONGER = ("abcadb", "aabbcd", "abcabda", "abcdea")
"""Which value each call is given, by letters; a capital: the method itself is called again, otherwise another one."""
_COMPETING = ("aaabBc", "aabBc", "aAbbbc", "aAAbbc")
"""One value comes back by the method itself and one by another method: what counts both may count them otherwise."""
_LENGTH = 5
_LETTERS = 4
_METHODS = 6
_CONSTRUCTORS = 6
_AT_ONCE = 12
_RELATED = 14
_AGAIN = (1, 6, 12)
_BASES = 4

Found = tuple[Given, Node]


def worn(given: Sequence[Given], known: Described, words: Words) -> list[Iterator[Found]]:
    """A stream for each method that is given something: on few values, alone and with another one where they return."""
    models = _models(given)
    made = (start for one in histories(given) for start in starts(one.tree.items[0]))
    few = list(islice(dict.fromkeys(made), _CONSTRUCTORS))
    return [_sequences(one, model, models, few, known, words) for one, model in models]


def swept(given: Sequence[Given], known: Described, words: Words) -> list[Iterator[Found]]:
    """A stream for each such method: on the object as it was recorded, all values that were met and many near them."""
    return [_sweeps(one, model, known, words) for one, model in _models(given)]


def filled(given: Sequence[Given]) -> Iterator[Found]:
    """On one object more values of a family than limits are wide, then some of them once more, then questions."""
    models = _models(given)
    for (one, model), slope in product(models, (-1, 1)):
        family = list(_family(model, slope))
        asked = list(_asked(given, model.items[0])) if family else []
        for _, other in models if family else ():
            again = [other.with_items((family[at].items[0], *other.items[1:])) for at in _AGAIN]
            yield one, Node("history", None, (one.tree.items[0], *family, *again, *asked))


def _family(model: Node, slope: int) -> Iterator[Node]:
    """Calls with values of which one begins like the other; numbers beside them rise or fall."""
    first = model.items[0]
    if first.tag in ("str", "bytes", "int") and isinstance(first.value, str | int):
        for number in range(_RELATED):
            near = f"{first.value}{number:02d}" if isinstance(first.value, str) else first.value + number
            rest = [_raised(item, slope * number + _RELATED) for item in model.items[1:]]
            yield model.with_items((replace(first, value=near), *rest))


def _raised(node: Node, by: int) -> Node:
    if node.tag in ("int", "float") and isinstance(node.value, int | float):
        return replace(node, value=node.value + by)
    return node


def _asked(given: Sequence[Given], value: Node) -> Iterator[Node]:
    """Each method twice as it was called, and about this value and its beginning."""
    text = value.value if isinstance(value.value, str) else ""
    for steps in _by_method(given).values():
        yield from steps[:2]
        if steps[0].items and steps[0].items[0].tag == value.tag:
            for new in dict.fromkeys((value, *(replace(value, value=text[:end]) for end in (1, 2) if text))):
                yield steps[0].with_items((new, *steps[0].items[1:]))


def _by_method(given: Sequence[Given]) -> dict[str, list[Node]]:
    found: dict[str, list[Node]] = {}
    for one in histories(given):
        for step in one.tree.items[1:]:
            found.setdefault(step.about, []).append(step)
    return found


def histories(given: Sequence[Given]) -> list[Given]:
    """Those of objects, the smallest first."""
    return sorted((one for one in given if one.tree.tag == "history"), key=lambda one: size(one.tree))


def _models(given: Sequence[Given]) -> list[Found]:
    """One call of each method that takes something that can be varied, with the history that it is from.

    Who is given most comes first, for it may be the one that keeps something.
    """
    found: dict[str, Found] = {}
    for one in histories(given):
        for step in one.tree.items[1:]:
            if step.items and step.items[0].tag not in ("followed", "opaque"):
                found.setdefault(step.about, (one, step))
    return sorted(found.values(), key=lambda found: -len(found[1].items))[:_METHODS]


def _sweeps(one: Given, model: Node, known: Described, words: Words) -> Iterator[Found]:
    start, kind = one.tree.items[0], _kind(one, model, known)
    near = in_turn(*(variants(value, kind, words) for value in _values(one, model, known, words)[:_BASES]))
    met = (value for name in kind.types for value in kind.pool(name) if value.tag not in ("followed", "opaque"))
    values = chain(met, near)
    models = list(_otherwise(model))
    while several := list(islice(values, _AT_ONCE)):
        for step in models:
            yield one, Node("history", None, (start, *(step.with_items((value, *step.items[1:])) for value in several)))


def _otherwise(model: Node) -> Iterator[Node]:
    """The call, then with its switches the other way, then with what is given first alone."""
    yield model
    turned = [replace(item, value=not item.value) if item.tag == "bool" else item for item in model.items[1:]]
    if turned != list(model.items[1:]):
        yield model.with_items((model.items[0], *turned))
    if turned:
        yield replace(model, items=model.items[:1], names=model.names[:1])


def starts(first: Node) -> Iterator[Node]:
    """A constructor's call, with small numbers first where it takes one."""
    for at, item in enumerate(first.items):
        if item.tag == "int":
            for small in (2, 3):
                yield first.with_items([*first.items[:at], Node("int", small), *first.items[at + 1 :]])
    yield first


def _sequences(
    one: Given, model: Node, models: Sequence[Found], constructors: Sequence[Node], known: Described, words: Words
) -> Iterator[Found]:
    """Each pattern with one constructor and one other method, then with the next ones, until all were together."""
    values = _values(one, model, known, words)
    others = (model, *(step for _, step in models if step is not model))
    sides = [(start, other) for start in constructors for other in others]
    patterns = (*_patterns(_LENGTH), *_LONGER)
    competing = ((pattern, side) for side in sides for pattern in _COMPETING)
    mixed = (
        (pattern, sides[(at + lap) % len(sides)]) for lap in range(len(sides)) for at, pattern in enumerate(patterns)
    )
    for pair in zip_longest(mixed, competing):
        for pattern, (start, other) in filter(None, pair):
            yield one, Node("history", None, (start, *_calls(pattern, model, other, values)))


def _patterns(length: int) -> list[str]:
    """All ways in which at most four values can come back in so many calls, without those in which none does."""
    found = [""]
    for _ in range(length):
        found = [text + one for text in found for one in "abcdefgh"[: min(len(set(text)) + 1, _LETTERS)]]
    return sorted((one for one in found if len(set(one)) < length), key=lambda one: -len(set(one)))


def _calls(pattern: str, model: Node, other: Node, values: Sequence[Node]) -> Iterator[Node]:
    """The other method is asked where a value comes back."""
    for at, letter in enumerate(pattern):
        step = other if letter in pattern[:at] else model
        value = values[(ord(letter.lower()) - ord("a")) % len(values)]
        yield step.with_items((value, *step.items[1:]))


def _values(one: Given, model: Node, known: Described, words: Words) -> list[Node]:
    """Values that the method was given, and others near them where these are few."""
    kind = _kind(one, model, known)
    met = [value for name in kind.types for value in kind.pool(name) if value.tag == model.items[0].tag]
    near = variants(model.items[0], kind, words)
    found = {text_of(value): value for value in (model.items[0], *met[:5], *islice(near, 5))}
    return list(found.values())[:5]


def _kind(one: Given, model: Node, known: Described) -> Kind:
    key = step_key(key_of(one.call), model)
    return known.kind(owner_of(one.call, key), known.name_of(key, model, 0))
