"""Public signatures of a module: what callers elsewhere rely on, read from its syntax tree."""

import ast
from collections.abc import Iterator, Mapping

_KINDS = ("property", "cached_property", "staticmethod", "classmethod", "setter", "getter", "deleter", "overload")


def signatures(source: bytes) -> dict[str, str]:
    """Qualified public name → kind, parameters and defaults as one comparable text.

    Classes are listed with their bases' names left out; names with a leading underscore are private, dunders are not.
    Raises `SyntaxError` or `ValueError` if our Python cannot read the source.
    """
    return dict(_public(ast.parse(source), ""))


def changes(before: Mapping[str, str], after: Mapping[str, str], kept_names: frozenset[str]) -> tuple[str, ...]:
    """Sentences about public names that are gone or have another signature.

    `kept_names` are top-level names that the new source still binds in some other way, by import or assignment.
    """
    found: list[str] = []
    for name, signature in before.items():
        now = after.get(name)
        if now is None and name.partition(".")[0] not in kept_names:
            found.append(f"{name} is gone")
        elif now is not None and now != signature:
            found.append(f"{name}: was {signature}, is {now}")
    return tuple(found)


def bound_names(source: bytes) -> frozenset[str]:
    """Top-level names that a module imports or assigns, `__getattr__` as `*`."""
    names: set[str] = set()
    for node in ast.parse(source).body:
        for inner in ast.walk(node) if not isinstance(node, ast.FunctionDef | ast.ClassDef) else ():
            if isinstance(inner, ast.alias):
                names.add((inner.asname or inner.name).partition(".")[0])
            elif isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                names.add(inner.id)
    return frozenset(names)


def _public(node: ast.AST, prefix: str) -> Iterator[tuple[str, str]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            if _is_public(child.name):
                yield _label(child, prefix), _signature(child)
        elif isinstance(child, ast.ClassDef):
            if _is_public(child.name):
                yield prefix + child.name, "class"
                yield from _public(child, f"{prefix}{child.name}.")
        elif isinstance(child, ast.If | ast.Try | ast.With | ast.ExceptHandler):
            yield from _public(child, prefix)


def _label(node: ast.FunctionDef | ast.AsyncFunctionDef, prefix: str) -> str:
    kinds = [kind for kind in _decorators(node) if kind in ("setter", "getter", "deleter", "overload")]
    return f"{prefix}{node.name}" + "".join(f" ({kind})" for kind in kinds)


def _is_public(name: str) -> bool:
    return not name.startswith("_") or (name.startswith("__") and name.endswith("__"))


def _signature(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    words = ["async def"] if isinstance(node, ast.AsyncFunctionDef) else ["def"]
    if _is_generator(node):
        words.append("generator")
    words += sorted(kind for kind in _decorators(node) if kind in _KINDS)
    return f"{' '.join(words)} ({_parameters(node.args)})"


def _decorators(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    return [ast.unparse(decorator).rpartition(".")[2].partition("(")[0] for decorator in node.decorator_list]


def _parameters(arguments: ast.arguments) -> str:
    """Names, kinds and defaults; annotations are left out."""
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults)) + list(arguments.defaults)
    parts = [_parameter(arg, default) for arg, default in zip(positional, defaults, strict=True)]
    if arguments.posonlyargs:
        parts.insert(len(arguments.posonlyargs), "/")
    if arguments.vararg:
        parts.append(f"*{arguments.vararg.arg}")
    elif arguments.kwonlyargs:
        parts.append("*")
    parts += [
        _parameter(arg, default) for arg, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    if arguments.kwarg:
        parts.append(f"**{arguments.kwarg.arg}")
    return ", ".join(parts)


def _parameter(argument: ast.arg, default: ast.expr | None) -> str:
    return argument.arg if default is None else f"{argument.arg}={ast.unparse(default)}"


def _is_generator(node: ast.AST) -> bool:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Yield | ast.YieldFrom):
            return True
        nested = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef)
        if not nested and _is_generator(child):
            return True
    return False
