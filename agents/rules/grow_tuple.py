"""A tuple grown in a loop is copied each time; a list is not, and becomes a tuple at the end."""

import ast
from collections.abc import Iterator

from ._loops import block_of, loops_around
from ._names import assignments, private, stores, uses
from ._place import after
from ._rule import Proposal, Rule, Site, Splice


def _rewrite(site: Site) -> Iterator[Proposal]:
    for name in sorted({use.target.id for use in _growths(site) if isinstance(use.target, ast.Name)}):
        splices = _splices(site, name)
        if splices:
            yield Proposal(splices=splices, detail=name)


def _growths(site: Site) -> list[ast.AugAssign]:
    found = [node for node in site.nodes() if isinstance(node, ast.AugAssign)]
    return [node for node in found if isinstance(node.value, ast.Tuple) and loops_around(site, node)]


def _splices(site: Site, name: str) -> tuple[Splice, ...]:
    made = assignments(site, name)
    grown = [node for node in _growths(site) if isinstance(node.target, ast.Name) and node.target.id == name]
    loops = {loops_around(site, node)[-1] for node in grown}
    loop = loops.pop() if len(loops) == 1 else None
    if len(made) != 1 or not isinstance(made[0].value, ast.Tuple) or not isinstance(loop, ast.For | ast.While):
        return ()
    if stores(site, name) != 1 + len(grown) or not private(site, name) or made[0] not in block_of(site, loop):
        return ()
    inside = [use for use in uses(site, name) if made[0].lineno <= use.lineno <= (loop.end_lineno or 0)]
    tail = after(site, loop, f"{name} = tuple({name})")
    if len(inside) != 1 + len(grown) or tail is None:
        return ()
    start = site.replace(made[0].value, "[" + site.text(made[0].value)[1:-1].rstrip(", ") + "]")
    if not site.text(made[0].value).startswith("("):
        return ()
    return (start, *(site.replace(node, _added(site, node, name)) for node in grown), tail)


def _added(site: Site, node: ast.AugAssign, name: str) -> str:
    assert isinstance(node.value, ast.Tuple)
    if len(node.value.elts) == 1 and not isinstance(node.value.elts[0], ast.Starred):
        return f"{name}.append({site.text(node.value.elts[0])})"
    text = site.text(node.value)
    return f"{name}.extend({text if text.startswith('(') else f'({text})'})"


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
