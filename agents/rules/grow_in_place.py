"""`items = items + [x]` copies the list each time; `append` does not."""

import ast
from collections.abc import Iterator

from ._kinds import value_kind
from ._loops import loops_around
from ._names import assignments, private, stores, uses
from ._rule import Proposal, Rule, Site, Splice


def _rewrite(site: Site) -> Iterator[Proposal]:
    found: dict[str, list[Splice]] = {}
    for node in site.nodes():
        name = _grown(node)
        if name is not None and loops_around(site, node) and _own(site, name):
            found.setdefault(name, []).append(_grow(site, node, name))
    for name, splices in found.items():
        yield Proposal(splices=tuple(splices), detail=name)


def _grown(node: ast.AST) -> str | None:
    match node:
        case ast.Assign(
            targets=[ast.Name(id=name)], value=ast.BinOp(left=ast.Name(id=other), op=ast.Add(), right=ast.List())
        ):
            return name if name == other else None
        case ast.AugAssign(target=ast.Name(id=name), op=ast.Add(), value=ast.List(elts=[_])):
            return name
        case _:
            return None


def _grow(site: Site, node: ast.AST, name: str) -> Splice:
    assert isinstance(node, ast.Assign | ast.AugAssign)
    added = node.value.right if isinstance(node.value, ast.BinOp) else node.value
    match added:
        case ast.List(elts=[only]) if not isinstance(only, ast.Starred):
            return site.replace(node, f"{name}.append({site.text(only)})")
        case _:
            return site.replace(node, f"{name}.extend({site.text(added)})")


def _own(site: Site, name: str) -> bool:
    """A list made here; and if growing it copied it, then one that was never known under a second name."""
    made = [item for item in assignments(site, name) if _grown(item) is None]
    grown = [node for node in site.nodes() if _grown(node) == name]
    fresh = all(value_kind(item.value) == "list" for item in made) and len(made) + len(grown) == stores(site, name)
    copied = any(isinstance(node, ast.Assign) for node in grown)
    known = copied and any(_shared(site, use) for use in uses(site, name))
    return bool(made) and fresh and private(site, name) and not known


def _shared(site: Site, use: ast.Name) -> bool:
    """Could this use keep the list elsewhere? Then growing it in place would be seen there."""
    parent = site.parents[use]
    if isinstance(parent, ast.Assign | ast.AugAssign) and _grown(parent) == use.id:
        return False
    if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name):
        return parent.func.id not in {"len", "sum", "min", "max", "sorted", "list", "tuple", "set", "any", "all"}
    kept = ast.Call | ast.Tuple | ast.List | ast.Dict | ast.Yield | ast.YieldFrom | ast.Await | ast.NamedExpr
    assigned = isinstance(parent, ast.Assign | ast.AnnAssign) and parent.value is use
    return assigned or isinstance(parent, kept | ast.keyword)


PLUGIN: Rule = Rule(
    name="grow_in_place",
    what="append to the list in place",
    gain="growth",
    example_before="""\
def positive(numbers):
    found = []
    for number in numbers:
        if number > 0:
            found = found + [number]
    return found
""",
    example_after="""\
def positive(numbers):
    found = []
    for number in numbers:
        if number > 0:
            found.append(number)
    return found
""",
    calls=("positive([3, -1, 4])", "positive([])"),
    wrong_when="the list is also known under another name, which must not see the growth.",
    wrong_example="""\
def prefixes(items):
    current = []
    found = []
    for item in items:
        found.append(current)
        current = current + [item]
    return found
""",
    rewrite=_rewrite,
)
