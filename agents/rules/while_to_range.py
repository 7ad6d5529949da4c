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
    skips = any(isinstance(part, ast.Continue) for body in loop.body for part in own_nodes(body))
    if start is None or gone is None or stored != 1 or skips or not private(site, name):
        return ()
    outside = [use for use in uses(site, name) if isinstance(use.ctx, ast.Load) and not _within(use, start, loop)]
    if outside or not _stable(loop, limit) or not _bare(site, loop, limit):
        return ()
    between = [use for use in uses(site, name) if start.lineno < use.lineno < loop.lineno]
    number = isinstance(start.value, ast.Constant) and not between
    lead = without(site, start) if number else None
    first = site.text(start.value) if number else name
    bounds = f"{first}, {site.text(limit)}".removeprefix("0, ")
    head = Splice(start=site.span(loop)[0], end=site.span(limit)[1], text=f"for {name} in range({bounds})".encode())
    return tuple(splice for splice in (lead, head, gone) if splice is not None)


def _within(use: ast.Name, start: ast.stmt, loop: ast.While) -> bool:
    """From the counter's first value to the end of the loop."""
    return start.lineno <= use.lineno <= (loop.end_lineno or loop.lineno)


def _bare(site: Site, loop: ast.While, limit: ast.expr) -> bool:
    """No parentheses around the condition."""
    between = site.source[site.span(limit)[1] : site.span(loop.body[0])[0]]
    return site.source[site.span(loop)[0] :].startswith(b"while ") and between.lstrip().startswith(b":")


def _start(site: Site, loop: ast.While, name: str) -> ast.Assign | None:
    """The last assignment to the counter before the loop, in the same block; nothing else binds it in between."""
    block = block_of(site, loop)
    for item in reversed(block[: block.index(loop)]):
        if isinstance(item, ast.Assign) and [ast.unparse(target) for target in item.targets] == [name]:
            return item
        if name in bound(item):
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
