"""Who wants the first or last part of a text need not split the rest of it."""

import ast
from collections.abc import Iterator

from ._names import bound, is_local, root
from ._rule import Proposal, Rule, Site, Splice


def _rewrite(site: Site) -> Iterator[Proposal]:
    for node in site.nodes():
        match node:
            case ast.Subscript(
                value=ast.Call(
                    func=ast.Attribute(value=text, attr="split" | "rsplit") as method, args=args, keywords=[]
                ) as call,
                slice=place,
                ctx=ast.Load(),
            ) if len(args) <= 1 and not _is_module(site, text):
                ending = _method(place)
            case _:
                continue
        if ending is None:
            continue
        separator = site.text(args[0]) if args else "None"
        start, end = site.span(method)[1] - len(method.attr), site.span(call)[1]
        splice = Splice(start=start, end=end, text=f"{ending}({separator}, 1)".encode())
        yield Proposal(splices=(splice,), detail=ast.unparse(node)[:60])


def _method(place: ast.expr) -> str | None:
    match place:
        case ast.Constant(value=0):
            return "split"
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=1)):
            return "rsplit"
        case _:
            return None


def _is_module(site: Site, owner: ast.expr) -> bool:
    """`os.path.split`, `shlex.split`, `re.split` and their like take other arguments."""
    first = root(owner)
    imports = (item for item in ast.walk(site.function) if isinstance(item, ast.Import | ast.ImportFrom))
    here = {name for item in imports for name in bound(item)}
    return first is not None and (first in here or not is_local(site, first))


PLUGIN: Rule = Rule(
    name="split_once",
    what="split once where only one part is used",
    gain="constant",
    example_before="""\
def extension(name):
    return name.split(".")[-1], name.split()[0]
""",
    example_after="""\
def extension(name):
    return name.rsplit(".", 1)[-1], name.split()[0]
""",
    calls=("extension('a.tar.gz')", "extension('plain name')"),
    wrong_when="the object is no text: a module's or another class's `split` takes other arguments.",
    wrong_example="""\
import shlex


def program(line):
    return shlex.split(line)[0]
""",
    rewrite=_rewrite,
)
