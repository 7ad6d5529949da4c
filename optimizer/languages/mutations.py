"""Small faults for Python code, as replacements of bytes: the operators that mutation testing has used for decades.

The operators follow Offutt and others, "An experimental determination of sufficient mutant operators" (1996), with
those that fit Python: slices, defaults, handlers and calls that are easily confused. Signatures stay as they are.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from tree_sitter import Node

from .python import blanked, parse

_SWAPS: Mapping[str, tuple[str, ...]] = {
    "<": ("<=", ">="),
    "<=": ("<", ">"),
    ">": (">=", "<="),
    ">=": (">", "<"),
    "==": ("!=",),
    "!=": ("==",),
    "<>": ("==",),
    "in": ("not in",),
    "not in": ("in",),
    "is": ("is not",),
    "is not": ("is",),
    "+": ("-",),
    "-": ("+",),
    "*": ("+",),
    "/": ("//", "*"),
    "//": ("/", "*"),
    "%": ("*",),
    "**": ("*",),
    "<<": (">>",),
    ">>": ("<<",),
    "&": ("|",),
    "|": ("&",),
    "^": ("&",),
    "and": ("or",),
    "or": ("and",),
    "+=": ("-=", "="),
    "-=": ("+=", "="),
    "*=": ("+=", "="),
    "/=": ("*=",),
    "//=": ("/=",),
    "%=": ("*=",),
    "|=": ("&=", "="),
    "&=": ("|=", "="),
    "^=": ("|=",),
    "<<=": (">>=",),
    ">>=": ("<<=",),
}
_PAIRS = (
    ("min", "max"),
    ("any", "all"),
    ("lower", "upper"),
    ("startswith", "endswith"),
    ("lstrip", "rstrip"),
    ("find", "rfind"),
    ("split", "rsplit"),
    ("partition", "rpartition"),
    ("ljust", "rjust"),
    ("floor", "ceil"),
    ("union", "intersection"),
    ("keys", "values"),
    ("popleft", "pop"),
    ("appendleft", "append"),
    ("sorted", "list"),
    ("reversed", "list"),
    ("isdigit", "isalpha"),
)
_CONFUSED = dict((*_PAIRS, *((two, one) for one, two in _PAIRS if two not in ("list", "pop", "append"))))
_SKIPPED = frozenset({"parameters", "type", "decorator", "comment", "import_statement", "import_from_statement"})
_REMOVED = frozenset({"expression_statement", "raise_statement", "delete_statement", "assert_statement"})
_OPEN = frozenset({"argument_list", "generator_expression", "list_splat", "slice", "named_expression"})
"""What cannot stand in parentheses as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """A replacement of some bytes by others that may be a fault."""

    start: int
    end: int
    text: bytes
    operator: str
    """What kind of fault it is, in two or three words."""


def mutations(source: bytes, start: int, end: int) -> tuple[Mutation, ...]:
    """All faults that can be planted between two offsets, in the order of their places; some may not compile."""
    code = blanked(source)
    return tuple(_walk(parse(source), code, start, end))


def _walk(node: Node, code: bytes, start: int, end: int) -> Iterator[Mutation]:
    if node.end_byte <= start or node.start_byte >= end or node.type in _SKIPPED:
        return
    if node.start_byte >= start and node.end_byte <= end and any(code[node.start_byte : node.end_byte]):
        for operator in _OPERATORS.get(node.type, ()):
            yield from operator(node, code)
    for child in node.children:
        yield from _walk(child, code, start, end)


def _operators(node: Node, _: bytes) -> Iterator[Mutation]:
    """One operator of a comparison, of arithmetic, of logic, or of an assignment in place."""
    left = node.child_by_field_name("left")
    textual = left is not None and left.type in ("string", "concatenated_string")
    for child in node.children:
        for other in _SWAPS.get(child.type, ()) if not child.is_named else ():
            if not (textual and child.type in "+%*"):
                yield _replaced(child, other.encode(), f"{child.type} to {other}")


def _dropped_operator(node: Node, code: bytes) -> Iterator[Mutation]:
    inner = node.child_by_field_name("argument")
    if inner is not None:
        yield _replaced(node, b"(" + _text(inner, code) + b")", f"{node.children[0].type} dropped")


def _condition(node: Node, code: bytes) -> Iterator[Mutation]:
    at = {"conditional_expression": 1, "if_clause": 0}.get(node.type)
    found = node.child_by_field_name("condition") if at is None else node.named_children[at]
    if found is not None:
        yield _replaced(found, b"(not (" + _text(found, code) + b"))", "condition negated")


def _number(node: Node, code: bytes) -> Iterator[Mutation]:
    text = _text(node, code)
    for sign in (b"+", b"-"):
        yield _replaced(node, b"(" + text + b" " + sign + b" 1)", "constant off by one")


def _string(node: Node, code: bytes) -> Iterator[Mutation]:
    opening, closing = node.children[0], node.children[-1]
    empty = opening.end_byte == closing.start_byte
    middle = b"XX" if empty else b""
    yield Mutation(start=opening.end_byte, end=closing.start_byte, text=middle, operator="text changed")
    if not empty and b"b" not in _text(opening, code).lower() and len(node.children) == 3:
        yield Mutation(start=opening.end_byte, end=opening.end_byte, text=b"X", operator="text changed")


