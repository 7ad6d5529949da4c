"""Adding lists with `sum` copies all that came before, each time; a chain copies once."""

import ast
from collections.abc import Iterator

from ._names import is_local
from ._place import Needed, need
from ._rule import Proposal, Rule, Site


def _rewrite(site: Site) -> Iterator[Proposal]:
    for node in site.nodes():
        match node:
            case ast.Call(func=ast.Name(id="sum"), args=[lists, ast.List(elts=[])], keywords=[]):
                chain = None if is_local(site, "sum") else need(site, "itertools", "chain")
            case ast.Call(
                func=ast.Name(id="sum"), args=[lists], keywords=[ast.keyword(arg="start", value=ast.List(elts=[]))]
            ):
                chain = None if is_local(site, "sum") else need(site, "itertools", "chain")
            case ast.Call(func=function, args=[added, lists, ast.List(elts=[])], keywords=[]):
                fits = _reduces(site, function) and _adds(site, added)
                chain = need(site, "itertools", "chain") if fits else None
            case _:
                continue
        if isinstance(chain, Needed):
            whole = site.replace(node, f"list({chain.name}.from_iterable({site.text(lists)}))")
            yield Proposal(splices=(*chain.splices, whole), detail=ast.unparse(lists)[:40])


def _reduces(site: Site, function: ast.expr) -> bool:
    return site.text(function) in {"reduce", "functools.reduce"}


def _adds(site: Site, added: ast.expr) -> bool:
    match added:
        case ast.Lambda(body=ast.BinOp(left=ast.Name(), op=ast.Add(), right=ast.Name())):
            return True
        case _:
            return site.text(added) in {"operator.add", "add", "operator.iadd", "operator.concat", "list.__add__"}


PLUGIN: Rule = Rule(
    name="chain_lists",
    what="chain the lists instead of adding them up",
    gain="growth",
    example_before='''\
"""Flattening."""

import sys


def flat(rows):
    return sum((row for row in rows), [])
''',
    example_after='''\
"""Flattening."""

import sys
from itertools import chain


def flat(rows):
    return list(chain.from_iterable((row for row in rows)))
''',
    calls=("flat([[1], [2, 3], []])", "flat([])"),
    wrong_when="the parts are not all lists: a tuple raised a TypeError before and is taken now.",
    wrong_example="""\
def flat(rows):
    return sum(rows, [])
""",
    wrong_call="flat([[1], (2,)])",
    rewrite=_rewrite,
)
