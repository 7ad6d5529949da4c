"""Which lines of a function does nothing run? Found like what is reached at all: by statements written into a copy."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ..core.goal import Goal
from ..core.ports import Base, Job
from ..core.values import Edit
from ..languages.python import statements, units
from ..sandbox.scratch import read_left, scratch_folder
from .probe import insert_line, probe_line, read_log

_SLACK = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    offset: int
    first: int
    last: int


def unreached(base: Base, goal: Goal, edits: Iterable[Edit], names: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """`path:first-last` of statements in the named units that neither the workloads nor the tests run.

    `edits` give the units' files in the form that is asked about; one run of everything.
    """
    places = {edit.path: list(_places(edit.path, edit.after or b"", names.get(edit.path, ()))) for edit in edits}
    with scratch_folder("lines") as folder:
        log = folder / "reached"
        marked = [_marked(edit, places[edit.path], str(log)) for edit in edits]
        with base.fork(marked) as tree:
            for workload in goal.workloads:
                tree.run(Job(command=workload.command, timeout=workload.timeout, scratch=folder))
            if goal.suite is not None:
                timeout = goal.suite.timeout + _SLACK
                tree.run(Job(command=goal.suite.command, timeout=timeout, scratch=folder))
        reached = read_log(read_left(log) or b"")
    return tuple(
        text
        for path, found in places.items()
        for text in _ranges(path, [one for one in found if not reached.by(f"{path}::{one.offset}")])
    )


def _places(path: str, source: bytes, names: Iterable[str]) -> Iterator[_Place]:
    wanted = frozenset(names)
    for unit in units(path, source):
        if unit.name in wanted:
            for start, end in statements(source, unit.start, unit.end):
                first, last = (source.count(b"\n", 0, at) + 1 for at in (start, end))
                yield _Place(offset=start, first=first, last=last)


def _marked(edit: Edit, places: Iterable[_Place], log: str) -> Edit:
    text = bytearray(edit.after or b"")
    for offset in sorted({one.offset for one in places}, reverse=True):
        insert_line(text, offset, probe_line(f"{edit.path}::{offset}", log))
    return Edit(path=edit.path, before=edit.before, after=bytes(text), mode=edit.mode)


def _ranges(path: str, places: Iterable[_Place]) -> Iterator[str]:
    """Neighbouring statements as one range of lines."""
    lines = sorted({line for one in places for line in range(one.first, one.last + 1)})
    start = previous = 0
    for line in [*lines, 0]:
        if line != previous + 1 or not line:
            if start:
                yield f"{path}:{start}" if start == previous else f"{path}:{start}-{previous}"
            start = line
        previous = line
