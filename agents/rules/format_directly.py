"""`format` and `%` read their template in every call; an f-string is read once, by the compiler."""

import ast
import re
import string
from collections.abc import Iterator

from ._names import plain
from ._rule import Proposal, Rule, Site

_LITERAL = re.compile(r"""[rR]?(?:"(?!"")(?:[^"\\\n]|\\[^N\n])*"|'(?!'')(?:[^'\\\n]|\\[^N\n])*')""")
"""One plain string literal on one line, without characters by name."""
_MARK = re.compile(r"%([sr%]?)")


def _rewrite(site: Site) -> Iterator[Proposal]:
    for node in site.nodes():
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Constant(value=str()) as template, attr="format"), args=args, keywords=[]
            ):
                text = _formatted(site.text(template), [site.text(arg) for arg in args])
            case ast.BinOp(left=ast.Constant(value=str()) as template, op=ast.Mod(), right=ast.Tuple(elts=args)):
                text = _interpolated(site.text(template), [site.text(arg) for arg in args])
            case _:
                continue
        written = site.text(template)
        signs = {written[-1], "\\", "{", "}"}
        odd = any(not plain(arg) or signs & set(site.text(arg)) for arg in args)
        if text is not None and _LITERAL.fullmatch(written) and not odd:
            yield Proposal(splices=(site.replace(node, "f" + text),), detail=written[:60])


def _formatted(template: str, args: list[str]) -> str | None:
    """The template with each `{}` or `{0:spec}` filled; None where fields are named or nested."""
    try:
        fields = list(string.Formatter().parse(template))
    except ValueError:
        return None
    parts: list[str] = []
    numbers = iter(range(len(args)))
    seen = 0
    for literal, field, spec, conversion in fields:
        parts.append(literal.replace("{", "{{").replace("}", "}}"))
        if field is None:
            continue
        place = next(numbers, None) if field == "" else int(field) if field.isdecimal() else None
        if place is None or place >= len(args) or "{" in (spec or ""):
            return None
        seen |= 1 << place
        parts.append("{" + args[place] + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "") + "}")
    return "".join(parts) if seen == (1 << len(args)) - 1 and args else None


def _interpolated(template: str, args: list[str]) -> str | None:
    """The template with each `%s` and `%r` filled; None for any other conversion."""
    given = iter(args)
    marks = _MARK.findall(template)
    if not args or set(marks) - {"s", "r", "%"} or len(marks) - marks.count("%") != len(args):
        return None
    doubled = template.replace("{", "{{").replace("}", "}}")
    return _MARK.sub(lambda found: "%" if found[1] == "%" else "{" + f"{next(given)}!{found[1]}" + "}", doubled)


PLUGIN: Rule = Rule(
    name="format_directly",
    what="format with an f-string",
    gain="micro",
    example_before="""\
def label(name, size):
    return "{}: {:>4} {{}}".format(name, size)
""",
    example_after="""\
def label(name, size):
    return f"{name}: {size:>4} {{}}"
""",
    calls=("label('a', 3)", "label(None, 12)"),
    wrong_when="the values are computed and their order matters, or the template is data.",
    wrong_example="""\
def label(template, name):
    return template.format(name)
""",
    rewrite=_rewrite,
)
