"""Test, create, look up: three look-ups in a dict become one `setdefault`."""

import ast
from collections.abc import Iterator

from ._loops import following
from ._names import plain, same
from ._rule import Proposal, Rule, Site, Splice

_EMPTY = frozenset({"[]", "{}", "set()", "list()", "dict()"})


def _rewrite(site: Site) -> Iterator[Proposal]:
    for node in site.nodes():
        match node:
            case ast.If(
                test=ast.Compare(left=key, ops=[ast.NotIn()], comparators=[table]),
                body=[ast.Assign(targets=[ast.Subscript(value=other, slice=place)], value=empty)],
                orelse=[],
            ) if same(key, place) and same(table, other) and ast.unparse(empty) in _EMPTY:
                user = _user(site, node, table, key)
            case _:
                continue
        if user is None or not (plain(key) and plain(table)):
            continue
        start, stop = site.span(node)[0], site.span(following(site, node) or node)[0]
        between = site.source[site.span(node)[1] : stop]
        if between.strip():
            continue
        found = f"{site.text(table)}.setdefault({site.text(key)}, {site.text(empty)})"
        splices = (Splice(start=start, end=stop, text=b""), site.replace(user, found))
        yield Proposal(splices=splices, detail=f"{ast.unparse(table)}[{ast.unparse(key)}]")


def _user(site: Site, test: ast.If, table: ast.expr, key: ast.expr) -> ast.Subscript | None:
    """`table[key]` in the next statement, `table[key].append(…)`."""
    match following(site, test):
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Subscript(value=owner, slice=place) as found))):
            return found if same(owner, table) and same(place, key) else None
        case _:
            return None


PLUGIN: Rule = Rule(
    name="group_setdefault",
    what="find or create the entry with one look-up",
    gain="constant",
    example_before="""\
def by_length(words):
    groups = {}
    for word in words:
        size = len(word)
        if size not in groups:
            groups[size] = []
        groups[size].append(word)
    return groups
""",
    example_after="""\
def by_length(words):
    groups = {}
    for word in words:
        size = len(word)
        groups.setdefault(size, []).append(word)
    return groups
""",
    calls=("by_length(['a', 'bb', 'c'])", "by_length([])"),
    wrong_when="the first entry is not an empty one, or the mapping's `setdefault` is its own or missing.",
    wrong_example="""\
def by_length(words):
    groups = {}
    for word in words:
        if len(word) not in groups:
            groups[len(word)] = [word]
        else:
            groups[len(word)].append(word)
    return groups
""",
    rewrite=_rewrite,
)
