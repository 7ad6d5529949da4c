"""Plants faults in functions, one at a time, and asks the checks that look at answers whether they notice.

A check that lets a broken function pass proves nothing about a changed one. After DeMillo, Lipton and Sayward, "Hints
on test data selection" (1978).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import islice
from time import monotonic

from ..core.errors import CandidateError
from ..core.events import StepStarted
from ..core.goal import Goal
from ..core.ports import Base, Check, Clock, Kept, Record, Trial
from ..core.values import Candidate, Edit, Origin, Unit
from ..core.verdicts import Caught, Failed, Fault, Faults
from ..languages.python import units
from ..ondemand import trial_of
from .exercised import Exercise, Exercised
from .lines import unreached
from .mutants import NOTHING, Mutant, idle, mutants
from .probe import MODULE, changed_units

_FEW = 5
"""Faults for each function where only a rough answer is wanted, the crudest one among them."""
_UNITS = 6
"""Functions of one change in which faults are planted, the longest first."""
_ROUGH = 6.0
"""Seconds after which a rough answer is rough enough, once a fault was noticed."""
SEED = 1
_BASE = "a planted fault"
COUNT = 30
SECONDS = 60.0
"""Bounds of a thorough answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planting:
    """What notices faults, and what is known of them already."""

    rungs: Sequence[Check]
    """Cheapest first. All use `exercise`."""
    exercise: Exercise
    record: Record
    slow: Sequence[Check] = ()
    """Asked last, and for a rough answer only about the crudest fault."""
    clock: Clock = monotonic
    known: dict[str, Faults] = field(default_factory=dict[str, Faults])
    """By the function's text in the base."""
    kept: Kept | None = None

    def roughly(self, trial: Trial, found: Exercised) -> tuple[tuple[str, Faults], ...]:
        """A few faults in each changed function as it is in the base: its label and what became of them."""
        start = self.clock()
        return tuple((label, self._of_unit(trial, found, label, start)) for label in _longest(trial.base, found))

    def thoroughly(self, trial: Trial, found: Exercised, count: int = COUNT, seconds: float = SECONDS) -> Faults:
        """Many faults in what the candidate wrote, for that is the text that has to be trusted."""
        start = self.clock()
        edits = [edit for edit in trial.candidate.edits if edit.path.endswith(".py") and edit.after is not None]
        names = {edit.path: _written(edit) for edit in edits}
        each = [mutants(edit.path, edit.after or b"", names[edit.path], seed=SEED) for edit in edits]
        planted = islice(_in_turn(each), count)
        faults = self._planted(trial, planted, found, lambda _: self.clock() - start > seconds)
        lines = unreached(trial.base, trial.goal, edits, names) if faults.missed else ()
        return replace(faults, form="candidate", unreached=lines, seconds=self.clock() - start)

    def _of_unit(self, trial: Trial, found: Exercised, label: str, start: float) -> Faults:
        path, _, name = label.partition("::")
        source = trial.base.read(path)
        key = _key(label, source)
        about = _about(trial, key)
        kept = self.kept.load(Faults, *about) if self.kept and key not in self.known else None
        if kept is not None:
            self.known[key] = kept
        if key not in self.known:
            crude = idle(path, source, name)
            fine = islice(mutants(path, source, (name,), seed=SEED), _FEW - 1)
            before = Edit(path=path, before=source, after=source)
            alone = replace(trial, candidate=_with((before,)))
            own = replace(found, changed=(label,))

            def enough(noticed: int) -> bool:
                return self.clock() - start > _ROUGH if noticed else crude is not None

            faults = self._planted(alone, (*((crude,) if crude else ()), *fine), own, enough)
            if blind(faults):
                faults = replace(faults, unreached=unreached(trial.base, trial.goal, (before,), {path: (name,)}))
            self.known[key] = faults
            if self.kept is not None:
                self.kept.store(faults, *about)
        return self.known[key]

    def _planted(
        self, trial: Trial, planted: Iterable[Mutant], found: Exercised, enough: Callable[[int], bool]
    ) -> Faults:
        start, by, missed, cut = self.clock(), Counter[str](), list[Fault](), False
        for number, mutant in enumerate(planted):
            if number and enough(by.total()):
                cut = True
                break
            self.record(StepStarted(what=f"planting a fault in {mutant.unit}"))
            check = self.noticed_by(trial, mutant, found)
            by.update([check] if check else [])
            missed += [] if check else [_fault(mutant)]
        return Faults(
            planted=by.total() + len(missed),
            by=tuple(Caught(check=check, faults=count) for check, count in by.items()),
            missed=tuple(missed),
            seconds=self.clock() - start,
            form="base",
            cut=cut,
        )

    def noticed_by(self, trial: Trial, mutant: Mutant, found: Exercised) -> str:
        """Name of the first check that refuses the mutant; empty if none does."""
        edits = tuple(
            replace(edit, after=mutant.source) if edit.path == mutant.path else edit for edit in trial.candidate.edits
        )
        self.exercise.remember(trial.base, edits, found)
        slow = self.slow if mutant.operator == NOTHING or trial.candidate.idea != _BASE else ()
        with trial_of(_with(edits), trial.base, trial.goal) as broken:
            for rung in (*self.rungs, *slow):
                try:
                    outcome = rung.run(broken)
                except CandidateError as error:
                    return error.check or rung.name
                if isinstance(outcome, Failed):
                    return outcome.check
        return ""


