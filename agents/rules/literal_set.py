"""Membership in a written-out list or tuple of constants becomes membership in a set, which Python makes a constant."""

import ast
from collections.abc import Iterator

from ._kinds import UNHASHABLE, kind, value_kind
from ._rule import Proposal, Rule, Site

_LEAST = 3


def _rewrite(site: Site) -> Iterator[Proposal]:
    for node in site.nodes():
        match node:
            case ast.Compare(left=left, ops=[ast.In() | ast.NotIn()], comparators=[ast.List() | ast.Tuple() as table]):
                left_kind = kind(site, left.id) if isinstance(left, ast.Name) else value_kind(left)
                fixed = all(isinstance(item, ast.Constant) for item in table.elts)
                text = site.text(table)
                written = text[0] in "(["
                if fixed and written and len(table.elts) >= _LEAST and left_kind not in UNHASHABLE:
                    whole = site.replace(table, "{" + text[1:-1] + "}")
                    yield Proposal(splices=(whole,), detail=f"{ast.unparse(left)} in {text}"[:60])
            case _:
                pass


PLUGIN: Rule = Rule(
    name="literal_set",
    what="test membership against a constant set",
    gain="constant",
    example_before="""\
def is_vowel(letter):
    return letter in ["a", "e", "i", "o", "u"]
""",
    example_after="""\
def is_vowel(letter):
    return letter in {"a", "e", "i", "o", "u"}
""",
    calls=("is_vowel('a')", "is_vowel('z')", "is_vowel(None)"),
    wrong_when="what is looked for cannot be hashed: TypeError instead of False.",
    wrong_example="""\
def is_vowel(letter):
    return letter in ["a", "e", "i", "o", "u"]
""",
    wrong_call="is_vowel([])",
    rewrite=_rewrite,
)
