"""A standard module that a function imports in every call is imported once, with the file."""

import ast
import sys
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from ._names import bound, module_bindings, uses
from ._place import import_line, without
from ._rule import Proposal, Rule, Site


def _rewrite(site: Site) -> Iterator[Proposal]:
    for node in site.nodes():
        match node:
            case ast.Import(names=[ast.alias(name=module)]) | ast.ImportFrom(module=str(module), names=[_], level=0):
                names = list(bound(node))
            case _:
                continue
        standard = module.partition(".")[0] in sys.stdlib_module_names
        line, gone = site.text(node), without(site, node)
        if not standard or gone is None or "*" in line or module == "__future__" or not _free(site, node, names):
            continue
        if _there(site, line):
            yield Proposal(splices=(gone,), detail=line)
        elif (spot := import_line(site, line)) is not None:
            yield Proposal(splices=(spot, gone), detail=line)


@lru_cache(maxsize=4)
def _lines(module: ast.Module) -> Counter[str]:
    """How often each import is written in a file."""
    return Counter(ast.unparse(node) for node in ast.walk(module) if isinstance(node, ast.Import | ast.ImportFrom))


@lru_cache(maxsize=4)
def _parameters(module: ast.Module) -> frozenset[str]:
    return frozenset(node.arg for node in ast.walk(module) if isinstance(node, ast.arg))


def _there(site: Site, line: str) -> bool:
    return any(isinstance(item, ast.Import | ast.ImportFrom) and site.text(item) == line for item in site.module.body)


def _free(site: Site, node: ast.Import | ast.ImportFrom, names: list[str]) -> bool:
    """Does each name mean the import and nothing else, in the whole file?"""
    guarded = isinstance(site.parents[node], ast.Try | ast.TryStar | ast.If)
    bindings = sum(module_bindings(site.module)[name] for name in names)
    alone = bindings == _lines(site.module)[ast.unparse(node)] and not _parameters(site.module) & set(names)
    return not guarded and alone and bool(uses(site, names[0]))


PLUGIN: Rule = Rule(
    name="lift_import",
    what="import with the module instead of in every call",
    gain="constant",
    example_before="""\
import os


def size(path):
    import stat

    return stat.S_IMODE(0o100644), os.path.basename(path)
""",
    example_after="""\
import os
import stat


def size(path):

    return stat.S_IMODE(0o100644), os.path.basename(path)
""",
    calls=("size('a/b')",),
    wrong_when="the import is late on purpose: a cycle, a slow module that few calls need, one that may be missing.",
    wrong_example="""\
def size(path):
    try:
        import stat
    except ImportError:
        return None
    return stat.S_IMODE(0o100644)
""",
    rewrite=_rewrite,
)
