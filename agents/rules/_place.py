"""Where a rule may put new code: before or after a statement, at the top of the file, before the function."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from ._names import is_local
from ._rule import Site, Splice


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """How to name something from another module here, and the import that makes it so."""

    name: str
    splices: tuple[Splice, ...] = ()


def before(site: Site, statement: ast.stmt, *lines: str) -> Splice | None:
    """New lines before a statement; None where it does not begin its line."""
    start, _ = site.span(statement)
    line = site.starts[statement.lineno - 1]
    indent = site.source[line:start].decode()
    decorated = bool(getattr(statement, "decorator_list", ()))
    if (indent and not indent.isspace()) or site.source[start : start + 4] == b"elif" or decorated:
        return None
    text = "".join(f"{indent}{part}{site.newline}" for part in lines)
    return Splice(start=line, end=line, text=text.encode())


def after(site: Site, statement: ast.stmt, *lines: str) -> Splice | None:
    """New lines after a statement, at its indentation; None where its lines hold other code."""
    if before(site, statement, "") is None:
        return None
    start, end = site.span(statement)
    indent = site.source[site.starts[statement.lineno - 1] : start].decode()
    stop = _line_end(site, statement.end_lineno or statement.lineno)
    rest = site.source[end:stop].strip()
    if rest and not rest.startswith(b"#"):
        return None
    text = "".join(f"{site.newline}{indent}{part}" for part in lines)
    return Splice(start=stop, end=stop, text=text.encode())


def without(site: Site, statement: ast.stmt) -> Splice | None:
    """The removal of a statement with its line; None where it shares the line or is all its block holds."""
    start, end = site.span(statement)
    first, last = site.starts[statement.lineno - 1], _line_end(site, statement.end_lineno or statement.lineno)
    alone = not site.source[first:start].strip() and not site.source[end:last].strip()
    parent = site.parents[statement]
    only = any(getattr(parent, name, None) == [statement] for name in ("body", "orelse", "finalbody"))
    if not alone or only:
        return None
    return Splice(start=first, end=site.starts[statement.end_lineno or statement.lineno], text=b"")


def need(site: Site, module: str, name: str) -> Needed | None:
    """`name` of a standard module as this function can say it; None where no name is free."""
    for statement in _earlier(site):
        for alias, said in _imported(statement, module, name):
            if not is_local(site, alias.partition(".")[0]):
                return Needed(name=said)
    spot = _import_spot(site)
    free = next((word for word in (name, f"_{name}") if not site.mentions(word)), None)
    if spot is None or free is None:
        return None
    renamed = "" if free == name else f" as {free}"
    return Needed(name=free, splices=(_line_at(site, spot, f"from {module} import {name}{renamed}"),))


def import_line(site: Site, line: str) -> Splice | None:
    """A new import at the end of the file's leading imports."""
    spot = _import_spot(site)
    return None if spot is None else _line_at(site, spot, line)


def constant(site: Site, name: str, value: str) -> Splice | None:
    """`name = value` at module level, above the statement and the comment that hold the function."""
    top = top_statement(site)
    line = _first_line(top)
    start = site.starts[line - 1]
    if top.col_offset:
        return None
    while line > 1 and site.source[site.starts[line - 2] : start].lstrip().startswith(b"#"):
        line -= 1
        start = site.starts[line - 1]
    if line == 1:
        start = site.starts[_first_line(top) - 1]
    text = f"{name} = {value}{site.newline}{site.newline}{site.newline}"
    return Splice(start=start, end=start, text=text.encode())


def top_statement(site: Site) -> ast.stmt:
    """The statement of the module that holds the function."""
    node: ast.AST = site.function
    while site.parents[node] is not site.module:
        node = site.parents[node]
    assert isinstance(node, ast.stmt)
    return node


def _earlier(site: Site) -> Iterator[ast.stmt]:
    """Statements of the module above the function's."""
    top = top_statement(site)
    for statement in site.module.body:
        if statement is top:
            return
        yield statement


def _imported(statement: ast.stmt, module: str, name: str) -> Iterator[tuple[str, str]]:
    """The name that an import binds, and how `module.name` is said with it."""
    match statement:
        case ast.ImportFrom(module=source, names=names, level=0) if source == module:
            for alias in names:
                if alias.name == name:
                    yield alias.asname or name, alias.asname or name
        case ast.Import(names=names):
            for alias in names:
                if alias.name == module:
                    yield alias.asname or module, f"{alias.asname or module}.{name}"
        case _:
            pass


def _import_spot(site: Site) -> int | None:
    """Byte offset after the leading docstring and imports; None where code shares that line."""
    last: ast.stmt | None = None
    for place, statement in enumerate(site.module.body):
        text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant) and place == 0
        if not text and not isinstance(statement, ast.Import | ast.ImportFrom):
            break
        last = statement
    if last is None:
        return site.starts[_first_line(site.module.body[0]) - 1]
    following = (item for item in site.module.body if _first_line(item) > (last.end_lineno or last.lineno))
    index = site.module.body.index(last) + 1
    if index < len(site.module.body) and site.module.body[index] is not next(following, None):
        return None
    return site.starts[last.end_lineno or last.lineno]


def _line_at(site: Site, spot: int, line: str) -> Splice:
    """An import at that byte, with two empty lines before code that begins there."""
    first = site.module.body[0]
    gap = site.newline * 2 if spot == site.starts[_first_line(first) - 1] else ""
    return Splice(start=spot, end=spot, text=f"{line}{site.newline}{gap}".encode())


def _first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(node.lineno for node in decorators)])


def _line_end(site: Site, line: int) -> int:
    """Byte offset of the end of a line, its line ending left out."""
    stop = site.starts[line]
    while stop > site.starts[line - 1] and site.source[stop - 1 : stop] in (b"\n", b"\r"):
        stop -= 1
    return stop