def _truth(node: Node, _: bytes) -> Iterator[Mutation]:
    yield _replaced(node, b"False" if node.type == "true" else b"True", "truth turned round")


def _removed(node: Node, _: bytes) -> Iterator[Mutation]:
    yield _replaced(node, b"pass", "statement removed")


def _result(node: Node, _: bytes) -> Iterator[Mutation]:
    value = node.named_children[0] if node.named_children else None
    if value is not None and value.type != "none":
        yield _replaced(node, node.type.removesuffix("_statement").encode() + b" None", "result changed")


def _jump(node: Node, _: bytes) -> Iterator[Mutation]:
    other = "continue" if node.type == "break_statement" else "break"
    yield _replaced(node, other.encode(), f"{node.type.removesuffix('_statement')} to {other}")


def _branch(node: Node, _: bytes) -> Iterator[Mutation]:
    yield _replaced(node, b"", "default branch removed")


def _case(node: Node, code: bytes) -> Iterator[Mutation]:
    body = node.child_by_field_name("consequence")
    if body is not None:
        yield _replaced(body, b"pass", "branch emptied")


def _handler(node: Node, _: bytes) -> Iterator[Mutation]:
    body = next((child for child in node.children if child.type == "block"), None)
    if body is not None:
        yield _replaced(body, b"raise", "handler removed")


def _arguments(node: Node, code: bytes) -> Iterator[Mutation]:
    given = [child for child in node.named_children if child.type != "comment"]
    plain = [one for one in given if one.type not in ("keyword_argument", "list_splat", "dictionary_splat")]
    for one, two in pairwise(plain):
        between = code[one.end_byte : two.start_byte]
        text = _text(two, code) + between + _text(one, code)
        yield Mutation(start=one.start_byte, end=two.end_byte, text=text, operator="arguments swapped")
    for one in given:
        if one.type == "keyword_argument":
            following = code.find(b",", one.end_byte, node.end_byte)
            stop = following + 1 if following >= 0 and not code[one.end_byte : following].strip() else one.end_byte
            yield Mutation(start=one.start_byte, end=stop, text=b"", operator="argument dropped")


def _called(node: Node, code: bytes) -> Iterator[Mutation]:
    function = node.child_by_field_name("function")
    name = function.child_by_field_name("attribute") if function and function.type == "attribute" else function
    if name is None or name.type != "identifier":
        return
    text = _text(name, code).decode("utf-8", "replace")
    if text in _CONFUSED:
        yield _replaced(name, _CONFUSED[text].encode(), f"{text} to {_CONFUSED[text]}")
    given = node.child_by_field_name("arguments")
    if text == "range" and given is not None and given.type == "argument_list" and given.named_children:
        last = given.named_children[min(1, len(given.named_children) - 1)]
        yield from _off_by_one(last, code)
    if text == "get" and given is not None and len(given.named_children) == 2:
        yield _replaced(given.named_children[1], b"None", "default changed")


def _slice(node: Node, code: bytes) -> Iterator[Mutation]:
    for bound in node.named_children:
        yield from _off_by_one(bound, code)


def _off_by_one(node: Node, code: bytes) -> Iterator[Mutation]:
    if node.type in ("integer", "none", *_OPEN):
        return
    for sign in (b"+", b"-"):
        yield _replaced(node, b"(" + _text(node, code) + b") " + sign + b" 1", "bound off by one")


def _statement(node: Node, code: bytes) -> Iterator[Mutation]:
    if any(child.type in ("yield", "string") for child in node.named_children):
        return
    yield from _removed(node, code)


_OPERATORS: Mapping[str, tuple[Callable[[Node, bytes], Iterator[Mutation]], ...]] = {
    "comparison_operator": (_operators,),
    "boolean_operator": (_operators,),
    "binary_operator": (_operators,),
    "augmented_assignment": (_operators,),
    "not_operator": (_dropped_operator,),
    "unary_operator": (_dropped_operator,),
    "if_statement": (_condition,),
    "elif_clause": (_condition,),
    "conditional_expression": (_condition,),
    "if_clause": (_condition,),
    "integer": (_number,),
    "float": (_number,),
    "string": (_string,),
    "true": (_truth,),
    "false": (_truth,),
    "return_statement": (_result,),
    "yield": (_result,),
    "break_statement": (_jump,),
    "continue_statement": (_jump,),
    "else_clause": (_branch,),
    "case_clause": (_case,),
    "except_clause": (_handler,),
    "argument_list": (_arguments,),
    "call": (_called,),
    "slice": (_slice,),
    **dict.fromkeys(_REMOVED, (_statement,)),
}


def _replaced(node: Node, text: bytes, operator: str) -> Mutation:
    return Mutation(start=node.start_byte, end=node.end_byte, text=text, operator=operator)


def _text(node: Node, code: bytes) -> bytes:
    return code[node.start_byte : node.end_byte].replace(b"\0", b" ")
