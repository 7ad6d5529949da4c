"""Rows 10 and 11: results that outlive a call: caching decorators, and state of modules, classes, functions, closures.

State inside an object that the caller owns is none of them, nor a memo that lives and dies with one call.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from .finding import Finding
from .lasting import escapes, is_constant_code, writes_parameters
from .meaning import Meaning, meaning_of
from .roots import MUTATORS, Root, Roots, is_container
from .source import FUNCTIONS, Source

_CACHES = """functools.lru_cache functools.cache functools._lru_cache_wrapper cachetools. cachebox. joblib.Memory
    methodtools. diskcache. async_lru. aiocache. memoization. fastcache. zict. dogpile.""".split()  # noqa: SIM905
_WRITING_CALLS = frozenset(
    """builtins.setattr builtins.delattr builtins.next operator.setitem operator.delitem operator.iadd heapq.heappush
    heapq.heappop heapq.heapify heapq.heapreplace heapq.heappushpop bisect.insort bisect.insort_left bisect.insort_right
    builtins.object.__setattr__""".split()  # noqa: SIM905
)
_LASTING = ("module", "class", "closure", "default")
_SAID = {
    "module": "the module's {name} is written by {unit}",
    "class": "the class attribute {name} is written by {unit}",
    "closure": "the variable {name} of an outer function is written by {unit}",
    "default": "the default value {name} is written by {unit}",
}
_BEGINNINGS = frozenset({"__init__", "__new__", "__post_init__", "__set_name__", "__setstate__"})
BOUNDLESS = "without a bound"
"""In the message of what no policy allows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Write:
    node: ast.AST
    root: Root
    value: ast.AST | None = None
    """What is written, where one expression says it."""


def caching_decorators(source: Source) -> Iterator[Finding]:
    """Row 10: `functools.lru_cache` and its like, applied to anything that outlives a call."""
    meaning = meaning_of(source)
    for node in source.nodes:
        name = _caching(node, source, meaning)
        subject = _subject(node, source) if name else None
        if subject is not None and not _ends_with_the_call(subject, source):
            label = getattr(subject, "name", None) or source.unit(node)
            bound = "" if _is_bounded(node, source, name) else f" {BOUNDLESS}"
            said = f"results are kept between calls{bound}: {name} on {label or 'a value'}"
            yield source.found(node, 10, "cache", f"10 cache {label}", said)


def _caching(node: ast.AST, source: Source, meaning: Meaning) -> str:
    """The name of a cache that is used here; names that only say so count as decorators."""
    if not isinstance(node, ast.Name | ast.Attribute) or not isinstance(node.ctx, ast.Load):
        return ""
    for name in meaning.names(node):
        if any(name == known or (known.endswith(".") and name.startswith(known)) for known in _CACHES):
            return name
    last = node.attr if isinstance(node, ast.Attribute) else node.id
    spoken = any(word in last.lower() for word in ("cache", "memo")) and "property" not in last.lower()
    return last if spoken and _decorated(node, source) is not None else ""


def _decorated(node: ast.AST, source: Source) -> ast.AST | None:
    """The function that a decorator, called or not, stands above."""
    inner: ast.AST = node
    for outer in source.above(node):
        if isinstance(outer, (*FUNCTIONS[:2], ast.ClassDef)):
            return outer if inner in outer.decorator_list else None
        is_function = isinstance(outer, ast.Call) and outer.func is inner
        if not is_function and not isinstance(outer, ast.Attribute):
            return None
        inner = outer
    return None


def _subject(node: ast.AST, source: Source) -> ast.AST | None:
    """What is cached: the decorated function, or the statement that a wrapped one is bound in."""
    if isinstance(source.parents.get(node), ast.Attribute):
        return None  # part of a longer name
    found = _decorated(node, source)
    if found is not None:
        return found
    return next((outer for outer in source.above(node) if isinstance(outer, ast.stmt)), None)


def _ends_with_the_call(subject: ast.AST, source: Source) -> bool:
    """A cache on an inner function that nobody gets hold of is a memo of one call."""
    if source.function(subject) is None:
        return False
    if isinstance(subject, FUNCTIONS[:2]):
        return not escapes(subject.name, subject, source)
    named = isinstance(subject, ast.Assign) and all(isinstance(target, ast.Name) for target in subject.targets)
    if not named or not isinstance(subject, ast.Assign):
        return False
    return not any(escapes(target.id, subject, source) for target in subject.targets if isinstance(target, ast.Name))


def _is_bounded(node: ast.AST, source: Source, name: str) -> bool:
    """`lru_cache` is, unless told otherwise; `cache` never; of others we hope what their argument says."""
    call = source.parents.get(node)
    given = [*call.args, *(word.value for word in call.keywords)] if isinstance(call, ast.Call) else []
    unbounded = any(isinstance(value, ast.Constant) and value.value is None for value in given[:1])
    plain_dict = any(isinstance(value, ast.Dict) for value in given)
    return not (unbounded or plain_dict or name == "functools.cache")


