"""Long chains: each thing names the next one, as tasks need others and rows have parents; recursion ends somewhere.

A text is one, too, where it has parts: a sum of very many terms.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from .described import Given
from .meanwhile import few_of_each
from .nodes import Node, places, put, size

LENGTHS = (520, 1100)
"""More than the interpreter's limit of calls within calls, where a link takes two of them and where it takes one."""
_NAMES = frozenset({"str", "int"})
_HOLDERS = frozenset({"list", "tuple", "set", "frozenset"})
_OBJECTS = 2
_TEXTS = 6
_LONGEST = 2000
_PART = re.compile(r"\w+")
_BETWEEN = re.compile(r"(?<=\w)[^\w\r\n]+(?=\w)")
_SEAMS = 3
"""Of one text."""

Found = tuple[Given, Node]


def chained(given: Sequence[Given]) -> Iterator[Found]:
    """For a mapping of things to others a long one; an object that is told of one thing by another is told of many."""
    ordered = sorted(given, key=lambda one: size(one.tree))
    for one in ordered:
        for at, item in enumerate(one.tree.items if one.tree.tag == "call" else ()):
            if item.tag == "dict" and _names_another(item):
                yield from ((one, put(one.tree, (at,), _mapping(item, length))) for length in LENGTHS)
            elif _pairs_names(item):
                yield from ((one, put(one.tree, (at,), _links(item, length))) for length in LENGTHS)
    yield from _long_texts(ordered)
    histories = [one for one in ordered if one.tree.tag == "history"]
    steps = [step for one in histories for step in one.tree.items[1:]]
    yield from ((one, tree) for one in histories[:_OBJECTS] for tree in _made_of_links(one, few_of_each(steps)))
    plain = [step for step in few_of_each(steps) if not step.items]
    for one in histories[:_OBJECTS] if plain else ():
        yield from ((one, one.tree.with_items((one.tree.items[0], *told, *plain))) for told in _told(steps))


def _long_texts(given: Iterable[Given]) -> Iterator[Found]:
    """One part of a text many times, between what separates parts there; for few calls, unlike each other."""
    seen: set[tuple[str, str]] = set()
    for one in given:
        for path, node in places(one.tree) if len(seen) < _TEXTS else ():
            text = node.value if node.tag == "str" and isinstance(node.value, str) else ""
            seams = list(dict.fromkeys(_BETWEEN.findall(text[:_LONGEST])))[:_SEAMS]
            for seam in seams if len(path) < 3 else ():
                if (one.call.label, seam) not in seen:
                    seen.add((one.call.label, seam))
                    part = min(_PART.findall(text[:_LONGEST]), key=len)
                    yield one, put(one.tree, path, replace(node, value=seam.join([part] * LENGTHS[1])))


def _made_of_links(one: Given, steps: Sequence[Node]) -> Iterator[Node]:
    """An object made of a chain, and what is asked about its ends."""
    for at, item in enumerate(one.tree.items[0].items):
        if _pairs_names(item):
            name = item.items[0].items[0]
            for length in LENGTHS:
                ends = [_numbered(name, number) for number in (0, length)]
                asked = [_about(step, ends) for step in steps if all(each.tag == name.tag for each in step.items)]
                start = put(one.tree.items[0], (at,), _links(item, length))
                yield one.tree.with_items((start, *asked))


def _about(step: Node, ends: Sequence[Node]) -> Node:
    return step.with_items([ends[number % 2] for number in range(len(step.items))])


def _pairs_names(item: Node) -> bool:
    """Whether it is a collection of pairs, each of two things of one kind: edges, mostly."""
    pairs = [one.items for one in item.items if one.tag == "tuple" and len(one.items) == 2]
    alike = [one.tag == two.tag and one.tag in _NAMES for one, two in pairs]
    return item.tag in _HOLDERS and bool(pairs) and len(pairs) == len(item.items) and all(alike)


def _links(item: Node, length: int) -> Node:
    name = item.items[0].items[0]
    pairs = ((_numbered(name, number), _numbered(name, number + 1)) for number in range(length))
    return item.with_items([item.items[0].with_items(pair) for pair in pairs])


def _told(steps: Iterable[Node]) -> Iterator[list[Node]]:
    """Calls that name a thing first, and others of its kind in a collection or in another place; one of each method."""
    seen: set[tuple[str, int]] = set()
    for step in steps:
        first = step.items[0] if step.items else step
        for at, item in enumerate(step.items[1:], 1):
            inner = item.items[0] if item.tag in _HOLDERS and item.items else item
            if first.tag in _NAMES and inner.tag == first.tag and (step.about, at) not in seen:
                seen.add((step.about, at))
                yield from (_chain(step, first, at, length) for length in LENGTHS)


def _chain(step: Node, first: Node, at: int, length: int) -> list[Node]:
    """The last one names none, where it need not, so that all that are named are there."""
    item = step.items[at]
    links = [_link(item, _numbered(first, number + 1)) for number in range(length)]
    links[-1] = item.with_items(()) if item.tag in _HOLDERS else links[-1]
    return [put(put(step, (0,), _numbered(first, number)), (at,), link) for number, link in enumerate(links)]


def _link(item: Node, to: Node) -> Node:
    return item.with_items((to,)) if item.tag in _HOLDERS else to


def _numbered(name: Node, number: int) -> Node:
    return replace(name, value=f"{name.value}{number}" if name.tag == "str" else number)


def _names_another(item: Node) -> bool:
    keys = {pair.items[0].value for pair in item.items if pair.items[0].tag in _NAMES}
    return any(
        inner.tag in _NAMES and inner.value in keys
        for pair in item.items
        for inner in (pair.items[1], *pair.items[1].items)
    )


def _mapping(item: Node, length: int) -> Node:
    pair = next(pair for pair in item.items if pair.items[0].tag in _NAMES)
    key, value = pair.items
    holder = next((one.items[1] for one in item.items if one.items[1].items), value)
    links = ((_numbered(key, number), _numbered(key, number + 1)) for number in range(length))
    return item.with_items([Node("pair", None, (one, _link(holder, to))) for one, to in links])
