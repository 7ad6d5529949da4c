"""What kind of object a name or an expression holds, as far as the file tells: `list`, `dict`, `str`, …"""

import ast

from ._names import arguments, assignments, dotted, is_local, is_parameter, module_bindings, stores
from ._rule import Site

UNHASHABLE = frozenset({"list", "dict", "set", "bytearray"})
"""Kinds that no set can hold."""
_DISPLAYS: dict[type[ast.AST] | type[None], str] = {
    ast.List: "list",
    ast.ListComp: "list",
    ast.Tuple: "tuple",
    ast.Dict: "dict",
    ast.DictComp: "dict",
    ast.Set: "set",
    ast.SetComp: "set",
    ast.JoinedStr: "str",
}
_CALLS = {
    **{name: name for name in ("list", "dict", "set", "tuple", "str", "bytes", "bytearray", "int", "float")},
    **{"sorted": "list", "frozenset": "set", "len": "int"},
}
_METHODS = {
    **dict.fromkeys(("split", "rsplit", "splitlines", "readlines"), "list"),
    **dict.fromkeys(("lower", "upper", "decode"), "str"),
    **{"encode": "bytes"},
}
_ONLY = {"append": "list", "insert": "list", "sort": "list", "reverse": "list", "setdefault": "dict", "items": "dict"}
"""Methods that one kind of built-in object has."""
_TYPES = {
    **{name: name for name in ("list", "dict", "set", "tuple", "str", "bytes", "int", "float", "bool")},
    **dict.fromkeys(("List", "Sequence", "MutableSequence"), "list"),
    **dict.fromkeys(("Dict", "Mapping", "MutableMapping", "defaultdict", "Counter"), "dict"),
    **{"Set": "set", "frozenset": "set", "Tuple": "tuple"},
}


def kind(site: Site, name: str) -> str | None:
    """What a name holds as far as the file tells: list, tuple, dict, set, str, bytes, int …; None if it does not."""
    if is_parameter(site, name):
        found = {_annotated(arg.annotation) for arg in arguments(site.function) if arg.arg == name}
        found |= {value_kind(item.value) for item in assignments(site, name)}
        return found.pop() if len(found) == 1 and None not in found else _used_as(site, name)
    if is_local(site, name):
        values = {value_kind(item.value) for item in assignments(site, name)}
        plain = len(assignments(site, name)) == stores(site, name)
        return values.pop() if plain and len(values) == 1 else None
    if module_bindings(site.module)[name] != 1:
        return None
    values = {value_kind(value) for item in site.module.body if (value := _assigned(item, name)) is not None}
    return values.pop() if values else None


def _assigned(item: ast.stmt, name: str) -> ast.expr | None:
    match item:
        case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
            return value
        case ast.AnnAssign(target=ast.Name(id=target), value=value) if target == name:
            return value
        case _:
            return None


def _annotated(note: ast.expr | None) -> str | None:
    if isinstance(note, ast.Subscript):
        note = note.value
    if isinstance(note, ast.Constant) and isinstance(note.value, str):
        return _TYPES.get(note.value.partition("[")[0].strip().rpartition(".")[2])
    path = dotted(note) if note is not None else None
    return _TYPES.get(path.rpartition(".")[2]) if path else None


def value_kind(value: ast.AST | None) -> str | None:
    """What an expression evaluates to, as far as its form tells."""
    if type(value) in _DISPLAYS:
        return _DISPLAYS[type(value)]
    match value:
        case ast.Constant(value=constant):
            return None if constant is None else type(constant).__name__
        case ast.Call(func=ast.Name(id=function)):
            return _CALLS.get(function)
        case ast.Call(func=ast.Attribute(attr=method)):
            return _METHODS.get(method)
        case _:
            return None


def _used_as(site: Site, name: str) -> str | None:
    """What the methods that are called on a parameter say about it."""
    found: set[str] = set()
    for node in site.nodes():
        match node:
            case ast.Attribute(value=ast.Name(id=owner), attr=method) if owner == name and method in _ONLY:
                found.add(_ONLY[method])
            case _:
                pass
    return found.pop() if len(found) == 1 and not assignments(site, name) else None
