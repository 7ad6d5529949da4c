"""A copy that is made only to be walked over once is left out."""

import ast
from collections.abc import Iterator

from ._names import is_local, mentioned
from ._rule import Proposal, Rule, Site


def _rewrite(site: Site) -> Iterator[Proposal]:
    for node in site.nodes():
        match node:
            case ast.For(iter=source, body=body):
                original = _original(site, source)
                used = original is None or any(mentioned(original) & mentioned(part) for part in body)
            case ast.ListComp(generators=[part]) | ast.SetComp(generators=[part]) | ast.DictComp(generators=[part]):
                source, original = part.iter, _original(site, part.iter)
                whole = mentioned(node) - mentioned(source)
                called = any(
                    isinstance(inner, ast.Call) for inner in ast.walk(node) if inner not in set(ast.walk(source))
                )
                used = original is None or bool(mentioned(original) & whole) or called
            case _:
                continue
        if original is not None and not used:
            yield Proposal(splices=(site.replace(source, site.text(original)),), detail=site.text(source))


def _original(site: Site, source: ast.expr) -> ast.expr | None:
    """What is copied: a local variable or its keys, values, items."""
    match source:
        case ast.Call(func=ast.Name(id="list" | "tuple" as function), args=[inner], keywords=[]):
            return inner if _local(site, inner) and not is_local(site, function) else None
        case ast.Call(func=ast.Attribute(value=inner, attr="copy"), args=[], keywords=[]):
            return inner if isinstance(inner, ast.Name) and _local(site, inner) else None
        case ast.Subscript(value=inner, slice=ast.Slice(lower=None, upper=None, step=None)):
            return inner if isinstance(inner, ast.Name) and _local(site, inner) else None
        case _:
            return None


def _local(site: Site, node: ast.expr) -> bool:
    match node:
        case ast.Name(id=name):
            return is_local(site, name)
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id=name), attr="keys" | "values" | "items"), args=[], keywords=[]
        ):
            return is_local(site, name)
        case _:
            return False


PLUGIN: Rule = Rule(
    name="needless_copy",
    what="walk over the original instead of a copy",
    gain="constant",
    example_before="""\
def longest(names):
    best = ""
    for name in list(names):
        if len(name) > len(best):
            best = name
    return best
""",
    example_after="""\
def longest(names):
    best = ""
    for name in names:
        if len(name) > len(best):
            best = name
    return best
""",
    calls=("longest(['a', 'bcd', 'ef'])", "longest([])"),
    wrong_when="the loop changes the original, be it through another name.",
    wrong_example="""\
def prune(names):
    for name in list(names):
        if not name:
            names.remove(name)
    return names
""",
    rewrite=_rewrite,
)
