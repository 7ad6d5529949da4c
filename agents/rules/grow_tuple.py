"""A tuple grown in a loop is copied each time; a list is not, and becomes a tuple at the end."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from ._loops import block_of, loops_around
from ._names import assignments, private, stores, uses
from ._place import after
from ._rule import Proposal, Rule, Site, Splice


def _rewrite(site: Site) -> Iterator[Proposal]:
    found: dict[str, list[_Growth]] = {}
    for node in site.nodes():
        growth = _growth(node)
        if growth is not None and loops_around(site, node):
            found.setdefault(growth.name, []).append(growth)
    for name, grown in found.items():
        splices = _splices(site, name, grown)
        if splices:
            yield Proposal(splices=splices, detail=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Growth:
    """One statement that makes the tuple longer."""

    name: str
    statement: ast.stmt
    added: ast.Tuple


def _growth(node: ast.AST) -> _Growth | None:
    match node:
        case ast.AugAssign(target=ast.Name(id=name), op=ast.Add(), value=ast.Tuple() as added):
            return _Growth(name=name, statement=node, added=added)
        case ast.Assign(
            targets=[ast.Name(id=name)],
            value=ast.BinOp(left=ast.Name(id=other), op=ast.Add(), right=ast.Tuple() as added),
        ):
            return _Growth(name=name, statement=node, added=added) if name == other else None
        case _:
            return None


def _splices(site: Site, name: str, grown: list[_Growth]) -> tuple[Splice, ...]:
    made = [item for item in assignments(site, name) if _growth(item) is None]
    loops = {loops_around(site, growth.statement)[-1] for growth in grown}
    loop = loops.pop() if len(loops) == 1 else None
    if len(made) != 1 or not isinstance(made[0].value, ast.Tuple) or not isinstance(loop, ast.For | ast.While):
        return ()
    text = site.text(made[0].value)
    fits = stores(site, name) == 1 + len(grown) and private(site, name) and made[0] in block_of(site, loop)
    inside = [use for use in uses(site, name) if made[0].lineno <= use.lineno <= (loop.end_lineno or 0)]
    reads = sum(isinstance(growth.statement, ast.Assign) for growth in grown)
    tail = after(site, loop, f"{name} = tuple({name})")
    if not fits or len(inside) != 1 + len(grown) + reads or tail is None or not text.startswith("("):
        return ()
    start = site.replace(made[0].value, "[" + text[1:-1].rstrip(", ") + "]")
    return (start, *(site.replace(growth.statement, _added(site, growth)) for growth in grown), tail)


def _added(site: Site, growth: _Growth) -> str:
    match growth.added.elts:
        case [only] if not isinstance(only, ast.Starred):
            return f"{growth.name}.append({site.text(only)})"
        case _:
            text = site.text(growth.added)
            return f"{growth.name}.extend({text if text.startswith('(') else f'({text})'})"


PLUGIN: Rule = Rule(
    name="grow_tuple",
    what="grow a list and make the tuple at the end",
    gain="growth",
    example_before="""\
def squares(count):
    found = ()
    for number in range(count):
        found += (number * number,)
    return found
""",
    example_after="""\
def squares(count):
    found = []
    for number in range(count):
        found.append(number * number)
    found = tuple(found)
    return found
""",
    calls=("squares(5)", "squares(0)"),
    wrong_when="the tuple is read while it grows.",
    wrong_example="""\
def prefixes(items):
    current = ()
    found = []
    for item in items:
        current += (item,)
        found.append(current)
    return found
""",
    rewrite=_rewrite,
)
