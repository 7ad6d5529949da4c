"""Simpler versions of a counterexample, tried in batches, for what convinces is short.

Method: delta debugging (Zeller and Hildebrandt, 2002) on trees instead of on texts; many tries share a process.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice

from . import arrays
from .nodes import COLLECTIONS, NUMBERS, TEXTS, Node, places, put, size, text_of
from .strangers import STRANGER

_BATCH = 48
_FEW = 10

Differing = Callable[[Sequence[Node]], Sequence[bool]]
"""Of each tree, whether base and candidate still differ on it in the same way."""


def shrunk(tree: Node, differing: Differing, going: Callable[[], bool]) -> Node:
    """The smallest version that was found while `going`; the tree itself where nothing smaller differs."""
    best, tried = tree, {text_of(tree)}
    while going():
        batch: list[Node] = []
        for one in smaller(best):
            text = text_of(one)
            if text not in tried:
                tried.add(text)
                batch.append(one)
            if len(batch) >= _BATCH:
                break
        if not batch:
            break
        still = [one for one, differs in zip(batch, differing(batch), strict=True) if differs]
        if still:
            best = min([best, *still], key=_rank)
    return best


def _rank(tree: Node) -> tuple[int, int, str]:
    text = text_of(tree)
    return size(tree), len(text), text


def smaller(tree: Node) -> Iterator[Node]:
    """Versions with less in them, the boldest first: each keeps the types of its values, and what nobody gave."""
    steps = sorted(
        ((path, node) for path, node in places(tree) if _simpler.get(node.tag) and node.names != (STRANGER,)),
        key=lambda entry: (len(entry[0]), -size(entry[1])),
    )
    rank = _rank(tree)
    rounds = [(path, _simpler[node.tag](node)) for path, node in steps]
    for _ in range(40):
        for path, stream in rounds:
            for one in islice(stream, 3):
                new = put(tree, path, one)
                if _rank(new) < rank:
                    yield new


def _fewer(node: Node, keep: int = 0) -> Iterator[Node]:
    items, half = node.items, keep + (len(node.items) - keep) // 2
    if len(items) <= keep:
        return
    yield node.with_items(items[:keep])
    yield node.with_items(items[:half])
    yield node.with_items((*items[:keep], *items[half:]))
    for number in reversed(range(keep, len(items))):
        if number < keep + _FEW or number >= len(items) - _FEW:
            yield node.with_items((*items[:number], *items[number + 1 :]))


def _fewer_steps(node: Node) -> Iterator[Node]:
    return _fewer(node, 1)


def _fewer_arguments(node: Node) -> Iterator[Node]:
    """Without one of the arguments given by name."""
    for number, name in enumerate(node.names):
        if name:
            names = (*node.names[:number], *node.names[number + 1 :])
            yield Node("call", None, (*node.items[:number], *node.items[number + 1 :]), names, node.about)


def _shorter(node: Node) -> Iterator[Node]:
    text = node.value if isinstance(node.value, str) else ""
    half = len(text) // 2
    tries = ["", text[:1], text[-1:], text[:half], text[half:]]
    tries += [text[:number] + text[number + 1 :] for number in range(min(len(text), _FEW))]
    tries += [text[:-1], "".join("a" if one.isalnum() and one.isascii() else one for one in text)]
    yield from (Node(node.tag, one) for one in tries)


def _rounder(node: Node) -> Iterator[Node]:
    value = node.value if isinstance(node.value, int | float) else 0
    make = float if node.tag == "float" else int
    if value == value and abs(value) != float("inf"):
        yield from (Node(node.tag, make(one)) for one in (0, 1, -1, 2, int(value), int(value) // 2, 10) if one != value)


def _plainer(node: Node) -> Iterator[Node]:
    value = node.value if isinstance(node.value, tuple) else ()
    if len(value) == 8:
        yield Node(node.tag, (2024, 1, 1, 0, 0, 0, 0, 0), node.items)
        yield Node(node.tag, (*value[:3], value[3], 0, 0, 0, 0), node.items)


_simpler: Mapping[str, Callable[[Node], Iterator[Node]]] = {
    **dict.fromkeys(COLLECTIONS - {"tuple"}, _fewer),
    **dict.fromkeys(TEXTS, _shorter),
    **dict.fromkeys(NUMBERS, _rounder),
    "iterator": _fewer,
    "history": _fewer_steps,
    "call": _fewer_arguments,
    "datetime": _plainer,
    "array": arrays.smaller,
}
