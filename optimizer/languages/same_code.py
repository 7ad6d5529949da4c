"""Whether two sources are the same program but for comments, formatting and docstrings."""

import ast
import warnings
from collections.abc import Iterator

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
