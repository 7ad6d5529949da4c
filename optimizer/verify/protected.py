"""Rung 5: something runs the changed code, and what runs is ours; else nothing that follows would prove anything."""

from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from ..core.errors import TargetError
from ..core.ports import Trial
from ..core.verdicts import Failed, Outcome, Passed
from ..sandbox.interpreter import inspect_modules
from .exercised import Exercise, Exercised
from .names import import_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Protected:
    """Refuses as unverifiable what neither the tests nor the workload reach in this very tree."""

    exercise: Exercise
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
        untested = trial.goal.suite is not None and not found.tested
        warnings = ("no test reaches the changed code: only the workload's output speaks for it",) if untested else ()
        return Passed(check=self.name, seconds=monotonic() - start, note=_note(found), warnings=warnings)


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


def _note(found: Exercised) -> str:
    if found.tests:
        return f"{len(found.tests)} tests reach the change"
    return "the suite reaches the change" if found.tested else "the workload reaches the change, no test does"
