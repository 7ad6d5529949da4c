"""What rules ask about names: who binds them, who uses them, what could change the object behind them."""

import ast
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from ._rule import Function, Scope, Site

READING = frozenset(
    {
        "casefold",
        "copy",
        "count",
        "decode",
        "difference",
        "encode",
        "endswith",
        "find",
        "format",
        "get",
        "index",
        "intersection",
        "isalnum",
        "isalpha",
        "isdigit",
        "islower",
        "isspace",
        "issubset",
        "issuperset",
        "isupper",
        "items",
        "join",
        "keys",
        "lower",
        "lstrip",
        "partition",
        "replace",
        "rfind",
        "rindex",
        "rpartition",
        "rsplit",
        "rstrip",
        "split",
        "splitlines",
        "startswith",
        "strip",
        "swapcase",
        "title",
        "translate",
        "union",
        "upper",
        "values",
    }
)
"""Methods of the built-in types that change nothing."""
READERS = frozenset(
    {
        "abs",
        "all",
        "any",
        "bool",
        "bytes",
        "dict",
        "divmod",
        "enumerate",
        "filter",
        "float",
        "format",
        "frozenset",
        "getattr",
        "hasattr",
        "hash",
        "id",
        "int",
        "isinstance",
        "len",
        "list",
        "map",
        "max",
        "min",
        "next",
        "ord",
        "print",
        "range",
        "repr",
        "reversed",
        "round",
        "set",
        "sorted",
        "str",
        "sum",
        "tuple",
        "type",
        "zip",
    }
)
"""Built-in functions that do not change their arguments, iterators aside."""
KEEPING = frozenset({"append", "add", "extend", "update", "join", "insert", "appendleft", "setdefault", "get"})
"""Methods that do not change their arguments."""


@lru_cache(maxsize=4)
def module_bindings(module: ast.Module) -> Counter[str]:
    """How often each name is bound anywhere in a file."""
    return Counter(bound(module))


def arguments(function: Function) -> list[ast.arg]:
    """All parameters, `*args` and `**kwargs` included."""
    spec = function.args
    starred = [arg for arg in (spec.vararg, spec.kwarg) if arg is not None]
    return [*spec.posonlyargs, *spec.args, *spec.kwonlyargs, *starred]


def bound(node: ast.AST) -> Iterator[str]:
    """Names that a tree binds or deletes, nested scopes included."""
    for part in ast.walk(node):
        match part:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.alias(name=name, asname=asname):
                yield (asname or name).partition(".")[0]
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield name
            case _:
                pass


@lru_cache(maxsize=16)
def _bindings(site: Site) -> Counter[str]:
    """How often each name is bound in the function's body."""
    return Counter(name for part in site.function.body for name in bound(part))


@lru_cache(maxsize=16)
def _foreign(site: Site) -> frozenset[str]:
    """Names that the function declares global or nonlocal."""
    declared = (node for node in site.nodes() if isinstance(node, ast.Global | ast.Nonlocal))
    return frozenset(name for node in declared for name in node.names)


@lru_cache(maxsize=16)
def _parameters(site: Site) -> frozenset[str]:
    return frozenset(arg.arg for arg in arguments(site.function))


@lru_cache(maxsize=16)
def _closed_over(site: Site) -> frozenset[str]:
    """Names that nested scopes use."""
    nested = (part for part in site.nodes() if isinstance(part, Scope))
    return frozenset(name for part in nested for name in mentioned(part))


@lru_cache(maxsize=16)
def _uses(site: Site) -> dict[str, list[ast.Name]]:
    found: dict[str, list[ast.Name]] = {}
    for part in (part for statement in site.function.body for part in ast.walk(statement)):
        if isinstance(part, ast.Name):
            found.setdefault(part.id, []).append(part)
    return found


def is_local(site: Site, name: str) -> bool:
    """Is this a parameter or a variable of the function itself?"""
    return name not in _foreign(site) and (is_parameter(site, name) or name in _bindings(site))


def is_parameter(site: Site, name: str) -> bool:
    """Is this one of the function's parameters?"""
    return name in _parameters(site)


def mentioned(node: ast.AST) -> set[str]:
    """Names that a tree uses in any way."""
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def uses(site: Site, name: str) -> list[ast.Name]:
    """Every use of a name in the function, inside f-strings and nested scopes too."""
    return _uses(site).get(name, [])


def private(site: Site, name: str) -> bool:
    """Is this a variable that only this function's own code can see: no parameter, global or closure?"""
    return is_local(site, name) and not is_parameter(site, name) and name not in _closed_over(site)


@lru_cache(maxsize=16)
def _assignments(site: Site) -> dict[str, list[ast.Assign | ast.AnnAssign]]:
    found: dict[str, list[ast.Assign | ast.AnnAssign]] = {}
    for node in site.nodes():
        match node:
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()):
                found.setdefault(name, []).append(node)
            case _:
                pass
    return found


def assignments(site: Site, name: str) -> list[ast.Assign | ast.AnnAssign]:
    """The plain assignments to a name, `name = ...`."""
    return _assignments(site).get(name, [])


def stores(site: Site, name: str) -> int:
    """How many times a name is bound in any way."""
    return _bindings(site)[name]


def once(site: Site, name: str) -> ast.expr | None:
    """The value of a variable that is assigned exactly once, plainly."""
    found = assignments(site, name)
    return found[0].value if len(found) == 1 and stores(site, name) == 1 and not is_parameter(site, name) else None


def changes(name: str, region: ast.AST, *, allowed: frozenset[str] = frozenset()) -> bool:
    """Could code in a tree rebind the name or change the object? `allowed` are methods known to be harmless."""
    if name in bound(region):
        return True
    return any(_may_change(name, node, READING | allowed) for node in ast.walk(region))


def _may_change(name: str, node: ast.AST, harmless: frozenset[str]) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=method)) if owner == name:
            return method not in harmless
        case ast.Subscript(value=value, ctx=ast.Store() | ast.Del()) | ast.Attribute(value=value, ctx=ast.Store()):
            return root(value) == name
        case ast.Call(func=ast.Name(id=function)):
            return function not in READERS and _passed(name, node)
        case ast.Call(func=ast.Attribute(attr=method)):
            return method not in READING | KEEPING and _passed(name, node)
        case ast.Call():
            return _passed(name, node)
        case _:
            return False


def _passed(name: str, call: ast.Call) -> bool:
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return any(isinstance(arg, ast.Name) and arg.id == name for arg in given)


def root(node: ast.expr) -> str | None:
    """`a` of `a.b[0].c`."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def dotted(node: ast.expr) -> str | None:
    """`a.b.c` of a chain of attributes that starts with a name."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = dotted(node.value)
        return inner and f"{inner}.{node.attr}"
    return None


def same(one: ast.expr, other: ast.expr) -> bool:
    """Are two expressions written alike?"""
    return ast.unparse(one) == ast.unparse(other)


def plain(node: ast.expr) -> bool:
    """Reading it twice or once is the same: a name, a constant, an attribute or a tuple of these."""
    match node:
        case ast.Name() | ast.Constant():
            return True
        case ast.Attribute(value=inner):
            return plain(inner)
        case ast.Tuple(elts=items):
            return all(plain(item) for item in items)
        case _:
            return False
