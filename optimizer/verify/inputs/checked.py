"""Types that the source asks for by name: where it tells a list from a tuple, or bytes from a text, both may be given.

What a function checks itself, or lets a neighbour in the same file check, is its own business, and an honest edit keeps
it; all other types are left as they were met.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice

from .described import Described, Given, key_of, step_key
from .nodes import COLLECTIONS, TEXTS, Node, Path, places, put
from .turns import in_turn

MARK = "asked for"
"""Name on a collection that stands where none of its type was met."""
ITSELF = "itself"
"""Beside types: the function is called again by itself, or by who it calls."""
_KINDS = COLLECTIONS - {"deque"}
_CHECKED = _KINDS | {"bytes"}
_NOT_UTF8 = "\xe9"
_PLAIN = Node("none", names=(MARK,))
"""A member that is no collection, and no object, where all of them were met to be."""
_PASSES = 4
"""How far calls of neighbours are followed."""
_PLACES = 24
_FEW = 3
"""Members beside one that is a collection."""
_HASHABLE = frozenset({"none", "bool", "int", "float", "str", "bytes", "frozenset", "enum", "date", "datetime"})

Names = frozenset[str]
Found = tuple[Given, Node]


def checked(functions: Mapping[str, ast.AST]) -> dict[str, Names]:
    """Qualified name of a function → types that it, or who it calls in the same file, tells from others.

    `NAME is str` among them: it tells a text from what else it may be given for a parameter of that name.
    """
    found = {name: _named(one) for name, one in functions.items()}
    called = {name: _called(name, one, functions) for name, one in functions.items()}
    reached = called
    for _ in range(_PASSES):
        found = {name: found[name].union(*(found[other] for other in called[name])) for name in found}
        reached = {name: reached[name].union(*(reached[other] for other in called[name])) for name in found}
    found = {name: names | {ITSELF} if name in reached[name] else names for name, names in found.items()}
    return {name: names for name, names in found.items() if names}


def _named(function: ast.AST) -> Names:
    """Names in `isinstance` checks."""
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call) and len(node.args) == 2]
    asked = [node.args for node in calls if isinstance(node.func, ast.Name) and node.func.id == "isinstance"]
    types = [(what, one.id) for what, part in asked for one in ast.walk(part) if isinstance(one, ast.Name)]
    texts = {f"{what.id} is str" for what, name in types if name == "str" and isinstance(what, ast.Name)}
    return (_CHECKED & {name for _, name in types}) | texts


def _called(name: str, function: ast.AST, functions: Mapping[str, ast.AST]) -> Names:
    """Functions of the file, and methods of the same class."""
    owner = name.rpartition(".")[0]
    found: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found.add(node.func.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"):
            found.add(f"{owner}.{node.attr}")
    return frozenset(found & functions.keys())


def exchanged_kinds(given: Given, tree: Node, known: Described) -> Iterator[Found]:
    """The call with a collection of another kind, or one inside of another, in each place that holds one."""
    settings = [tree, *turned_round(given, tree, known)]
    spots = islice(_spots(given, tree, known), _PLACES)
    trees = [[put(one, path, new) for new in news for one in settings] for path, news in spots]
    yield from ((given, one) for one in in_turn(*trees))


def _news(node: Node, names: Names) -> list[Node]:
    if node.tag in TEXTS:
        return list(_other_texts(node, names))
    return list(in_turn(_nested(node, names & _KINDS), _others(node, names & _KINDS)))


def _spots(given: Given, tree: Node, known: Described) -> Iterator[tuple[Path, list[Node]]]:
    """Where something else is given, and what: whole arguments before what is in them."""
    for path, node in sorted(places(tree), key=lambda place: len(place[0])):
        names = known.checked.get(_function(given, tree, path), frozenset())
        text = node.tag in ("str", "bytes") and ("bytes" in names or _is_told(given, tree, path, known, names))
        if text or (node.tag in names and not node.about):
            yield path, _news(node, names)


def _is_told(given: Given, tree: Node, path: Path, known: Described, names: Names) -> bool:
    """Whether it is an argument of a name for which the source tells a text from other things."""
    history = tree.tag == "history"
    if len(path) != 1 + history:
        return False
    call = tree.items[path[0]] if history else tree
    return f"{known.name_of(_function(given, tree, path), call, path[-1])} is str" in names


def _function(given: Given, tree: Node, path: Path) -> str:
    key = key_of(given.call)
    return step_key(key, tree.items[path[0]]) if tree.tag == "history" and path else key


def turned_round(given: Given, tree: Node, known: Described) -> Iterator[Node]:
    """The call with its switches the other way, all of them and each alone: what is done may depend on one."""
    if tree.tag == "history":
        return
    left = known.parameters.get(key_of(given.call), ())[len(tree.items) :]
    more = {one.name: one.default for one in left if one.default is not None and one.name not in tree.names}
    named = {name: default for name, default in more.items() if default.tag == "bool"}
    full = Node("call", None, (*tree.items, *named.values()), (*tree.names, *named), tree.about)
    switches = [number for number, item in enumerate(full.items) if item.tag == "bool"]
    for turned in dict.fromkeys((tuple(switches), *((one,) for one in switches))):
        if turned:
            yield full.with_items([_turned(item) if at in turned else item for at, item in enumerate(full.items)])


def _turned(switch: Node) -> Node:
    return replace(switch, value=not switch.value)


def _other_texts(node: Node, names: Names) -> Iterator[Node]:
    """As bytes, or as a text; and several texts in place of one."""
    value = node.value if isinstance(node.value, str) else ""
    if "bytes" in names:
        other = "bytes" if node.tag == "str" else "str"
        for text in (value, value + _NOT_UTF8):
            if other == "str" or all(ord(letter) < 256 for letter in text):
                yield Node(other, text, names=(MARK,))
    elif node.tag == "str":
        for several in ((node,), (node, node)):
            yield from (one for tag in ("list", "tuple") for one in _made(tag, several))


def _others(node: Node, names: Names) -> Iterator[Node]:
    """The same members in another kind of collection."""
    for tag in sorted(names - {node.tag}) if node.tag != "dict" else ():
        yield from _made(tag, node.items)


def _nested(node: Node, names: Names) -> Iterator[Node]:
    """Something plain first; a collection for the first member, a key, a value: of what stood there, or empty."""
    if not node.items:
        return
    first, node = node.items[0], node.with_items(node.items[:_FEW])
    if node.tag in ("list", "tuple") and first.items:
        yield node.with_items((_PLAIN, *node.items))
    for tag in sorted(names, key=lambda tag: (tag == node.tag, tag)):
        inner = first.items if node.tag == "dict" else (first,)
        for made in (*_made(tag, inner[:1]), *_made(tag, inner[1:]), *_made(tag, ())):
            if node.tag == "dict":
                yield node.with_items((first.with_items((first.items[0], made)), *node.items[1:]))
                if hashable(made):
                    yield node.with_items((*node.items[1:], first.with_items((made, first.items[1]))))
            elif node.tag in ("list", "tuple") or hashable(made):
                yield node.with_items((made, *node.items[1:]))
                yield node.with_items((*node.items, made))


def _made(tag: str, items: tuple[Node, ...]) -> Iterator[Node]:
    """The collection, if it can hold these."""
    if tag == "dict":
        keys = [item if hashable(item) else Node("int", number) for number, item in enumerate(items)]
        items = tuple(Node("pair", None, pair) for pair in zip(keys, items, strict=True))
    if tag not in ("set", "frozenset") or all(map(hashable, items)):
        yield replace(Node(tag, None, items), names=(MARK,))


def hashable(node: Node) -> bool:
    """Whether a set could hold it."""
    return node.tag in _HASHABLE or (node.tag == "tuple" and all(map(hashable, node.items)))
