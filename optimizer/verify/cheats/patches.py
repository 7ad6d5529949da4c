"""Rows 3, 7, 29, 30: what belongs to other modules is written to, directly or by a detour."""

import ast
from collections.abc import Iterator

from .finding import Finding
from .meaning import Meaning, meaning_of
from .roots import MUTATORS
from .source import Source

_SETTERS = frozenset(
    {"builtins.setattr", "builtins.delattr", "builtins.object.__setattr__", "builtins.type.__setattr__"}
)
_ROWS = {
    "time": (7, "the clock"),
    "timeit": (7, "the clock"),
    "datetime": (7, "the clock"),
    "gc": (30, "a setting of the process"),
    "sys": (30, "a setting of the process"),
    "os": (30, "a setting of the process"),
    "pytest": (3, "the test runner"),
    "_pytest": (3, "the test runner"),
    "unittest": (3, "the test runner"),
}
_INSIDES = frozenset(
    """__code__ __defaults__ __kwdefaults__ __globals__ __closure__ __builtins__ __bases__ __class__""".split()  # noqa: SIM905
)
_HOOK = "pytest_"


def foreign_writes(source: Source) -> Iterator[Finding]:
    """Assignments, `del`, `setattr` and changing calls whose object was imported or is a builtin."""
    meaning = meaning_of(source)
    for node in source.nodes:
        for name in sorted(_written(node, meaning)):
            clean = name.replace(".__dict__", "").replace("[]", "")
            row, what = _ROWS.get(clean.partition(".")[0], (29, "another module"))
            message = f"{what} is written to: {clean.removeprefix('builtins.')}"
            yield source.found(node, row, "cheating", f"{row} write {clean}", message)


def _written(node: ast.AST, meaning: Meaning) -> frozenset[str]:
    match node:
        case ast.Attribute(ctx=ast.Store() | ast.Del(), value=value, attr=attr):
            return frozenset(f"{owner}.{attr}" for owner in meaning.names(value))
        case ast.Subscript(ctx=ast.Store() | ast.Del(), value=value):
            return meaning.names(value)
        case ast.Call(func=function, args=[first, *rest]) if meaning.names(function) & _SETTERS:
            attributes = meaning.texts(rest[0]) if rest else frozenset[str]()
            return frozenset(f"{owner}.{part}" for owner in meaning.names(first) for part in attributes or ("…",))
        case ast.Attribute(ctx=ast.Load(), value=value, attr=attr) if attr in MUTATORS:
            return frozenset(owner for owner in meaning.names(value) if _is_state(owner))
        case _:
            return frozenset()


def _is_state(name: str) -> bool:
    """`os.environ` and `.registry.KNOWN` hold state; `os` and `builtins.list` are only where functions are kept."""
    holds = name in ("os.environ", "sys.path", "sys.modules", "sys.meta_path", "warnings.filters")
    constant = "." in name.lstrip(".") and name.rpartition(".")[2].isupper()
    return holds or constant or ".__dict__" in name


def insides(source: Source) -> Iterator[Finding]:
    """Row 29: another function's code, defaults or globals, or an object's class, are exchanged."""
    for node in source.nodes:
        if isinstance(node, ast.Attribute) and node.attr in _INSIDES and not isinstance(node.ctx, ast.Load):
            yield source.found(
                node, 29, "cheating", f"29 {node.attr}", f"the inside of an object is exchanged: {node.attr}"
            )


def test_hooks(source: Source) -> Iterator[Finding]:
    """Row 3: functions that pytest would call by their name."""
    for node in source.nodes:
        if isinstance(node, ast.FunctionDef) and node.name.startswith(_HOOK):
            yield source.found(
                node, 3, "cheating", f"3 {node.name}", f"a hook of the test runner is defined: {node.name}"
            )
