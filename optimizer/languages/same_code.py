"""Whether two sources are the same program but for comments, formatting and docstrings."""

import ast
import warnings
from collections.abc import Iterator
from types import CodeType

from tree_sitter import Node

from .python import parse

_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def same_code(before: bytes, after: bytes) -> bool:
    """True if nothing but comments, formatting or docstrings differs.

    Compares syntax trees of this interpreter; where it cannot read one of the two (newer or older
    syntax, an unknown encoding), the words of the grammar are compared instead, docstrings included.
    """
    if before == after:
        return True
    trees = _tree(before), _tree(after)
    if None in trees:
        return list(_words(before)) == list(_words(after))
    return trees[0] == trees[1]


def _tree(source: bytes) -> str | None:
    """The tree as text without positions and docstrings; None if it cannot be read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
        for node in ast.walk(tree):
            if isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
                node.body = node.body[1:]
        return ast.dump(tree)
    except (SyntaxError, ValueError, LookupError, RecursionError, MemoryError):
        return None


def _words(source: bytes) -> Iterator[tuple[str, bytes | None]]:
    """Leaves of the grammar's tree in order, comments left out; blocks are kept apart by their kind."""
    waiting: list[Node] = [parse(source)]
    while waiting:
        node = waiting.pop()
        if node.type == "comment":
            continue
        if node.child_count == 0:
            yield node.type, node.text
        else:
            yield node.type, None
            waiting.extend(reversed(node.children))


def bytecode(source: bytes) -> tuple[object, ...] | None:
    """What this interpreter compiles a source to, without lines and docstrings' places; None if it does not compile.

    Two sources with equal values do the same. Nothing is run.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _instructions(compile(source, "<source>", "exec", dont_inherit=True))
    except (SyntaxError, ValueError, LookupError, RecursionError, MemoryError):
        return None


def _instructions(code: CodeType) -> tuple[object, ...]:
    constants = tuple(_instructions(one) if isinstance(one, CodeType) else _exactly(one) for one in code.co_consts)
    names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars, code.co_name)
    sizes = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags)
    return (code.co_code, getattr(code, "co_exceptiontable", b""), constants, names, sizes)


def _exactly(constant: object) -> object:
    """Equal only where the type is the same too: 1, 1.0 and True are three constants, and so are 0.0 and -0.0."""
    return (type(constant).__name__, repr(constant))
