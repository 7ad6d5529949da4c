"""Public attributes that are assigned, or changed in place, from outside: an object that keeps answers has to notice.

Which there are the source says: what the class assigns on itself, or declares as its fields.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from .nodes import Node, of_value

_FIXED = frozenset({"NamedTuple", "Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", "Protocol", "TypedDict"})
_LITERALS = bool | int | float | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One attribute of a class."""

    name: str
    first: Node | None
    """What the source gives it at first, where that is a plain literal."""


Attributes = tuple[Attribute, ...]


def attributes(tree: ast.AST) -> dict[str, Attributes]:
    """Qualified name of a class → what may be assigned on its objects, inherited from classes of the file included."""
    found: dict[str, dict[str, Attribute]] = {}
    for name, one in _classes(tree, ""):
        bases = [found.get(ast.unparse(base), {}) for base in one.bases]
        mine = dict(chain.from_iterable(base.items() for base in bases)) | {each.name: each for each in _own(one)}
        methods = {each.name for each in one.body if isinstance(each, ast.FunctionDef)}
        found[name] = {} if _is_fixed(one) else {key: each for key, each in mine.items() if key not in methods}
    return {name: tuple(each.values()) for name, each in found.items() if each}


def _classes(tree: ast.AST, prefix: str) -> Iterator[tuple[str, ast.ClassDef]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield f"{prefix}{node.name}", node
            yield from _classes(node, f"{prefix}{node.name}.")
        elif isinstance(node, ast.If | ast.Try):
            yield from _classes(node, prefix)


def _is_fixed(one: ast.ClassDef) -> bool:
    """Whether its objects do not let themselves be changed, or want to know of it."""
    told = [keyword for each in one.decorator_list if isinstance(each, ast.Call) for keyword in each.keywords]
    frozen = any(keyword.arg == "frozen" and ast.unparse(keyword.value) == "True" for keyword in told)
    based = any(ast.unparse(base).rpartition(".")[2] in _FIXED for base in one.bases)
    watched = any(isinstance(each, ast.FunctionDef) and each.name == "__setattr__" for each in one.body)
    return frozen or based or watched or any(ast.unparse(each).endswith("frozen") for each in one.decorator_list)


def _own(one: ast.ClassDef) -> Iterator[Attribute]:
    for node in one.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and _is_field(node):
            yield from _attribute(node.target.id, node.value)
        elif isinstance(node, ast.FunctionDef) and node.args.args and node.name == "__init__":
            yield from _assigned(node, node.args.args[0].arg)


def _is_field(node: ast.AnnAssign) -> bool:
    return not ast.unparse(node.annotation).startswith(("ClassVar", "typing.ClassVar", "Final", "typing.Final"))


def _assigned(function: ast.FunctionDef, owner: str) -> Iterator[Attribute]:
    for node in ast.walk(function):
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in chain.from_iterable(map(_parts, targets)):
                if isinstance(target, ast.Attribute) and ast.unparse(target.value) == owner:
                    yield from _attribute(target.attr, node.value)


def _parts(target: ast.expr) -> Sequence[ast.expr]:
    return target.elts if isinstance(target, ast.Tuple) else [target]


def _attribute(name: str, value: ast.expr | None) -> Iterator[Attribute]:
    if not name.startswith("_"):
        literal = value.value if isinstance(value, ast.Constant) else None
        yield Attribute(name=name, first=of_value(literal) if isinstance(literal, _LITERALS) else None)
