"""Several tests of the same text or object in a row become one call with a tuple."""

import ast
from collections.abc import Iterator

from ._names import plain
from ._rule import Proposal, Rule, Site, Splice


def _rewrite(site: Site) -> Iterator[Proposal]:
    for node in site.nodes():
        if not isinstance(node, ast.BoolOp) or not isinstance(node.op, ast.Or):
            continue
        for run in _runs(node.values):
            yield from _merged(site, run)


def _runs(values: list[ast.expr]) -> Iterator[list[ast.Call]]:
    """Neighbours that ask the same of the same."""
    run: list[ast.Call] = []
    for value in values:
        if run and _subject(value) != _subject(run[0]):
            yield run
            run = []
        if isinstance(value, ast.Call) and _subject(value) is not None:
            run.append(value)
    yield run


def _subject(node: ast.expr) -> str | None:
    match node:
        case ast.Call(func=ast.Attribute(value=text, attr="startswith" | "endswith" as name), args=[_], keywords=[]):
            return f"{ast.unparse(text)}.{name}(" if plain(text) else None
        case ast.Call(func=ast.Name(id="isinstance"), args=[thing, _], keywords=[]):
            return f"isinstance({ast.unparse(thing)}, " if plain(thing) else None
        case _:
            return None


def _merged(site: Site, run: list[ast.Call]) -> Iterator[Proposal]:
    parts = [part for call in run for part in _parts(call.args[-1])]
    fixed = all(plain(part) for part in parts)
    if len(run) < 2 or not fixed:
        return
    start, end = site.span(run[0])[0], site.span(run[-1])[1]
    if any(site.source[site.span(call)[1] :].lstrip().startswith(b")") for call in run[:-1]):
        return
    text = f"{_subject(run[0])}({', '.join(site.text(part) for part in parts)}))"
    detail = f"{_subject(run[0])}…)"
    yield Proposal(splices=(Splice(start=start, end=end, text=text.encode()),), detail=detail)


def _parts(node: ast.expr) -> list[ast.expr]:
    return node.elts if isinstance(node, ast.Tuple) else [node]


PLUGIN: Rule = Rule(
    name="one_test",
    what="test for all of them in one call",
    gain="constant",
    example_before="""\
def is_remote(url):
    return url.startswith("http:") or url.startswith("https:") or not url
""",
    example_after="""\
def is_remote(url):
    return url.startswith(("http:", "https:")) or not url
""",
    calls=("is_remote('http://x')", "is_remote('https://x')", "is_remote('')", "is_remote('file:')"),
    wrong_when="the parts are computed one after the other, or the object is no text and takes no tuple.",
    wrong_example="""\
def is_remote(url, scheme):
    return url.startswith(scheme()) or url.startswith(scheme())
""",
    rewrite=_rewrite,
)
