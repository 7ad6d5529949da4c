"""Attributes that a loop reads again and again are read once before it."""

import ast
import re
from collections.abc import Iterator
from functools import lru_cache

from ._loops import certain, hoist_point
from ._names import bound, dotted, is_local, root
from ._place import before
from ._rule import Proposal, Rule, Site


def _rewrite(site: Site) -> Iterator[Proposal]:
    found: dict[ast.stmt, dict[str, list[ast.Attribute]]] = {}
    for node in site.nodes():
        path = dotted(node) if isinstance(node, ast.Attribute) else None
        if not isinstance(node, ast.Attribute) or path is None or not _readable(site, node, path):
            continue
        first = path.partition(".")[0]
        point = hoist_point(site, node, () if _imported(site, first) else {first} - {"self", "cls"})
        if point is not None and not _set_in(point, path):
            found.setdefault(point, {}).setdefault(path, []).append(node)
    for point, paths in found.items():
        read = {path: nodes for path, nodes in paths.items() if _exists(site, path, nodes, point)}
        names = {path: site.fresh(re.sub(r"[._]+", "_", path)) for path in read}
        distinct = {path: nodes for path, nodes in read.items() if list(names.values()).count(names[path]) == 1}
        head = before(site, point, *(f"{names[path]} = {path}" for path in distinct))
        if distinct and head is not None:
            places = (site.replace(node, names[path]) for path, nodes in distinct.items() for node in nodes)
            yield Proposal(splices=(head, *places), detail=", ".join(distinct))


def _exists(site: Site, path: str, nodes: list[ast.Attribute], point: ast.stmt) -> bool:
    """Can the path be read even where the loop would not come to it?"""
    first, _, rest = path.partition(".")
    given = first == "self" and rest in _given(site.parents[site.function])
    return given or any(certain(site, node, point) for node in nodes)


@lru_cache(maxsize=16)
def _given(home: ast.AST) -> frozenset[str]:
    """Attributes that every object of a class has: of the class itself, or set without condition when it is made."""
    body = home.body if isinstance(home, ast.ClassDef) else []
    makers = [item for item in body if isinstance(item, ast.FunctionDef) and item.name == "__init__"]
    places = [part for maker in makers for item in maker.body if isinstance(item, ast.Assign) for part in item.targets]
    places += [item.target for maker in makers for item in maker.body if isinstance(item, ast.AnnAssign) and item.value]
    stored = {part.attr for place in places for part in ast.walk(place) if isinstance(part, ast.Attribute)}
    plain = (item for item in body if isinstance(item, ast.Assign | ast.AnnAssign) and item.value)
    return frozenset(stored | {name for item in plain for name in bound(item)})


def _readable(site: Site, node: ast.Attribute, path: str) -> bool:
    """Read as a whole: no method that is called, unless it is a module's function, nor part of a longer path."""
    parent = site.parents[node]
    first = path.partition(".")[0]
    module = _imported(site, first)
    longer = isinstance(parent, ast.Attribute) and (module or not _is_called(site, parent))
    if not isinstance(node.ctx, ast.Load) or longer:
        return False
    return module or (not _is_called(site, node) and (first in {"self", "cls"} or path.count(".") > 1))


def _is_called(site: Site, node: ast.AST) -> bool:
    parent = site.parents[node]
    return isinstance(parent, ast.Call) and parent.func is node


def _imported(site: Site, name: str) -> bool:
    if is_local(site, name):
        return False
    modules = (item for item in site.module.body if isinstance(item, ast.Import))
    return any((alias.asname or alias.name) == name for item in modules for alias in item.names)


def _set_in(point: ast.stmt, path: str) -> bool:
    """Could the loop change the attribute: by storing it, or by code of the object that it calls?"""
    first, _, rest = path.partition(".")
    attributes = set(rest.split("."))
    for node in ast.walk(point):
        match node:
            case ast.Attribute(attr=name, ctx=ast.Store() | ast.Del()) if name in attributes:
                return True
            case ast.Call(func=ast.Attribute(value=ast.Name(id=owner))) if owner == first and first in {"self", "cls"}:
                return True
            case ast.Call(args=args) if any(isinstance(arg, ast.Name) and root(arg) == first for arg in args):
                return True
            case _:
                pass
    return first in bound(point)


PLUGIN: Rule = Rule(
    name="hoist_attribute",
    what="read attributes once before the loop",
    gain="micro",
    example_before="""\
import math


class Grid:
    step = 2

    def roots(self, numbers):
        found = []
        for number in numbers:
            found.append(math.sqrt(number) * self.step)
        return found
""",
    example_after="""\
import math


class Grid:
    step = 2

    def roots(self, numbers):
        found = []
        math_sqrt = math.sqrt
        self_step = self.step
        for number in numbers:
            found.append(math_sqrt(number) * self_step)
        return found
""",
    calls=("Grid().roots([1, 4])", "Grid().roots([])"),
    wrong_when="code called by the loop changes the attribute, or reading it computes something.",
    wrong_example="""\
class Grid:
    step = 2

    def widen(self):
        self.step += 1

    def scaled(self, numbers):
        found = []
        for number in numbers:
            found.append(number * self.step)
            self.widen()
        return found
""",
    rewrite=_rewrite,
)
