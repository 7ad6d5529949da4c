"""Counting in a dict by a test and two subscripts takes one `get` and one store."""

import ast
from collections.abc import Iterator

from ._names import plain, same
from ._rule import Proposal, Rule, Site


def _rewrite(site: Site) -> Iterator[Proposal]:
    for node in site.nodes():
        match node:
            case ast.If(
                test=ast.Compare(left=key, ops=[ast.In() | ast.NotIn() as test], comparators=[table]),
                body=[one],
                orelse=[other],
            ) if plain(key) and plain(table) and site.source[site.span(node)[0] :].startswith(b"if"):
                present, absent = (one, other) if isinstance(test, ast.In) else (other, one)
            case _:
                continue
        step = _step(present, table, key)
        first = _first(absent, table, key)
        if step is not None and first is not None and ast.unparse(step) == ast.unparse(first):
            place = f"{site.text(table)}[{site.text(key)}]"
            found = f"{site.text(table)}.get({site.text(key)}, 0)"
            whole = site.replace(node, f"{place} = {found} + {site.text(step)}")
            yield Proposal(splices=(whole,), detail=place)


def _step(node: ast.stmt, table: ast.expr, key: ast.expr) -> ast.expr | None:
    """`n` of `table[key] += n` or `table[key] = table[key] + n`."""
    match node:
        case ast.AugAssign(target=ast.Subscript() as place, op=ast.Add(), value=ast.Constant(value=int()) as step):
            return step if _is_entry(place, table, key) else None
        case ast.Assign(
            targets=[ast.Subscript() as place],
            value=ast.BinOp(left=ast.Subscript() as old, op=ast.Add(), right=ast.Constant(value=int()) as step),
        ):
            return step if _is_entry(place, table, key) and _is_entry(old, table, key) else None
        case _:
            return None


def _first(node: ast.stmt, table: ast.expr, key: ast.expr) -> ast.expr | None:
    match node:
        case ast.Assign(targets=[ast.Subscript() as place], value=value):
            return value if _is_entry(place, table, key) else None
        case _:
            return None


def _is_entry(node: ast.Subscript, table: ast.expr, key: ast.expr) -> bool:
    return same(node.value, table) and same(node.slice, key)


PLUGIN: Rule = Rule(
    name="count_with_get",
    what="count with one get and one store",
    gain="constant",
    example_before="""\
def letters(text):
    counts = {}
    for letter in text:
        if letter in counts:
            counts[letter] += 1
        else:
            counts[letter] = 1
    return counts
""",
    example_after="""\
def letters(text):
    counts = {}
    for letter in text:
        counts[letter] = counts.get(letter, 0) + 1
    return counts
""",
    calls=("letters('abca')", "letters('')"),
    wrong_when="the first value is not what one step from zero gives, or the mapping's `get` is its own.",
    wrong_example="""\
def letters(text):
    counts = {}
    for letter in text:
        if letter in counts:
            counts[letter] += 1
        else:
            counts[letter] = 0
    return counts
""",
    rewrite=_rewrite,
)
