"""What an interrupted run left behind, read from its ledger: what it tried, kept, spent and was answered."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..optimizer.core.events import (
    Applied,
    BaseTimed,
    CandidateJudged,
    CandidateProposed,
    Committed,
    ComparisonStarted,
    ConfirmationStarted,
    Entry,
    HotspotClosed,
    HotspotOpened,
    Profiled,
    ReplyReceived,
    RoundMeasured,
    RunFinished,
    RunStarted,
    Undone,
    WorkloadCompared,
)
from ..optimizer.core.ports import Attempt
from ..optimizer.core.values import Candidate, Hotspot, Profile, Reply
from ..optimizer.core.verdicts import Accepted, Compared, Round
from ..optimizer.store.ledger import history


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """Empty for a new run."""

    entries: tuple[Entry, ...] = ()

    @property
    def start(self) -> RunStarted | None:
        """What was asked for."""
        return next((entry.event for entry in self.entries if isinstance(entry.event, RunStarted)), None)

    @property
    def done(self) -> bool:
        """Whether it came to its natural end."""
        last = next((entry.event for entry in reversed(self.entries) if isinstance(entry.event, RunFinished)), None)
        return last is not None and last.ending == "done"

    @property
    def kept(self) -> tuple[str, ...]:
        """Commits, oldest first."""
        return tuple(entry.event.sha for entry in self.entries if isinstance(entry.event, Committed))

    @property
    def confirmations(self) -> int:
        """How many claims have been tested, and so how much of the error budget is spent."""
        return sum(isinstance(entry.event, ConfirmationStarted) for entry in self.entries)

    @property
    def judged(self) -> int:
        """How many candidates got their verdict: one that was cut short is paid for when it is tried again."""
        return sum(isinstance(entry.event, CandidateJudged) for entry in self.entries)

    @property
    def seconds(self) -> float:
        """How long was worked, in all sittings together, once the base was known: what a time budget counts."""
        sittings: list[tuple[float, float]] = []
        known = False
        for entry in self.entries:
            if isinstance(entry.event, RunStarted):
                known = False
            elif isinstance(entry.event, BaseTimed):
                if known:
                    sittings.pop()
                sittings.append((entry.at, entry.at))
                known = True
            elif known and not isinstance(entry.event, Applied | Undone):  # these may come weeks later
                sittings[-1] = (sittings[-1][0], entry.at)
        return sum(max(0.0, end - start) for start, end in sittings)

    @property
    def replies(self) -> dict[str, Reply]:
        """What models answered, by the prompt's sha: not asked again."""
        return {entry.event.sha: entry.event.reply for entry in self.entries if isinstance(entry.event, ReplyReceived)}

    @property
    def hotspots(self) -> tuple[Hotspot, ...]:
        """What was to be pursued, best first, as the profile of then ranked it; empty if it never came to that."""
        profiled = next((entry.event for entry in self.entries if isinstance(entry.event, Profiled)), None)
        opened = [entry.event.hotspot for entry in self.entries if isinstance(entry.event, HotspotOpened)]
        if profiled is None or self.start is None or self.start.goal.targets:
            return ()
        ranked = profiled.hotspots[: self.start.goal.hotspots]
        return tuple({hotspot.id: hotspot for hotspot in (*opened, *ranked)}.values())

    @property
    def profile(self) -> Profile | None:
        """The profile of then. Questions to a model quote its shares, so a new one would ask them anew."""
        return next((entry.event.profile for entry in self.entries if isinstance(entry.event, Profiled)), None)

    def left(self, found: Sequence[Hotspot]) -> list[Hotspot]:
        """The hotspots that were not closed yet."""
        closed = {entry.event.hotspot for entry in self.entries if isinstance(entry.event, HotspotClosed)}
        return [hotspot for hotspot in found if hotspot.id not in closed]

    def tried(self, hotspot: Hotspot) -> tuple[Attempt, ...]:
        """What was judged on a hotspot."""
        return history(self.entries, hotspot.id)

    @property
    def unkept(self) -> tuple[Candidate, Accepted] | None:
        """A candidate that was accepted in the very step in which the run stopped, before its commit."""
        committed = {entry.event.candidate for entry in self.entries if isinstance(entry.event, Committed)}
        proposed = {
            entry.event.candidate.id: entry.event.candidate
            for entry in self.entries
            if isinstance(entry.event, CandidateProposed)
        }
        for entry in reversed(self.entries):
            event = entry.event
            if isinstance(event, CandidateJudged) and isinstance(event.verdict, Accepted):
                missing = event.candidate not in committed and event.candidate in proposed
                return (proposed[event.candidate], event.verdict) if missing else None
        return None

    @property
    def comparison(self) -> ComparisonStarted | None:
        """Which revisions were compared."""
        return next((entry.event for entry in self.entries if isinstance(entry.event, ComparisonStarted)), None)

    @property
    def compared(self) -> dict[str, Compared]:
        """Answers by workload."""
        found = [entry.event.compared for entry in self.entries if isinstance(entry.event, WorkloadCompared)]
        return {one.result.name: one for one in found}

    @property
    def cpu_bound(self) -> dict[str, bool]:
        """What the first timing of each workload found: rounds of a kind are gone on with, not chosen anew."""
        timed = [entry.event for entry in self.entries if isinstance(entry.event, BaseTimed)]
        return {event.workload: event.cpu_bound for event in reversed(timed) if event.cpu_bound is not None}

    @property
    def frozen(self) -> dict[str, bool]:
        """What that timing found of writing into the tree; where it was not looked at, rounds were free to do it."""
        timed = [entry.event for entry in self.entries if isinstance(entry.event, BaseTimed)]
        return {event.workload: bool(event.frozen) for event in reversed(timed)}

    def rounds(self, subject: str, workload: str, phase: str, *, together: bool) -> tuple[Round, ...]:
        """The rounds of one kind that were taken to answer one question."""
        measured = (entry.event for entry in self.entries if isinstance(entry.event, RoundMeasured))
        return tuple(
            event.round
            for event in measured
            if (event.candidate, event.workload, event.phase) == (subject, workload, phase)
            and (event.round.order == "together") == together
        )
