"""Rung 3: the target's own interpreter compiles the new source; no test is run to find a syntax error."""

from dataclasses import dataclass
from time import monotonic

from ..core.errors import CandidateError, TargetError
from ..core.ports import Trial
from ..core.verdicts import Failed, Outcome, Passed, Reason
from ..sandbox.interpreter import compile_errors
from .signatures import readable


@dataclass(frozen=True, slots=True, kw_only=True)
class Builds:
    """Refuses what does not compile, and what the target's build command does not build."""

    name: str = "builds"

    def run(self, trial: Trial) -> Outcome:
        start = monotonic()
        sources = {edit.path: edit.after for edit in trial.candidate.edits if edit.after and edit.path.endswith(".py")}
        trial.before.folder  # noqa: B018 - making the base's tree builds it: trouble there is not the candidate's
        try:
            errors = compile_errors(trial.before, trial.base.repo.python, sources)
        except TargetError as error:
            return self._failed(start, "the interpreter does not survive compiling it", str(error))
        if errors:
            path, message = next(iter(errors.items()))
            return self._failed(start, f"{path} does not compile: {message}", "\n".join(errors.values()))
        hidden = [edit.path for edit in trial.candidate.edits if readable(edit.before) and not readable(edit.after)]
        if hidden and sources:
            said = f"{hidden[0]} is new syntax to perfsmith's own Python, so its signatures cannot be compared"
            return self._failed(start, said, "write it without syntax that is newer than the base's", "unverifiable")
        if trial.goal.build:
            try:
                trial.after.folder  # noqa: B018 - making the tree builds it
            except CandidateError as error:
                return self._failed(start, str(error), error.evidence)
        return Passed(check=self.name, seconds=monotonic() - start)

    def _failed(self, start: float, message: str, evidence: str, reason: Reason = "does_not_build") -> Failed:
        seconds = monotonic() - start
        return Failed(check=self.name, seconds=seconds, reason=reason, message=message, evidence=evidence)
