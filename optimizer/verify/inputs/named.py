"""Names that nobody gave: keywords that a function takes whatever they are called, callbacks under other names."""

from collections.abc import Iterator, Sequence

from .described import Described, Given, key_of, step_key
from .nodes import Node, places, put
from .words import Words

_KEYWORDS = ("b", "a")
"""In an order that is not the alphabet's."""
_WORDS = 30
_FUNCTIONS = frozenset({"builtins:function", "builtins:method", "builtins:builtin_function_or_method"})

Found = tuple[Given, Node]


def named(given: Given, tree: Node, known: Described, words: Words) -> Iterator[Found]:
    """The call, or the history, with such names added."""
    calls = enumerate(tree.items) if tree.tag == "history" else [(-1, tree)]
    for at, call in calls:
        key = step_key(key_of(given.call), call) if at >= 0 else key_of(given.call)
        if any(one.kind == "VAR_KEYWORD" for one in known.parameters.get(key, ())):
            for names in (_KEYWORDS, _KEYWORDS[::-1]):
                yield given, _at(tree, at, _with_keywords(call, names))
    for path, node in places(tree):
        if node.tag == "dict" and not node.about and any(_is_callback(pair.items[1]) for pair in node.items):
            yield given, put(tree, path, _with_callbacks(node, words))


def _at(tree: Node, at: int, call: Node) -> Node:
    return call if at < 0 else put(tree, (at,), call)


def _with_keywords(call: Node, names: Sequence[str]) -> Node:
    """Numbers by these names, which are new, behind the other arguments."""
    new = [name for name in names if name not in call.names]
    items = (*call.items, *(Node("int", number) for number in range(len(new))))
    return Node(call.tag, call.value, items, (*call.names, *new), call.about)


def _is_callback(node: Node) -> bool:
    return node.tag == "stub" or node.about in _FUNCTIONS


def _with_callbacks(node: Node, words: Words) -> Node:
    """Listeners under all names that begin as the known ones do and end with a word of the code."""
    keys = [str(pair.items[0].value) for pair in node.items if pair.items[0].tag == "str"]
    begin = next((key[: key.find("_") + 1] for key in keys), "")
    names = (f"{begin}{word}" for word in words.texts[:_WORDS] if word.isidentifier())
    new = [Node("pair", None, (Node("str", name), Node("stub", "listens"))) for name in names if name not in keys]
    return node.with_items((*node.items, *new))
