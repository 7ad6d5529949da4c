"""What a model may see of a hotspot: the unit, what stands around it in its own file, and how hot it is.

Only the hotspot's module is read, so that nothing of the repository's other files (keys, data) can reach a model.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from ..optimizer.core.units import percent, ratio
from ..optimizer.core.values import Hotspot, Workload
from .imports import IMPORTS
from .layout import definition_of, encoding_of, start_of_text, walk
from .source import Source, assigned, bindings, functions, names_bound, source_of, top_statement

_SECRET = re.compile(r"(secret|passw|token|api_?key|private|credential)", re.IGNORECASE)
_ROOTED = re.compile(r"(?<![\w.~/])~?/(?:[^\s/'\"]+/)+")
_LINES = 150
"""Lines of other definitions that are shown at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known about the target and wanted from it, the same for all hotspots of a run."""

    python: str = ""
    """Version of the target's interpreter, e.g. `3.12`."""
    packages: tuple[str, ...] = ()
    """Installed third-party packages that candidates may use, e.g. `numpy 2.1`."""
    workloads: tuple[Workload, ...] = ()
    hint: str = ""
    """What the user adds in their own words; goes last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The parts of a hotspot's module that matter to it, as text with `\\n` line ends."""

    path: str
    name: str
    unit: str
    """The unit with the indentation that it has in the file."""
    enclosing: tuple[str, ...]
    """Header lines of the classes and functions around it, outermost first."""
    imports: str
    constants: str
    """Assignments of the module that the unit mentions; values of names that sound secret are left out."""
    callees: tuple[str, ...]
    """Definitions of the same file that the unit uses, the constructor of its class first; bounded."""
    heat: str
    step: str
    """White space of one level."""


def context_of(file: bytes, hotspot: Hotspot) -> Context:
    """The context of a hotspot; raises `PerfsmithError` if its unit is not where it says."""
    source = source_of(file, hotspot.unit)
    encoding = source.layout.encoding
    blocks = [node for node in _above(source.node) if node.type in {"class_definition", "function_definition"}]
    imports = [node for node in source.root.named_children if node.type in IMPORTS]
    return Context(
        path=hotspot.unit.path,
        name=hotspot.unit.name,
        unit=source.layout.indent + _text(source.node, encoding),
        enclosing=tuple(_header(node, encoding) for node in reversed(blocks)),
        imports="\n".join(_text(node, encoding) for node in imports),
        constants="\n".join(_constants(source)),
        callees=tuple(_bounded(_callees(source))),
        heat=_heat(hotspot),
        step=source.layout.step,
    )


def text_around(context: Context) -> str:
    """What stands around the unit, as one Python listing; empty if there is nothing."""
    listing = [context.imports, context.constants, *context.callees, "\n".join(context.enclosing)]
    return "\n\n".join(part for part in listing if part)


def facts_text(facts: Facts, step: str) -> str:
    """Interpreter, packages and style, one line each."""
    packages = ", ".join(facts.packages)
    lines = [
        f"- Python {facts.python}" if facts.python else "",
        f"- packages: the standard library and {packages}" if packages else "- packages: the standard library",
        "- indentation: tabs" if "\t" in step else f"- indentation: {len(step)} spaces",
    ]
    return "\n".join(line for line in lines if line)


def workload_text(facts: Facts, context: Context) -> str:
    """What is measured and how hot the unit is in it; folders of this machine are left out."""
    commands = [f"- `{_ROOTED.sub('', workload.command)}`" for workload in facts.workloads]
    return "\n".join([*commands, f"- {context.heat}"])


def decoded(file: bytes) -> str:
    """A file's text with `\\n` line ends, without its byte-order mark; what cannot be decoded is replaced."""
    text = file[start_of_text(file) :].decode(encoding_of(file), "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _heat(hotspot: Hotspot) -> str:
    own, total = percent(hotspot.own), percent(hotspot.total)
    limit = f"; if it cost nothing the whole would be {ratio(hotspot.ceiling)} as fast" if hotspot.total < 1 else ""
    return f"`{hotspot.unit.name}` takes {total} of the time with all it calls, {own} by itself{limit}"


def _header(node: Node, encoding: str) -> str:
    body = node.child_by_field_name("body")
    size = body.start_byte - node.start_byte if body is not None else None
    head = (node.text or b"")[:size].decode(encoding, "replace").replace("\r\n", "\n")
    return _indent(node) + head.rstrip()


def _indent(node: Node) -> str:
    return " " * node.start_point[1]


def _text(node: Node, encoding: str) -> str:
    return (node.text or b"").decode(encoding, "replace").replace("\r\n", "\n").replace("\r", "\n")


def _constants(source: Source) -> Iterator[str]:
    used = _names(source.node)
    for statement in source.root.named_children:
        names = names_bound(statement)
        if assigned(statement) is not None and used.intersection(names):
            secret = any(_SECRET.search(name) for name in names)
            yield f"{', '.join(names)} = ...  # hidden" if secret else _text(statement, source.layout.encoding)


def _callees(source: Source) -> Iterator[str]:
    """The constructor of the unit's class, then what the unit mentions, in order of the file."""
    used, members = _names(source.node), _members(source.node)
    holder = source.unit.name.rpartition(".")[0]
    wanted = {f"{holder}.__init__"} | {f"{holder}.{name}" for name in members} if holder else set[str]()
    own = top_statement(source.node)
    for name, node in functions(source.root):
        if name in wanted and node != source.node:
            yield _indent(node) + _text(node, source.layout.encoding)
    for name, nodes in bindings(source.root).items():
        for node in nodes:
            if name in used and node != own and definition_of(node).type.endswith("_definition"):
                yield _text(node, source.layout.encoding)


def _bounded(texts: Iterator[str]) -> Iterator[str]:
    left = _LINES
    for text in texts:
        lines = text.count("\n") + 1
        if lines <= left:
            left -= lines
            yield text


def _names(node: Node) -> frozenset[str]:
    return frozenset(_text(inner, "utf-8") for inner in walk(node) if inner.type == "identifier")


def _members(node: Node) -> frozenset[str]:
    """Names that the unit takes from `self` or `cls`."""
    found: set[str] = set()
    for inner in walk(node):
        owner, name = inner.child_by_field_name("object"), inner.child_by_field_name("attribute")
        if owner is not None and name is not None and owner.text in {b"self", b"cls"}:
            found.add(_text(name, "utf-8"))
    return frozenset(found)


def _above(node: Node) -> Iterator[Node]:
    while node.parent is not None:
        node = node.parent
        yield node