def strength_of(planting: Planting, candidate: Candidate, base: Base, goal: Goal, count: int = COUNT) -> Faults:
    """The thorough answer for a candidate whose trees are gone."""
    with trial_of(candidate, base, goal) as trial:
        return planting.thoroughly(trial, planting.exercise.of(base, candidate.edits), count)


def blind(faults: Faults) -> bool:
    """Whether nothing looks at what the function does: it could do nothing at all, and nobody would notice.

    That some faults make it crash, and a test sees that, does not help.
    """
    return any(one.operator == NOTHING for one in faults.missed) or (faults.planted > 0 and not faults.noticed)


def together(each: Iterable[Faults]) -> Faults:
    """What became of all of them. Raises `ValueError` for none."""
    found = list(each)
    if not found:
        raise ValueError("no faults to put together")
    by = Counter[str]()
    for one in found:
        by.update({caught.check: caught.faults for caught in one.by})
    return Faults(
        planted=sum(one.planted for one in found),
        by=tuple(Caught(check=check, faults=count) for check, count in by.items()),
        missed=tuple(fault for one in found for fault in one.missed),
        seconds=sum(one.seconds for one in found),
        form=found[0].form,
        unreached=tuple(dict.fromkeys(lines for one in found for lines in one.unreached)),
        cut=any(one.cut for one in found),
    )


def _with(edits: tuple[Edit, ...]) -> Candidate:
    return Candidate(edits=edits, idea=_BASE, origin=Origin(author="fault"))


def _fault(mutant: Mutant) -> Fault:
    return Fault(
        path=mutant.path,
        unit=mutant.unit,
        line=mutant.line,
        operator=mutant.operator,
        before=mutant.before,
        after=mutant.after,
    )


def _longest(base: Base, found: Exercised) -> tuple[str, ...]:
    """Labels of the longest changed functions that something reaches; what stands outside functions is left out."""
    sizes: dict[str, int] = {}
    for label in found.changed:
        path, _, name = label.partition("::")
        if name != MODULE and label not in found.untouched:
            sizes[label] = max((_size(unit) for unit in _named(base, path, name)), default=0)
    return tuple(sorted(sizes, key=lambda label: -sizes[label])[:_UNITS])


def _named(base: Base, path: str, name: str) -> list[Unit]:
    return [unit for unit in units(path, base.read(path)) if unit.name == name]


def _size(unit: Unit) -> int:
    return unit.end - unit.start


def _written(edit: Edit) -> tuple[str, ...]:
    """Names of the functions that are new or differ in the text after the edit."""
    return tuple(name for name in changed_units(edit.path, edit.after or b"", edit.before or b"") if name != MODULE)


def _in_turn(each: Iterable[Iterator[Mutant]]) -> Iterator[Mutant]:
    waiting = list(each)
    while waiting:
        for one in tuple(waiting):
            mutant = next(one, None)
            if mutant is None:
                waiting.remove(one)
            else:
                yield mutant


def _about(trial: Trial, key: str) -> tuple[str, ...]:
    """What became of the faults depends on who looks, and how closely."""
    goal, base = trial.goal, trial.base
    how = (repr(goal.suite), repr(goal.workloads), repr(goal.float_ulps))
    return ("faults", key, base.revision, repr(base.repo), *how)


def _key(label: str, source: bytes) -> str:
    path, _, name = label.partition("::")
    digest = sha256(label.encode("utf-8", "surrogateescape"))
    for unit in units(path, source):
        if unit.name == name:
            digest.update(b"\0" + source[unit.start : unit.end])
    return digest.hexdigest()
