"""A list that a loop both fills and searches gets a set beside it, which answers the searches."""

import ast
from collections.abc import Iterator

from ._kinds import UNHASHABLE, kind
from ._loops import loops_around
from ._names import assignments, changes, once, private, uses
from ._place import after
from ._rule import Proposal, Rule, Site, Splice


def _rewrite(site: Site) -> Iterator[Proposal]:
    names = {node.id for node in site.nodes() if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    for name in sorted(names):
        splices = _splices(site, name)
        if splices:
            yield Proposal(splices=splices, detail=name)


def _splices(site: Site, name: str) -> tuple[Splice, ...]:
    value = once(site, name)
    if not isinstance(value, ast.List) or value.elts or not private(site, name) or _else_changed(site, name):
        return ()
    spots = [use for use in uses(site, name) if _searched(site, use)]
    added = [use for use in uses(site, name) if isinstance(site.parents[use], ast.Attribute)]
    if not added or not any(loops_around(site, use) for use in spots):
        return ()
    beside = site.fresh(f"{name}_set")
    start = assignments(site, name)[0]
    found = [after(site, start, f"{beside} = set()"), *(_addition(site, use, beside) for use in added)]
    splices = tuple(splice for splice in found if splice is not None)
    return (*splices, *(site.replace(use, beside) for use in spots)) if len(splices) == len(found) else ()


def _else_changed(site: Site, name: str) -> bool:
    """Does anything but its creation and `append` change the list?"""
    creation = assignments(site, name)[0]
    inside = {use for use in uses(site, name) if use is not _target(creation)}
    appends = frozenset({"append"})
    parts = [part for part in site.function.body if part is not creation]
    if creation not in site.function.body or any(isinstance(use.ctx, ast.Store) for use in inside):
        return True
    return any(changes(name, part, allowed=appends) for part in parts)


def _target(creation: ast.Assign | ast.AnnAssign) -> ast.expr:
    return creation.target if isinstance(creation, ast.AnnAssign) else creation.targets[0]


def _searched(site: Site, use: ast.Name) -> bool:
    match site.parents[use]:
        case ast.Compare(left=left, ops=[ast.In() | ast.NotIn()], comparators=[only]) if only is use:
            return not (isinstance(left, ast.Name) and kind(site, left.id) in UNHASHABLE)
        case _:
            return False


def _addition(site: Site, use: ast.Name, beside: str) -> Splice | None:
    """`beside.add(x)` after `name.append(x)`, if `x` may be written twice and can be hashed."""
    call = site.parents[site.parents[use]]
    line = site.parents[call] if isinstance(call, ast.Call) else None
    if not isinstance(call, ast.Call) or not isinstance(line, ast.Expr) or not call.args or not _plain(call.args[0]):
        return None
    return after(site, line, f"{beside}.add({site.text(call.args[0])})")


def _plain(node: ast.expr) -> bool:
    match node:
        case ast.Name() | ast.Constant():
            return True
        case ast.Attribute(value=inner):
            return _plain(inner)
        case _:
            return False


PLUGIN: Rule = Rule(
    name="set_beside_list",
    what="keep a set beside the list that is searched while it grows",
    gain="growth",
    example_before="""\
def unique(items):
    found = []
    for item in items:
        if item not in found:
            found.append(item)
    return found
""",
    example_after="""\
def unique(items):
    found = []
    found_set = set()
    for item in items:
        if item not in found_set:
            found.append(item)
            found_set.add(item)
    return found
""",
    calls=("unique([3, 1, 3, 2, 1])", "unique('abca')", "unique([])"),
    wrong_when="an element cannot be hashed.",
    wrong_example="""\
def unique(items):
    found = []
    for item in items:
        if item not in found:
            found.append(item)
    return found
""",
    wrong_call="unique([[1], [1]])",
    rewrite=_rewrite,
)
