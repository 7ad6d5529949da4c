"""Histories in which something changes that an object was given, and the object is asked again.

An object that keeps answers has to notice, and one that keeps what it was given must not. What was given changes as its
users change it: an object by the calls that were recorded for such objects, a collection by what one does with those.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from .described import Described, Given
from .nodes import Node, size, text_of

KIND = "part"
"""Of such a step; its name is `made.argument.method` for the constructor's arguments, `last.…` for the last call's,
`made.argument.number.method` for a member of one, `own.attribute.method` for an attribute of the object.
"""
_PER_METHOD = 4
_HISTORIES = 6
_CHANGES = 30
_MEMBERS = 3
_OWN = frozenset({"list", "dict", "set", "bytearray"})
_ORDERED = frozenset({"list", "tuple"})
_PLAIN_DOTS = 2
"""In the name of a step that changes what was given itself."""


def meanwhile(given: Sequence[Given], known: Described) -> Iterator[tuple[Given, Node]]:
    """The calls of an object, then a change of what its constructor was given, then the calls again, the last first."""
    every = few_of_each(step for one in given if one.tree.tag == "history" for step in one.tree.items[1:])
    for one in _telling(given):
        first, mine = one.tree.items[0], few_of_each(one.tree.items[1:])
        steps = [*mine, *(step for step in every if step not in mine)]
        for number, item in enumerate(first.items):
            name = first.names[number] or str(number)
            for changed, changes in islice(_changes(item, known, _elsewhere(item, number, given)), _CHANGES):
                start = first.with_items((*first.items[:number], changed, *first.items[number + 1 :]))
                made = (part(f"made.{name}", change) for change in changes)
                yield one, Node("history", None, (start, *steps, *made, *reversed(steps)))


def afterwards(given: Sequence[Given]) -> Iterator[tuple[Given, Node]]:
    """What a call was given changes as soon as it has returned, and everything is asked that was ever asked.

    Members of it change too, of the constructor's as well; see `borrowed.py` for who has to answer for that.
    """
    histories = sorted((one for one in given if one.tree.tag == "history"), key=lambda one: size(one.tree))
    every = few_of_each(step for one in histories for step in one.tree.items[1:])
    seen: dict[str, int] = {}
    for one in histories:
        for at, step in enumerate(one.tree.items):
            for number, item in enumerate(step.items):
                outer = [("", change) for change in _of_argument(item)] if at else []
                for deep, changes in ((".", list(_of_members(item))), ("", outer)):
                    seen[step.about + deep] = seen.get(step.about + deep, 0) + bool(changes)
                    for place, change in changes if seen[step.about + deep] <= _PER_METHOD else ():
                        name = f"{'last' if at else 'made'}.{step.names[number] or number}{place}"
                        rest = (*one.tree.items[at + 1 :], *every)
                        yield one, one.tree.with_items((*one.tree.items[: at + 1], part(name, change), *rest))


def is_deep(step: Node) -> bool:
    """Whether a step changes a member of what was given, and neither what was given itself nor the object's own."""
    return step.about.startswith(f"{KIND} ") and step.about.count(".") > _PLAIN_DOTS


def _of_argument(node: Node) -> list[Node]:
    if node.tag not in _OWN:
        return []
    if node.tag == "bytearray":
        return [to_call("reverse"), to_call("clear")]
    return list(of_mapping(node, ()) if node.tag == "dict" else of_collection(node, ()))[-_MEMBERS:]


def _of_members(node: Node) -> Iterator[tuple[str, Node]]:
    """Changes of a collection's first members, each with its place; mappings take a value of another one first."""
    members = [one.items[1] for one in node.items] if node.tag == "dict" else node.items if node.tag in _ORDERED else ()
    for number, one in enumerate(members[:_MEMBERS]):
        others = [pair for other in members if other.tag == one.tag == "dict" for pair in other.items]
        taken = [to_call("__setitem__", *pair.items) for pair in others if pair not in one.items][:_MEMBERS]
        yield from ((f".{number}", change) for change in (*taken, *_of_argument(one)[-1:]))


