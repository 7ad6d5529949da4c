"""Rows 15, 22, 25, 34: what only a person can judge, told as warnings; other rungs decide about its effects."""

import ast
import re
from collections.abc import Iterator

from .finding import Finding
from .meaning import meaning_of
from .source import Source

_LOCKS = ("lock", "mutex", "semaphore")
_COPIES = frozenset({"copy.copy", "copy.deepcopy"})
_PRECISE = frozenset(
    {"numpy.float32", "numpy.float16", "numpy.half", "numpy.single", "numpy.longdouble", "torch.float16"}
)
_ADDRESSED = re.compile(
    r"""(?ix) \b(ignore|disregard|forget)\ (all|any|the|previous|prior|above|earlier)\b
    | \b(llm|language\ model|ai\ (judge|review)\w*)\b
    | \bthis\ (patch|change|edit|code)\ (is|was)\ (verified|correct|safe|approved|honest)\b
    | \b(dear|note\ to)\ (reviewer|judge|verifier)\b"""
)


def removed_locks(source: Source) -> Iterator[Finding]:
    """Row 25, asked of the base: `with lock` and `acquire()`; what it has more of than the candidate was removed."""
    for node in source.nodes:
        items = node.items if isinstance(node, ast.With | ast.AsyncWith) else []
        texts = [ast.unparse(item.context_expr).lower() for item in items]
        if any(word in text for text in texts for word in _LOCKS) or _is_acquire(node):
            yield source.found(node, 25, "warning", "25 lock", "a lock of the base is gone")


def _is_acquire(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "acquire"


def removed_copies(source: Source) -> Iterator[Finding]:
    """Row 25, asked of the base: copies that keep callers' objects apart."""
    meaning = meaning_of(source)
    for node in source.nodes:
        if isinstance(node, ast.Call) and (meaning.names(node.func) & _COPIES or _is_copy_method(node)):
            yield source.found(node, 25, "warning", "25 copy", "a copy of the base is gone: a result may be shared now")


def _is_copy_method(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Attribute) and node.func.attr in ("copy", "deepcopy") and not node.args


def removed_hooks(source: Source) -> Iterator[Finding]:
    """Row 25, asked of the base: public methods that a method of the same class calls; a subclass may override them."""
    for kind in (node for node in source.nodes if isinstance(node, ast.ClassDef)):
        methods = [node for node in kind.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        public = {method.name for method in methods if not method.name.startswith("_")}
        for method in methods:
            for name, call in _called_on_itself(method):
                if name in public:
                    said = f"{kind.name}.{method.name} no longer calls self.{name}, which a subclass may override"
                    yield source.found(call, 25, "warning", f"25 hook {kind.name}.{method.name} {name}", said)


def _called_on_itself(method: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[str, ast.Call]]:
    """Each name once."""
    found: dict[str, ast.Call] = {}
    for node in ast.walk(method):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=name)):
                found.setdefault(name, node)
            case _:
                continue
    yield from found.items()


def lower_precision(source: Source) -> Iterator[Finding]:
    """Row 22: narrower number types; whether results differ is replay's to say."""
    meaning = meaning_of(source)
    for node in source.nodes:
        typed = isinstance(node, ast.Attribute | ast.Name) and bool(meaning.names(node) & _PRECISE)
        named = isinstance(node, ast.Constant) and node.value in ("float32", "float16", "f4", "f2", "<f4")
        if typed or named:
            yield source.found(node, 22, "warning", "22 precision", "a narrower type of number is used")


def work_at_import(source: Source) -> Iterator[Finding]:
    """Row 15: loops at module level, and calls there of the file's own functions; the probes take the time."""
    own = {name for name, bindings in source.module.names.items() if any(one.kind == "definition" for one in bindings)}
    classes = {node.name for node in source.nodes if isinstance(node, ast.ClassDef)}
    for node in source.nodes:
        if source.function(node) is not None:
            continue
        called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in own - classes
        if isinstance(node, ast.For | ast.While | ast.ListComp | ast.DictComp | ast.SetComp) or called:
            yield source.found(
                node, 15, "warning", f"15 {ast.unparse(node)[:120]}", "work is done when the module is imported"
            )


def addressed_remarks(source: Source) -> Iterator[Finding]:
    """Row 34: comments and texts that speak to whoever judges the change. Nobody here is persuaded by them."""
    for number, line in enumerate(source.lines, start=1):
        if _ADDRESSED.search(line):
            place = ast.Constant(value="", lineno=number, col_offset=0)
            yield source.found(
                place, 34, "warning", f"34 {line.strip()}", "a remark addresses whoever judges the change"
            )
