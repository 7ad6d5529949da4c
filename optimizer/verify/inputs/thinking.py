"""From a recording and its description to calls that can be made: the most telling first, bounded, repeatable."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path

from ...core.recording import Call, Recording, Step
from .asking import told
from .described import MAKER, Described, Given, key_of, settled
from .earthly import is_earthly
from .lighter import LIGHT, Lightening, lightened
from .nodes import Node, places, size, text_of
from .regrouped import regrouped
from .spliced import spliced
from .systematic import Found, systematic
from .words import Words

CALLS = 4000
"""Calls in all; a history counts as one."""
LEAST = 24
FUNCTION = 1500
OBJECT = 1200
"""Of one function, and of objects of one class."""
_SEQUENCES, _SPLICED, _DRAWN = 4, 8, 5
"""One call of a group in so many is a random sequence, one has a text made of pieces, one is drawn by hypothesis, which
takes as long as many variations."""
_LARGEST = 60000
_HANDY = 1500
_WHOLE = 12
"""One call of a group in so many varies one with long data as it is."""
_HEARD = 4
_SMALL = 300
"""Calls of a group that are larger, or are given larger whole numbers, are made last: there may not be time for all."""
_LARGE_ONES = 5
"""Calls of a group that may be larger than that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thought:
    """A call that nobody made, and where it comes from."""

    call: Call
    tree: Node


def think(known: Described, words: Words, first: Iterable[str], start: int, home: Path) -> list[Thought]:
    """New calls. `first` are labels of changed units: theirs are more than those of what only leads there."""
    groups: dict[str, list[Given]] = {}
    for one in known.given:
        groups.setdefault(f"{key_of(one.call)} {one.call.kind == 'object'}", []).append(one)
    labels = frozenset(first)
    shares = _shares(groups, labels)
    changed = frozenset(label.rpartition("::")[2].rpartition(".")[2] for label in labels)
    found: list[Thought] = []
    for number, (name, given) in enumerate(groups.items()):
        trees = _of_group(given, known, words, changed, shares[name], start + number, home)
        thought = sorted(islice(trees, shares[name]), key=lambda found: _may_take(found[1]))
        for one, tree in (*_heard(given, known), *thought):
            found.append(Thought(call=made(one.call, tree, f"g{len(found)}"), tree=tree))
    return found


def _heard(given: Sequence[Given], known: Described) -> Iterator[Found]:
    """Recorded calls with somebody who listens: what is told at the end of all is told only where they are whole."""
    for one in _handy(given)[:_HEARD]:
        tree = told(one, one.tree, known)
        if tree is not one.tree:
            yield one, tree


def _shares(groups: Mapping[str, Sequence[Given]], first: frozenset[str]) -> dict[str, int]:
    """How many calls each function and each class gets."""
    calls = {name: given[0].call for name, given in groups.items()}
    telling = {name for name, call in calls.items() if call.label in first or call.kind == "object"} or groups.keys()
    weights = {
        name: (OBJECT if call.kind == "object" else FUNCTION) * (1.0 if name in telling else 0.5)
        for name, call in calls.items()
    }
    scale = min(1.0, CALLS / max(1.0, sum(weights.values())))
    return {name: max(LEAST, int(weight * scale)) for name, weight in weights.items()}


def _of_group(
    given: Sequence[Given],
    known: Described,
    words: Words,
    changed: frozenset[str],
    share: int,
    start: int,
    home: Path,
) -> Iterator[Found]:
    from .drawing import drawn

    small = _handy(given)
    if not small:
        return
    light = [replace(one, tree=lightened(one.tree)) for one in small]
    whole = [one for one, cut in zip(small, light, strict=True) if size(cut.tree) < size(one.tree)]
    variations = systematic(light, known, words, changed)
    planned = list(islice(variations, share // 2))
    planned += islice(systematic(whole, known, words, changed), share // _WHOLE if whole else 0)
    random = list(islice(regrouped(light, changed, start), share // _SEQUENCES))
    random += islice(spliced(light, known, words, start), share // _SPLICED)
    left = share - len(planned) - len(random)
    rest = drawn(small, known, words, max(LEAST, min(share // _DRAWN, left)), start, home)
    half = len(planned) // 2
    seen: set[str] = set()
    lightening = Lightening(share)
    for one, tree in chain(planned[:half], random, rest, planned[half:], variations):
        new = settled(known, one, lightening.of(tree))
        text = text_of(new)
        if text not in seen and len(text) < _LARGEST * 10 and is_earthly(new):
            seen.add(text)
            yield one, new


def _may_take(tree: Node) -> int:
    """How long a call may take, by the power of two of its size; the same for all that are small."""
    much = size(tree)
    if much > LIGHT:
        return much.bit_length()
    return int(any(isinstance(node.value, int) and abs(node.value) > _SMALL for _, node in places(tree)))


def _handy(given: Sequence[Given]) -> list[Given]:
    """Calls that are not too large to be varied a thousand times, or else the smallest."""
    sized = sorted(((size(one.tree), number) for number, one in enumerate(given)))
    handy = {number for at, (much, number) in enumerate(sized) if much < (_LARGEST if at < _LARGE_ONES else _HANDY)}
    return [one for number, one in enumerate(given) if number in handy]


def made(call: Call, tree: Node, name: str) -> Call:
    """The call that a tree stands for, of the same function or class as another one."""
    if tree.tag != "history":
        return replace(call, id=name, pickle=text_of(tree), states=frozenset(), steps=(), whole=True)
    kinds = [(*step.about.partition(" ")[::2], step) for step in tree.items[1:]]
    steps = tuple(Step(name=one, kind=kind, pickle=text_of(step)) for kind, one, step in kinds)
    first, text = tree.items[0], text_of(tree.items[0])
    maker = first.about.removeprefix(f"{MAKER} ")
    given = {"maker": maker, "made_of": text} if maker else {"maker": "", "made_of": "", "pickle": text}
    return replace(call, id=name, states=frozenset(), steps=steps, whole=True, **given)


def with_objects(recording: Recording, calls: Sequence[Call]) -> Recording:
    """The recording with new objects, for calls are played with the objects that a recording holds."""
    return replace(recording, calls=(*recording.calls, *(call for call in calls if call.kind == "object")))
