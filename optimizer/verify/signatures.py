"""Public signatures of a module: what callers elsewhere rely on, read from its syntax tree."""

import ast
from collections.abc import Iterator, Mapping

_KINDS = ("property", "cached_property", "staticmethod", "classmethod", "setter", "getter", "deleter", "overload")
_DEFINITION = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_FIELDS_COUNT = frozenset({"dataclass", "define", "mutable", "frozen", "attrs", "s", "NamedTuple", "BaseModel"})


def signatures(source: bytes) -> dict[str, str]:
    """Qualified public name → kind, parameters and defaults as one comparable text.

    Of classes whose fields are parameters the fields are listed. Names with a leading underscore are private, dunders
    are not. A name that is bound again, to a lambda or to another function, has that one's signature.
    Raises `SyntaxError`, `ValueError` or `RecursionError` if our Python cannot read the source.
    """
    found: dict[str, str] = {}
    for name, signature in _bindings(ast.parse(source), "", found):
        found[name] = signature
    return {name: signature for name, signature in found.items() if _is_public(name)}


def readable(source: bytes | None) -> bool:
    """Whether our Python can read a source; the target's may be newer."""
    try:
        signatures(source or b"")
    except (SyntaxError, ValueError, RecursionError):
        return False
    return True


def changes(before: bytes, after: bytes) -> tuple[str, ...]:
    """Sentences about public names that are there in both sources, with another signature."""
    old, new = signatures(before), signatures(after)
    both = [name for name in old if name in new]
    return tuple(f"{name}: was {old[name]}, is {new[name]}" for name in both if old[name] != new[name])


def gone(before: bytes, after: bytes) -> tuple[str, ...]:
    """Public names that only the first source has; what the second binds in some other way is still there."""
    old, new, kept = signatures(before), signatures(after), bound_names(after)
    lost = [name for name in old if name not in new and name.partition(".")[0] not in kept]
    return (*lost, *(name for name in constants_gone(before, after) if name not in lost))


def constants_gone(before: bytes, after: bytes) -> tuple[str, ...]:
    """Public names that one source assigns at its top level and that the other one does not bind in any way."""
    left = bound_names(after) | {node.name for node in ast.parse(after).body if isinstance(node, _DEFINITION)}
    if "*" in left or "__getattr__" in left:
        return ()
    assigned = (node for node in ast.parse(before).body if isinstance(node, ast.Assign | ast.AnnAssign))
    names = {part.id for node in assigned for part in ast.walk(node) if isinstance(part, ast.Name) and _stored(part)}
    return tuple(sorted(name for name in names - left if _is_public(name)))


def _stored(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def bound_names(source: bytes) -> frozenset[str]:
    """Top-level names that a module imports or assigns; `*` where it takes all that another one has."""
    names: set[str] = set()
    for node in ast.parse(source).body:
        for inner in ast.walk(node) if not isinstance(node, _DEFINITION) else ():
            if isinstance(inner, ast.alias):
                names.add((inner.asname or inner.name).partition(".")[0])
            elif isinstance(inner, ast.Name) and _stored(inner):
                names.add(inner.id)
    return frozenset(names)


def _bindings(node: ast.AST, prefix: str, found: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """In the order in which they are bound; `found` is what was bound before."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield _label(child, prefix), _signature(child)
        elif isinstance(child, ast.ClassDef):
            yield prefix + child.name, _class(child)
            yield from _bindings(child, f"{prefix}{child.name}.", found)
        elif isinstance(child, ast.Assign):
            yield from _assigned(child, prefix, found)
        elif isinstance(child, ast.If | ast.Try | ast.With | ast.ExceptHandler):
            yield from _bindings(child, prefix, found)


def _assigned(node: ast.Assign, prefix: str, found: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Names and attributes that are bound to a function whose signature can be read here."""
    value = node.value
    signature: str | None = None
    if isinstance(value, ast.Lambda):
        signature = f"def ({_parameters(value.args)})"
    elif isinstance(value, ast.Name):
        signature = found.get(prefix + value.id, found.get(value.id))
    targets = [target for target in node.targets if isinstance(target, ast.Name | ast.Attribute)]
    for target in targets if signature is not None else ():
        yield prefix + ast.unparse(target), signature or ""


def _class(node: ast.ClassDef) -> str:
    """The constructor's parameters, where they are the annotated fields."""
    words = [_last_name(part) for part in (*node.decorator_list, *node.bases)]
    if not any(word in _FIELDS_COUNT for word in words):
        return "class"
    fields = [part for part in node.body if isinstance(part, ast.AnnAssign)]
    texts = [ast.unparse(field.target) + (f"={ast.unparse(field.value)}" if field.value else "") for field in fields]
    return f"class ({', '.join(texts)})"


def _label(node: ast.FunctionDef | ast.AsyncFunctionDef, prefix: str) -> str:
    kinds = [kind for kind in _decorators(node) if kind in ("setter", "getter", "deleter", "overload")]
    return f"{prefix}{node.name}" + "".join(f" ({kind})" for kind in kinds)


def _is_public(name: str) -> bool:
    parts = name.partition(" ")[0].split(".")
    return all(not part.startswith("_") or (part.startswith("__") and part.endswith("__")) for part in parts)


def _signature(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    words = ["async def"] if isinstance(node, ast.AsyncFunctionDef) else ["def"]
    if _is_generator(node):
        words.append("generator")
    words += sorted(kind for kind in _decorators(node) if kind in _KINDS)
    return f"{' '.join(words)} ({_parameters(node.args)})"


def _decorators(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    return [_last_name(decorator) for decorator in node.decorator_list]


def _last_name(node: ast.expr) -> str:
    """`field` of `attrs.field(…)`."""
    return ast.unparse(node.func if isinstance(node, ast.Call) else node).rpartition(".")[2]


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
