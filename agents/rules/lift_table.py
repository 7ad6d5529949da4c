"""A table of constants that a function builds in every call is built once, at import."""

import ast
from collections.abc import Iterator

from ._loops import statement
from ._names import assignments, once, private, uses
from ._place import constant, without
from ._rule import Proposal, Rule, Site, Splice

_LEAST = 3
"""Entries from which on building the table costs more than finding a global name."""


def _rewrite(site: Site) -> Iterator[Proposal]:
    for node in site.nodes():
        match node:
            case ast.Assign(targets=[ast.Name(id=name)]) if _only_read(site, name):
                yield from _named(site, name)
            case ast.Dict() if _fixed(node) and _read(site, node) and _size(node) >= _LEAST:
                name = site.fresh(f"_{site.function.name.strip('_')}_table".upper())
                home = constant(site, name, _text(site, node))
                if home is not None:
                    yield Proposal(splices=(home, site.replace(node, name)), detail=_text(site, node)[:40])
            case _:
                pass


def _named(site: Site, name: str) -> Iterator[Proposal]:
    value = once(site, name)
    if value is None or not _fixed(value) or _size(value) < _LEAST:
        return
    line = assignments(site, name)[0]
    table = site.fresh(f"_{name.strip('_')}".upper())
    home, gone = constant(site, table, _text(site, value)), without(site, line)
    if home is not None and gone is not None:
        reads = (site.replace(use, table) for use in uses(site, name) if isinstance(use.ctx, ast.Load))
        splices: tuple[Splice, ...] = (home, gone, *reads)
        yield Proposal(splices=splices, detail=name)


def _text(site: Site, node: ast.expr) -> str:
    """The display, its lines moved left by the indentation of its statement."""
    indent = statement(site, node).col_offset
    first, *lines = site.text(node).splitlines()
    return site.newline.join([first, *(line[min(indent, len(line) - len(line.lstrip())) :] for line in lines)])


def _size(node: ast.expr) -> int:
    match node:
        case ast.Dict(keys=items) | ast.List(elts=items) | ast.Set(elts=items):
            return len(items)
        case _:
            return 0


def _fixed(node: ast.expr) -> bool:
    """A display of constants only, and tuples of them."""
    match node:
        case ast.Dict(keys=keys, values=values):
            return all(key is not None and _constant(key) for key in keys) and all(_constant(item) for item in values)
        case ast.List(elts=items) | ast.Set(elts=items):
            return all(_constant(item) for item in items)
        case _:
            return False


def _constant(node: ast.expr) -> bool:
    if isinstance(node, ast.Tuple):
        return all(_constant(item) for item in node.elts)
    return isinstance(node, ast.Constant) and not (isinstance(node.value, str) and "\n" in node.value)


def _only_read(site: Site, name: str) -> bool:
    reads = [use for use in uses(site, name) if isinstance(use.ctx, ast.Load)]
    return private(site, name) and bool(reads) and all(_read(site, use) for use in reads)


def _read(site: Site, node: ast.expr) -> bool:
    """Is the table only asked, so that nobody can change it or keep it?"""
    parent = site.parents[node]
    if any(isinstance(up, ast.JoinedStr) for up in _above(site, node)):
        return False
    match parent:
        case ast.Subscript(value=value, ctx=ast.Load()):
            return value is node
        case ast.Compare(left=left):
            return left is not node
        case ast.Attribute(attr="get" | "items" | "keys" | "values" | "index" | "count"):
            return isinstance(site.parents[parent], ast.Call)
        case ast.For(iter=source) | ast.comprehension(iter=source):
            return source is node and not isinstance(node, ast.List | ast.Set)
        case _:
            return False


def _above(site: Site, node: ast.AST) -> Iterator[ast.AST]:
    while (node := site.parents[node]) is not site.function:
        yield node


PLUGIN: Rule = Rule(
    name="lift_table",
    what="build the table of constants once at import",
    gain="constant",
    example_before="""\
def days(month):
    lengths = {
        "feb": 28,
        "apr": 30,  # and three others
        "jun": 30,
    }
    return lengths.get(month, 31)
""",
    example_after="""\
_LENGTHS = {
    "feb": 28,
    "apr": 30,  # and three others
    "jun": 30,
}


def days(month):
    return _LENGTHS.get(month, 31)
""",
    calls=("days('feb')", "days('jan')"),
    wrong_when="somebody changes the table, or keeps it.",
    wrong_example="""\
def days(month):
    lengths = {"feb": 28, "apr": 30, "jun": 30}
    lengths["feb"] += 1
    return lengths
""",
    rewrite=_rewrite,
)
