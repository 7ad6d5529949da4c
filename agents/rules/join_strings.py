"""Text or bytes grown piece by piece in a loop are collected in a list and joined once."""

import ast
from collections.abc import Iterator

from ._loops import Loop, ancestors, block_of, repeats
from ._names import assignments, private, stores, uses
from ._place import after
from ._rule import Proposal, Rule, Site, Splice


def _rewrite(site: Site) -> Iterator[Proposal]:
    names = {name for node in site.nodes() if (name := _appended(node) or _prepended(node)) is not None}
    for name in sorted(names):
        loop = _only_loop(site, name)
        made = assignments(site, name)
        start = made[0] if made else None
        if loop is None or start is None or not isinstance(start.value, ast.Constant) or not private(site, name):
            continue
        splices = _splices(site, name, start, start.value, loop)
        if splices:
            yield Proposal(splices=splices, detail=name)


def _appended(node: ast.AST) -> str | None:
    """The name in `name += piece`."""
    match node:
        case ast.AugAssign(target=ast.Name(id=name), op=ast.Add()):
            return name
        case _:
            return None


def _prepended(node: ast.AST) -> str | None:
    """The name in `name = piece + name`."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.BinOp(op=ast.Add(), right=ast.Name(id=other))):
            return name if name == other else None
        case _:
            return None


def _only_loop(site: Site, name: str) -> ast.stmt | None:
    """The outermost loop that grows the name; None if the name is grown in two loops or none."""
    grown = [use for use in uses(site, name) if isinstance(use.ctx, ast.Store)][1:]
    outer = {_outermost(site, use) for use in grown}
    return outer.pop() if len(outer) == 1 else None


def _outermost(site: Site, use: ast.AST) -> ast.stmt | None:
    loops = [up for up, child in ancestors(site, use) if isinstance(up, Loop) and repeats(up, child)]
    return loops[-1] if loops else None


def _splices(
    site: Site, name: str, start: ast.Assign | ast.AnnAssign, first: ast.Constant, loop: ast.stmt
) -> tuple[Splice, ...]:
    block = [] if isinstance(site.parents[loop], ast.Try | ast.TryStar) else block_of(site, loop)
    if first.value not in ("", b"") or start not in block or block.index(start) > block.index(loop):
        return ()
    between = [use for use in uses(site, name) if start.lineno <= use.lineno <= (loop.end_lineno or 0)]
    parts = site.fresh(f"{name}_parts")
    grown = [_piece(site, use, parts) for use in between if isinstance(use.ctx, ast.Store)][1:]
    pieces = [piece for piece in grown if piece is not None]
    fronts = sum(isinstance(statement, ast.Assign) for statement, _ in pieces)
    reads = sum(isinstance(use.ctx, ast.Load) for use in between)
    if len(pieces) != len(grown) or stores(site, name) != len(grown) + 1 or reads != fronts or fronts % len(grown):
        return ()
    joined = f"reversed({parts})" if fronts else parts
    tail = after(site, loop, f"{name} = {site.text(first)}.join({joined})")
    head = site.replace(start, f"{parts} = []")
    return (head, *(splice for _, splice in pieces), tail) if tail is not None else ()


def _piece(site: Site, use: ast.Name, parts: str) -> tuple[ast.stmt, Splice] | None:
    """The statement that grows the name, and the one that collects the piece instead."""
    parent = site.parents[use]
    match parent:
        case ast.AugAssign(op=ast.Add(), value=value):
            return parent, site.replace(parent, f"{parts}.append({site.text(value)})")
        case ast.Assign(value=ast.BinOp(left=value)) if _prepended(parent) == use.id:
            return parent, site.replace(parent, f"{parts}.append({site.text(value)})")
        case _:
            return None


PLUGIN: Rule = Rule(
    name="join_strings",
    what="collect the pieces and join them once",
    gain="growth",
    example_before="""\
def reverse_complement(bases):
    result = ""
    for base in bases:
        result = {"A": "T", "C": "G", "G": "C", "T": "A"}[base] + result
    return result
""",
    example_after="""\
def reverse_complement(bases):
    result_parts = []
    for base in bases:
        result_parts.append({"A": "T", "C": "G", "G": "C", "T": "A"}[base])
    result = "".join(reversed(result_parts))
    return result
""",
    calls=("reverse_complement('ACCGT')", "reverse_complement('')"),
    wrong_when="the text is read while it grows, or a piece is no text.",
    wrong_example="""\
def shorten(words, limit):
    line = ""
    for word in words:
        if len(line) > limit:
            break
        line += word
    return line
""",
    rewrite=_rewrite,
)
