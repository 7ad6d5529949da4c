"""A list that is appended to and sorted again in a loop takes each new element at its place by bisection."""

import ast
from collections.abc import Iterator

from ._loops import following, loops_around
from ._place import need
from ._rule import Proposal, Rule, Site


def _rewrite(site: Site) -> Iterator[Proposal]:
    for node in site.nodes():
        match node:
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=owner, attr="append"), args=[item], keywords=[])):
                path = site.text(owner)
            case _:
                continue
        follower = following(site, node)
        insort = need(site, "bisect", "insort")
        if follower is None or not _sorts(follower, path) or not loops_around(site, node) or insort is None:
            continue
        whole = site.replace(node, f"{insort.name}({path}, {site.text(item)})")
        gone = site.span(follower)[0], site.span(follower)[1]
        start = site.span(node)[1]
        if site.source[start : gone[0]].strip():
            continue
        cut = site.replace(follower, "")
        yield Proposal(splices=(*insort.splices, whole, type(cut)(start=start, end=gone[1], text=b"")), detail=path)


def _sorts(node: ast.stmt, path: str) -> bool:
    match node:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=owner, attr="sort"), args=[], keywords=[])):
            return ast.unparse(owner) == path
        case _:
            return False


PLUGIN: Rule = Rule(
    name="sorted_insert",
    what="insert at the sorted place instead of sorting again",
    gain="growth",
    example_before="""\
import bisect


def medians(numbers):
    seen, found = [], []
    for number in numbers:
        seen.append(number)
        seen.sort()
        found.append(seen[len(seen) // 2])
    return found
""",
    example_after="""\
import bisect


def medians(numbers):
    seen, found = [], []
    for number in numbers:
        bisect.insort(seen, number)
        found.append(seen[len(seen) // 2])
    return found
""",
    calls=("medians([3, 1, 2, 2])", "medians([])"),
    wrong_when="the list is not sorted when the loop begins.",
    wrong_example="""\
def merged(known, numbers):
    for number in numbers:
        known.append(number)
        known.sort()
    return known
""",
    wrong_call="merged([3, 1, 2], [0])",
    rewrite=_rewrite,
)
