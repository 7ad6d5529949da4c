"""A copy that is made only to be walked over once is left out."""

import ast
from collections.abc import Iterator

from ._names import KEEPING, READERS, READING, is_local, mentioned
from ._rule import Proposal, Rule, Site


def _rewrite(site: Site) -> Iterator[Proposal]:
    for node in site.nodes():
        match node:
            case ast.For(iter=source, body=body):
                original = _original(site, source)
            case _:
                continue
        if original is None or any(_may_reach(part, mentioned(original)) for part in body):
            continue
        yield Proposal(splices=(site.replace(source, site.text(original)),), detail=site.text(source))


def _may_reach(part: ast.stmt, names: set[str]) -> bool:
    """Could this statement change the original? Who writes a copy for a loop that calls strange code means it."""
    calls = (node.func for node in ast.walk(part) if isinstance(node, ast.Call))
    return bool(mentioned(part) & names) or not all(_harmless(function) for function in calls)


def _harmless(function: ast.expr) -> bool:
    match function:
        case ast.Name(id=name):
            return name in READERS
        case ast.Attribute(attr=method):
            return method in READING | KEEPING
        case _:
            return False


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
