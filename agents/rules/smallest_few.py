"""The first few of a sorted list come from a heap of that size: no full sort."""

import ast
from collections.abc import Iterator

from ._names import is_local
from ._place import need
from ._rule import Proposal, Rule, Site


def _rewrite(site: Site) -> Iterator[Proposal]:
    for node in site.nodes():
        match node:
            case ast.Subscript(
                value=ast.Call(func=ast.Name(id="sorted"), args=[items], keywords=keywords),
                slice=ast.Slice(lower=None, upper=ast.Constant(value=int()) | ast.Name() as few, step=None),
            ) if not is_local(site, "sorted"):
                name = _function(keywords)
            case _:
                continue
        function = need(site, "heapq", name) if name is not None else None
        if function is None:
            continue
        key = [f"key={site.text(word.value)}" for word in keywords if word.arg == "key"]
        parts = ", ".join([site.text(few), site.text(items), *key])
        whole = site.replace(node, f"{function.name}({parts})")
        yield Proposal(splices=(*function.splices, whole), detail=ast.unparse(items)[:40])


def _function(keywords: list[ast.keyword]) -> str | None:
    for word in keywords:
        if word.arg == "reverse" and isinstance(word.value, ast.Constant):
            return "nlargest" if word.value.value else "nsmallest"
        if word.arg != "key":
            return None
    return "nsmallest"


PLUGIN: Rule = Rule(
    name="smallest_few",
    what="take the first few from a heap instead of sorting all",
    gain="growth",
    example_before="""\
import heapq


def closest(points, count):
    return sorted(points, key=abs)[:count]
""",
    example_after="""\
import heapq


def closest(points, count):
    return heapq.nsmallest(count, points, key=abs)
""",
    calls=("closest([3, -1, 1, -5], 2)", "closest([], 2)", "closest([2, 1], 9)"),
    wrong_when="the bound is negative, which counted from the end.",
    wrong_example="""\
def closest(points, count):
    return sorted(points, key=abs)[:count]
""",
    wrong_call="closest([3, -1, 1], -1)",
    rewrite=_rewrite,
)
