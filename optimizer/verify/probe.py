"""Which code do the tests and the workload really reach? Found by a line written into copies of the changed functions.

This is also the proof of provenance: the probe can only fire if the code that ran came from our tree, wherever an
editable install or an installed copy points. No tracer is involved: on Python 3.11 tracers change the complexity of
code, and they lose sight of child processes.
"""

import ast
import codecs
import io
import tokenize
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..core.values import Unit
from ..languages.python import units

MODULE = "<module>"
"""Stands for a file's code outside functions."""

_SEEN = '__import__("sys").__dict__.setdefault("_reached", {})'
_TEST = '__import__("os").environ.get("PYTEST_CURRENT_TEST", "")'
_WRITE = (
    "import os, sys\n"
    "sys._reached[k] = True\n"
    "try:\n"
    "    with open({path!r}, 'ab', buffering=0) as f: f.write((chr(9).join(k) + chr(10)).encode('utf-8', 'replace'))\n"
    "except OSError: pass"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What ran: unit → names of the tests that reached it; the empty name is the workload."""

    tests: Mapping[str, frozenset[str]]

    def by(self, unit: str) -> frozenset[str]:
        """Tests (or the workload) that reached a unit."""
        return self.tests.get(unit, frozenset())


def changed_units(path: str, before: bytes, after: bytes) -> tuple[str, ...]:
    """Names of the base's units whose own text differs, `MODULE` if something outside them does."""
    old, new = _texts(path, before), _texts(path, after)
    names = [name for name, text in old.items() if new.get(name) != text]
    innermost = [name for name in names if name == MODULE or not _only_inner(name, names, old, new)]
    return tuple(innermost)


def _texts(path: str, source: bytes) -> dict[str, bytes]:
    """Unit name → its text without the units inside it; the module's likewise. White space at line ends is no text."""
    found = units(path, source)
    texts = {unit.name: _without(source, unit.start, unit.end, _inside(unit, found)) for unit in found}
    outer = [unit for unit in found if not any(other is not unit and _holds(other, unit) for other in found)]
    texts[MODULE] = _without(source, 0, len(source), outer)
    return texts


def _inside(unit: Unit, found: tuple[Unit, ...]) -> list[Unit]:
    return [other for other in found if other is not unit and _holds(unit, other)]


def _holds(outer: Unit, inner: Unit) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _without(source: bytes, start: int, end: int, holes: Iterable[Unit]) -> bytes:
    text, position = bytearray(), start
    for hole in sorted(holes, key=lambda unit: unit.start):
        if hole.start >= position:
            text += source[position : hole.start] + b"\0"
            position = hole.end
    text += source[position:end]
    return b"\n".join(line for line in (line.rstrip() for line in text.splitlines()) if line.strip(b"\0 \t"))


def _only_inner(name: str, names: list[str], old: Mapping[str, bytes], new: Mapping[str, bytes]) -> bool:
    return any(other.startswith(f"{name}.") for other in names) and new.get(name) == old[name]


def instrument(path: str, source: bytes, names: Iterable[str], log: str) -> bytes:
    """The source with a probe at the start of each named unit. Raises `SyntaxError` if our Python cannot read it."""
    encoding = _encoding(source)
    text = source.decode(encoding)
    tree = ast.parse(text)
    lines = list(io.StringIO(text, newline=""))
    wanted = set(names)
    places = [(body, f"{path}::{name}") for name, body in _bodies(tree, "") if name in wanted]
    if MODULE in wanted:
        places.append((_module_body(tree), f"{path}::{MODULE}"))
    for body, label in sorted(places, key=lambda place: place[0].lineno, reverse=True):
        _insert(lines, body, _probe(label, log))
    return "".join(lines).encode(encoding)


def _encoding(source: bytes) -> str:
    encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
    return "utf-8-sig" if source.startswith(codecs.BOM_UTF8) else encoding


def _bodies(node: ast.AST, prefix: str) -> Iterable[tuple[str, ast.stmt]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield prefix + child.name, _first(child.body)
        named = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        yield from _bodies(child, f"{prefix}{child.name}." if named else prefix)


def _first(body: list[ast.stmt]) -> ast.stmt:
    """The statement before which a probe fits: after the docstring where something follows it."""
    first = body[0]
    is_text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and len(body) > 1
    return body[1] if is_text else first


def _module_body(tree: ast.Module) -> ast.stmt:
    """The first statement that is neither docstring nor `from __future__`."""
    for statement in tree.body:
        future = isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
        text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if not future and not text:
            return statement
    raise SyntaxError("nothing to run in this file")


def _probe(label: str, log: str) -> str:
    code = _WRITE.format(path=log)
    key = f"({label!r}, {_TEST})"
    return f'{_SEEN}.get({key}) or __import__("builtins").exec({code!r}, {{"k": {key}}})'


def _insert(lines: list[str], body: ast.stmt, probe: str) -> None:
    number = min([body.lineno, *(decorator.lineno for decorator in getattr(body, "decorator_list", []))]) - 1
    line = lines[number]
    column = len(line.encode()[: body.col_offset].decode())
    if line[:column].strip() in ("", "\ufeff"):
        end = "\r\n" if line.endswith("\r\n") else "\n"
        lines[number] = f"{line[:column]}{probe}{end}{line}"
    else:
        lines[number] = f"{line[:column]}{probe}; {line[column:]}"


def read_log(text: bytes) -> Reached:
    """What the probes wrote: one line a unit and test, `unit TAB nodeid (phase)`."""
    found: dict[str, set[str]] = {}
    for entry in text.decode("utf-8", "replace").splitlines():
        unit, _, test = entry.partition("\t")
        found.setdefault(unit, set()).add(test.rpartition(" (")[0])
    return Reached(tests={unit: frozenset(tests) for unit, tests in found.items()})
