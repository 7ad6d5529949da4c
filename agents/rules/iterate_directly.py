"""A loop over `range(len(items))` that only reads `items[i]` goes over the items themselves."""

import ast
from collections.abc import Iterator

from ._names import bound, changes, is_local, uses
from ._place import without
from ._rule import Proposal, Rule, Site, own_nodes


def _rewrite(site: Site) -> Iterator[Proposal]:
    for node in site.nodes():
        match node:
            case ast.For(
                target=ast.Name(id=index),
                iter=ast.Call(
                    func=ast.Name(id="range"), args=[ast.Call(func=ast.Name(id="len"), args=[ast.Name(id=items)])]
                ),
            ) if _fits(site, node, index, items):
                reads = _reads(node, index, items)
            case _:
                continue
        others = len([use for use in uses(site, index) if _within(use, node)]) - len(reads) - 1
        if not reads or _later(site, node, index):
            continue
        named = _first_name(site, node, reads)
        item = named or site.fresh(_singular(items))
        target, source = (f"{index}, {item}", f"enumerate({items})") if others else (item, items)
        gone = without(site, node.body[0]) if named else None
        places = (gone,) if gone is not None else (site.replace(read, item) for read in reads)
        splices = (site.replace(node.target, target), site.replace(node.iter, source), *places)
        yield Proposal(splices=splices, detail=f"{items}[{index}]")


def _first_name(site: Site, loop: ast.For, reads: list[ast.Subscript]) -> str | None:
    """`item` of a body that begins with `item = items[i]` and reads it nowhere else that way."""
    match loop.body[0]:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) as line if reads == [value]:
            return name if len(loop.body) > 1 and without(site, line) is not None else None
        case _:
            return None


def _fits(site: Site, loop: ast.For, index: str, items: str) -> bool:
    if any(is_local(site, name) for name in ("range", "len", "enumerate")):
        return False
    body = [name for statement in loop.body for name in bound(statement)]
    return index not in body and not any(changes(items, statement) for statement in loop.body)


def _reads(loop: ast.For, index: str, items: str) -> list[ast.Subscript]:
    found: list[ast.Subscript] = []
    for statement in loop.body:
        for node in own_nodes(statement, skip=(ast.JoinedStr,)):
            match node:
                case ast.Subscript(value=ast.Name(id=owner), slice=ast.Name(id=place), ctx=ast.Load()):
                    found += [node] if (owner, place) == (items, index) else []
                case _:
                    pass
    return found


def _within(use: ast.Name, loop: ast.For) -> bool:
    return loop.lineno <= use.lineno <= (loop.end_lineno or loop.lineno)


def _later(site: Site, loop: ast.For, index: str) -> bool:
    """Is the index read outside the loop?"""
    outside = (use for use in uses(site, index) if not _within(use, loop))
    return any(isinstance(use.ctx, ast.Load) and use.lineno > loop.lineno for use in outside) or bool(loop.orelse)


def _singular(items: str) -> str:
    word = items.lstrip("_")
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 2 else f"{word}_item"


PLUGIN: Rule = Rule(
    name="iterate_directly",
    what="go over the items instead of their indexes",
    gain="constant",
    example_before="""\
def weighted(values):
    total = 0
    for i in range(len(values)):
        total += i * values[i]
    return total
""",
    example_after="""\
def weighted(values):
    total = 0
    for i, value in enumerate(values):
        total += i * value
    return total
""",
    calls=("weighted([5, 6])", "weighted([])"),
    wrong_when="the loop changes the items, or they are a mapping.",
    wrong_example="""\
def running(values):
    for i in range(len(values)):
        values[i] = values[i] + sum(values[:i])
    return values
""",
    rewrite=_rewrite,
)
