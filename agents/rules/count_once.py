"""`list.count` inside a loop walks the list each time; a Counter walks it once."""

import ast
from collections.abc import Iterator

from ._kinds import kind
from ._loops import hoist_point
from ._place import before, need
from ._rule import Proposal, Rule, Site


def _rewrite(site: Site) -> Iterator[Proposal]:
    found: dict[tuple[str, ast.stmt], list[tuple[ast.Call, ast.expr]]] = {}
    for node in site.nodes():
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="count"), args=[item], keywords=[]):
                fits = kind(site, name) in {"list", "tuple"} or iterated(site, item, name)
                point = hoist_point(site, node, (name,)) if fits else None
                if point is not None:
                    found.setdefault((name, point), []).append((node, item))
            case _:
                pass
    for (name, point), calls in found.items():
        counter = need(site, "collections", "Counter")
        counts = site.fresh(f"{name}_counts")
        head = before(site, point, f"{counts} = {counter.name}({name})") if counter is not None else None
        if counter is not None and head is not None:
            places = (site.replace(call, f"{counts}[{site.text(item)}]") for call, item in calls)
            yield Proposal(splices=(*counter.splices, head, *places), detail=name)


def iterated(site: Site, item: ast.expr, name: str) -> bool:
    """Is `item` the variable of a loop or comprehension over `name`, hence one of its elements?"""
    if not isinstance(item, ast.Name):
        return False
    node: ast.AST = item
    while (node := site.parents[node]) is not site.function:
        match node:
            case ast.For(target=target, iter=source) if _over(target, source, item.id, name):
                return True
            case ast.ListComp(generators=parts) | ast.SetComp(generators=parts) | ast.GeneratorExp(generators=parts):
                if any(_over(part.target, part.iter, item.id, name) for part in parts):
                    return True
            case ast.DictComp(generators=parts):
                if any(_over(part.target, part.iter, item.id, name) for part in parts):
                    return True
            case _:
                pass
    return False


def _over(target: ast.expr, source: ast.expr, item: str, name: str) -> bool:
    """`for item in name` or `for place, item in enumerate(name)`."""
    forms = {(item, name), (f"(_, {item})", f"enumerate({name})")}
    if isinstance(target, ast.Tuple) and len(target.elts) == 2:
        return ("(_, " + ast.unparse(target.elts[1]) + ")", ast.unparse(source)) in forms
    return (ast.unparse(target), ast.unparse(source)) in forms


PLUGIN: Rule = Rule(
    name="count_once",
    what="count all elements once before the loop",
    gain="growth",
    example_before="""\
def commonest(words):
    best = 0
    for word in words:
        if words.count(word) > best:
            best = words.count(word)
    return best
""",
    example_after="""\
from collections import Counter


def commonest(words):
    best = 0
    words_counts = Counter(words)
    for word in words:
        if words_counts[word] > best:
            best = words_counts[word]
    return best
""",
    calls=("commonest(['a', 'b', 'a'])", "commonest('abba')", "commonest([])"),
    wrong_when="the elements cannot be hashed, or `count` is asked of a text for more than one character.",
    wrong_example="""\
def marks(text: str, words):
    return [text.count(word) for word in words]
""",
    rewrite=_rewrite,
)
