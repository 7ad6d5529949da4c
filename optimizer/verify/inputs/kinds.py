"""What a parameter is given: the types and values that were met there, and those that hints and defaults name."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from .nodes import Node, text_of

_POOL = 24
_RECORD = 8
_TELLING = 3
"""So many different lists of so many members must be sorted before that counts as a condition on the input."""


@dataclass(slots=True)
class Kind:
    """Values by type, and kinds of the parts by their role. Grows while descriptions are read."""

    seen: dict[str, dict[str, Node]] = field(default_factory=dict[str, dict[str, Node]])
    """Type (of objects with the class) → values by their text; hints bring types without values."""
    parts: dict[str, "Kind"] = field(default_factory=dict[str, "Kind"])

    @property
    def types(self) -> tuple[str, ...]:
        """Types of values that can be made here."""
        return tuple(self.seen)

    def pool(self, kind: str) -> list[Node]:
        """Values of a type that were met."""
        return list(self.seen.get(kind, {}).values())

    def add(self, node: Node) -> None:
        """A value was met here."""
        pool = self.seen.setdefault(type_of(node), {})
        if len(pool) < _POOL:
            pool.setdefault(text_of(node), node)
        for role, item in roles(node):
            self.part(role).add(item)

    def hint(self, node: Node) -> None:
        """An annotation allows this type here."""
        if node.tag == "union":
            for item in node.items:
                self.hint(item)
            return
        pool = self.seen.setdefault(type_of(node), {})
        if node.tag in ("none", "enum", "stub"):
            pool.setdefault(text_of(node), node)
        for role, item in roles(node):
            self.part(role).hint(item)

    @property
    def ascending(self) -> bool:
        """Whether all lists that were met are sorted, and there is evidence that they have to be."""
        long = [one for tag in self.seen for one in self.pool(tag) if len(one.items) >= _TELLING and is_list(one)]
        return len(long) >= _TELLING and all(_sorted(one) for one in long)

    def takes(self, node: Node) -> bool:
        """Whether values of such a type were met here, and inside of them such as are inside this one, in any role."""
        inner = {kind for part in self.parts.values() for kind in part.types}
        return type_of(node) in self.seen and all(type_of(item) in inner for _, item in roles(node))

    def part(self, role: str) -> "Kind":
        """What stands in a role inside values of this kind."""
        return self.parts.setdefault(role, Kind())


def is_list(node: Node) -> bool:
    """Whether its members are numbers, or all texts, in an order."""
    numbers = all(item.tag in ("int", "float") for item in node.items)
    return node.tag in ("list", "tuple") and (numbers or all(item.tag == "str" for item in node.items))


def in_order(node: Node) -> Node:
    """A list of numbers or of texts, sorted."""
    return node.with_items(sorted(node.items, key=_place))


def _place(node: Node) -> tuple[float, str]:
    number = node.value if isinstance(node.value, int | float) else 0.0
    return (float("inf") if number != number else number), node.value if isinstance(node.value, str) else ""


def _sorted(node: Node) -> bool:
    return all(_place(one) <= _place(two) for one, two in pairwise(node.items))


def type_of(node: Node) -> str:
    """Type as it is told apart here: objects by class, tuples by length as long as they are short."""
    if node.tag == "tuple":
        return f"tuple{len(node.items)}" if len(node.items) <= _RECORD else "tuple"
    return f"{node.tag} {node.about}" if node.about and node.tag not in ("opaque", "followed") else node.tag


def roles(node: Node) -> Iterator[tuple[str, Node]]:
    """The parts of a value with what they are in it."""
    for number, item in enumerate(node.items):
        for role in _roles(node, number, item):
            yield role, item.items[1] if item.tag == "pair" and role != "key" else _key(item)


def role_of(node: Node, number: int) -> str:
    """The most telling role of one part."""
    return next(iter(_roles(node, number, node.items[number])))


def _key(item: Node) -> Node:
    return item.items[0] if item.tag == "pair" else item


def _roles(node: Node, number: int, item: Node) -> tuple[str, ...]:
    if node.tag in ("object", "call"):
        return (f"{node.about}.{node.names[number]}" if node.names[number] else f"{number}",)
    if item.tag == "pair":
        key = item.items[0] if item.items else item
        named = (f"value of {key.value}",) if key.tag == "str" else ()
        return (*named, "value", "key")
    if node.tag == "tuple" and len(node.items) <= _RECORD:
        return (f"{len(node.items)}.{number}",)
    if node.tag in ("complex", "range", "slice", "datetime", "time"):
        return (f"{node.tag}.{number}",)
    return ("member",)
