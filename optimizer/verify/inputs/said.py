"""What the base's source says of parameters beyond what was met: numbers that are divided, iterables read as they come.

Types are not extended beyond what was recorded or hinted, and code without annotations hints too: what a function
divides is a number with a fraction, and what it promises to take as an iterable may be one that can be read only once;
collections that it tells apart are in `checked.py`.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from .attributes import Attributes, attributes
from .checked import checked

_COUNTS = re.compile(
    r"(^|_)(n|m|k|i|j|num|count|size|length|len|index|width|height|depth|limit|page|year|month|day|port|id)s?(_|$)"
)
"""Names of whole numbers, whatever they are divided by."""
_ITERABLE = re.compile(r"\b(iterables?|iterators?|generators?)\b", re.IGNORECASE)
_WHOLE = frozenset({"round", "int", "floor", "ceil", "trunc"})
_OF_INTEGERS = (ast.FloorDiv, ast.Mod, ast.LShift, ast.RShift, ast.BitAnd, ast.BitOr, ast.BitXor)
_ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_NESTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_PASSES = 4
"""How far a name is followed from assignment to assignment."""

Names = frozenset[str]
_NONE: Names = frozenset()
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Of one file."""

    fractions: Names = _NONE
    """Names of parameters that stand for numbers with a fraction, in whatever function."""
    streams: Mapping[str, Names] = field(default_factory=dict[str, Names])
    """Qualified name of a function → parameters that it reads once, one member after the other, and says so."""
    checked: Mapping[str, Names] = field(default_factory=dict[str, Names])
    """The same → collections that it tells from others."""
    attributes: Mapping[str, Attributes] = field(default_factory=dict[str, Attributes])
    """Qualified name of a class → what may be assigned on its objects."""


def said(source: bytes) -> Said:
    """Nothing of a source in a syntax that this interpreter does not read."""
    try:
        tree = ast.parse(source)
        found = list(_functions(tree, ""))
    except (SyntaxError, ValueError, RecursionError):
        return Said()
    streams = {name: _streams(one) for name, one in found}
    return Said(
        fractions=_fractions([one for _, one in found]),
        streams={name: names for name, names in streams.items() if names},
        checked=checked(dict(found)),
        attributes=attributes(tree),
    )


def _functions(tree: ast.AST, prefix: str) -> Iterator[tuple[str, _Function]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield from _functions(node, f"{prefix}{node.name}.")
        elif isinstance(node, _Function):
            yield f"{prefix}{node.name}", node
        elif isinstance(node, ast.If | ast.Try):
            yield from _functions(node, prefix)


def _parameters(function: _Function) -> list[str]:
    given = function.args
    return [one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs)]


def _fractions(functions: list[_Function]) -> Names:
    """What is divided, and what is compared with it, by name; nothing that whole numbers are made of elsewhere."""
    found: set[str] = set()
    whole: set[str] = set()
    compared: list[Names] = []
    for function in functions:
        origin = _origins(function)
        compared += _compared(function, origin)
        for node in _fractional(function):
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
                found |= _from(node.left, origin)
        for node in ast.walk(function):
            whole |= {name for part in _discrete(node) for name in _from(part, origin)}
    whole |= {name for names in (found, *compared) for name in names if _COUNTS.search(name)}
    for _ in range(_PASSES):
        found = found.union(*(names for names in compared if names & (found - whole))) - whole
    return frozenset(found)


def _discrete(node: ast.AST) -> tuple[ast.expr, ...]:
    """Operands of what is there for whole numbers."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, _OF_INTEGERS):
        return node.left, node.right
    counted = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range"
    return tuple(node.args) if isinstance(node, ast.Call) and counted else ()


def _fractional(node: ast.AST) -> Iterator[ast.AST]:
    """All parts but those of which only a whole number is left."""
    yield node
    rounded = isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in _WHOLE
    for one in ast.iter_child_nodes(node) if not rounded else ():
        yield from _fractional(one)


def _compared(function: _Function, origin: Mapping[str, Names]) -> Iterator[Names]:
    """Parameters that are asked which of them is greater, themselves or their members."""
    for node in ast.walk(function):
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], _ORDER):
            sides = (node.left, *node.comparators)
            if all(isinstance(side, ast.Name | ast.Subscript) for side in sides):
                yield _NONE.union(*(_from(side, origin) for side in sides))


def _origins(function: _Function) -> dict[str, Names]:
    """Local name → the parameters that its value is made of."""
    found: dict[str, Names] = {name: frozenset({name}) for name in _parameters(function)}
    for _ in range(_PASSES):
        for node in ast.walk(function):
            for target, value in _bindings(node):
                names = _from(value, found)
                for one in ast.walk(target) if names else ():
                    if isinstance(one, ast.Name):
                        found[one.id] = found.get(one.id, _NONE) | names
    return found


def _bindings(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    if isinstance(node, ast.Assign):
        yield from ((target, node.value) for target in node.targets)
    elif isinstance(node, ast.AugAssign | ast.NamedExpr) or (isinstance(node, ast.AnnAssign) and node.value):
        yield node.target, node.value or node.target
    elif isinstance(node, ast.For | ast.comprehension):
        yield node.target, node.iter


def _from(value: ast.expr, origin: Mapping[str, Names]) -> Names:
    """The parameters that a value is made of, by arithmetic, choice or collection: not what only tells how many."""
    if isinstance(value, ast.Name):
        return origin.get(value.id, _NONE)
    if isinstance(value, ast.Subscript | ast.Starred):
        return _from(value.value, origin)
    if isinstance(value, ast.Call):
        whole = isinstance(value.func, ast.Name) and value.func.id in ("sum", "min", "max", "sorted", "abs", "list")
        parts = value.args if whole else []
    elif isinstance(value, ast.BinOp) and not isinstance(value.op, ast.Add | ast.Sub | ast.Mult):
        parts = []
    elif isinstance(value, ast.ListComp | ast.GeneratorExp):
        parts = [value.elt]
    else:
        parts = [one for one in ast.iter_child_nodes(value) if isinstance(one, ast.expr)]
    return _NONE.union(*(_from(one, origin) for one in parts))


def _streams(function: _Function) -> Names:
    """Parameters that stand in the function once, at the head of a loop that stands in no other."""
    told = _ITERABLE.search(ast.get_docstring(function) or "") is not None
    given = function.args
    promised = [one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs) if told or _hinted(one)]
    names = [node.id for node in ast.walk(function) if isinstance(node, ast.Name)]
    return frozenset(one for one in _heads(function) if one in promised and names.count(one) == 1)


def _hinted(parameter: ast.arg) -> bool:
    return parameter.annotation is not None and _ITERABLE.search(ast.unparse(parameter.annotation)) is not None


def _heads(node: ast.AST) -> Iterator[str]:
    """Names that loops go through."""
    for one in ast.iter_child_nodes(node):
        if isinstance(one, ast.For):
            yield from _head(one.iter)
        elif isinstance(one, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            yield from _head(one.generators[0].iter)
        elif not isinstance(one, (*_NESTED, ast.While)):
            yield from _heads(one)


def _head(value: ast.expr) -> Iterator[str]:
    """The name itself, or that of what is counted on the way."""
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "enumerate" and value.args:
        value = value.args[0]
    if isinstance(value, ast.Name):
        yield value.id
