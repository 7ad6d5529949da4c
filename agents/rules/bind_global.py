"""Functions and classes of the module that a loop calls in every round become local names before it."""

import ast
from collections.abc import Iterator

from ._loops import Loop, loops_around, statement
from ._names import is_local
from ._place import before
from ._rule import Function, Proposal, Rule, Site


def _rewrite(site: Site) -> Iterator[Proposal]:
    found: dict[ast.stmt, dict[str, list[ast.Name]]] = {}
    for node in site.nodes():
        match node:
            case ast.Call(func=ast.Name(id=name) as function) if _is_global(site, name):
                loops = [loop for loop in loops_around(site, node) if isinstance(loop, Loop)]
                if loops:
                    found.setdefault(statement(site, loops[-1]), {}).setdefault(name, []).append(function)
            case _:
                pass
    for point, calls in found.items():
        names = {name: site.fresh(f"local_{name.lstrip('_')}") for name in calls}
        head = before(site, point, *(f"{names[name]} = {name}" for name in calls))
        if head is not None:
            places = (site.replace(node, names[name]) for name, nodes in calls.items() for node in nodes)
            yield Proposal(splices=(head, *places), detail=", ".join(calls))


def _is_global(site: Site, name: str) -> bool:
    """Defined or imported once at the top of the module, and not the function itself."""
    if is_local(site, name) or name == site.function.name:
        return False
    defined = (item for item in site.module.body if isinstance(item, Function | ast.ClassDef) and item.name == name)
    imports = (item for item in site.module.body if isinstance(item, ast.ImportFrom))
    taken = (alias for item in imports for alias in item.names if (alias.asname or alias.name) == name)
    return len([*defined, *taken]) == 1


PLUGIN: Rule = Rule(
    name="bind_global",
    what="make the functions that the loop calls local names",
    gain="micro",
    example_before="""\
def double(number):
    return 2 * number


def doubled(numbers):
    found = []
    for number in numbers:
        found.append(double(number))
    return found
""",
    example_after="""\
def double(number):
    return 2 * number


def doubled(numbers):
    found = []
    local_double = double
    for number in numbers:
        found.append(local_double(number))
    return found
""",
    calls=("doubled([1, 2])", "doubled([])"),
    wrong_when="the module's function is exchanged while the loop runs.",
    wrong_example="""\
def step(number):
    global step
    step = lambda other: -other
    return number


def stepped(numbers):
    found = []
    for number in numbers:
        found.append(step(number))
    return found
""",
    wrong_call="stepped([1, 2])",
    rewrite=_rewrite,
)
