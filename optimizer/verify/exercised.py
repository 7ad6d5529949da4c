"""Runs the instrumented base once with the workloads and once with the tests, and remembers who reached what."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from ..core.events import StepStarted
from ..core.goal import Goal
from ..core.ports import Base, Job, Kept, Record, Sandbox
from ..core.recording import Recording
from ..core.values import Edit
from ..languages.python import units as python_units
from ..sandbox.scratch import read_left, scratch_folder
from .calls import read_recording, with_recording, write_config
from .observed import Observed, observed
from .probe import Reached, changed_units, instrument, read_log

_SLACK = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercised:
    """Who reached the units that a candidate changes; labels are `path::unit`."""

    changed: tuple[str, ...]
    by_workload: Reached
    by_suite: Reached
    recording: Recording = field(default_factory=Recording)
    """Calls of what is public around the changed units, from the same runs."""

    @property
    def untouched(self) -> tuple[str, ...]:
        """Changed units that neither tests nor workloads reach."""
        return tuple(label for label in self.changed if not self.by_workload.by(label) | self.by_suite.by(label))

    @property
    def tested(self) -> bool:
        """Whether the suite reaches some changed unit."""
        return any(self.by_suite.by(label) for label in self.changed)

    @property
    def tests(self) -> frozenset[str]:
        """Node ids of the tests that reach some changed unit; empty where the runner is not pytest."""
        return frozenset(test for label in self.changed for test in self.by_suite.by(label) if test)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercise:
    """Finds out what is exercised, once for each set of changed functions as they are written in the base.

    What was found holds for later bases of the run too: their kept changes end every test as before.
    """

    goal: Goal
    record: Record
    kept: Kept | None = None
    """What earlier runs found out about the same base, told to run in the same way."""
    known: dict[str, Exercised] = field(default_factory=dict[str, Exercised])

    def of(self, base: Base, edits: Sequence[Edit]) -> Exercised:
        """Who reaches what these edits change in the base's code."""
        key, units, what = self._question(base, edits)
        if key not in self.known:
            self.known[key] = self._kept(base, key) or self._run(base, key, units, what)
        return self.known[key]

    def remember(self, base: Base, edits: Sequence[Edit], found: Exercised) -> None:
        """What was found out for other edits of the same code holds for these too, unless they are known."""
        self.known.setdefault(self._question(base, edits)[0], found)

    def _question(self, base: Base, edits: Sequence[Edit]) -> tuple[str, dict[str, tuple[str, ...]], Observed]:
        units = _changed(edits)
        what = observed(edits, units, _sources(base), base.read)
        return _key(edits, units, what), units, what

    def _kept(self, base: Base, key: str) -> Exercised | None:
        return self.kept.load(Exercised, *self._about(base, key)) if self.kept else None

    def _about(self, base: Base, key: str) -> tuple[str, ...]:
        return ("exercised", key, base.revision, repr(base.repo), repr(self.goal.suite), repr(self.goal.workloads))

    def _run(self, base: Base, key: str, units: Mapping[str, tuple[str, ...]], what: Observed) -> Exercised:
        changed = tuple(f"{path}::{name}" for path, names in units.items() for name in names)
        with scratch_folder("probe") as folder:
            log = folder / "reached"
            config = str(log.parent / "record.json")
            with base.fork(_instrumented(base, units, str(log), what, config)) as tree:
                write_config(Path(config), tree.root, what)
                self.record(StepStarted(what="finding what reaches the changed code"))
                ended = self._workloads(tree, log.parent)
                early = read_left(log) or b""
                ended = self._suite(tree, log.parent) and ended
                late = (read_left(log) or b"")[len(early) :]
            recording = read_recording(log.parent, tree.root)
        found = Exercised(changed=changed, by_workload=read_log(early), by_suite=read_log(late), recording=recording)
        if self.kept and ended and not found.untouched:
            self.kept.store(found, *self._about(base, key))
        return found

    def _workloads(self, tree: Sandbox, scratch: Path) -> bool:
        """Whether each came to a good end: what was seen of another one may be a part of what there is."""
        jobs = (Job(command=one.command, timeout=one.timeout, scratch=scratch) for one in self.goal.workloads)
        done = [tree.run(job) for job in jobs]
        return all(one.ok for one in done)

    def _suite(self, tree: Sandbox, scratch: Path) -> bool:
        """Whether it came to its end, with failures perhaps."""
        if self.goal.suite is None:
            return True
        timeout = self.goal.suite.timeout + _SLACK
        done = tree.run(Job(command=self.goal.suite.command, timeout=timeout, scratch=scratch))
        return done.code in (0, 1) and not done.timed_out and not done.exceeded


def _changed(edits: Sequence[Edit]) -> dict[str, tuple[str, ...]]:
    return {
        edit.path: changed_units(edit.path, edit.before, edit.after or b"")
        for edit in edits
        if edit.before is not None and edit.path.endswith(".py")
    }


def _sources(base: Base) -> tuple[str, ...]:
    """Python files that may be edited, as far as that can be told by their place."""
    places = tuple(f"{place}/" for place in base.repo.source if place != ".")
    return tuple(
        path
        for path in base.files()
        if path.endswith(".py") and (not places or path in base.repo.source or path.startswith(places))
    )


def _key(edits: Sequence[Edit], units: Mapping[str, tuple[str, ...]], what: Observed) -> str:
    """The changed units, each by its name and its text in the base, and what is recorded."""
    digest = sha256(json.dumps([what.labels, sorted(what.classes.items())]).encode("utf-8", "surrogateescape"))
    for edit in sorted(edits, key=lambda edit: edit.path):
        if edit.path not in units or edit.before is None:
            continue
        found = {unit.name: edit.before[unit.start : unit.end] for unit in python_units(edit.path, edit.before)}
        for name in sorted(units[edit.path]):
            text = found.get(name, edit.before)
            digest.update(f"{edit.path}\0{name}\0{len(text)}\0".encode("utf-8", "surrogateescape") + text)
    return digest.hexdigest()


def _instrumented(
    base: Base, units: Mapping[str, tuple[str, ...]], log: str, what: Observed, config: str
) -> tuple[Edit, ...]:
    sources = {path: base.read(path) for path in dict.fromkeys((*units, *what.paths))}
    return tuple(
        Edit(
            path=path,
            before=source,
            after=with_recording(path, instrument(path, source, units.get(path, ()), log), what.of(path), config),
        )
        for path, source in sources.items()
    )
