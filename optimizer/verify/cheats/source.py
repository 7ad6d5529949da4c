"""A source as the detectors see it: its tree with parents, and where each name is bound."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from .finding import Finding, Kind

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """One place where a scope gives a name a meaning."""

    kind: str
    """import, value, element (of an iterable), parameter, definition, or unknown."""
    value: ast.AST | None = None
    dotted: str = ""
    """What an import names; relative ones begin with a dot."""


@dataclass(slots=True)
class Scope:
    """A module, class, function or comprehension, and the names that it binds."""

    node: ast.AST
    parent: "Scope | None"
    names: dict[str, list[Binding]] = field(default_factory=dict[str, list[Binding]])
    outer: dict[str, str] = field(default_factory=dict[str, str])
    """Names declared `global` or `nonlocal`."""

    def bind(self, name: str, binding: Binding) -> None:
        """Add one meaning of a name."""
        self.names.setdefault(name, []).append(binding)


class Source:
    """One file. Raises `SyntaxError`, `ValueError` or `RecursionError` where our Python cannot read it."""

    def __init__(self, path: str, content: bytes) -> None:
        self.path = path
        self.tree = ast.parse(content)
        self.lines = content.decode("utf-8", "replace").splitlines()
        self.parents: dict[ast.AST, ast.AST] = {}
        self.scopes: dict[ast.AST, Scope] = {}
        self.known: dict[object, tuple[Finding, ...]] = {}
        """What each detector has found here."""
        self.module = Scope(self.tree, None)
        _Binder(self).visit_scope(self.tree, self.module)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All nodes, in no order that means anything."""
        return tuple(ast.walk(self.tree))

    @cached_property
    def docstrings(self) -> frozenset[ast.AST]:
        """Strings that stand alone as statements."""
        return frozenset(node.value for node in self.nodes if isinstance(node, ast.Expr))

    def above(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes that hold a node, innermost first."""
        while node in self.parents:
            node = self.parents[node]
            yield node

    def scope(self, node: ast.AST) -> Scope:
        """The scope in which an expression or statement is evaluated."""
        return self.scopes[node]

    def function(self, node: ast.AST) -> Function | None:
        """The innermost function around a node."""
        return next((outer for outer in self.above(node) if isinstance(outer, FUNCTIONS)), None)

    def unit(self, node: ast.AST) -> str:
        """Qualified name of the function around a node; empty at module level."""
        named = [outer for outer in (node, *self.above(node)) if isinstance(outer, (*FUNCTIONS[:2], ast.ClassDef))]
        return ".".join(outer.name for outer in reversed(named))

    def lookup(self, name: str, scope: Scope) -> tuple[Scope | None, list[Binding]]:
        """The scope that gives a name its meaning there, and its bindings; None for a builtin."""
        current: Scope | None = scope
        declared = scope.outer.get(name)
        if declared == "global":
            return self.module, self.module.names.get(name, [])
        if declared == "nonlocal":
            current = scope.parent
        while current is not None:
            hidden = isinstance(current.node, ast.ClassDef) and current is not scope
            if name in current.names and not hidden:
                return current, current.names[name]
            current = current.parent
        return None, []

    def found(self, node: ast.AST, row: int, kind: Kind, key: str, message: str) -> Finding:
        """A finding at a node."""
        line = getattr(node, "lineno", 1)
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        return Finding(row=row, kind=kind, path=self.path, line=line, text=text, key=key, message=message)


class _Binder:
    """Walks a tree once: parents, the scope of each node, the bindings of each scope."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def visit_scope(self, node: ast.AST, scope: Scope) -> None:
        self.source.scopes[node] = scope
        for child in ast.iter_child_nodes(node):
            self.visit(child, node, scope)

    def visit(self, node: ast.AST, parent: ast.AST, scope: Scope) -> None:
        self.source.parents[node] = parent
        self.source.scopes[node] = scope
        bind(node, scope)
        if isinstance(node, (*FUNCTIONS, ast.ClassDef, *COMPREHENSIONS)):
            self._inner(node, scope)
            return
        for child in ast.iter_child_nodes(node):
            self.visit(child, node, scope)

    def _inner(self, node: ast.AST, scope: Scope) -> None:
        """Decorators, defaults, bases and the first iterable are evaluated outside."""
        inner = Scope(node, scope)
        outside = _outside(node)
        if isinstance(node, FUNCTIONS):
            bind_parameters(node.args, inner)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.arguments):
                self._arguments(child, node, inner, scope)
            else:
                self.visit(child, node, scope if child in outside else inner)

    def _arguments(self, node: ast.arguments, parent: ast.AST, inner: Scope, outer: Scope) -> None:
        self.source.parents[node] = parent
        self.source.scopes[node] = inner
        defaults = {*node.defaults, *node.kw_defaults}
        for child in ast.iter_child_nodes(node):
            self.visit(child, node, outer if child in defaults else inner)


