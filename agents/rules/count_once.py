"""`list.count` inside a loop walks the list each time; a Counter walks it once."""

import ast
from collections.abc import Iterator

from ._kinds import kind
from ._loops import hoist_point, iterated
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
