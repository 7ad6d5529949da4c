"""Histories in which a public attribute is assigned, or changed in place, and everything is asked once more.

Which attributes a class has says its source (`attributes.py`). Values are those that its constructor was given for a
parameter of that name, or like the literal that the source begins with.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

from .attributes import Attribute
from .described import Described, Given, key_of
from .kinds import Kind
from .meanwhile import few_of_each, of_collection, of_mapping, part, to_call
from .nodes import Node, size, text_of
from .turns import in_turn
from .variants import variants
from .words import Words

_OBJECTS = 3
_VALUES = 3
_CHANGES = 3
_OWN = frozenset({"list", "dict", "set"})

Found = tuple[Given, Node]


def assigned(given: Sequence[Given], known: Described, words: Words) -> Iterator[Found]:
    """The calls of an object, a change of one attribute, then the calls again, the last first."""
    histories = sorted((one for one in given if one.tree.tag == "history"), key=lambda one: size(one.tree))
    every = few_of_each(step for one in histories for step in one.tree.items[1:])
    unlike = {text_of(one.tree.items[0]): one for one in reversed(histories)}
    for one in list(unlike.values())[::-1][:_OBJECTS]:
        mine = few_of_each(one.tree.items[1:])
        steps = [*mine, *(step for step in every if step not in mine)]
        attributes = known.attributes.get(key_of(one.call), ())
        for change in in_turn(*(_changes(one, attribute, known, words) for attribute in attributes)):
            yield one, Node("history", None, (one.tree.items[0], *steps, change, *reversed(steps)))


def _changes(one: Given, attribute: Attribute, known: Described, words: Words) -> Iterator[Node]:
    kind, value = known.kind(key_of(one.call), attribute.name), _given(one, attribute.name, known)
    first = value or attribute.first
    met = [other for name in kind.types for other in kind.pool(name) if other != value]
    near = variants(first, kind, words) if first is not None else iter(())
    values = (other for other in (*met[:_VALUES], *islice(near, _VALUES)) if other.tag not in ("followed", "opaque"))
    assignments = (Node("call", None, (other,), ("",), f"set {attribute.name}") for other in values)
    in_place = (part(f"own.{attribute.name}", change) for change in islice(_in_place(first, kind), _CHANGES))
    return in_turn(assignments, in_place)


def _given(one: Given, name: str, known: Described) -> Node | None:
    """What the constructor was given for a parameter of that name."""
    first = one.tree.items[0]
    names = [known.name_of(key_of(one.call), first, number) for number in range(len(first.items))]
    return first.items[names.index(name)] if name in names else None


def _in_place(value: Node | None, kind: Kind) -> Iterator[Node]:
    """Of collections; what is none refuses such a call."""
    if value is not None and value.tag not in _OWN:
        return
    if value is None or value.about:
        yield to_call("clear")
        return
    others = [item for other in kind.pool(value.tag) for item in other.items if item not in value.items][:1]
    yield from of_mapping(value, others) if value.tag == "dict" else of_collection(value, others)
