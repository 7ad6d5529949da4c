"""A regular expression with a fixed pattern is compiled once, at import, not looked up in every call."""

import ast
import re
from collections.abc import Iterator

from ._names import is_local
from ._place import constant, top_statement
from ._rule import Proposal, Rule, Site

_FLAGS = {"match": 2, "search": 2, "fullmatch": 2, "findall": 2, "finditer": 2, "split": 3, "sub": 4, "subn": 4}
"""Position of `flags` among the arguments of the module's functions."""


def _rewrite(site: Site) -> Iterator[Proposal]:
    if not _has_re(site):
        return
    found: dict[tuple[str, str], list[ast.Call]] = {}
    for node in site.nodes():
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="re"), attr=function), args=[pattern, *_]) if _fixed(
                pattern
            ):
                flags = _flags(site, node)
                if (function in _FLAGS or function == "compile") and flags is not None:
                    found.setdefault((site.text(pattern), flags), []).append(node)
            case _:
                pass
    for (pattern, flags), calls in found.items():
        name = site.fresh(_named(calls[0]))
        home = constant(site, name, f"re.compile({pattern}{', ' + flags if flags else ''})")
        if home is not None:
            changed = (site.replace(call, _call(site, call, name)) for call in calls)
            yield Proposal(splices=(home, *changed), detail=pattern[:60])


def _has_re(site: Site) -> bool:
    """Is `re` the standard module, imported above the function?"""
    top = top_statement(site)
    above = site.module.body[: site.module.body.index(top)]
    names = [alias for item in above if isinstance(item, ast.Import) for alias in item.names]
    return any(alias.name == "re" and alias.asname is None for alias in names) and not is_local(site, "re")


def _fixed(pattern: ast.expr) -> bool:
    return isinstance(pattern, ast.Constant) and isinstance(pattern.value, str | bytes)


def _flags(site: Site, call: ast.Call) -> str | None:
    """Source of the flags, empty for none; None where they are not constants of `re`."""
    assert isinstance(call.func, ast.Attribute)
    place = _FLAGS.get(call.func.attr, 1)
    given = [word.value for word in call.keywords if word.arg == "flags"] or call.args[place : place + 1]
    odd = any(isinstance(arg, ast.Starred) for arg in call.args) or any(word.arg is None for word in call.keywords)
    if odd:
        return None
    text = site.text(given[0]) if given else ""
    return text if re.fullmatch(r"(re\.[A-Z]+(\s*\|\s*re\.[A-Z]+)*)?", text) else None


def _call(site: Site, call: ast.Call, name: str) -> str:
    assert isinstance(call.func, ast.Attribute)
    if call.func.attr == "compile":
        return name
    args = [site.text(arg) for arg in call.args[1 : _FLAGS[call.func.attr]]]
    words = [f"{word.arg}={site.text(word.value)}" for word in call.keywords if word.arg != "flags"]
    return f"{name}.{call.func.attr}({', '.join([*args, *words])})"


def _named(call: ast.Call) -> str:
    pattern = call.args[0]
    value = pattern.value if isinstance(pattern, ast.Constant) else ""
    text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    words = "_".join(re.findall(r"[A-Za-z]{3,}", re.sub(r"\\.", " ", text))[:2]).upper()
    return f"_{words}_PATTERN" if words else "_PATTERN"


PLUGIN: Rule = Rule(
    name="compile_pattern",
    what="compile the pattern once at import",
    gain="constant",
    example_before="""\
import re


# Splits a line into its words.
def words(line):
    return [word for word in re.split(r"[\\s,;]+", line, flags=re.ASCII) if word]
""",
    example_after="""\
import re


_PATTERN = re.compile(r"[\\s,;]+", re.ASCII)


# Splits a line into its words.
def words(line):
    return [word for word in _PATTERN.split(line) if word]
""",
    calls=("words('a, b;c  d')", "words('')"),
    wrong_when="the pattern is wrong, which is then found out at import, or `re` is exchanged for another module.",
    wrong_example="""\
def words(line, re):
    return re.split("a+", line)
""",
    rewrite=_rewrite,
)