def _outside(node: ast.AST) -> set[ast.AST]:
    found: set[ast.AST] = set()
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        found |= {*node.decorator_list}
    if isinstance(node, ast.ClassDef):
        found |= {*node.bases, *node.keywords}
    return found


def bind_parameters(arguments: ast.arguments, scope: Scope) -> None:
    """Parameters, each with its default as one of its meanings."""
    positional = [*arguments.posonlyargs, *arguments.args]
    bare: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults))
    pairs = [*zip(positional, [*bare, *arguments.defaults], strict=True)]
    pairs += zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    pairs += [(extra, None) for extra in (arguments.vararg, arguments.kwarg) if extra is not None]
    for parameter, default in pairs:
        scope.bind(parameter.arg, Binding(kind="parameter", value=default))


def bind(node: ast.AST, scope: Scope) -> None:
    """Note what a statement or expression binds in its scope."""
    match node:
        case ast.Import():
            for alias in node.names:
                dotted = alias.name if alias.asname else alias.name.partition(".")[0]
                scope.bind(alias.asname or dotted, Binding(kind="import", dotted=dotted, value=node))
        case ast.ImportFrom():
            origin = "." * node.level + (node.module or "")
            for alias in node.names:
                dotted = f"{origin}.{alias.name}" if origin.strip(".") else f"{origin}{alias.name}"
                scope.bind(alias.asname or alias.name, Binding(kind="import", dotted=dotted, value=node))
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            scope.bind(node.name, Binding(kind="definition", value=node))
        case ast.Global() | ast.Nonlocal():
            word = "global" if isinstance(node, ast.Global) else "nonlocal"
            scope.outer |= dict.fromkeys(node.names, word)
        case _:
            _bind_targets(node, scope)


def _bind_targets(node: ast.AST, scope: Scope) -> None:
    match node:
        case ast.With() | ast.AsyncWith():
            for item in node.items:
                if item.optional_vars is not None:
                    _bind_target(item.optional_vars, "unknown", item.context_expr, scope)
        case (
            ast.ExceptHandler(name=str(name))
            | ast.MatchAs(name=str(name))
            | ast.MatchStar(name=str(name))
            | ast.MatchMapping(rest=str(name))
        ):
            scope.bind(name, Binding(kind="unknown"))
        case _:
            for target, kind, value in _bound(node):
                _bind_target(target, kind, value, _holder(node, scope))


def _bound(node: ast.AST) -> list[tuple[ast.expr, str, ast.expr]]:
    """Targets, whether they are the value or its elements, and the value."""
    match node:
        case ast.Assign(targets=targets, value=value):
            return [(target, "value", value) for target in targets]
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            return [(target, "value", value)]
        case ast.AugAssign(target=target, value=value) | ast.NamedExpr(target=target, value=value):
            return [(target, "value", value)]
        case ast.For() | ast.AsyncFor() | ast.comprehension():
            return [(node.target, "element", node.iter)]
        case _:
            return []


def _holder(node: ast.AST, scope: Scope) -> Scope:
    """`:=` inside a comprehension binds in the function around it."""
    while isinstance(node, ast.NamedExpr) and isinstance(scope.node, COMPREHENSIONS) and scope.parent is not None:
        scope = scope.parent
    return scope


def _bind_target(target: ast.expr, kind: str, value: ast.expr, scope: Scope) -> None:
    if isinstance(target, ast.Name):
        scope.bind(target.id, Binding(kind=kind, value=value))
    elif isinstance(target, ast.Starred):
        _bind_target(target.value, "unknown", value, scope)
    elif isinstance(target, ast.Tuple | ast.List):
        for place, part in enumerate(target.elts):
            for inner in parts(value, place, kind):
                _bind_target(part, "value", inner, scope)
            else:
                _bind_target(part, "unknown", value, scope)


def parts(value: ast.expr, place: int, kind: str) -> list[ast.expr]:
    """What the name at that place of a tuple of targets may be bound to, where it can be read off."""
    if not isinstance(value, ast.Tuple | ast.List):
        return []
    rows = [value] if kind == "value" else [row for row in value.elts if isinstance(row, ast.Tuple | ast.List)]
    return [row.elts[place] for row in rows if place < len(row.elts)]
