"""What a block of a reply holds for a unit: its new definition, imports, helpers, and what it must not hold."""

from dataclasses import dataclass

from tree_sitter import Node

from ..optimizer.core.errors import CandidateError
from ..optimizer.languages.python import parse
from ..optimizer.languages.same_code import same_code
from .elision import is_elided
from .fences import Block
from .imports import IMPORTS, Imported, imported
from .layout import definition_of, fit, walk
from .signature import signature_of
from .source import Source, assigned, bindings, flush, functions, names_bound, text_of

_SILENT = frozenset({"pass_statement", "print_statement"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Imports and helpers that are not in the file yet, and the names of what the block rewrote besides."""

    imports: tuple[Imported, ...] = ()
    helpers: tuple[str, ...] = ()
    """Definitions and assignments at the left margin, in the file's indentation, with `\\n` line ends."""
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A parsed block; `node` is the definition that was asked for, None if it is not in there."""

    block: Block
    root: Node
    lines: list[str]
    node: Node | None


def malformed(sentence: str, *, evidence: str = "") -> CandidateError:
    """The error that a reply cannot be read, with a sentence that a model can act on."""
    return CandidateError("malformed_edit", sentence, evidence=evidence)


def draft_of(block: Block, source: Source) -> Draft:
    """Parses a block and looks for the unit in it."""
    root = parse(block.code.encode())
    return Draft(block=block, root=root, lines=block.code.split("\n"), node=_wanted(root, source))


def parts_of(draft: Draft, source: Source) -> Parts:
    """Takes a block apart. Raises `CandidateError` for statements that have no place in a reply."""
    around = _ancestors(draft.node) if draft.node is not None else []
    known = _known(draft, source)
    imports: list[Imported] = []
    helpers: list[str] = []
    changed = list(_changed_around(draft, source))
    for statement in draft.root.named_children:
        if statement in around or _is_earlier(statement, draft.node) or _is_silent(statement):
            continue
        if statement.type in IMPORTS:
            imports += imported(statement)
        elif old := [node for name in names_bound(statement) for node in known.get(name, [])]:
            changed += [] if _is_among(statement, draft, old, source) else names_bound(statement)
        elif _is_method(statement, source):
            changed += names_bound(statement)
        elif _is_helper(statement, draft):
            helpers.append(_helper(statement, draft, source))
    return Parts(imports=tuple(imports), helpers=tuple(helpers), changed=tuple(changed))


def _known(draft: Draft, source: Source) -> dict[str, list[Node]]:
    """What the file binds at its top; where the reply left the unit's class away, the class's names too."""
    known = bindings(source.root)
    if draft.node is not None and draft.node.parent == draft.root:
        for block in (node for node in _ancestors(source.node) if node.type == "block"):
            for name, nodes in bindings(block).items():
                known.setdefault(name, []).extend(nodes)
    return known


def _wanted(root: Node, source: Source) -> Node | None:
    """The definition with the longest end of the unit's qualified name; the last of several.

    A block may hold two of the same name, a property and its setter: that with the unit's own
    decorators comes first.
    """
    wanted = source.unit.name.split(".")
    best: tuple[int, bool] = (0, False)
    found: Node | None = None
    for name, node in functions(root):
        parts = name.split(".")
        rank = (len(parts), _decorators(node) == _decorators(source.node))
        if wanted[-len(parts) :] == parts and rank >= best:
            best, found = rank, node
    return found


def _is_earlier(statement: Node, node: Node | None) -> bool:
    """Whether a statement is the chosen definition, or another version of it."""
    if node is None or statement == node:
        return node is not None
    both = definition_of(statement).type == "function_definition"
    return both and signature_of(statement) == signature_of(node)


def _decorators(node: Node) -> list[str]:
    return ["".join(text_of(child).split()) for child in node.children if child.type == "decorator"]


def _ancestors(node: Node) -> list[Node]:
    found: list[Node] = []
    while (above := node.parent) is not None:
        found.append(above)
        node = above
    return found


def _changed_around(draft: Draft, source: Source) -> list[str]:
    """Names beside the unit, inside the class or function that the reply wrapped it in, that are not as in the file."""
    if draft.node is None:
        return []
    ours = [node for node in _ancestors(draft.node) if node.type == "block"]
    theirs = [node for node in _ancestors(source.node) if node.type == "block"]
    skip = _ancestors(draft.node)
    changed: list[str] = []
    for block, real in zip(ours, theirs, strict=False):
        for statement in block.named_children:
            if (
                statement in skip
                or _is_earlier(statement, draft.node)
                or _is_silent(statement)
                or _is_docstring(statement)
            ):
                continue
            if not _is_among(statement, draft, real.named_children, source):
                changed.append(_title(statement))
    return changed


def _is_among(statement: Node, draft: Draft, nodes: list[Node], source: Source) -> bool:
    """Whether the file has it already, or the reply only hints at it."""
    if definition_of(statement).type == "function_definition" and is_elided(statement):
        names = names_bound(statement)
        return any(names_bound(node) == names for node in nodes)
    text = flush(statement, draft.lines)
    lines = source.file.decode("latin-1").split("\n")
    return any(same_code(flush(node, lines), text) for node in nodes)


def _title(statement: Node) -> str:
    return next(iter(names_bound(statement)), text_of(statement).split("\n", 1)[0][:60])


def _is_helper(statement: Node, draft: Draft) -> bool:
    """Definitions are; assignments are if something in the block uses them; other statements are refused."""
    if definition_of(statement).type in {"function_definition", "class_definition"}:
        return True
    if assigned(statement) is not None:
        names = names_bound(statement)
        return draft.node is None or any(_mentions(other, names) for other in _others(draft, statement))
    if _is_main_guard(statement):
        return False
    start = text_of(statement).split("\n", 1)[0][:60]
    if statement.type == "ERROR":
        raise malformed(f"The code block is not valid Python near `{start}` (line {statement.start_point[0] + 1}).")
    raise malformed(
        f"`{start}` stands outside of the function. A reply may hold import statements, new helper functions or "
        f"constants, and the function itself; put everything else inside the function."
    )


def _is_method(statement: Node, source: Source) -> bool:
    """A new method beside a method: there is no slot for it."""
    parameters = definition_of(statement).child_by_field_name("parameters")
    first = text_of(parameters.named_children[0]) if parameters is not None and parameters.named_children else ""
    return "." in source.unit.name and first in {"self", "cls"}


def _others(draft: Draft, statement: Node) -> list[Node]:
    return [node for node in draft.root.named_children if node != statement]


def _mentions(node: Node, names: tuple[str, ...]) -> bool:
    return any(inner.type == "identifier" and text_of(inner) in names for inner in walk(node))


def _is_silent(statement: Node) -> bool:
    """Comments, docstrings and expressions: usage examples that models like to add and that change nothing."""
    if statement.type in _SILENT or statement.type == "comment":
        return True
    inner = statement.named_children
    return statement.type == "expression_statement" and not (inner and inner[0].type.endswith("assignment"))


def _is_docstring(statement: Node) -> bool:
    inner = statement.named_children
    return statement.type == "expression_statement" and len(inner) == 1 and inner[0].type == "string"


def _is_main_guard(statement: Node) -> bool:
    return statement.type == "if_statement" and "__name__" in text_of(statement).split("\n", 1)[0]


def _helper(statement: Node, draft: Draft, source: Source) -> str:
    layout = source.layout
    flat = type(layout)(encoding=layout.encoding, line_end=layout.line_end, indent="", step=layout.step)
    if definition_of(statement).type == "expression_statement":
        return flush(statement, draft.lines).decode()
    return fit(statement, draft.lines, flat, frozenset())


def helper_names(parts: Parts) -> tuple[str, ...]:
    """The names that the helpers bind."""
    nodes = (node for text in parts.helpers for node in parse(text.encode()).named_children)
    return tuple(name for node in nodes for name in names_bound(node))


def missing_from(root: Node, source: Source) -> tuple[str, ...]:
    """Functions and top-level names of the file that another version of it lacks, or only hints at."""
    there = dict(functions(root))
    lost = [name for name, _ in functions(source.root) if name not in there]
    hollow = [
        name
        for name, node in functions(source.root)
        if name in there and is_elided(there[name]) and not is_elided(node)
    ]
    names = bindings(root)
    gone = [
        name
        for name, nodes in bindings(source.root).items()
        if name not in names and any(node.type not in IMPORTS for node in nodes) and name not in lost
    ]
    return tuple(dict.fromkeys([*lost, *hollow, *gone]))
