"""A counter that a `while` loop keeps by hand is left to `range`, which counts in C."""

import ast
from collections.abc import Iterator

from ._loops import block_of
from ._names import bound, changes, mentioned, private, uses
from ._place import without
from ._rule import Proposal, Rule, Site, Splice, own_nodes


def _rewrite(site: Site) -> Iterator[Proposal]:
    for node in site.nodes():
        match node:
            case ast.While(
                test=ast.Compare(left=ast.Name(id=name), ops=[ast.Lt()], comparators=[limit]),
                orelse=[],
                body=[*_, last],
            ) if _steps(last, name):
                splices = _splices(site, node, name, limit)
            case _:
                continue
        if splices:
            yield Proposal(splices=splices, detail=f"{name} < {site.text(limit)}")


def _steps(node: ast.stmt, name: str) -> bool:
    match node:
        case ast.AugAssign(target=ast.Name(id=target), op=ast.Add(), value=ast.Constant(value=1)):
            return target == name
        case _:
            return False


def _splices(site: Site, loop: ast.While, name: str, limit: ast.expr) -> tuple[Splice, ...]:
    start, gone = _start(site, loop, name), without(site, loop.body[-1])
    stored = sum(other == name for other in bound(loop))
    outside = any(isinstance(use.ctx, ast.Load) and not _within(use, loop) for use in uses(site, name))
    skips = any(isinstance(part, ast.Continue) for body in loop.body for part in own_nodes(body))
    fits = private(site, name) and stored == 1 and not outside and not skips
    if start is None or gone is None or not fits or not _stable(loop, limit) or not _bare(site, loop, limit):
        return ()
    bounds = f"{site.text(start.value)}, {site.text(limit)}"
    bounds = bounds.removeprefix("0, ")
    head = Splice(start=site.span(loop)[0], end=site.span(limit)[1], text=f"for {name} in range({bounds})".encode())
    lead = without(site, start)
    return (lead, head, gone) if lead is not None else ()


def _within(use: ast.Name, loop: ast.While) -> bool:
    return loop.lineno <= use.lineno <= (loop.end_lineno or loop.lineno)


def _bare(site: Site, loop: ast.While, limit: ast.expr) -> bool:
    """No parentheses around the condition."""
    between = site.source[site.span(limit)[1] : site.span(loop.body[0])[0]]
    return site.source[site.span(loop)[0] :].startswith(b"while ") and between.lstrip().startswith(b":")


def _start(site: Site, loop: ast.While, name: str) -> ast.Assign | None:
    """The assignment of a number or name to the counter, with only simple assignments between it and the loop."""
    block = block_of(site, loop)
    for item in reversed(block[: block.index(loop)]):
        match item:
            case ast.Assign(targets=[ast.Name(id=target)], value=ast.Constant(value=int())) if target == name:
                return item
            case ast.Assign(value=value) if name not in set(bound(item)) | mentioned(value):
                continue
            case _:
                return None
    return None


def _stable(loop: ast.While, limit: ast.expr) -> bool:
    """Is the bound the same in every round?"""
    match limit:
        case ast.Name() | ast.Constant(value=int()):
            pass
        case ast.Call(func=ast.Name(id="len"), args=[ast.Name()]):
            pass
        case _:
            return False
    return not any(changes(name, loop) for name in mentioned(limit) - {"len"})


PLUGIN: Rule = Rule(
    name="while_to_range",
    what="count with range instead of by hand",
    gain="constant",
    example_before="""\
def dot(left, right):
    total = 0
    i = 0
    while i < len(left):
        total += left[i] * right[i]
        i += 1
    return total
""",
    example_after="""\
def dot(left, right):
    total = 0
    for i in range(len(left)):
        total += left[i] * right[i]
    return total
""",
    calls=("dot([1, 2], [3, 4])", "dot([], [])"),
    wrong_when="the counter is read after the loop, or the bound is no whole number.",
    wrong_example="""\
def first(items, wanted):
    i = 0
    while i < len(items):
        if items[i] == wanted:
            break
        i += 1
    return i
""",
    rewrite=_rewrite,
)
