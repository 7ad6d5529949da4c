"""`list.index` inside a loop walks the list each time; a dict of first positions is built once."""

import ast
from collections.abc import Iterator

from ._kinds import kind
from ._loops import hoist_point, iterated
from ._place import before
from ._rule import Proposal, Rule, Site


def _rewrite(site: Site) -> Iterator[Proposal]:
    found: dict[tuple[str, ast.stmt], list[tuple[ast.Call, ast.expr]]] = {}
    for node in site.nodes():
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="index"), args=[item], keywords=[]):
                fits = kind(site, name) in {"list", "tuple"} or iterated(site, item, name)
                point = hoist_point(site, node, (name,)) if fits and not _caught(site, node) else None
                if point is not None:
                    found.setdefault((name, point), []).append((node, item))
            case _:
                pass
    for (name, point), calls in found.items():
        places = site.fresh(f"{name}_places")
        place, item = site.fresh("place"), site.fresh("item")
        walk = f"for {place}, {item} in enumerate({name}):"
        head = before(site, point, f"{places} = {{}}", walk, f"{site.indent}{places}.setdefault({item}, {place})")
        if head is not None:
            changed = (site.replace(call, f"{places}[{site.text(item)}]") for call, item in calls)
            yield Proposal(splices=(head, *changed), detail=name)


def _caught(site: Site, node: ast.AST) -> bool:
    """Is a missing element expected? A dict would raise another exception."""
    while (node := site.parents[node]) is not site.function:
        if isinstance(node, ast.Try | ast.TryStar):
            return True
    return False


PLUGIN: Rule = Rule(
    name="index_once",
    what="look positions up in a dict built before the loop",
    gain="growth",
    example_before="""\
def ranks(scores: list[int]) -> list[int]:
    ordered = sorted(scores)
    return [ordered.index(score) for score in scores]
""",
    example_after="""\
def ranks(scores: list[int]) -> list[int]:
    ordered = sorted(scores)
    ordered_places = {}
    for place, item in enumerate(ordered):
        ordered_places.setdefault(item, place)
    return [ordered_places[score] for score in scores]
""",
    calls=("ranks([5, 3, 5, 1])", "ranks([])"),
    wrong_when="an element may be missing (KeyError instead of ValueError) or cannot be hashed.",
    wrong_example="""\
def ranks(scores: list[int], known: list[int]) -> list[int]:
    found = []
    for score in scores:
        try:
            found.append(known.index(score))
        except ValueError:
            found.append(-1)
    return found
""",
    rewrite=_rewrite,
)
