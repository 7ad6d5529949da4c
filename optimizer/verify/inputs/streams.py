"""Iterators for arguments that a function says it reads as they come: how far it reads them is seen by who goes on.

A file is left behind the line that was wrong, and a queue behind the member that was looked for.
"""

from collections.abc import Iterator
from itertools import chain, islice

from .described import Described, Given, key_of, step_key
from .nodes import Node, Path, part_at, put
from .variants import variants
from .words import Words

TAG = "iterator"
_LISTS = 12
_SETTINGS = 2
"""Other values of each of the other arguments."""
_SEQUENCES = frozenset({"list", "tuple"})

Found = tuple[Given, Node]


def streamed(given: Given, tree: Node, known: Described, words: Words) -> Iterator[Found]:
    """The call, or the history, with an iterator for such an argument, beside other values of the other arguments."""
    for path in _spots(given, tree, known):
        for other in chain([tree], _settings(given, tree, path, known, words)):
            yield from ((given, put(other, path, one)) for one in _iterators(given, tree, path, known, words))


def _spots(given: Given, tree: Node, known: Described) -> Iterator[Path]:
    key = key_of(given.call)
    calls = [((at,), call) for at, call in enumerate(tree.items)] if tree.tag == "history" else [((), tree)]
    for before, call in calls:
        mine = step_key(key, call) if before else key
        for number, item in enumerate(call.items):
            if item.tag in _SEQUENCES and known.name_of(mine, call, number) in known.streams.get(mine, ()):
                yield *before, number


def _settings(given: Given, tree: Node, path: Path, known: Described, words: Words) -> Iterator[Node]:
    """The tree with one of the other arguments of that call varied."""
    call = tree.items[path[0]] if len(path) > 1 else tree
    for number, item in enumerate(call.items):
        other = (*path[:-1], number)
        kind = known.at(given, tree, other) if other != path else None
        if kind is not None:
            yield from (put(tree, other, one) for one in islice(variants(item, kind, words), _SETTINGS))


def _iterators(given: Given, tree: Node, path: Path, known: Described, words: Words) -> Iterator[Node]:
    """Of the members as they are, and of those of its variants."""
    node, kind = part_at(tree, path), known.at(given, tree, path)
    lists = (one for one in variants(node, kind, words) if one.tag in _SEQUENCES) if kind is not None else iter(())
    yield from (Node(TAG, None, one.items) for one in chain([node], islice(lists, _LISTS)))
