"""What a rewrite rule is: a value with an example, the case in which it is wrong, and a function that proposes."""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from ...optimizer.core.values import Unit

Function = ast.FunctionDef | ast.AsyncFunctionDef
Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
"""What has names of its own. Comprehensions are left out: rules look into them."""
Gain = Literal["growth", "constant", "micro"]
"""What a rule can win: a better growth with the size of the input, a constant factor, a few look-ups."""

_LONGEST = 60
_BOM = b"\xef\xbb\xbf"
_LINE_END = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Splice:
    """Bytes `start` to `end` of a file give way to `text`."""

    start: int
    end: int
    text: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One rewrite of one place; `detail` says which, in terms that outlive a change of line numbers."""

    splices: tuple[Splice, ...]
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Site:
    """One function of one file, with what is needed to understand it and to edit its bytes."""

    source: bytes
    unit: Unit
    module: ast.Module
    function: Function
    starts: tuple[int, ...]
    """Byte offset of each line; one more for the end of the file."""
    parents: Mapping[ast.AST, ast.AST]

    def span(self, node: ast.expr | ast.stmt | ast.alias) -> tuple[int, int]:
        """Bytes of a node; parentheses around an expression are not part of it."""
        last, column = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
        return self.starts[node.lineno - 1] + node.col_offset, self.starts[last - 1] + column

    def text(self, node: ast.expr | ast.stmt | ast.alias) -> str:
        """Source of a node as it is written."""
        start, end = self.span(node)
        return self.source[start:end].decode()

    def replace(self, node: ast.expr | ast.stmt | ast.alias, text: str) -> Splice:
        """The splice that puts `text` in a node's place."""
        start, end = self.span(node)
        return Splice(start=start, end=end, text=text.encode())

    def nodes(self) -> tuple[ast.AST, ...]:
        """Nodes of this function that may be edited: not those of nested scopes, nor inside f-strings."""
        return _editable(self)

    @property
    def newline(self) -> str:
        """The file's own line ending."""
        found = _LINE_END.search(self.source)
        return found[0].decode() if found else "\n"

    @property
    def indent(self) -> str:
        """One step of indentation as this function has it; four spaces for a body on the line of its `def`."""
        inner, outer = self.function.body[0], self.function
        if inner.lineno == outer.lineno or inner.col_offset <= outer.col_offset:
            return "    "
        line = self.starts[inner.lineno - 1]
        return self.source[line + outer.col_offset : line + inner.col_offset].decode()

    def mentions(self, word: str) -> bool:
        """Does the file use this word anywhere, be it in a comment?"""
        return re.search(rf"\b{re.escape(word)}\b".encode(), self.source) is not None

    def fresh(self, stem: str) -> str:
        """A name like `stem` that the file does not use."""
        stem = re.sub(r"\W+", "_", stem, flags=re.ASCII)
        tail = 2
        name = stem
        while self.mentions(name):
            name = f"{stem}_{tail}"
            tail += 1
        return name


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rewrite that may pay. It proposes; verification and measurement decide."""

    name: str
    """The file's name."""
    what: str
    """One sentence in the imperative: with the proposal's detail it becomes the commit's subject."""
    gain: Gain
    example_before: str
    """Source of a module whose first proposal by this rule is `example_after`."""
    example_after: str
    calls: tuple[str, ...]
    """Expressions over the example whose values the rewrite must not change."""
    wrong_when: str
    """The case in which the rewrite would change behaviour."""
    wrong_example: str
    """Source of that case."""
    wrong_call: str = ""
    """Expression whose value the rewrite changes there; empty where the rule sees the danger and stays away."""
    rewrite: Callable[[Site], Iterable[Proposal]]

    def idea(self, proposal: Proposal) -> str:
        """The candidate's sentence; the same for the same place after other edits."""
        return sentence(self.what, proposal.detail)


def sentence(what: str, detail: str) -> str:
    """`what (detail)` on one line, short enough for the subject of a commit."""
    short = " ".join(detail.split())
    return f"{what} ({short if len(short) <= _LONGEST else short[: _LONGEST - 1] + '…'})"


def own_nodes(root: ast.AST, *, skip: tuple[type[ast.AST], ...] = ()) -> Iterator[ast.AST]:
    """A node and its descendants in source order, without the insides of nested scopes and of `skip`."""
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, (Scope, *skip)):
            stack.extend(reversed(list(ast.iter_child_nodes(node))))


@lru_cache(maxsize=16)
def _editable(site: Site) -> tuple[ast.AST, ...]:
    return tuple(node for part in site.function.body for node in own_nodes(part, skip=(ast.JoinedStr,)))


def sites(source: bytes, unit: Unit) -> tuple[Site, ...]:
    """The unit's function and those nested in it; none if the file is not UTF-8 or not of our syntax."""
    module = parsed(source)
    if module is None:
        return ()
    starts, parents, functions = _outline(module, source)
    inside = (node for node in functions if _inside(node, unit, starts))
    return tuple(
        Site(source=source, unit=unit, module=module, function=function, starts=starts, parents=parents)
        for function in sorted(inside, key=lambda node: (node.lineno, node.col_offset))
    )


@lru_cache(maxsize=4)
def parsed(source: bytes) -> ast.Module | None:
    """The syntax tree, or None where columns could not be trusted or the syntax is not ours."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
        if encoding not in {"utf-8", "utf-8-sig"} and not source.isascii():
            return None
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


@lru_cache(maxsize=4)
def _outline(
    module: ast.Module, source: bytes
) -> tuple[tuple[int, ...], Mapping[ast.AST, ast.AST], tuple[Function, ...]]:
    """Line starts, parents and functions of a file."""
    parents = {child: node for node in ast.walk(module) for child in ast.iter_child_nodes(node)}
    functions = tuple(node for node in ast.walk(module) if isinstance(node, Function))
    return line_starts(source), parents, functions


def applied(source: bytes, splices: Iterable[Splice]) -> bytes:
    """The file after the splices; raises `ValueError` if two of them overlap."""
    parts: list[bytes] = []
    done = 0
    for splice in sorted(splices, key=lambda splice: (splice.start, splice.end)):
        if splice.start < done:
            raise ValueError(f"splices overlap at byte {splice.start}")
        parts += (source[done : splice.start], splice.text)
        done = splice.end
    return b"".join((*parts, source[done:]))


def line_starts(source: bytes) -> tuple[int, ...]:
    """Byte offset of each line, behind a byte-order mark, and of the end."""
    first = len(_BOM) if source.startswith(_BOM) else 0
    return (first, *(found.end() for found in _LINE_END.finditer(source)), len(source))


def _inside(node: Function, unit: Unit, starts: tuple[int, ...]) -> bool:
    end = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
    return unit.start <= starts[node.lineno - 1] + node.col_offset and end <= unit.end