def _telling(given: Sequence[Given]) -> list[Given]:
    """Objects that are given something that can change, those that are asked by most methods first."""
    able = [one for one in given if one.tree.tag == "history" and any(map(_can_change, one.tree.items[0].items))]
    asked = sorted(able, key=lambda one: (-len({step.about for step in one.tree.items[1:]}), size(one.tree)))
    return [one for one in asked if len(one.tree.items) > 1][:_HISTORIES]


def few_of_each(steps: Iterable[Node]) -> list[Node]:
    """Some calls of each method, in the order in which they were made."""
    seen: dict[str, int] = {}
    found: list[Node] = []
    for step in steps:
        if step not in found:
            seen[step.about] = seen.get(step.about, 0) + 1
            found += [step] if seen[step.about] <= _PER_METHOD else []
    return found


def _can_change(node: Node) -> bool:
    return node.tag in ("list", "dict", "set", "followed") and not node.about.startswith("collections:")


def _elsewhere(node: Node, number: int, given: Sequence[Given]) -> list[Node]:
    """Members of such collections that other objects were given in this place."""
    firsts = [one.tree.items[0].items for one in given if one.tree.tag == "history"]
    met = (items[number].items for items in firsts if number < len(items) and items[number].tag == node.tag)
    found = {text_of(item): item for items in met for item in items if item not in node.items}
    return sorted(found.values(), key=text_of, reverse=True)[:_MEMBERS]


def _changes(node: Node, known: Described, others: Sequence[Node]) -> Iterator[tuple[Node, Sequence[Node]]]:
    """What the constructor is given, and the calls that are made on it later."""
    if node.tag == "followed":
        yield from _of_companion(node, known)
    elif node.tag == "dict":
        yield from ((node, (change,)) for change in of_mapping(node, others))
    elif node.tag in ("list", "set"):
        yield from ((node, (change,)) for change in of_collection(node, others))


def _of_companion(node: Node, known: Described) -> Iterator[tuple[Node, Sequence[Node]]]:
    """Some of its own calls are made later; and every call that such objects were ever asked."""
    mine = next((one for one in known.companions if one.call.id == node.about), None)
    if mine is None:
        return
    recorded = mine.tree.items[1:]
    made = node.value if isinstance(node.value, int) else 0
    for early in dict.fromkeys((made // 2, 0, made - 1)):
        if 0 <= early < made:
            yield Node("followed", early, about=node.about), _methods(recorded[early:made])
    alike = [one for one in known.companions if one.call.parts == mine.call.parts]
    others = {text_of(step): step for one in alike for step in _methods(one.tree.items[1:])}
    for step in others.values():
        yield node, (step,)


def _methods(steps: Sequence[Node]) -> list[Node]:
    return [step for step in steps if step.about.startswith("method ")]


def of_mapping(node: Node, others: Sequence[Node]) -> Iterator[Node]:
    """Calls that change it; `others` are pairs that it lacks."""
    few = node.items[:_MEMBERS]
    keys, values = [pair.items[0] for pair in few], [pair.items[1] for pair in few]
    for key, value in zip(keys, (*values[1:], *values[:1]), strict=True):
        yield to_call("__setitem__", key, value)
    yield from (to_call("__setitem__", *pair.items) for pair in others)
    yield from (to_call("pop", key) for key in keys)
    yield to_call("clear")


def of_collection(node: Node, others: Sequence[Node]) -> Iterator[Node]:
    """The same of a list or a set."""
    few = node.items[:_MEMBERS]
    ordered = node.tag == "list"
    spots = range(len(few) if ordered else 0)
    for one in (*others, *few):
        yield to_call("append" if ordered else "add" if one in others else "discard", one)
        yield from (to_call("__setitem__", Node("int", at), one) for at in spots if few[at] != one)
    yield from (to_call("pop", Node("int", at)) for at in spots)
    yield to_call("clear")


def to_call(name: str, *items: Node) -> Node:
    """A step that calls a method."""
    return Node("call", None, items, ("",) * len(items), f"method {name}")


def part(name: str, step: Node) -> Node:
    """A step that calls it on a part: of what was given, or of the object itself."""
    return Node("call", None, step.items, step.names, f"{KIND} {name}.{step.about.partition(' ')[2]}")
