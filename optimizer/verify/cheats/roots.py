"""Whose object does an expression reach into? The module's, a class's, somebody else's, the caller's, or its own."""

import ast
from dataclasses import dataclass

from .meaning import Meaning
from .source import FUNCTIONS, Binding, Scope, Source

MUTATORS = frozenset(
    """append appendleft add update setdefault extend extendleft insert pop popleft popitem clear remove discard sort
    reverse rotate subtract move_to_end intersection_update difference_update symmetric_difference_update put
    put_nowait send throw set __setitem__ __delitem__ __setattr__ __delattr__ __ior__ __iadd__""".split()  # noqa: SIM905
)
"""Methods that change the object they are called on."""
_DEEP = 10
_PASSING = frozenset({"get", "setdefault", "__getitem__", "values", "items", "keys", "__get__"})
"""Methods whose result is, or holds, a part of their object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """The object at the bottom of `a.b[c].d`, with how it is reached."""

    kind: str
    """module, class, instance (an attribute of self), closure, default, parameter, local, foreign or none."""
    name: str


NOTHING = Root(kind="none", name="")


class Roots:
    """Answers for one source."""

    def __init__(self, source: Source, meaning: Meaning) -> None:
        self.source, self.meaning = source, meaning
        self.shared = class_attributes(source)

    def of(self, node: ast.AST, deep: int = _DEEP) -> Root:
        """The root of what an expression evaluates to."""
        if not deep:
            return NOTHING
        match node:
            case ast.Name():
                return self._name(node, deep)
            case ast.Attribute():
                return self._attribute(node, deep)
            case ast.Subscript(value=value) | ast.NamedExpr(value=value) | ast.Starred(value=value):
                return self.of(value, deep - 1)
            case ast.IfExp(body=body, orelse=orelse):
                return self._any([body, orelse], deep)
            case ast.BoolOp(values=values):
                return self._any(values, deep)
            case ast.Call():
                return self._call(node, deep)
            case _:
                return NOTHING

    def _any(self, nodes: list[ast.expr], deep: int) -> Root:
        found = [self.of(node, deep - 1) for node in nodes]
        lasting = [root for root in found if root.kind in ("module", "class", "closure", "default", "foreign")]
        return next(iter((*lasting, *found)), NOTHING)

    def _call(self, node: ast.Call, deep: int) -> Root:
        names = self.meaning.names(node.func)
        if names & {"builtins.getattr", "builtins.vars"} and node.args:
            return self.of(node.args[0], deep - 1)
        if "builtins.globals" in names:
            return Root(kind="module", name="globals()")
        if "builtins.type" in names and len(node.args) == 1:
            inner = self.of(node.args[0], deep - 1)
            return Root(kind="class", name="type(self)") if inner.kind in ("instance", "self") else NOTHING
        if isinstance(node.func, ast.Attribute) and node.func.attr in _PASSING:
            return self.of(node.func.value, deep - 1)
        return NOTHING

    def _attribute(self, node: ast.Attribute, deep: int) -> Root:
        inner = self.of(node.value, deep - 1)
        if inner.kind == "self":
            if node.attr == "__class__":
                return Root(kind="class", name="type(self)")
            owner = self.shared.get(node.attr)
            return Root(kind="class", name=f"{owner}.{node.attr}") if owner else Root(kind="instance", name=node.attr)
        if inner.kind == "class" and "." not in inner.name:
            return Root(kind="class", name=f"{self.shared.get(node.attr, inner.name)}.{node.attr}")
        return inner

    def _name(self, node: ast.Name, deep: int) -> Root:
        scope = self.source.scope(node)
        holder, bindings = self.source.lookup(node.id, scope)
        if holder is None:
            return Root(kind="foreign", name=node.id) if self.meaning.names(node) else NOTHING
        if holder is self.source.module:
            return self._global(node.id, bindings)
        if isinstance(holder.node, ast.ClassDef):
            return NOTHING
        special = _first_parameter(node.id, holder, self.source)
        if special is not None:
            return special
        own = _function_of(scope) is _function_of(holder)
        return self._local(node.id, bindings, holder, own=own, deep=deep)

    def _global(self, name: str, bindings: list[Binding]) -> Root:
        imported = [binding for binding in bindings if binding.kind == "import"]
        return Root(kind="foreign" if imported else "module", name=name)

    def _local(self, name: str, bindings: list[Binding], holder: Scope, *, own: bool, deep: int) -> Root:
        """A local name stands for what it is an alias of; from an inner function it is a cell that may live on."""
        for binding in bindings:
            if binding.kind == "parameter" and binding.value is not None and is_container(binding.value):
                return Root(kind="default", name=f"{_label(holder)}({name})")
            if binding.kind in ("value", "element", "parameter") and binding.value is not None:
                alias = self.of(binding.value, deep - 1)
                if alias.kind in ("module", "class", "foreign", "instance", "closure", "default"):
                    return alias
        if not own:
            return Root(kind="closure", name=f"{_label(holder)}.{name}")
        kinds = {binding.kind for binding in bindings}
        return Root(kind="parameter" if "parameter" in kinds else "local", name=name)


def _first_parameter(name: str, holder: Scope, source: Source) -> Root | None:
    """`self` and `cls`."""
    node = holder.node
    if not isinstance(node, FUNCTIONS[:2]) or not isinstance(source.parents.get(node), ast.ClassDef):
        return None
    first = next(iter([*node.args.posonlyargs, *node.args.args]), None)
    words = {ast.unparse(decorator) for decorator in node.decorator_list}
    if first is None or first.arg != name or "staticmethod" in words:
        return None
    of_class = "classmethod" in words or node.name in ("__new__", "__init_subclass__", "__class_getitem__")
    return Root(kind="class" if of_class else "self", name="cls" if of_class else name)


def _function_of(scope: Scope) -> ast.AST:
    """Comprehensions belong to the function around them."""
    while not isinstance(scope.node, (*FUNCTIONS, ast.Module, ast.ClassDef)) and scope.parent is not None:
        scope = scope.parent
    return scope.node


def _label(scope: Scope) -> str:
    return getattr(scope.node, "name", "lambda")


def class_attributes(source: Source) -> dict[str, str]:
    """Attribute → class, of containers that classes hold and that no method replaces with one of the object's own."""
    held = {
        name: node.name
        for node in source.nodes
        if isinstance(node, ast.ClassDef)
        for name, value in _assigned(node)
        if is_container(value)
    }
    replaced = {
        node.attr
        for node in source.nodes
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    }
    return {name: owner for name, owner in held.items() if name not in replaced}


def _assigned(node: ast.ClassDef) -> list[tuple[str, ast.expr]]:
    found: list[tuple[str, ast.expr]] = []
    for statement in node.body:
        match statement:
            case ast.Assign(targets=targets, value=value):
                found += [(target.id, value) for target in targets if isinstance(target, ast.Name)]
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                found.append((name, value))
            case _:
                pass
    return found


_MAKERS = frozenset(
    """dict list set bytearray defaultdict OrderedDict Counter deque ChainMap UserDict UserList WeakKeyDictionary
    WeakValueDictionary WeakSet SimpleNamespace local ContextVar array Queue LifoQueue SimpleQueue LRUCache TTLCache
    LFUCache Cache cycle count iter""".split()  # noqa: SIM905
)


def is_container(node: ast.AST) -> bool:
    """Whether an expression makes something that can be written to."""
    if isinstance(node, ast.Dict | ast.List | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp):
        return True
    if isinstance(node, ast.BinOp):
        return is_container(node.left) or is_container(node.right)
    return isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in _MAKERS
