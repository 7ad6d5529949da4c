"""Rung 1: the change can be read, fits the base byte for byte, and changes code at all."""

from dataclasses import dataclass
from time import monotonic

from ..core.ports import Base, Trial
from ..core.values import Edit
from ..core.verdicts import Failed, Outcome, Passed, Reason
from ..languages.same_code import same_code


@dataclass(frozen=True, slots=True, kw_only=True)
class Applies:
    """Refuses what cannot be read, does not start from the base's bytes, or changes no code."""

    name: str = "applies"

    def run(self, trial: Trial) -> Outcome:
        start = monotonic()
        wrong = _problem(trial)
        if wrong:
            return self._failed(start, "malformed_edit", *wrong)
        if all(_same(edit) for edit in trial.candidate.edits):
            said = "the code is the same: only comments, blank lines or formatting differ"
            return self._failed(start, "not_faster", said, "")
        return Passed(check=self.name, seconds=monotonic() - start)

    def _failed(self, start: float, reason: Reason, message: str, evidence: str) -> Failed:
        seconds = monotonic() - start
        return Failed(check=self.name, seconds=seconds, reason=reason, message=message, evidence=evidence)


def _problem(trial: Trial) -> tuple[str, str] | None:
    if trial.candidate.problem:
        return "the reply cannot be read as an edit", trial.candidate.problem
    if not trial.candidate.edits:
        return "the change is empty", "nothing differs from the base"
    for edit in trial.candidate.edits:
        if _contents(trial.base, edit) != edit.before:
            return "the change does not start from the base", f"{edit.path} has other contents there"
    return None


def _contents(base: Base, edit: Edit) -> bytes | None:
    try:
        return base.read(edit.path)
    except FileNotFoundError:
        return None


def _same(edit: Edit) -> bool:
    if edit.before is None or edit.after is None:
        return False
    return edit.before == edit.after or (edit.path.endswith(".py") and same_code(edit.before, edit.after))
