"""Which code do the tests and the workload really reach? Found by a line written into copies of the changed functions.

This is also the proof of provenance: the probe can only fire if the code that ran came from our tree, wherever an
editable install or an installed copy points. No tracer is involved: on Python 3.11 tracers change the complexity of
code, and they lose sight of child processes.
"""

import codecs
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..core.values import Unit
from ..languages.python import blanked, openings, units

MODULE = "<module>"
"""Stands for a file's code outside functions."""

_SEEN = '__import__("sys").__dict__.setdefault("_reached", {})'
_TEST = '__import__("os").environ.get("PYTEST_CURRENT_TEST", "")'
_WRITE = (
    "import os, sys\n"
    "sys._reached[k] = True\n"
    "try:\n"
    "    with open({path}, 'ab', buffering=0) as f: f.write((chr(9).join(k) + chr(10)).encode('utf-8', 'replace'))\n"
    "except OSError: pass"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What ran: unit → names of the tests that reached it; the empty name stands for anything else."""

    tests: Mapping[str, frozenset[str]]

    def by(self, unit: str) -> frozenset[str]:
        """Names of the tests that reached a unit, the empty one included."""
        return self.tests.get(unit, frozenset())


def changed_units(path: str, before: bytes, after: bytes) -> tuple[str, ...]:
    """Names of the base's units whose own code differs, `MODULE` if something outside them does; never empty.

    A difference in nothing but white space counts where there is no other, for it may lie inside a string. Comments
    and docstrings are not code: nobody needs to run a function because its description changes.
    """
    for loose in (True, False):
        old, new = (_texts(path, source, loose=loose) for source in (before, after))
        names = [name for name, text in old.items() if new.get(name) != text]
        if names:
            return tuple(names)
    return (MODULE,)


def _texts(path: str, source: bytes, *, loose: bool) -> dict[str, bytes]:
    """Unit name → its text without the units inside it; the module's likewise. Units of one name are one."""
    found = units(path, source)
    source = blanked(source)
    texts: dict[str, bytes] = {}
    for unit in found:
        own = _without(source, unit.start, unit.end, _inside(unit, found), loose=loose)
        texts[unit.name] = texts.get(unit.name, b"") + b"\0" + own
    outer = [unit for unit in found if not any(other is not unit and _holds(other, unit) for other in found)]
    texts[MODULE] = _without(source, 0, len(source), outer, loose=loose)
    return texts


def _inside(unit: Unit, found: tuple[Unit, ...]) -> list[Unit]:
    return [other for other in found if other is not unit and _holds(unit, other)]


def _holds(outer: Unit, inner: Unit) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _without(source: bytes, start: int, end: int, holes: Iterable[Unit], *, loose: bool) -> bytes:
    """A part of the source without the holes; `loose` leaves out blank lines and white space at line ends."""
    text, position = bytearray(), start
    for hole in sorted(holes, key=lambda unit: unit.start):
        if hole.start >= position:
            text += source[position : hole.start] + b"\1"
            position = hole.end
    text = (text + source[position:end]).replace(b"\0", b"")
    if not loose:
        return bytes(text)
    return b"\n".join(line for line in (line.rstrip() for line in text.splitlines()) if line.strip(b"\1 \t"))


def instrument(path: str, source: bytes, names: Iterable[str], log: str) -> bytes:
    """The source with a probe at the start of each named unit; all other bytes stay. A file without code stays too."""
    wanted = frozenset(names)
    lines = bytearray(source)
    for opening in sorted(openings(source), key=lambda opening: opening.offset, reverse=True):
        name = opening.unit or MODULE
        if name in wanted:
            insert_line(lines, opening.offset, probe_line(f"{path}::{name}", log))
    return bytes(lines)


def probe_line(label: str, log: str) -> bytes:
    """A statement that notes in the log that it was reached, once for each test."""
    code = _WRITE.format(path=ascii(log))
    key = f"({label!a}, {_TEST})"
    return f'{_SEEN}.get({key}) or __import__("builtins").exec({code!a}, {{"k": {key}}})'.encode("ascii")


def insert_line(text: bytearray, offset: int, line: bytes) -> None:
    """Put a statement before another: on a line of its own, or on the same line where something stands before it."""
    start = max(text.rfind(b"\n", 0, offset), text.rfind(b"\r", 0, offset)) + 1
    indent = bytes(text[start:offset]).removeprefix(codecs.BOM_UTF8)
    if indent.strip(b" \t\f"):
        text[offset:offset] = line + b"; "
    else:
        text[offset:offset] = line + _line_end(text, offset) + indent


def _line_end(text: bytearray, offset: int) -> bytes:
    line = re.compile(rb"\r\n|\n|\r").search(text, offset)
    return line[0] if line else b"\n"


def read_log(text: bytes) -> Reached:
    """What the probes wrote: one line a unit and test, `unit TAB nodeid (phase)`."""
    found: dict[str, set[str]] = {}
    for entry in text.decode("utf-8", "replace").splitlines():
        unit, _, test = entry.partition("\t")
        found.setdefault(unit, set()).add(test.rpartition(" (")[0])
    return Reached(tests={unit: frozenset(tests) for unit, tests in found.items()})
