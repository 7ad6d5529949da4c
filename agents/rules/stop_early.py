"""`any`, `all` and `in` stop at the first hit if they are fed by a generator rather than a finished list."""

import ast
from collections.abc import Iterator

from ._names import is_local
from ._rule import Proposal, Rule, Site, Splice


def _rewrite(site: Site) -> Iterator[Proposal]:
    for node in site.nodes():
        match node:
            case ast.Call(func=ast.Name(id="any" | "all" as name), args=[ast.ListComp() as items], keywords=[]):
                fits = not is_local(site, name)
            case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[ast.ListComp() as items]):
                fits = True
            case ast.For(iter=ast.ListComp() as items):
                fits = _leaves(node)
            case _:
                continue
        if fits and not any(isinstance(part, ast.Await | ast.Yield | ast.YieldFrom) for part in ast.walk(items)):
            yield Proposal(splices=_opened(site, node, items), detail=ast.unparse(items)[:60])


def _leaves(loop: ast.For) -> bool:
    return any(isinstance(part, ast.Break | ast.Return) for statement in loop.body for part in ast.walk(statement))


def _opened(site: Site, node: ast.AST, items: ast.ListComp) -> tuple[Splice, ...]:
    start, end = site.span(items)
    left, right = (b"", b"") if isinstance(node, ast.Call) else (b"(", b")")
    return (Splice(start=start, end=start + 1, text=left), Splice(start=end - 1, end=end, text=right))


PLUGIN: Rule = Rule(
    name="stop_early",
    what="stop at the first hit instead of building a list",
    gain="growth",
    example_before="""\
def has_negative(rows):
    return any([min(row) < 0 for row in rows])
""",
    example_after="""\
def has_negative(rows):
    return any(min(row) < 0 for row in rows)
""",
    calls=("has_negative([[1], [-1], [2]])", "has_negative([])"),
    wrong_when="what is called for the later elements has an effect or fails.",
    wrong_example="""\
def has_negative(rows):
    return any([min(row) < 0 for row in rows])
""",
    wrong_call="has_negative([[-1], []])",
    rewrite=_rewrite,
)
