"""Mappings that are asked by name: callbacks and options that the code knows and nobody gave.

Which names there are is asked of the base (`harness/asked.py`): it is given its mappings back in a form that remembers
what it looked for. Then plain ones are given that hold these names.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import cast

from .checked import MARK
from .described import Asked, Described, Given, key_of, owner_of, step_key
from .nodes import Node, Path, part_at, put, size

_EACH = 3
"""Calls that are made for one parameter, to see what it is asked for."""
_ALONE = 12
_CALLBACKS = re.compile(r"(^|_)(callbacks|handlers|hooks|listeners|observers)$")
_LISTENS = Node("stub", "listens")

Found = tuple[Given, Node]


def questions(known: Described) -> Iterator[Found]:
    """Recorded calls with a mapping that remembers, for each parameter that was given one."""
    seen: dict[str, int] = {}
    for one in sorted(known.given, key=lambda one: size(one.tree)):
        tree = one.tree
        for path, label in _spots(one, tree, known):
            seen[label] = seen.get(label, 0) + 1
            if seen[label] <= _EACH:
                about = "callbacks" if _CALLBACKS.search(label) else ""
                tree = put(tree, path, Node("asked", label, (part_at(tree, path),), about=about))
        if tree is not one.tree:
            yield one, tree


def asked_for(sections: Iterable[Mapping[str, str]]) -> dict[str, Asked]:
    """What each such parameter was asked for, by `questions`; the target's processes wrote it."""
    found: dict[str, Asked] = {}
    for one in sections:
        try:
            told = cast("dict[str, dict[str, object]]", json.loads(one.get("asked", "{}")))
            for label, about in told.items():
                names = dict.fromkeys(map(str, cast("list[object]", about["names"])))
                before = found.get(label, Asked(names=(), functions=bool(about["functions"])))
                found[label] = replace(before, names=tuple(dict.fromkeys((*before.names, *names))))
        except (ValueError, LookupError, TypeError, AttributeError):
            continue
    return found


def told(given: Given, tree: Node, known: Described) -> Node:
    """The call, or the history, with somebody who listens to everything, where functions are kept by name."""
    for path, label in _spots(given, tree, known):
        asked = known.asked.get(label)
        if asked is not None and asked.functions:
            tree = put(tree, path, Node("dict", None, tuple(_pair(name, _LISTENS) for name in asked.names)))
    return tree


def listens(node: Node) -> bool:
    """Whether it is such a mapping of listeners."""
    return node.tag == "dict" and bool(node.items) and all(pair.items[1] == _LISTENS for pair in node.items)


def by_name(given: Given, tree: Node, known: Described) -> Iterator[Found]:
    """The call, or the history, with what is asked for, one by one."""
    for path, label in _spots(given, tree, known):
        asked, node = known.asked.get(label), part_at(tree, path)
        if asked is None:
            continue
        if asked.functions:
            for name in asked.names[:_ALONE]:
                yield given, put(tree, path, Node("dict", None, (_pair(name, _LISTENS),)))
        elif node.tag == "dict":
            yield from ((given, put(tree, path, new)) for new in _with_values(given, tree, path, asked, known))


def _with_values(given: Given, tree: Node, path: Path, asked: Asked, known: Described) -> Iterator[Node]:
    """The mapping with a value under a name that it lacks, where all values that were met are of one type."""
    node, kind = part_at(tree, path), known.at(given, tree, path)
    met = kind.part("value") if kind is not None else None
    if met is not None and len(met.types) == 1:
        own = {pair.items[0].value for pair in node.items}
        for name in islice((name for name in asked.names if name not in own), _ALONE):
            for value in met.pool(met.types[0])[:2]:
                yield replace(node, items=(*node.items, _pair(name, value)), names=(MARK,))


def _pair(name: str, value: Node) -> Node:
    return Node("pair", None, (Node("str", name), value))


def _spots(given: Given, tree: Node, known: Described) -> Iterator[tuple[Path, str]]:
    """Where such a mapping is given, and to which parameter of which function or class."""
    key = key_of(given.call)
    calls = [((at,), call) for at, call in enumerate(tree.items)] if tree.tag == "history" else [((), tree)]
    for before, call in calls:
        mine = step_key(key, call) if before else key
        for number, item in enumerate(call.items):
            if _is_named(item):
                yield (*before, number), f"{owner_of(given.call, mine)} {known.name_of(mine, call, number)}"


def _is_named(node: Node) -> bool:
    """Whether it is a mapping from texts; one that holds functions is not taken apart."""
    if node.tag == "opaque":
        return node.about == "builtins:dict"
    return node.tag == "dict" and not node.about and all(pair.items[0].tag == "str" for pair in node.items)
