"""Rung 5: something runs the changed code, what runs is ours, and faults planted in it are noticed.

Else nothing that follows would prove anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from ..core.errors import TargetError
from ..core.ports import Trial
from ..core.verdicts import Failed, Faults, Outcome, Passed
from ..sandbox.interpreter import inspect_modules
from .exercised import Exercise, Exercised
from .faults import Planting, blind, together
from .names import import_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Protected:
    """Refuses as unverifiable what nobody runs in this very tree, and where nobody would notice a mistake."""

    exercise: Exercise
    planting: Planting | None = None
    name: str = "protected"

    def run(self, trial: Trial) -> Outcome:
        start = monotonic()
        found = self.exercise.of(trial.base, trial.candidate.edits)
        wrong = _untouched(found) or (_elsewhere(trial) if not found.tested else "")
        if wrong:
            return Failed(
                check=self.name,
                seconds=monotonic() - start,
                reason="unverifiable",
                message=wrong,
                evidence="add a test or a workload that reaches it; an installed copy of the package may be imported "
                "instead of this one",
            )
        planted = self.planting.roughly(trial, found) if self.planting else ()
        faults = together(faults for _, faults in planted) if planted else None
        unseen = [(label, each) for label, each in planted if blind(each)]
        if unseen:
            return Failed(
                check=self.name,
                seconds=monotonic() - start,
                reason="unverifiable",
                message=_unseen([label for label, _ in unseen]),
                evidence=_uncovered(unseen[0][1]),
                faults=faults,
            )
        untested = trial.goal.suite is not None and not found.tested
        warnings = ("no test reaches the changed code: only the workload's output speaks for it",) if untested else ()
        return Passed(
            check=self.name, seconds=monotonic() - start, note=_note(found, faults), warnings=warnings, faults=faults
        )


def _untouched(found: Exercised) -> str:
    if not found.untouched:
        return ""
    shown = ", ".join(found.untouched[:5]) + (", …" if len(found.untouched) > 5 else "")
    return f"nothing exercises {shown}: neither the tests nor the workload reach it in this checkout"


def _elsewhere(trial: Trial) -> str:
    """Whether tests that do not reach the change would, were it not for a copy that is installed elsewhere."""
    if trial.goal.suite is None:
        return ""
    files = frozenset(trial.base.files())
    changed = [edit.path for edit in trial.candidate.edits if edit.path in files and edit.path.endswith(".py")]
    modules = {name: path for path in changed for name, _ in [import_name(path, files)] if name}
    try:
        found = inspect_modules(trial.before, trial.base.repo.python, modules, ()) if modules else {}
    except TargetError:
        return ""
    root = Path(trial.before.root).resolve()
    outside = [facts.file for facts in found.values() if facts.file and root not in Path(facts.file).parents]
    return f"no test reaches the change: they import the copy in {outside[0]}" if outside else ""


def _unseen(labels: Sequence[str]) -> str:
    shown = ", ".join(labels[:3]) + (", …" if len(labels) > 3 else "")
    return (
        f"{shown} could do nothing at all: a fault planted there goes unnoticed by tests, recorded calls and workloads"
    )


def _uncovered(faults: Faults) -> str:
    """Which lines nothing runs, and the faults that nobody noticed."""
    lines = [f"nothing runs {', '.join(faults.unreached[:12])}"] if faults.unreached else []
    lines += [f"{one.path}:{one.line}: {one.before}  ->  {one.after}" for one in faults.missed[:5]]
    return "\n".join([*lines, "add a test that looks at the result"])


def _note(found: Exercised, faults: Faults | None) -> str:
    planted = f"; {faults.noticed} of {faults.planted} planted faults noticed" if faults and faults.planted else ""
    if found.tests:
        return f"{len(found.tests)} tests reach the change{planted}"
    return (
        "the suite reaches the change" if found.tested else "the workload reaches the change, no test does"
    ) + planted
