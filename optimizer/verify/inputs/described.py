"""What recorded calls were given, as trees, and which kinds of values their parameters take."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from ...core.recording import Call
from .attributes import Attributes
from .kinds import Kind, in_order, is_list, role_of
from .nodes import Node, Path, node_of, places, put

_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What the target's processes wrote may be anything."""
_TOLD = re.compile(r"^on(_[a-z]|[A-Z])|(^|_)(callbacks?|hook|handler|listener|observer|notify)$")
_CALLED = re.compile(r"(^|_)(func|function|factory|converter|serializer|transform|formatter)$")
_CHOOSES = re.compile(r"(^|_)(predicate|filter|accepts?|keep|condition|cond|where|when|match|matches|select)$")
MAKER = "maker"
"""Kind of the call that makes an object by a class method."""
_TOGETHER = frozenset({"VAR_POSITIONAL", "VAR_KEYWORD"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of a function, a constructor or a method."""

    name: str
    kind: str
    """As `inspect.Parameter` names it."""
    default: Node | None
    hint: Node | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A recorded call, or a history, with the tree of what it was given.

    Of an object the tree is a `history`: the constructor's call, then each step's; `about` of a step is kind and name,
    and that of the first call too where a class method made the object.
    """

    call: Call
    tree: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a mapping was asked for, and whether it keeps functions."""

    names: tuple[str, ...]
    functions: bool


@dataclass(slots=True, kw_only=True)
class Described:
    """All that was recorded, described; kinds are shared by the methods of a class where parameters share a name."""

    given: list[Given] = field(default_factory=list[Given])
    companions: list[Given] = field(default_factory=list[Given])
    """Objects that others are given."""
    parameters: dict[str, tuple[Parameter, ...]] = field(default_factory=dict[str, tuple[Parameter, ...]])
    methods: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict[str, tuple[tuple[str, str], ...]])
    """Class → (name, kind) of what may be asked of its objects."""
    lost: dict[str, int] = field(default_factory=dict[str, int])
    """Why calls could not be described → how many."""
    streams: dict[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    """Function, constructor or method → parameters that may be given what can be read only once."""
    checked: dict[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    """The same → kinds of collections that it tells from others."""
    attributes: dict[str, Attributes] = field(default_factory=dict[str, Attributes])
    """Class → what may be assigned on its objects."""
    asked: dict[str, Asked] = field(default_factory=dict[str, Asked])
    """Parameter that is given a mapping, with its function or class → what that is asked for."""
    presumed: set[str] = field(default_factory=set[str])
    """Functions and classes that are given fractions where only whole numbers were met."""
    _kinds: dict[tuple[str, str], Kind] = field(default_factory=dict[tuple[str, str], Kind])

    def kind(self, owner: str, name: str) -> Kind:
        """What is given for a parameter."""
        return self._kinds.setdefault((owner, name), Kind())

    def name_of(self, key: str, call: Node, number: int) -> str:
        """The parameter that an argument is for."""
        if call.names[number]:
            return call.names[number]
        listed = self.parameters.get(key, ())
        found = listed[number] if number < len(listed) else None
        return found.name if found is not None and found.kind not in _TOGETHER else "*" if listed else f"{number}"

    def at(self, given: Given, tree: Node, path: Path) -> Kind | None:
        """The kind of what stands at a place of a tree; None for calls and histories themselves."""
        key, call = key_of(given.call), tree
        if tree.tag == "history" and path:
            call, path = tree.items[path[0]], path[1:]
            key = step_key(key, call)
        if not path:
            return None
        kind = self.kind(owner_of(given.call, key), self.name_of(key, call, path[0]))
        return _inside(kind, call.items[path[0]], path[1:])


def settled(known: Described, given: Given, tree: Node) -> Node:
    """The tree with lists sorted again that were never met in another order."""
    for path, node in list(places(tree)):
        kind = known.at(given, tree, path) if is_list(node) and len(node.items) > 1 else None
        if kind is not None and kind.ascending:
            tree = put(tree, path, in_order(node))
    return tree


def _inside(kind: Kind, node: Node, path: Path) -> Kind:
    """The kind of a part, going down; a mapping's entries are one level of the tree and none of the kinds."""
    if not path:
        return kind
    item, rest = node.items[path[0]], path[1:]
    if item.tag == "pair" and rest:
        role = role_of(node, path[0]) if rest[0] else "key"
        return _inside(kind.part(role), item.items[rest[0]], rest[1:])
    return _inside(kind.part(role_of(node, path[0])), item, rest)


def key_of(call: Call) -> str:
    """`module:name` of a function or class."""
    return f"{call.module}:{'.'.join(call.parts)}"


def step_key(key: str, step: Node) -> str:
    """The same of a step's method; the constructor's is that of its class."""
    return f"{key}.{step.about.partition(' ')[2]}" if step.about else key


def owner_of(call: Call, key: str) -> str:
    """Parameters of one owner share their kinds: methods of a class do."""
    return key_of(call) if call.kind == "object" else key


def read_described(lines: Iterable[Mapping[str, object]], calls: Sequence[Call]) -> Described:
    """What the harness said of these calls."""
    found, by_id = Described(), {call.id: call for call in calls}
    told = list(lines)
    for line in told:
        try:
            _take(line, found)
        except _UNREADABLE:
            continue
    for line in told:
        call = by_id.get(str(line.get("id", "")))
        if call is None:
            continue
        try:
            one = Given(call=call, tree=_tree(call, cast("list[object]", line["trees"])))
            (found.companions if call.companion else found.given).append(one)
        except _UNREADABLE:
            why = str(line.get("why", "it cannot be described"))
            found.lost[why] = found.lost.get(why, 0) + call.weight
    for one in found.given:
        _learn(found, one)
    return found


def _take(line: Mapping[str, object], found: Described) -> None:
    if "of" in line and isinstance(line["parameters"], list):
        found.parameters[str(line["of"])] = tuple(_parameters(cast("list[list[object]]", line["parameters"])))
    elif "class" in line:
        listed = cast("list[list[object]]", line["methods"])
        found.methods[str(line["class"])] = tuple((str(name), str(kind)) for name, kind in listed)


def _parameters(listed: Iterable[Sequence[object]]) -> Iterator[Parameter]:
    for name, kind, default, hint in listed:
        yield Parameter(
            name=str(name),
            kind=str(kind),
            default=node_of(default) if default else None,
            hint=node_of(hint) if hint else None,
        )


def _tree(call: Call, trees: Sequence[object]) -> Node:
    nodes = [node_of(tree) for tree in trees]
    if call.kind != "object":
        return nodes[0]
    steps = [
        Node("call", None, node.items, node.names, f"{step.kind} {step.name}")
        for step, node in zip(call.steps, nodes[1:], strict=True)
    ]
    start = replace(nodes[0], about=f"{MAKER} {call.maker}") if call.maker else nodes[0]
    return Node("history", None, (start, *steps))


def _learn(found: Described, given: Given) -> None:
    """Values that were met, and what defaults and hints allow."""
    key = key_of(given.call)
    for call in given.tree.items if given.tree.tag == "history" else (given.tree,):
        mine = step_key(key, call) if given.tree.tag == "history" else key
        owner = owner_of(given.call, mine)
        for number, item in enumerate(call.items):
            found.kind(owner, found.name_of(mine, call, number)).add(item)
        for one in found.parameters.get(mine, ()):
            kind = found.kind(owner, one.name)
            if one.default is not None:
                kind.add(one.default)
            if one.hint is not None:
                kind.hint(one.hint)
            elif one.default is not None and one.default.tag == "none":
                _guess(kind, one.name)


def _guess(kind: Kind, name: str) -> None:
    """Functions that may be left out are hardly ever given in tests; names tell them."""
    if _TOLD.search(name):
        kind.hint(Node("stub", "listens"))
    elif _CHOOSES.search(name):
        kind.hint(Node("stub", "chooses"))
    elif _CALLED.search(name):
        kind.hint(Node("stub"))
