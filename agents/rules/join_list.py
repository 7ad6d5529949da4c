"""`str.join` and `tuple` make a list of a generator anyway: a list comprehension gets there faster."""

import ast
from collections.abc import Iterator

from ._names import is_local
from ._rule import Proposal, Rule, Site


def _rewrite(site: Site) -> Iterator[Proposal]:
    for node in site.nodes():
        match node:
            case ast.Call(
                func=ast.Attribute(attr="join", value=owner), args=[ast.GeneratorExp() as items], keywords=[]
            ):
                fits = isinstance(owner, ast.Constant | ast.Name)
            case ast.Call(func=ast.Name(id="tuple"), args=[ast.GeneratorExp() as items], keywords=[]):
                fits = not is_local(site, "tuple")
            case _:
                continue
        if fits and not _asynchronous(items):
            start, end = site.span(items)
            inner = site.text(items)[1:-1]
            sole = site.source[start - 1 : start] != b"(" or end == site.span(node)[1]
            whole = site.replace(items, f"([{inner}])" if sole else f"[{inner}]")
            yield Proposal(splices=(whole,), detail=ast.unparse(items)[:60])


def _asynchronous(items: ast.GeneratorExp) -> bool:
    return any(part.is_async for part in items.generators) or any(
        isinstance(part, ast.Await) for part in ast.walk(items)
    )


PLUGIN: Rule = Rule(
    name="join_list",
    what="build a list where a generator is listed anyway",
    gain="micro",
    example_before="""\
def dotted(parts):
    return ".".join(str(part) for part in parts)
""",
    example_after="""\
def dotted(parts):
    return ".".join([str(part) for part in parts])
""",
    calls=("dotted([1, 2])", "dotted([])"),
    wrong_when="`join` is a method of another kind of object, which stops early.",
    wrong_example="""\
def dotted(paths, parts):
    return paths.sep.join(str(part) for part in parts)
""",
    rewrite=_rewrite,
)
