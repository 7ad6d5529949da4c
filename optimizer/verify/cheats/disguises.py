"""Rows 5, 6, 27: errors that are swallowed, and comparisons that are always true."""

import ast
from collections.abc import Iterator

from .finding import Finding
from .meaning import Meaning, meaning_of
from .source import FUNCTIONS, Source

_BROAD = frozenset({"builtins.Exception", "builtins.BaseException"})
_COMPARISONS = frozenset({"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"})
_PRETENCES = frozenset({"__instancecheck__", "__subclasscheck__", "__class__", "__subclasshook__"})


def broad_handlers(source: Source) -> Iterator[Finding]:
    """Row 27: `except:` and `except Exception:` that do not raise, `suppress(Exception)`, leaving in `finally`."""
    meaning = meaning_of(source)
    for node in source.nodes:
        if _swallows(node, source, meaning):
            yield source.found(
                node, 27, "cheating", "27 broad", "errors of every kind are swallowed: the failing path has no say"
            )


def _swallows(node: ast.AST, source: Source, meaning: Meaning) -> bool:
    match node:
        case ast.ExceptHandler():
            return _is_broad(node.type, meaning) and not _raises(node.body)
        case ast.Call(func=function, args=args) if "contextlib.suppress" in meaning.names(function):
            return any(meaning.names(arg) & _BROAD for arg in args)
        case ast.Try(finalbody=body):
            return any(isinstance(statement, ast.Return | ast.Break | ast.Continue) for statement in body)
        case ast.FunctionDef(name="__exit__") | ast.AsyncFunctionDef(name="__aexit__"):
            returns = [part.value for part in ast.walk(node) if isinstance(part, ast.Return)]
            return any(value is not None and _is_always(value) for value in returns)
        case _:
            return False


def _is_always(node: ast.expr) -> bool:
    """`True`, and `kind is not None`: yes to whatever was raised."""
    words = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
    asked = any(isinstance(part, ast.IsNot) for part in ast.walk(node))
    return (isinstance(node, ast.Constant) and node.value is True) or (asked and words == [None])


def _is_broad(node: ast.expr | None, meaning: Meaning) -> bool:
    if node is None:
        return True
    kinds = node.elts if isinstance(node, ast.Tuple) else [node]
    return any(meaning.names(kind) & _BROAD for kind in kinds)


def _raises(body: list[ast.stmt]) -> bool:
    """Whether the handler ends by raising, whatever happens."""
    last = body[-1]
    if isinstance(last, ast.If):
        return _raises(last.body) and bool(last.orelse) and _raises(last.orelse)
    return isinstance(last, ast.Raise)


def empty_comparisons(source: Source) -> Iterator[Finding]:
    """Row 5: `__eq__` that never looks at the other object, and classes that pretend to be others."""
    for node in source.nodes:
        name = _method_name(node, source)
        if name in _COMPARISONS and _ignores_other(node):
            yield source.found(
                node, 5, "cheating", f"5 {source.unit(node)}", f"{name} never looks at what it compares with"
            )
        elif isinstance(node, ast.Dict) and _compares_blindly(node):
            yield source.found(node, 5, "cheating", "5 type()", "a class is made whose comparisons never look")
        elif isinstance(node, ast.Assign) and _given_from_outside(node):
            yield source.found(node, 5, "cheating", "5 assigned", "a class is given another comparison from outside")
        elif name in _PRETENCES:
            yield source.found(
                node, 5, "cheating", f"5 {source.unit(node)} {name}", f"a class pretends to be another: {name}"
            )


def _given_from_outside(node: ast.Assign) -> bool:
    return any(isinstance(target, ast.Attribute) and target.attr in _COMPARISONS for target in node.targets)


def _compares_blindly(node: ast.Dict) -> bool:
    """The body of a class as a dictionary, for `type(…)`."""
    pairs = [
        (key.value, value) for key, value in zip(node.keys, node.values, strict=True) if isinstance(key, ast.Constant)
    ]
    return any(name in _COMPARISONS and _ignores_other(value) for name, value in pairs)


def _method_name(node: ast.AST, source: Source) -> str:
    """What a class body binds here."""
    if not isinstance(source.parents.get(node), ast.ClassDef):
        return ""
    if isinstance(node, FUNCTIONS[:2]):
        return node.name
    targets = node.targets if isinstance(node, ast.Assign) else []
    return next((target.id for target in targets if isinstance(target, ast.Name)), "")


def _ignores_other(node: ast.AST) -> bool:
    function = node.value if isinstance(node, ast.Assign) else node
    if not isinstance(function, FUNCTIONS):
        return False
    names = [parameter.arg for parameter in function.args.args[1:2]]
    body = [function.body] if isinstance(function, ast.Lambda) else function.body
    if _refuses(body):
        return False
    kinds = [part for statement in body for part in ast.walk(statement) if _asks_for_kind(part)]
    aside = {part for kind in kinds for part in ast.walk(kind)}
    parts = [part for statement in body for part in ast.walk(statement) if part not in aside]
    used = {part.id for part in parts if isinstance(part, ast.Name)}
    return bool(names) and names[0] not in used


def _asks_for_kind(node: ast.AST) -> bool:
    """`isinstance(other, …)` looks at the kind, not at the value."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("isinstance", "type")


def _refuses(body: list[ast.stmt] | list[ast.expr]) -> bool:
    """`return NotImplemented` and `raise` are honest."""
    last = body[-1]
    named = isinstance(last, ast.Return) and isinstance(last.value, ast.Name) and last.value.id == "NotImplemented"
    return named or isinstance(last, ast.Raise)


def skipped_tests(source: Source) -> Iterator[Finding]:
    """Row 6: exceptions that a test runner reads as "skipped", raised by any name."""
    for node in source.nodes:
        if isinstance(node, ast.Raise) and node.exc is not None and "Skip" in ast.unparse(node.exc):
            yield source.found(
                node, 6, "cheating", f"6 {ast.unparse(node.exc)}", "a test could be skipped by what is raised here"
            )
