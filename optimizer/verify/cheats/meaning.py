"""What an expression stands for: dotted names of imported things and builtins, and texts, seen through aliases.

Sees through `import … as`, assignments, loops over tuples, default values, `getattr`, `vars`, `__dict__`,
`sys.modules`, `globals()` and texts put together from constants. What is only known at run time it does not see.
"""

import ast
import builtins
from collections.abc import Sequence
from functools import lru_cache

from .source import Binding, Source

_DEEP = 12
_LOADERS = frozenset({"builtins.__import__", "importlib.import_module", "importlib.__import__"})
_NAMESPACES = frozenset({"builtins.vars", "builtins.dir"})


class Meaning:
    """Answers for one source; each expression is thought about once."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._known: dict[ast.AST, frozenset[str]] = {}

    def names(self, node: ast.AST, deep: int = _DEEP) -> frozenset[str]:
        """Dotted names (`time.perf_counter`, `builtins.len`, `.sibling.name`) that the expression may stand for."""
        if node not in self._known:
            self._known[node] = frozenset()  # an alias of itself means nothing
            self._known[node] = self._names(node, deep) if deep else frozenset()
        return self._known[node]

    def _names(self, node: ast.AST, deep: int) -> frozenset[str]:
        match node:
            case ast.Name():
                return self._name(node, deep)
            case ast.Attribute(value=value, attr=attr):
                return frozenset(f"{owner}.{attr}" for owner in self.names(value, deep - 1))
            case ast.Subscript():
                return self._item(node, deep)
            case ast.Call():
                return self._call(node, deep)
            case ast.IfExp(body=body, orelse=orelse):
                return self.names(body, deep - 1) | self.names(orelse, deep - 1)
            case ast.BoolOp(values=values):
                return frozenset[str]().union(*(self.names(value, deep - 1) for value in values))
            case ast.NamedExpr(value=value):
                return self.names(value, deep - 1)
            case _:
                return frozenset()

    def _name(self, node: ast.Name, deep: int) -> frozenset[str]:
        holder, bindings = self.source.lookup(node.id, self.source.scope(node))
        if holder is None:
            if node.id == "__builtins__":
                return frozenset({"builtins"})
            known = hasattr(builtins, node.id) or node.id.startswith("__")
            return frozenset({f"builtins.{node.id}"}) if known else frozenset()
        return frozenset[str]().union(*(self._binding(binding, deep) for binding in bindings))

    def _binding(self, binding: Binding, deep: int) -> frozenset[str]:
        if binding.kind == "import":
            return frozenset({binding.dotted})
        if binding.value is None or binding.kind in ("definition", "unknown"):
            return frozenset()
        if binding.kind == "element":
            inner = binding.value.elts if isinstance(binding.value, ast.Tuple | ast.List | ast.Set) else []
            return frozenset[str]().union(*(self.names(value, deep - 1) for value in inner))
        return self.names(binding.value, deep - 1)

    def _call(self, node: ast.Call, deep: int) -> frozenset[str]:
        function = self.names(node.func, deep - 1)
        if function & _LOADERS and node.args:
            return self.texts(node.args[0])
        if "builtins.getattr" in function and len(node.args) > 1:
            owners, attributes = self.names(node.args[0], deep - 1), self.texts(node.args[1])
            return frozenset(f"{owner}.{attribute}" for owner in owners for attribute in attributes)
        if function & _NAMESPACES and node.args:
            return frozenset(f"{owner}.__dict__" for owner in self.names(node.args[0], deep - 1))
        if any(name.endswith(".__dict__.get") or name == "sys.modules.get" for name in function) and node.args:
            owners = frozenset(name.removesuffix(".get") for name in function)
            return _members(owners, self.texts(node.args[0]))
        return frozenset()

    def _item(self, node: ast.Subscript, deep: int) -> frozenset[str]:
        texts = self.texts(node.slice)
        inside = isinstance(node.value, ast.Call) and "builtins.globals" in self.names(node.value.func, deep - 1)
        if inside:
            bindings = [binding for text in texts for binding in self.source.module.names.get(text, [])]
            return frozenset[str]().union(*(self._binding(binding, deep) for binding in bindings))
        if isinstance(node.value, ast.Tuple | ast.List):
            return frozenset[str]().union(*(self.names(value, deep - 1) for value in node.value.elts))
        return _members(self.names(node.value, deep - 1), texts)

    def texts(self, node: ast.AST, deep: int = _DEEP) -> frozenset[str]:
        """Texts that the expression may be, as far as constants tell."""
        match node if deep else None:
            case ast.Constant(value=str(text)):
                return frozenset({text})
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return _joined(self.texts(left, deep - 1), self.texts(right, deep - 1))
            case ast.JoinedStr(values=values):
                return self._row([one.value if isinstance(one, ast.FormattedValue) else one for one in values], deep)
            case ast.Subscript(value=value, slice=ast.Slice()):
                return frozenset(text[::-1] for text in self.texts(value, deep - 1)) | self.texts(value, deep - 1)
            case ast.Name(id=name) as word:
                bindings = self.source.lookup(name, self.source.scope(word))[1]
                return frozenset[str]().union(*(self._bound_texts(binding, deep) for binding in bindings))
            case ast.Call(func=ast.Attribute(value=value), args=args):
                return self._method_texts(value, args, deep)
            case _:
                return frozenset()

    def _method_texts(self, value: ast.expr, args: list[ast.expr], deep: int) -> frozenset[str]:
        """`"".join([…])`; other methods of a text give that text, near enough."""
        if len(args) == 1 and isinstance(args[0], ast.List | ast.Tuple):
            return self._row(args[0].elts, deep)
        found = self.texts(value, deep - 1)
        return found | frozenset(text.lower() for text in found)

    def _row(self, values: Sequence[ast.expr], deep: int) -> frozenset[str]:
        """The parts put together."""
        found = frozenset({""})
        for value in values:
            found = _joined(found, self.texts(value, deep - 1))
        return found

    def _bound_texts(self, binding: Binding, deep: int) -> frozenset[str]:
        if binding.value is None or binding.kind not in ("value", "element", "parameter"):
            return frozenset()
        if binding.kind == "element":
            inner = getattr(binding.value, "elts", [])
            return frozenset[str]().union(*(self.texts(value, deep - 1) for value in inner), frozenset())
        return self.texts(binding.value, deep - 1)


@lru_cache(maxsize=64)
def meaning_of(source: Source) -> Meaning:
    """One for each source, so that detectors share what was found out."""
    return Meaning(source)


def _joined(left: frozenset[str], right: frozenset[str]) -> frozenset[str]:
    return frozenset(first + second for first in left for second in right)


def _members(owners: frozenset[str], texts: frozenset[str]) -> frozenset[str]:
    """`time.__dict__["sleep"]` is `time.sleep`, `sys.modules["time"]` is `time`."""
    found = {text for owner in owners if owner == "sys.modules" for text in texts}
    found |= {f"{owner.removesuffix('.__dict__')}.{text}" for owner in owners if ".__dict__" in owner for text in texts}
    return frozenset(found | {f"{owner}[]" for owner in owners})
