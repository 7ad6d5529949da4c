"""The first of a sorted list is the minimum: one pass instead of a sort."""

import ast
from collections.abc import Iterator

from ._names import is_local
from ._rule import Proposal, Rule, Site


def _rewrite(site: Site) -> Iterator[Proposal]:
    for node in site.nodes():
        match node:
            case ast.Subscript(
                value=ast.Call(func=ast.Name(id="sorted"), args=[items], keywords=keywords), slice=place, ctx=ast.Load()
            ):
                function = _function(place, keywords)
            case _:
                continue
        if function is None or is_local(site, "sorted") or is_local(site, function) or _caught(site, node):
            continue
        key = [f"key={site.text(word.value)}" for word in keywords if word.arg == "key"]
        parts = ", ".join([site.text(items), *key])
        yield Proposal(splices=(site.replace(node, f"{function}({parts})"),), detail=ast.unparse(items)[:40])


def _function(place: ast.expr, keywords: list[ast.keyword]) -> str | None:
    """`min` or `max`; None where ties or an unknown order could give another element."""
    names = {word.arg for word in keywords}
    backwards = [
        word.value.value for word in keywords if word.arg == "reverse" and isinstance(word.value, ast.Constant)
    ]
    if not names <= {"key", "reverse"} or ("reverse" in names and not backwards):
        return None
    turned = bool(backwards and backwards[0])
    match place:
        case ast.Constant(value=0):
            return "max" if turned else "min"
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=1)) if "key" not in names:
            return "min" if turned else "max"
        case _:
            return None


def _caught(site: Site, node: ast.AST) -> bool:
    """Is an empty list expected? `min` raises another exception."""
    while (node := site.parents[node]) is not site.function:
        if isinstance(node, ast.Try | ast.TryStar):
            return True
    return False


PLUGIN: Rule = Rule(
    name="min_of_sorted",
    what="take the minimum or maximum in one pass",
    gain="growth",
    example_before="""\
def newest(versions):
    return sorted(versions, key=lambda version: version[1], reverse=True)[0]
""",
    example_after="""\
def newest(versions):
    return max(versions, key=lambda version: version[1])
""",
    calls=("newest([('a', 1), ('b', 2), ('c', 2)])", "newest([('a', 1)])"),
    wrong_when="the list may be empty (ValueError, no IndexError), or equal elements differ and the last is taken.",
    wrong_example="""\
def newest(versions):
    return sorted(versions, key=lambda version: version[1])[-1]
""",
    rewrite=_rewrite,
)