def lasting_writes(source: Source) -> Iterator[Finding]:
    """Rows 10 and 11: writes, from inside functions, to what outlives the call. One finding for each thing written."""
    seen: set[str] = set()
    for write in _writes(source):
        name = write.root.name
        if name in seen:
            continue
        seen.add(name)
        unit = source.unit(write.node) or "a function"
        by_identity = _keyed_by_identity(write.node, source)
        said = _SAID[write.root.kind].format(name=name, unit=unit)
        bound = "" if _has_bound(name, source) else f" {BOUNDLESS}"
        message = f"results are kept between calls{bound}: {said}"
        if by_identity:
            message = f"results are kept by the identity of objects, whose contents may change: {said}"
        kind = "cheating" if by_identity else "cache"
        yield source.found(write.node, 11 if by_identity else 10, kind, f"10 state {name}", message)


def _writes(source: Source) -> Iterator[_Write]:
    meaning = meaning_of(source)
    roots = Roots(source, meaning)
    writers = writes_parameters(source)
    for node in source.nodes:
        for write in _at(node, source, meaning, roots, writers):
            if write.root.kind in _LASTING and _lasts(write, source) and not _is_honest(write, source, meaning):
                yield write


def _at(
    node: ast.AST, source: Source, meaning: Meaning, roots: Roots, writers: dict[str, frozenset[int]]
) -> Iterator[_Write]:
    """What one node writes to."""
    parent = source.parents.get(node)
    value = getattr(parent, "value", None)
    match node:
        case ast.Name(ctx=ast.Store() | ast.Del(), id=name):
            root = _declared(name, node, source)
            if root is not None:
                yield _Write(node=node, root=root, value=value)
        case ast.Subscript(ctx=ast.Store() | ast.Del()) | ast.Attribute(ctx=ast.Store() | ast.Del()):
            root = roots.of(node) if isinstance(node, ast.Attribute) else roots.of(node.value)
            yield _Write(node=node, root=_class_state(node, root), value=value)
        case ast.Attribute(ctx=ast.Load(), attr=attr) if attr in MUTATORS:
            called = isinstance(parent, ast.Call) and parent.func is node
            if called or not isinstance(parent, ast.Attribute):
                root = _unnamed(node, source) if is_container(node.value) else roots.of(node.value)
                yield _Write(node=node, root=root)
        case ast.Call(func=function, args=args):
            for place in _places(function, meaning, writers, len(args)):
                yield _Write(node=node, root=roots.of(args[place]))
        case _:
            pass


def _unnamed(node: ast.Attribute, source: Source) -> Root:
    """`_put = {}.setdefault` at module level or as a default value: the container has no name but lives on."""
    outer = list(source.above(node))
    stays = source.function(node) is None or any(isinstance(one, ast.arguments) for one in outer)
    return Root(kind="module" if stays else "local", name=ast.unparse(node))


def _places(function: ast.expr, meaning: Meaning, writers: dict[str, frozenset[int]], count: int) -> list[int]:
    """Which arguments a call writes to, of what we know."""
    names = meaning.names(function)
    bound = any(name.startswith("builtins.") and name.rpartition(".")[2] in MUTATORS for name in names)
    if (names & _WRITING_CALLS or bound) and count:
        return [0]
    own = writers.get(function.id, frozenset[int]()) if isinstance(function, ast.Name) else frozenset[int]()
    return sorted(place for place in own if place < count)


def _class_state(node: ast.AST, root: Root) -> Root:
    """`self.x = …` is the object's own even where the class has an `x` too."""
    plain = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and root.kind == "class"
    own = plain and isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"
    return Root(kind="instance", name=root.name) if own else root


def _declared(name: str, node: ast.AST, source: Source) -> Root | None:
    """`global` and `nonlocal` names that are assigned."""
    scope = source.scope(node)
    word = scope.outer.get(name)
    if word == "global" and isinstance(scope.node, FUNCTIONS):
        return Root(kind="module", name=name)
    if word != "nonlocal":
        return None
    holder = source.lookup(name, scope)[0]
    return Root(kind="closure", name=f"{getattr(holder.node, 'name', 'lambda')}.{name}") if holder else None


def _lasts(write: _Write, source: Source) -> bool:
    """Whether the thing outlives the call: at module level tables are filled, and inner functions may stay inside."""
    function = source.function(write.node)
    if function is None:
        alias = isinstance(write.node, ast.Attribute) and not isinstance(source.parents.get(write.node), ast.Call)
        return alias and isinstance(write.node, ast.Attribute) and isinstance(write.node.ctx, ast.Load)
    if write.root.kind == "closure":
        inner = [function, *(outer for outer in source.above(function) if isinstance(outer, FUNCTIONS))]
        return any(_is_handed_out(outer, source) for outer in inner[:-1])
    if write.root.kind == "default" and source.function(function) is not None:
        return _is_handed_out(function, source)
    return True


