"""A list that is appended to and sorted again in a loop takes each new element at its place by bisection."""

import ast
from collections.abc import Iterator

from ._loops import following, loops_around
from ._names import same
from ._place import need
from ._rule import Proposal, Rule, Site, Splice


def _rewrite(site: Site) -> Iterator[Proposal]:
    for node in site.nodes():
        match node:
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=owner, attr="append"), args=[item], keywords=[])):
                follower = following(site, node)
                key = _sort_key(follower, owner)
            case _:
                continue
        often = isinstance(owner, ast.Attribute) or loops_around(site, node)
        insort = need(site, "bisect", "insort") if key is not None and often else None
        if follower is None or insort is None:
            continue
        start, stop = site.span(node)[1], site.span(follower)
        if site.source[start : stop[0]].strip():
            continue
        parts = [site.text(owner), site.text(item), *(f"key={site.text(part)}" for part in key or ())]
        whole = site.replace(node, f"{insort.name}({', '.join(parts)})")
        cut = Splice(start=start, end=stop[1], text=b"")
        yield Proposal(splices=(*insort.splices, whole, cut), detail=site.text(owner))


def _sort_key(node: ast.stmt | None, owner: ast.expr) -> tuple[ast.expr, ...] | None:
    """The key, if there is one, of a plain `owner.sort(…)`; None where it is no such call."""
    match node:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=again, attr="sort"), args=[], keywords=words)):
            fits = same(again, owner) and all(word.arg == "key" for word in words)
            return tuple(word.value for word in words) if fits else None
        case _:
            return None


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
    wrong_when="the list was not sorted before; and with a key, before Python 3.10.",
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
