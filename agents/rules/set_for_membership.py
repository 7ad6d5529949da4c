"""A list that is searched in a loop is turned into a set first: each test then takes the same time at any length."""

import ast
from collections.abc import Iterator

from ._kinds import UNHASHABLE, kind, value_kind
from ._loops import hoist_point
from ._names import once
from ._place import before
from ._rule import Proposal, Rule, Site

_LEAST = 4
"""Elements from which on a set can be faster to search than a list."""


def _rewrite(site: Site) -> Iterator[Proposal]:
    found: dict[tuple[str, ast.stmt], list[ast.Name]] = {}
    for node in site.nodes():
        match node:
            case ast.Compare(left=left, ops=[ast.In() | ast.NotIn()], comparators=[ast.Name(id=name) as spot]):
                point = hoist_point(site, node, (name,)) if _fits(site, left, name) else None
                if point is not None:
                    found.setdefault((name, point), []).append(spot)
            case _:
                pass
    for (name, point), spots in found.items():
        known = site.fresh(f"{name}_set")
        head = before(site, point, f"{known} = set({name})")
        if head is not None:
            yield Proposal(splices=(head, *(site.replace(spot, known) for spot in spots)), detail=name)


def _fits(site: Site, left: ast.expr, name: str) -> bool:
    """A list or tuple that is not known to be tiny, and something that can be looked up in a set."""
    left_kind = kind(site, left.id) if isinstance(left, ast.Name) else value_kind(left)
    value = once(site, name)
    tiny = isinstance(value, ast.List | ast.Tuple) and len(value.elts) < _LEAST
    return kind(site, name) in {"list", "tuple"} and left_kind not in UNHASHABLE and not tiny


PLUGIN: Rule = Rule(
    name="set_for_membership",
    what="test membership against a set built before the loop",
    gain="growth",
    example_before="""\
def unknown(words: list[str], known: list[str]) -> list[str]:
    return [word for word in words if word not in known]
""",
    example_after="""\
def unknown(words: list[str], known: list[str]) -> list[str]:
    known_set = set(known)
    return [word for word in words if word not in known_set]
""",
    calls=("unknown(['a', 'b', 'c'], ['b'])", "unknown([], [])", "unknown(['x', 'x'], [])"),
    wrong_when="the elements cannot be hashed, or compare equal to others without hashing alike.",
    wrong_example="""\
def unknown(rows: list, known: list) -> list:
    return [row for row in rows if row not in known]
""",
    wrong_call="unknown([[1], [2]], [[2]])",
    rewrite=_rewrite,
)
