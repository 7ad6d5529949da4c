"""A target with its ladder set up, and single faults tried on it: what do its own tests say, and what each rung?"""

import shlex
import time
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from perfsmith.commands.optimize import rank, take_profile
from perfsmith.commands.run import Output, bench, prepare, quick_rungs, recorded
from perfsmith.commands.target import Asked, open_target, state_folder
from perfsmith.optimizer.core.errors import CandidateError
from perfsmith.optimizer.core.ports import Base, Check
from perfsmith.optimizer.core.recording import Recording
from perfsmith.optimizer.core.values import Candidate, Edit, Origin
from perfsmith.optimizer.core.verdicts import Failed, Skipped
from perfsmith.optimizer.ondemand import trial_of
from perfsmith.optimizer.sandbox.scratch import scratch_folder
from perfsmith.optimizer.verify.covering import Covering
from perfsmith.optimizer.verify.exercised import Exercise, Exercised
from perfsmith.optimizer.verify.generated import Generated
from perfsmith.optimizer.verify.kept_inputs import objects_needed
from perfsmith.optimizer.verify.mutants import Mutant, idle
from perfsmith.optimizer.verify.observed import observed
from perfsmith.optimizer.verify.printed import WorkloadOutput

_LEFT_OUT = frozenset({"protected", "tests", "probes"})
"""Rungs that are no part of the question: the second is asked by itself, the third looks at cheats."""
Document = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Laboratory:
    """One target; `found` says what reaches its hot functions."""

    name: str
    base: Base
    goal: Any
    hot: dict[str, tuple[str, ...]]
    """Path → hot functions."""
    rungs: Sequence[Check]
    tests: Check
    exercise: Exercise
    found: Exercised
    files: tuple[str, ...]
    """Where callers of a hot function may be."""
    recordings: dict[tuple[str, ...], Recording] = field(default_factory=dict[tuple[str, ...], Recording])
    """By the labels that `verify` would record for a change of one function."""

    def sources(self) -> dict[str, bytes]:
        """The files of the hot functions."""
        return {path: self.base.read(path) for path in self.hot}

    def tested(self, one: Mutant) -> Document:
        """Whether the package's own tests notice, of those that reach the function."""
        return self._asked(one, [self.tests])["tests"]

    def judged(self, one: Mutant) -> dict[str, Document]:
        """What each rung says, whatever the others say; no fault profits from what another one showed."""
        with scratch_folder("faults") as folder:
            alone = [
                replace(rung, state=folder, shrinking=0.0) if isinstance(rung, Generated) else rung
                for rung in self.rungs
            ]
            return self._asked(one, alone)

    def _asked(self, one: Mutant, rungs: Sequence[Check]) -> dict[str, Document]:
        edit = Edit(path=one.path, before=self.base.read(one.path), after=one.source)
        what = observed((edit,), {one.path: (one.unit,)}, self.files, self.base.read)
        own = replace(self.found, changed=(f"{one.path}::{one.unit}",), recording=self._recorded(what.labels))
        self.exercise.remember(self.base, (edit,), own)
        candidate = Candidate(edits=(edit,), idea="a planted fault", origin=Origin(author="patch"))
        said: dict[str, Document] = {}
        with trial_of(candidate, self.base, self.goal) as trial:
            for rung in rungs:
                said[rung.name] = _said(rung, trial, said.get(rung.name))
        return said

    def _recorded(self, labels: tuple[str, ...]) -> Recording:
        """Of all that was recorded for the hot functions what belongs to this one."""
        if labels not in self.recordings:
            self.recordings[labels] = _part(self.found.recording, frozenset(labels))
        return self.recordings[labels]


def _part(whole: Recording, labels: frozenset[str]) -> Recording:
    """Calls of these labels, with the objects that they are given."""
    objects = [call for call in whole.calls if call.kind == "object"]
    wanted = {call.id for call in whole.calls if call.label in labels}
    wanted |= {one.id for call in whole.calls if call.label in labels for one in objects_needed(call, objects)}
    calls = tuple(call for call in whole.calls if call.id in wanted)
    return replace(whole, calls=calls, refused=tuple(one for one in whole.refused if one[0] in labels))


def _said(rung: Check, trial: Any, earlier: Document | None) -> Document:
    start = time.monotonic()
    try:
        outcome = rung.run(trial)
        status = "noticed" if isinstance(outcome, Failed) else "skipped" if isinstance(outcome, Skipped) else "passed"
        words = outcome.message if isinstance(outcome, Failed) else outcome.why if isinstance(outcome, Skipped) else ""
    except CandidateError as error:
        status, words = "noticed", str(error)
    found = {"status": status, "seconds": round(time.monotonic() - start, 3), "words": words[:300]}
    return earlier if earlier and earlier["status"] == "noticed" else found


@contextmanager
def opened(
    name: str, tree: Path, tests: str, workload: str, most: int, hot: dict[str, tuple[str, ...]] | None = None
) -> Generator[Laboratory]:
    """Set the ladder up as `verify` does, and find the hot functions, unless they are told."""
    options = {"tests": tests, "workload": (workload,), "python": _python(workload)}
    asked = Asked(command="verify", repo=tree, options=options)
    with recorded(state_folder(), Output(quiet=True)) as run:
        ready = prepare(open_target(asked), run)
        target = ready.target
        tools = bench(ready, run, quick_rungs(), single=True)
        if hot is None:
            spots = rank(target, take_profile(target, run, "pyspy"))[:most]
            hot = by_path((spot.unit.path, spot.unit.name) for spot in spots)
        exercise = next(
            rung.exercise for rung in tools.thorough if isinstance(getattr(rung, "exercise", None), Exercise)
        )
        yield Laboratory(
            name=name,
            base=target.base,
            goal=target.goal,
            hot=hot,
            rungs=(
                *(rung for rung in (*tools.checks, *tools.thorough) if rung.name not in _LEFT_OUT),
                WorkloadOutput(),
            ),
            tests=Covering(facts=ready.facts, exercise=exercise),
            exercise=exercise,
            found=exercise.of(target.base, tuple(_all_idle(target.base, hot))),
            files=tuple(path for path in target.base.files() if _editable(path, target.base.repo.source)),
        )


def by_path(functions: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Path → functions, from (path, function)."""
    found: dict[str, tuple[str, ...]] = {}
    for path, name in dict.fromkeys(functions):
        found[path] = (*found.get(path, ()), name)
    return found


def _all_idle(base: Base, hot: dict[str, tuple[str, ...]]) -> Generator[Edit]:
    """An edit that changes every hot function, to ask once what reaches them."""
    for path, names in hot.items():
        source = text = base.read(path)
        for name in names:
            broken = idle(path, text, name)
            text = broken.source if broken else text
        yield Edit(path=path, before=source, after=text)


def _editable(path: str, source: Sequence[str]) -> bool:
    inside = any(place == "." or path == place or path.startswith(f"{place}/") for place in source)
    return path.endswith(".py") and (inside or not source)


def _python(workload: str) -> str:
    return next(word for word in shlex.split(workload) if word.endswith("/python"))


def identity(name: str, one: Mutant) -> str:
    """The same for the same fault in the same text."""
    return sha256(f"{name}\0{one.path}\0".encode() + one.source).hexdigest()[:12]
