"""Finds where a reply stands for code instead of being it: "rest unchanged", a bare `...`."""

import re

from tree_sitter import Node

from .layout import definition_of, walk
from .source import text_of

_CODE = r"(?:code|function|method|implementation|class|logic|body)s?"
_SAME = r"(?:unchanged|the same|same as (?:before|above|(?:the )?original)|as before|as is|omitted|elided|here)"
_ELISIONS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"[\[(<]? ?(?:\.\.\.|…)",
        rf".*\b(?:rest|remainder) of (?:(?:the|your|this|original|existing) )*{_CODE}\b",
        rf".*\b(?:rest|remainder|remaining|everything else)\b(?: {_CODE})? ?(?:is|are|remains?|stays?)? ?{_SAME}\W*$",
        rf"\W*(?:the )?(?:existing|remaining|other) {_CODE}\W*$",
        rf"\W*(?:the )?(?:existing|original|previous|remaining|other) {_CODE}"
        rf" ?(?:is|are|remains?|stays?|goes|continues)? ?{_SAME}\W*$",
        r"\W*(?:unchanged|omitted|elided|same as (?:before|above|(?:the )?original)|no changes?(?: here)?)\W*$",
        r".*\byour (?:code|implementation) here\b",
        r".*\b(?:keep|leave) (?:the )?(?:rest|existing|original)\b.*\b(?:unchanged|as is|code|the same)\b",
    )
)


def elision_in(new: Node, old: Node | None) -> str:
    """What in the new text stands for code that was left out; empty if nothing does.

    A comment or a `...` that the old text has too is no elision.
    """
    known = _comments(old) if old is not None else []
    for comment in _comments(new):
        if comment not in known and _stands_for_code(comment):
            return comment
    if _ellipses(new) > (_ellipses(old) if old is not None else 0):
        return "..."
    return "pass" if _is_stub(new) and old is not None and not _is_stub(old) else ""


def is_elided(definition: Node) -> bool:
    """Whether a definition's body is only a stand-in: `...`, `pass` or a comment that says so."""
    return _is_stub(definition) or any(map(_stands_for_code, _comments(definition)))


def _stands_for_code(comment: str) -> bool:
    said = comment.lstrip("#").strip()
    return any(pattern.match(said) for pattern in _ELISIONS)


def _comments(node: Node) -> list[str]:
    return [" ".join(text_of(inner).split()) for inner in walk(node) if inner.type == "comment"]


def _ellipses(node: Node) -> int:
    return sum(_is_ellipsis(inner) for inner in walk(node) if inner.type == "expression_statement")


def _is_ellipsis(statement: Node) -> bool:
    children = statement.named_children
    return statement.type == "expression_statement" and len(children) == 1 and children[0].type == "ellipsis"


def _is_stub(node: Node) -> bool:
    """A body of nothing but a docstring, `pass` and `...`."""
    body = definition_of(node).child_by_field_name("body")
    statements = [child for child in body.named_children if child.type != "comment"] if body is not None else []
    return all(_says_nothing(statement) for statement in statements)


def _says_nothing(statement: Node) -> bool:
    if statement.type == "pass_statement" or _is_ellipsis(statement):
        return True
    children = statement.named_children
    return statement.type == "expression_statement" and len(children) == 1 and children[0].type == "string"
