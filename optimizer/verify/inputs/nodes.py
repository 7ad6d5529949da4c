"""Values of the target's as plain trees: what `harness/building.py` describes, and builds again."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

Value = None | bool | int | float | str | tuple[int, ...]
Path = tuple[int, ...]
NUMBERS = frozenset({"int", "float", "timedelta"})
TEXTS = frozenset({"str", "bytes", "bytearray"})
SEQUENCES = frozenset({"list", "tuple", "deque"})
COLLECTIONS = SEQUENCES | {"set", "frozenset", "dict"}
CHANGING = frozenset({"list", "dict", "set", "deque", "bytearray", "object", "array"})
"""What can be told from an equal one. Where the node around it has the value `once`, equal parts are one object."""
_SHORT = 4000


@dataclass(frozen=True, slots=True)
class Node:
    """One value: a scalar has a `value`, what consists of others has `items`."""

    tag: str
    """int, str, list, dict, pair, object …; what is followed or opaque is used as it is; a call holds arguments."""
    value: Value = None
    items: tuple["Node", ...] = ()
    names: tuple[str, ...] = ()
    """Of the items: fields of an object, keywords of a call (empty for what is given by place)."""
    about: str = ""
    """`module:name` of the class."""
    text: str = field(default="", init=False, repr=False, compare=False)
    """Of small ones that were written before: a variation shares most of its parts with others."""

    def with_items(self, items: Sequence["Node"]) -> "Node":
        """The same of other parts."""
        return replace(self, items=tuple(items))


def of_value(value: float | str) -> Node:
    """A scalar of one of the plain types: bool, int, float or str."""
    return Node(type(value).__name__, value)


def text_of(node: Node) -> str:
    """The JSON that the harness builds it from: the same for the same value."""
    if node.text:
        return node.text
    items = ", ".join([text_of(item) for item in node.items])
    rest = json.dumps({"n": node.names, "a": node.about})[1:]
    text = f'{{"t": {json.dumps(node.tag)}, "v": {json.dumps(node.value)}, "i": [{items}], {rest}'
    if len(text) < _SHORT:
        object.__setattr__(node, "text", text)
    return text


def node_of(entry: object) -> Node:
    """Reads what the harness wrote. Raises `ValueError`, `KeyError` or `TypeError`: the target's processes wrote it."""
    found = cast("Mapping[str, object]", entry)
    value = found["v"]
    if isinstance(value, list):
        value = tuple(int(one) for one in cast("list[int]", value))
    if value is not None and not isinstance(value, bool | int | float | str | tuple):
        raise ValueError(str(found["t"]))
    return Node(
        str(found["t"]),
        cast("Value", value),
        tuple(node_of(item) for item in cast("list[object]", found["i"])),
        tuple(str(name) for name in cast("list[object]", found["n"])),
        str(found["a"]),
    )


def size(node: Node) -> int:
    """How much there is to read, roughly."""
    own = len(node.value) if isinstance(node.value, str) and node.tag != "opaque" else len(str(node.value)) // 4
    return 1 + own + sum(size(item) for item in node.items)


def places(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """Every part with its way down, the outermost first."""
    yield path, node
    for number, item in enumerate(node.items):
        yield from places(item, (*path, number))


def part_at(node: Node, path: Path) -> Node:
    """What stands at a place."""
    for number in path:
        node = node.items[number]
    return node


def put(node: Node, path: Path, new: Node) -> Node:
    """The same tree with another part at a place."""
    if not path:
        return new
    items = list(node.items)
    items[path[0]] = put(items[path[0]], path[1:], new)
    return node.with_items(items)


def mapped(node: Node, change: Callable[[Node], Node]) -> Node:
    """Every part changed, the innermost first."""
    return change(node.with_items([mapped(item, change) for item in node.items]) if node.items else node)
