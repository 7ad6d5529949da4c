"""What happens to an accepted candidate: a commit with its claim, shown to the user as a ref and a branch."""

from dataclasses import dataclass, field
from pathlib import Path

from ..optimizer.core.events import CheckFinished, Committed
from ..optimizer.core.ports import Base, Record
from ..optimizer.core.secrets import Secrets
from ..optimizer.core.values import Candidate, Workload
from ..optimizer.core.verdicts import Accepted
from ..optimizer.sandbox.landing import Landing
from ..optimizer.store.ledger import read
from ..optimizer.store.trailers import checked, commit_message


@dataclass(slots=True, kw_only=True)
class Keeping:
    """Implements the loop's `Keeper`; counts what it kept."""

    landing: Landing
    ledger: Path
    record: Record
    machine: str
    workloads: tuple[Workload, ...]
    secrets: Secrets
    """Never part of a commit's message."""
    kept: int = field(default=0)

    def __call__(self, base: Base, candidate: Candidate, verdict: Accepted) -> Base:
        """Commit on top of the base, then publish; both survive whatever happens next."""
        text = self._message(candidate, verdict)
        following = base.commit(candidate.edits, text)
        self.kept += 1
        ref = self.landing.publish(following.revision, self.kept)
        self.record(
            Committed(
                candidate=candidate.id,
                sha=following.revision,
                subject=text.partition("\n")[0],
                ref=ref,
                branch=self.landing.branch,
            )
        )
        return following

    def _message(self, candidate: Candidate, verdict: Accepted) -> str:
        name = verdict.proof.workloads[0].name
        command = next(workload.told or workload.command for workload in self.workloads if workload.name == name)
        events = [entry.event for entry in read(self.ledger, {"check_finished"})]
        outcomes = [
            event.outcome for event in events if isinstance(event, CheckFinished) and event.candidate == candidate.id
        ]
        text = commit_message(
            candidate, verdict, command, machine=self.machine, run=self.landing.run, tests_note=checked(outcomes)
        )
        return self.secrets.redact(text)
