"""A call that gives the same in every round of a loop is made once before it."""

import ast
from collections.abc import Iterator

from ._kinds import kind
from ._loops import certain, hoist_point
from ._names import is_local, mentioned
from ._place import before
from ._rule import Proposal, Rule, Site

_FUNCTIONS = frozenset({"len", "max", "min", "sum", "abs", "int", "float", "str", "frozenset", "tuple", "round"})
_METHODS = frozenset({"lower", "upper", "casefold", "strip", "lstrip", "rstrip", "title", "encode"})
_TOTAL = frozenset({"list", "tuple", "dict", "set", "str", "bytes"})


def _rewrite(site: Site) -> Iterator[Proposal]:
    found: dict[tuple[str, ast.stmt], list[ast.Call]] = {}
    for node in site.nodes():
        if isinstance(node, ast.Call) and _pure(site, node) and (point := _point(site, node)) is not None:
            found.setdefault((site.text(node), point), []).append(node)
    for (text, point), calls in found.items():
        name = site.fresh(_named(calls[0]))
        head = before(site, point, f"{name} = {text}")
        if head is not None and "\n" not in text:
            yield Proposal(splices=(head, *(site.replace(call, name) for call in calls)), detail=text)


def _point(site: Site, node: ast.Call) -> ast.stmt | None:
    names = mentioned(node) - _FUNCTIONS - {"math"}
    point = hoist_point(site, node, names)
    if point is None or not names:
        return None
    safe = certain(site, node, point) or all(kind(site, name) in _TOTAL for name in names)
    return point if safe else None


def _pure(site: Site, node: ast.Call) -> bool:
    if node.keywords or not all(_simple(arg) for arg in node.args):
        return False
    match node.func:
        case ast.Name(id=function):
            return function in _FUNCTIONS and len(node.args) > 0 and not is_local(site, function)
        case ast.Attribute(value=ast.Name(id="math")):
            return not is_local(site, "math")
        case ast.Attribute(value=ast.Name(id=owner), attr=method):
            return method in _METHODS and not node.args and is_local(site, owner)
        case _:
            return False


def _simple(node: ast.expr) -> bool:
    match node:
        case ast.Name() | ast.Constant():
            return True
        case ast.BinOp(left=left, right=right):
            return _simple(left) and _simple(right)
        case _:
            return False


def _named(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        owner = call.args[0] if call.args else call.func.value
        return f"{ast.unparse(owner)}_{call.func.attr}" if isinstance(owner, ast.Name) else call.func.attr
    first = call.args[0]
    function = ast.unparse(call.func)
    return f"{first.id}_{function}" if isinstance(first, ast.Name) else f"{function}_value"


PLUGIN: Rule = Rule(
    name="hoist_call",
    what="compute what the loop does not change before it",
    gain="growth",
    example_before="""\
def above(numbers: list[float]) -> int:
    count = 0
    for number in numbers:
        if number > sum(numbers) / len(numbers):
            count += 1
    return count
""",
    example_after="""\
def above(numbers: list[float]) -> int:
    count = 0
    numbers_sum = sum(numbers)
    for number in numbers:
        if number > numbers_sum / len(numbers):
            count += 1
    return count
""",
    calls=("above([1.0, 2.0, 6.0])", "above([])"),
    wrong_when="something that the loop calls changes the argument, or the call fails and the loop never ran.",
    wrong_example="""\
def drain(todo: list[int]) -> int:
    rounds = 0
    while len(todo) > 1:
        todo.pop()
        rounds += 1
    return rounds
""",
    rewrite=_rewrite,
)
