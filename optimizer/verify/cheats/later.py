"""Row 16: results that are computed when somebody looks at them: containers that fill themselves on being read."""

import ast
from collections.abc import Iterator

from .finding import Finding
from .source import FUNCTIONS, Source
from .state import writes_to_itself

_READS = frozenset(
    """__getitem__ __iter__ __len__ __contains__ __eq__ __bool__ __str__ __repr__ __getattr__ __getattribute__ keys
    values items get""".split()  # noqa: SIM905
)

_CONTAINERS = frozenset({"list", "dict", "set", "tuple", "OrderedDict", "deque"})


def late_results(source: Source) -> Iterator[Finding]:
    """A class that changes itself in two or more of the methods that only read, and whose objects are returned."""
    late = {node.name for node in source.nodes if isinstance(node, ast.ClassDef) and _fills_on_reading(node)}
    for node in source.nodes:
        made = node.value if isinstance(node, ast.Return) else None
        if isinstance(made, ast.Call) and isinstance(made.func, ast.Name) and made.func.id in late:
            said = f"the result is computed later, when it is read: {made.func.id}"
            yield source.found(node, 16, "cheating", f"16 {made.func.id}", said)


def _fills_on_reading(node: ast.ClassDef) -> bool:
    methods = {part.name: part for part in node.body if isinstance(part, FUNCTIONS[:2])}
    writing = {name for name, method in methods.items() if writes_to_itself(method)}
    filling = [name for name in methods if name in _READS and (name in writing or _calls(methods[name], writing))]
    return len(filling) >= (1 if _calls_what_it_was_given(node) and _is_container(node) else 2)


def _is_container(node: ast.ClassDef) -> bool:
    return any(isinstance(base, ast.Name) and base.id in _CONTAINERS for base in node.bases)


def _calls_what_it_was_given(node: ast.ClassDef) -> bool:
    """Whether a reading method calls what the constructor stored: the work that was put off."""
    methods = {part.name: part for part in node.body if isinstance(part, FUNCTIONS[:2])}
    stored = {
        target.attr
        for part in ast.walk(methods.get("__init__", ast.Pass()))
        for target in (part.targets if isinstance(part, ast.Assign) else ())
        if isinstance(target, ast.Attribute)
    }
    return any(_calls(method, stored) for name, method in methods.items() if name in _READS)


def _calls(method: ast.AST, names: set[str]) -> bool:
    """Whether a method calls one of those of its own object."""
    called = [node.func for node in ast.walk(method) if isinstance(node, ast.Call)]
    return any(isinstance(one, ast.Attribute) and one.attr in names - _READS for one in called)


def late_work(source: Source) -> Iterator[Finding]:
    """`__del__` runs after the clock has stopped: a warning."""
    for node in source.nodes:
        if isinstance(node, ast.FunctionDef) and node.name == "__del__":
            yield source.found(node, 16, "warning", f"16 {source.unit(node)}", "work may be put off to __del__")
