"""A list used as a queue becomes a deque, whose left end is as cheap as its right."""

import ast
from collections.abc import Iterator

from ._loops import loops_around
from ._names import assignments, private, stores, uses
from ._place import need
from ._rule import Proposal, Rule, Site, Splice

_SAME = frozenset({"append", "extend", "remove", "clear", "count", "reverse"})
_BUILT_IN = frozenset({"len", "bool", "any", "all", "sum", "min", "max", "list", "tuple", "set", "sorted"})


def _rewrite(site: Site) -> Iterator[Proposal]:
    names = {node.id for node in site.nodes() if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    for name in sorted(names):
        made = assignments(site, name)
        if not made or len(made) != stores(site, name) or not private(site, name):
            continue
        deque = need(site, "collections", "deque")
        changes = [_use(site, use) for use in uses(site, name) if isinstance(use.ctx, ast.Load)]
        fronts = [splice for splice in changes if splice is not None and b"left" in splice.text]
        births = [_birth(site, item.value, deque.name) for item in made] if deque is not None else [None]
        if not fronts or None in changes or None in births or deque is None:
            continue
        splices = [*deque.splices, *births, *changes]
        yield Proposal(splices=tuple(part for part in splices if part is not None and part.text), detail=name)


def _birth(site: Site, value: ast.expr | None, deque: str) -> Splice | None:
    match value:
        case ast.List(elts=[]):
            return site.replace(value, f"{deque}()")
        case ast.List() | ast.ListComp():
            return site.replace(value, f"{deque}({site.text(value)})")
        case ast.Call(func=ast.Name(id="list") as function, args=[_]):
            return site.replace(function, deque)
        case ast.Call(func=ast.Name(id="sorted")):
            return site.replace(value, f"{deque}({site.text(value)})")
        case _:
            return None


def _use(site: Site, use: ast.Name) -> Splice | None:
    """What a use becomes; an empty splice where it stays; None where a deque would not do."""
    stays = Splice(start=0, end=0, text=b"")
    match site.parents[use]:
        case ast.Attribute() as attribute:
            return _method(site, attribute)
        case ast.Call(func=ast.Name(id=function), args=[only]) if only is use and function in _BUILT_IN:
            return stays
        case ast.Return():
            return site.replace(use, f"list({use.id})")
        case ast.While(test=test) | ast.If(test=test) if test is use:
            return stays
        case ast.UnaryOp(op=ast.Not()) | ast.BoolOp() | ast.Compare(ops=[ast.In() | ast.NotIn()]) as test:
            return stays if _only_tested(site, test) else None
        case ast.Subscript(slice=ast.Constant(value=int()) | ast.UnaryOp(operand=ast.Constant()), ctx=ast.Load()):
            return stays
        case ast.For(iter=source) if source is use:
            return stays
        case _:
            return None


def _only_tested(site: Site, node: ast.expr) -> bool:
    parent = site.parents[node]
    if isinstance(parent, ast.UnaryOp | ast.BoolOp):
        return _only_tested(site, parent)
    return isinstance(node, ast.Compare | ast.UnaryOp) or isinstance(parent, ast.While | ast.If)


def _method(site: Site, attribute: ast.Attribute) -> Splice | None:
    call = site.parents[attribute]
    assert isinstance(attribute.value, ast.Name)
    name = attribute.value.id
    match call:
        case ast.Call(func=func, args=[ast.Constant(value=0)]) if func is attribute and attribute.attr == "pop":
            return site.replace(call, f"{name}.popleft()") if loops_around(site, call) else None
        case ast.Call(func=func, args=[]) if func is attribute and attribute.attr == "pop":
            return Splice(start=0, end=0, text=b"")
        case ast.Call(func=func, args=[ast.Constant(value=0), item]) if (
            func is attribute and attribute.attr == "insert"
        ):
            return site.replace(call, f"{name}.appendleft({site.text(item)})") if loops_around(site, call) else None
        case ast.Call(func=func) if func is attribute and attribute.attr in _SAME:
            return Splice(start=0, end=0, text=b"")
        case _:
            return None


PLUGIN: Rule = Rule(
    name="deque_queue",
    what="use a deque as the queue",
    gain="growth",
    example_before="""\
def reachable(graph, start):
    seen = {start}
    todo = [start]
    while todo:
        node = todo.pop(0)
        for other in graph[node]:
            if other not in seen:
                seen.add(other)
                todo.append(other)
    return seen
""",
    example_after="""\
from collections import deque


def reachable(graph, start):
    seen = {start}
    todo = deque([start])
    while todo:
        node = todo.popleft()
        for other in graph[node]:
            if other not in seen:
                seen.add(other)
                todo.append(other)
    return seen
""",
    calls=("reachable({1: [2, 3], 2: [3], 3: [1], 4: [1]}, 1)", "reachable({1: []}, 1)"),
    wrong_when="the queue is seen as a list elsewhere: sliced, compared, or handed to code that wants a list.",
    wrong_example="""\
def reachable(graph, start, seen_order):
    todo = [start]
    while todo:
        node = todo.pop(0)
        seen_order.append((node, todo + [node]))
        todo.extend(graph[node])
""",
    rewrite=_rewrite,
)
