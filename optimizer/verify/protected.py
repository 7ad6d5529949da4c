"""Rung 5: something runs the changed code, and what runs is ours; else nothing that follows would prove anything."""

from dataclasses import dataclass
from time import monotonic

from ..core.ports import Trial
from ..core.verdicts import Failed, Outcome, Passed, Skipped
from .exercised import Exercise


@dataclass(frozen=True, slots=True, kw_only=True)
class Protected:
    """Refuses as unverifiable what neither the tests nor the workload reach in this very tree."""

    exercise: Exercise
    name: str = "protected"

    def run(self, trial: Trial) -> Outcome:
        start = monotonic()
        found = self.exercise.of(trial.base, trial.candidate.edits)
        if found.unreadable:
            why = f"{', '.join(found.unreadable)} cannot be read by this Python, so its use could not be traced"
            return Skipped(check=self.name, seconds=monotonic() - start, why=why)
        if found.untouched:
            shown = ", ".join(found.untouched[:5]) + (", …" if len(found.untouched) > 5 else "")
            return Failed(
                check=self.name,
                seconds=monotonic() - start,
                reason="unverifiable",
                message=f"nothing exercises {shown}: neither the tests nor the workload reach it in this checkout",
                evidence="add a test or a workload that reaches it; an installed copy of the package may be imported "
                "instead of this one",
            )
        return Passed(check=self.name, seconds=monotonic() - start, note=_note(len(found.tests)))


def _note(tests: int) -> str:
    return f"{tests} tests reach the change" if tests else "the workload reaches the change, no test does"
