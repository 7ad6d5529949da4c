"""Rung 1: the change can be read, is not empty, and fits the base byte for byte."""

from dataclasses import dataclass
from time import monotonic

from ..core.ports import Base, Trial
from ..core.values import Edit
from ..core.verdicts import Failed, Outcome, Passed


@dataclass(frozen=True, slots=True, kw_only=True)
class Applies:
    """Refuses what cannot be read or does not start from the base's bytes."""

    name: str = "applies"

    def run(self, trial: Trial) -> Outcome:
        start = monotonic()
        wrong = _problem(trial)
        if wrong:
            return Failed(
                check=self.name,
                seconds=monotonic() - start,
                reason="malformed_edit",
                message=wrong[0],
                evidence=wrong[1],
            )
        return Passed(check=self.name, seconds=monotonic() - start)


def _problem(trial: Trial) -> tuple[str, str] | None:
    if trial.candidate.problem:
        return "the reply cannot be read as an edit", trial.candidate.problem
    if not trial.candidate.edits:
        return "the change is empty", "nothing differs from the base"
    for edit in trial.candidate.edits:
        if _contents(trial.base, edit) != edit.before:
            return "the change does not start from the base", f"{edit.path} has other contents there"
        if edit.before == edit.after:
            return "the change is empty", f"{edit.path} stays as it is"
    return None


def _contents(base: Base, edit: Edit) -> bytes | None:
    try:
        return base.read(edit.path)
    except FileNotFoundError:
        return None
