"""Methods of one object that a loop calls in every round are looked up once before it."""

import ast
from collections.abc import Iterator

from ._kinds import kind
from ._loops import loops_around, statement
from ._names import bound, private
from ._place import before
from ._rule import Proposal, Rule, Site


def _rewrite(site: Site) -> Iterator[Proposal]:
    found: dict[ast.stmt, dict[tuple[str, str], list[ast.Attribute]]] = {}
    for node in site.nodes():
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method) as function):
                point = _point(site, node, name)
                if point is not None:
                    found.setdefault(point, {}).setdefault((name, method), []).append(function)
            case _:
                pass
    for point, methods in found.items():
        names = {pair: site.fresh("_".join(pair)) for pair in methods}
        head = before(site, point, *(f"{names[pair]} = {pair[0]}.{pair[1]}" for pair in methods))
        if head is not None:
            places = (site.replace(node, names[pair]) for pair, nodes in methods.items() for node in nodes)
            yield Proposal(splices=(head, *places), detail=", ".join(f"{name}.{method}" for name, method in methods))


def _point(site: Site, node: ast.Call, name: str) -> ast.stmt | None:
    """The outermost loop in which the variable keeps its object, a built-in container made by this function."""
    if kind(site, name) not in {"list", "dict", "set"} or not private(site, name):
        return None
    loops = [loop for loop in loops_around(site, node) if isinstance(loop, ast.For | ast.While)]
    keeping = [loop for loop in loops if name not in bound(loop)]
    return statement(site, keeping[-1]) if keeping and keeping[-1] is loops[-1] else None


PLUGIN: Rule = Rule(
    name="bind_method",
    what="look methods up once before the loop",
    gain="micro",
    example_before="""\
def evens(numbers):
    found = []
    for number in numbers:
        if number % 2 == 0:
            found.append(number)
    return found
""",
    example_after="""\
def evens(numbers):
    found = []
    found_append = found.append
    for number in numbers:
        if number % 2 == 0:
            found_append(number)
    return found
""",
    calls=("evens([1, 2, 4])", "evens([])"),
    wrong_when="the loop gives the variable another object.",
    wrong_example="""\
def batches(items):
    batch, found = [], []
    batch = list()
    for item in items:
        batch.append(item)
        if len(batch) == 2:
            found = [*found, batch]
            batch = list()
    return found
""",
    rewrite=_rewrite,
)
