"""Names that nobody gave: keywords that a function takes whatever they are called, in both orders."""

from collections.abc import Iterator, Sequence

from .described import Described, Given, key_of, step_key
from .nodes import Node, put

_KEYWORDS = ("b", "a")
"""In an order that is not the alphabet's."""

Found = tuple[Given, Node]


def named(given: Given, tree: Node, known: Described) -> Iterator[Found]:
    """The call, or the history, with such names added."""
    calls = enumerate(tree.items) if tree.tag == "history" else [(-1, tree)]
    for at, call in calls:
        key = step_key(key_of(given.call), call) if at >= 0 else key_of(given.call)
        if any(one.kind == "VAR_KEYWORD" for one in known.parameters.get(key, ())):
            for names in (_KEYWORDS, _KEYWORDS[::-1]):
                yield given, _at(tree, at, _with_keywords(call, names))


def _at(tree: Node, at: int, call: Node) -> Node:
    return call if at < 0 else put(tree, (at,), call)


def _with_keywords(call: Node, names: Sequence[str]) -> Node:
    """Numbers by these names, which are new, behind the other arguments."""
    new = [name for name in names if name not in call.names]
    items = (*call.items, *(Node("int", number) for number in range(len(new))))
    return Node(call.tag, call.value, items, (*call.names, *new), call.about)
