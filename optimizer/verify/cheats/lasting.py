"""Does a thing outlive the call that made it? Does a function write to its parameters? Is an expression a constant?"""

import ast

from .meaning import Meaning
from .roots import MUTATORS, is_container
from .source import COMPREHENSIONS, FUNCTIONS, Source

_IMPURE = frozenset(
    """time random os sys datetime uuid secrets socket threading builtins.open builtins.input builtins.id
    builtins.globals builtins.locals builtins.vars builtins.next""".split()  # noqa: SIM905
)


def escapes(name: str, node: ast.AST, source: Source) -> bool:
    """Whether the outer function of an inner one hands it out: returns, yields or stores it.

    One that is only passed on to a call (`sorted(…, key=inner)`) does, if the outer function makes something that is
    kept: when it is a decorator or is called at module level.
    """
    outer = source.function(node)
    if outer is None:
        return True
    makes = isinstance(outer, FUNCTIONS[:2]) and _makes_something_kept(outer, source)
    uses = [part for part in ast.walk(outer) if isinstance(part, ast.Name) and part.id == name]
    loads = [use for use in uses if isinstance(use.ctx, ast.Load)]
    return any(_is_handed_out(use, source) or (makes and _is_passed_on_in_return(use, source)) for use in loads)


def _is_handed_out(node: ast.Name, source: Source) -> bool:
    """`return inner`, also inside a tuple, a dict or a choice; `self.call = inner`, `table[key] = inner`."""
    for outer in source.above(node):
        if isinstance(outer, ast.Return | ast.Yield):
            return True
        if isinstance(outer, ast.Assign):
            return any(isinstance(target, ast.Attribute | ast.Subscript) for target in outer.targets)
        if not isinstance(outer, ast.Tuple | ast.List | ast.Dict | ast.IfExp | ast.BoolOp | ast.Starred):
            return False
    return False


def _is_passed_on_in_return(node: ast.Name, source: Source) -> bool:
    parent = source.parents.get(node)
    inside = isinstance(parent, ast.Call | ast.keyword) and getattr(parent, "func", None) is not node
    return inside and any(isinstance(outer, ast.Return | ast.Assign) for outer in source.above(node))


def _makes_something_kept(function: ast.FunctionDef | ast.AsyncFunctionDef, source: Source) -> bool:
    uses = [node for node in source.nodes if isinstance(node, ast.Name) and node.id == function.name]
    return any(source.function(use) is None for use in uses if isinstance(use.ctx, ast.Load))


def writes_parameters(source: Source) -> dict[str, frozenset[int]]:
    """Function of the module → places of the parameters that it writes to."""
    found: dict[str, frozenset[int]] = {}
    for node in source.tree.body:
        if isinstance(node, FUNCTIONS[:2]):
            places = {arg.arg: place for place, arg in enumerate(node.args.args)}
            written = {_written(part) for part in ast.walk(node)} & set(places)
            found[node.name] = frozenset(places[name] for name in written)
    return found


def _written(node: ast.AST) -> str:
    """The name that a node writes into."""
    if not isinstance(node, ast.Attribute | ast.Subscript):
        return ""
    stored = isinstance(node.ctx, ast.Store | ast.Del)
    changed = isinstance(node, ast.Attribute) and node.attr in MUTATORS
    return node.value.id if (stored or changed) and isinstance(node.value, ast.Name) else ""


def is_constant_code(node: ast.AST, source: Source, meaning: Meaning, deep: int = 4) -> bool:
    """Whether a value is the same whenever it is made: of constants, imports and builtins, none of them impure."""
    names = [part for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)]
    return all(_is_constant_name(part, source, meaning, deep) for part in names)


def _is_constant_name(node: ast.Name, source: Source, meaning: Meaning, deep: int) -> bool:
    holder, bindings = source.lookup(node.id, source.scope(node))
    if any(name in _IMPURE or name.partition(".")[0] in _IMPURE for name in meaning.names(node)):
        return False
    if holder is None or all(binding.kind == "import" for binding in bindings):
        return True
    if isinstance(holder.node, COMPREHENSIONS):
        return True
    values = [binding.value for binding in bindings if binding.kind == "value" and binding.value is not None]
    if holder is not source.module or len(values) != len(bindings) or not deep:
        return False
    return all(not is_container(value) and is_constant_code(value, source, meaning, deep - 1) for value in values)
