"""A change of comments, blank lines or formatting only cannot be faster: said before anything is run."""

from dataclasses import dataclass
from time import monotonic

from ..core.ports import Trial
from ..core.verdicts import Failed, Outcome, Passed
from ..languages.same_code import same_code


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """Refuses candidates whose syntax trees are those of the base."""

    name: str = "measurement"

    def run(self, trial: Trial) -> Outcome:
        start = monotonic()
        edits = trial.candidate.edits
        same = all(
            edit.before is not None and edit.after is not None and same_code(edit.before, edit.after) for edit in edits
        )
        if same:
            return Failed(
                check=self.name,
                seconds=monotonic() - start,
                reason="not_faster",
                message="the code is the same: only comments, blank lines or formatting differ",
            )
        return Passed(check=self.name, seconds=monotonic() - start)