def _is_handed_out(function: ast.AST, source: Source) -> bool:
    if isinstance(function, ast.Lambda):
        return any(isinstance(outer, ast.Return) for outer in list(source.above(function))[:1])
    return escapes(getattr(function, "name", ""), function, source)


def _is_honest(write: _Write, source: Source, meaning: Meaning) -> bool:
    """An import put off, and a constant that is made on its first use."""
    if source.unit(write.node) == "__getattr__" and write.root.name == "globals()":
        return True
    if not isinstance(write.node, ast.Name) or write.root.kind != "module":
        return False
    return write.value is not None and is_constant_code(write.value, source, meaning)


def _keyed_by_identity(node: ast.AST, source: Source) -> bool:
    """Whether the function that writes asks for `id(…)`, or the key is made of it."""
    function = source.function(node)
    calls = [part for part in ast.walk(function) if isinstance(part, ast.Call)] if function else []
    return any(isinstance(call.func, ast.Name) and call.func.id == "id" for call in calls)


def _has_bound(name: str, source: Source) -> bool:
    """Whether anything in the file limits or empties it; a single value is its own bound."""
    last = name.rpartition(".")[2].rstrip(")").rpartition("(")[2]
    values = [
        node.value
        for node in source.nodes
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id == last
    ]
    if values and not any(is_container(value) for value in values):
        return True
    if any("maxlen" in ast.unparse(value) or "Weak" in ast.unparse(value) for value in values):
        return True
    return any(_limits(node, last) for node in source.nodes)


def _limits(node: ast.AST, name: str) -> bool:
    if not isinstance(node, ast.Call):
        return False
    function = node.func
    measured = isinstance(function, ast.Name) and function.id == "len" and bool(node.args)
    if measured:
        return ast.unparse(node.args[0]).rpartition(".")[2] == name
    emptied = isinstance(function, ast.Attribute) and function.attr in ("clear", "popitem", "pop")
    return emptied and isinstance(function, ast.Attribute) and ast.unparse(function.value).rpartition(".")[2] == name


def objects_with_memory(source: Source) -> Iterator[Finding]:
    """Row 10: objects made at module level, or as decorators, that change themselves when they are used."""
    writing = {node.name for node in source.nodes if isinstance(node, ast.ClassDef) and _changes_itself(node)}
    meaning = meaning_of(source)
    for node in source.nodes:
        if _stays(node, source) and (_makes(node, writing) or _fills_partial(node, meaning)):
            text = ast.unparse(node)[:60]
            said = f"results are kept between calls {BOUNDLESS}: {text} is an object that changes itself"
            yield source.found(node, 10, "cache", f"10 object {text}", said)


def _stays(node: ast.AST, source: Source) -> bool:
    """Whether what an expression makes outlives every call: at module or class level, or above a definition there."""
    outer = source.function(node)
    if outer is None:
        return True
    return isinstance(outer, FUNCTIONS[:2]) and node in outer.decorator_list and source.function(outer) is None


def _makes(node: ast.AST, classes: set[str]) -> bool:
    """`Memo()`, and `Memo` or `Memo()` as a decorator."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in classes
    return False


def _fills_partial(node: ast.AST, meaning: Meaning) -> bool:
    """`partial(function, {})`: one dictionary for all calls."""
    partial = isinstance(node, ast.Call) and "functools.partial" in meaning.names(node.func)
    return partial and isinstance(node, ast.Call) and any(is_container(value) for value in node.args[1:])


def decorating_classes(source: Source) -> Iterator[Finding]:
    """Row 10: a class of the file that changes itself, used as a decorator."""
    writing = {node.name for node in source.nodes if isinstance(node, ast.ClassDef) and _changes_itself(node)}
    for node in source.nodes:
        decorators = node.decorator_list if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else []
        for decorator in decorators:
            if isinstance(decorator, ast.Name) and decorator.id in writing:
                said = f"results are kept between calls {BOUNDLESS}: {decorator.id} remembers for {source.unit(node)}"
                yield source.found(decorator, 10, "cache", f"10 decorator {source.unit(node)}", said)


def _changes_itself(node: ast.ClassDef) -> bool:
    """Whether a method writes to `self` by what it is given; a value worked out once is its own affair."""
    methods = [part for part in node.body if isinstance(part, FUNCTIONS[:2]) and _has_parameters(part)]
    used = [method for method in methods if method.name not in _BEGINNINGS]
    return any(writes_to_itself(method) for method in used)


def _has_parameters(method: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    given = method.args
    return len(given.args) + len(given.posonlyargs) > 1 or bool(given.vararg or given.kwarg or given.kwonlyargs)


def writes_to_itself(method: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a method writes to its own object."""
    first = next(iter(method.args.args), None)
    if first is None:
        return False
    for node in ast.walk(method):
        stored = isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del)
        changed = isinstance(node, ast.Attribute) and node.attr in MUTATORS
        if (stored or changed) and _bottom(node) == first.arg:
            return True
    return False


def _bottom(node: ast.AST) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
