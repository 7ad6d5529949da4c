"""A chain of comparisons of one variable with constants becomes one membership test."""

import ast
from collections.abc import Iterator

from ._names import plain
from ._rule import Proposal, Rule, Site, Splice

_LEAST = 3


def _rewrite(site: Site) -> Iterator[Proposal]:
    for node in site.nodes():
        if not isinstance(node, ast.BoolOp):
            continue
        pairs = [_pair(value, ast.Eq if isinstance(node.op, ast.Or) else ast.NotEq) for value in node.values]
        known = [pair for pair in pairs if pair is not None]
        subjects = {ast.unparse(subject) for subject, _ in known}
        if len(known) != len(node.values) or len(subjects) != 1 or len(known) < _LEAST:
            continue
        word = "in" if isinstance(node.op, ast.Or) else "not in"
        subject = site.text(known[0][0])
        values = ", ".join(site.text(value) for _, value in known)
        start, end = site.span(node)
        text = f"{subject} {word} ({values})"
        yield Proposal(splices=(Splice(start=start, end=end, text=text.encode()),), detail=text[:60])


def _pair(node: ast.expr, operator: type[ast.cmpop]) -> tuple[ast.expr, ast.expr] | None:
    match node:
        case ast.Compare(left=left, ops=[test], comparators=[ast.Constant(value=str() | int() | bytes()) as value]):
            return (left, value) if isinstance(test, operator) and plain(left) else None
        case _:
            return None


PLUGIN: Rule = Rule(
    name="one_membership",
    what="compare with all the constants in one test",
    gain="micro",
    example_before="""\
def is_space(letter):
    return letter == " " or letter == "\\t" or letter == "\\n"
""",
    example_after="""\
def is_space(letter):
    return letter in (" ", "\\t", "\\n")
""",
    calls=("is_space(' ')", "is_space('x')", "is_space(None)"),
    wrong_when="what is compared has an effect or changes when it is read, or its `==` gives no truth value.",
    wrong_example="""\
def is_space(read):
    return read() == " " or read() == "\\t" or read() == "\\n"
""",
    rewrite=_rewrite,
)
