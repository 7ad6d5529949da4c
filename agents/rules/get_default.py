"""`table[key] if key in table else default` looks the key up twice; `get` does so once."""

import ast
from collections.abc import Iterator

from ._names import plain, same
from ._rule import Proposal, Rule, Site


def _rewrite(site: Site) -> Iterator[Proposal]:
    for node in site.nodes():
        match node:
            case ast.IfExp(
                test=ast.Compare(left=key, ops=[ast.In() | ast.NotIn() as test], comparators=[table]),
                body=one,
                orelse=other,
            ):
                found, default = (one, other) if isinstance(test, ast.In) else (other, one)
                target = ""
            case ast.If(
                test=ast.Compare(left=key, ops=[ast.In() | ast.NotIn() as test], comparators=[table]),
                body=[ast.Assign(targets=[name], value=one)],
                orelse=[ast.Assign(targets=[again], value=other)],
            ) if same(name, again) and plain(name) and site.source[site.span(node)[0] :].startswith(b"if"):
                found, default = (one, other) if isinstance(test, ast.In) else (other, one)
                target = f"{site.text(name)} = "
            case _:
                continue
        if plain(default) and plain(key) and plain(table) and _is_entry(found, table, key):
            got = f"{site.text(table)}.get({site.text(key)}, {site.text(default)})"
            yield Proposal(splices=(site.replace(node, target + got),), detail=site.text(found))


def _is_entry(node: ast.expr, table: ast.expr, key: ast.expr) -> bool:
    match node:
        case ast.Subscript(value=owner, slice=place):
            return same(owner, table) and same(place, key)
        case _:
            return False


PLUGIN: Rule = Rule(
    name="get_default",
    what="look the key up once, with a default",
    gain="constant",
    example_before="""\
def price(prices, name):
    if name in prices:
        cost = prices[name]
    else:
        cost = 0
    return cost
""",
    example_after="""\
def price(prices, name):
    cost = prices.get(name, 0)
    return cost
""",
    calls=("price({'tea': 3}, 'tea')", "price({}, 'tea')"),
    wrong_when="the mapping has no `get` or its own, or the default is costly to compute.",
    wrong_example="""\
def price(prices, name, ask):
    return prices[name] if name in prices else ask(name)
""",
    rewrite=_rewrite,
)
