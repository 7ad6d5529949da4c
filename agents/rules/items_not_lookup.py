"""A loop over the keys of a dict that looks each of them up goes over the items."""

import ast
from collections.abc import Iterator

from ._kinds import kind
from ._names import bound, changes
from ._rule import Proposal, Rule, Site, own_nodes


def _rewrite(site: Site) -> Iterator[Proposal]:
    for node in site.nodes():
        match node:
            case ast.For(target=ast.Name(id=key), iter=ast.Name(id=name)) if kind(site, name) == "dict":
                yield from _loop(site, node, key, name)
            case ast.For(
                target=ast.Name(id=key),
                iter=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="keys"), args=[], keywords=[]),
            ):
                yield from _loop(site, node, key, name)
            case _:
                pass


def _loop(site: Site, loop: ast.For, key: str, name: str) -> Iterator[Proposal]:
    reads: list[ast.Subscript] = []
    for statement in loop.body:
        for node in own_nodes(statement, skip=(ast.JoinedStr,)):
            match node:
                case ast.Subscript(value=ast.Name(id=owner), slice=ast.Name(id=place), ctx=ast.Load()):
                    reads += [node] if (owner, place) == (name, key) else []
                case _:
                    pass
    changed = any(changes(name, statement) or key in bound(statement) for statement in loop.body)
    if reads and not changed:
        value = site.fresh(f"{key}_value")
        places = (site.replace(read, value) for read in reads)
        heads = (site.replace(loop.target, f"{key}, {value}"), site.replace(loop.iter, f"{name}.items()"))
        yield Proposal(splices=(*heads, *places), detail=f"{name}[{key}]")


PLUGIN: Rule = Rule(
    name="items_not_lookup",
    what="go over the items of the dict instead of looking each key up",
    gain="constant",
    example_before="""\
def total(prices: dict[str, int], basket):
    cost = 0
    for name in prices:
        cost += basket.get(name, 0) * prices[name]
    return cost
""",
    example_after="""\
def total(prices: dict[str, int], basket):
    cost = 0
    for name, name_value in prices.items():
        cost += basket.get(name, 0) * name_value
    return cost
""",
    calls=("total({'tea': 3, 'milk': 1}, {'tea': 2})", "total({}, {})"),
    wrong_when="the loop changes values, or the mapping computes them when asked.",
    wrong_example="""\
def settle(prices: dict[str, int]):
    for name in prices:
        prices[name] -= 1
        print(prices[name])
""",
    rewrite=_rewrite,
)
