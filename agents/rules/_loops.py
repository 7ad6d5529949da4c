"""What rules ask about loops: what they repeat, and where a value that they do not change can be computed once."""

import ast
from collections.abc import Iterable, Iterator

from ._names import changes
from ._rule import Scope, Site

Loop = ast.For | ast.AsyncFor | ast.While


def repeats(parent: ast.AST, child: ast.AST) -> bool:
    """Does the parent evaluate this child more than once?"""
    match parent:
        case ast.For(body=body) | ast.AsyncFor(body=body):
            return child in body
        case ast.While(test=test, body=body):
            return child is test or child in body
        case ast.ListComp(generators=parts) | ast.SetComp(generators=parts) | ast.GeneratorExp(generators=parts):
            return child is not parts[0]
        case ast.DictComp(generators=parts):
            return child is not parts[0]
        case ast.comprehension(iter=source):
            return child is not source
        case _:
            return False


def ancestors(site: Site, node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Pairs of parent and child from a node up to its function; ends at a nested scope."""
    while (parent := site.parents[node]) is not site.function:
        yield parent, node
        if isinstance(parent, Scope):
            return
        node = parent
    yield parent, node


def loops_around(site: Site, node: ast.AST) -> list[ast.AST]:
    """Loops and comprehensions of this function that repeat a node, innermost first."""
    return [parent for parent, child in ancestors(site, node) if repeats(parent, child)]


def statement(site: Site, node: ast.AST) -> ast.stmt:
    """The statement that holds a node."""
    while not isinstance(node, ast.stmt):
        node = site.parents[node]
    return node


def hoist_point(site: Site, node: ast.AST, names: Iterable[str]) -> ast.stmt | None:
    """The statement before which a value of these names may be computed: the outermost loop that leaves them be."""
    wanted = tuple(names)
    best: ast.AST | None = None
    for parent, child in ancestors(site, node):
        if isinstance(parent, ast.Lambda):
            return None
        if repeats(parent, child):
            if any(changes(name, parent) for name in wanted):
                break
            best = parent
    return None if best is None else statement(site, best)


def certain(site: Site, node: ast.AST, stop: ast.stmt) -> bool:
    """Is a node reached whenever the statement `stop` has anything to repeat? Only looks at conditions around it."""
    for parent, child in ancestors(site, node):
        match parent:
            case ast.If(test=test) | ast.IfExp(test=test):
                met = child is test
            case ast.BoolOp(values=[first, *_]):
                met = child is first
            case ast.Try() | ast.TryStar() | ast.Match() | ast.Lambda():
                met = False
            case _:
                met = True
        if not met:
            return False
        if parent is stop or child is stop:
            return True
    return True


def block_of(site: Site, node: ast.stmt) -> list[ast.stmt]:
    """The statements of the block that a statement stands in."""
    parent = site.parents[node]
    for name in ("body", "orelse", "finalbody"):
        block: list[ast.stmt] = getattr(parent, name, [])
        if node in block:
            return block
    return [node]


def following(site: Site, node: ast.stmt) -> ast.stmt | None:
    """The next statement of the same block."""
    block = block_of(site, node)
    place = block.index(node) + 1
    return block[place] if place < len(block) else None


def iterated(site: Site, item: ast.expr, name: str) -> bool:
    """Is `item` the variable of a loop or comprehension over `name`, hence one of its elements?"""
    if not isinstance(item, ast.Name):
        return False
    node: ast.AST = item
    while (node := site.parents[node]) is not site.function:
        match node:
            case ast.For(target=target, iter=source) if _over(target, source, item.id, name):
                return True
            case ast.ListComp(generators=parts) | ast.SetComp(generators=parts) | ast.GeneratorExp(generators=parts):
                if any(_over(part.target, part.iter, item.id, name) for part in parts):
                    return True
            case ast.DictComp(generators=parts):
                if any(_over(part.target, part.iter, item.id, name) for part in parts):
                    return True
            case _:
                pass
    return False


def _over(target: ast.expr, source: ast.expr, item: str, name: str) -> bool:
    """`for item in name` or `for place, item in enumerate(name)`."""
    forms = {(item, name), (f"(_, {item})", f"enumerate({name})")}
    if isinstance(target, ast.Tuple) and len(target.elts) == 2:
        return ("(_, " + ast.unparse(target.elts[1]) + ")", ast.unparse(source)) in forms
    return (ast.unparse(target), ast.unparse(source)) in forms
