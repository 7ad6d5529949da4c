"""The rounds of a run, sorted by what they measured: the raw material of pictures and of files for other tools."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from ..core.events import ConfirmationStarted, Entry, RoundMeasured
from ..core.verdicts import Reading, Round

Kind = Literal["apart", "together"]
"""One after the other, or at the same time on one core: their times are never pooled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A round and when it was recorded, in seconds since the epoch."""

    round: Round
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Rounds of one kind that answer one question: this subject, on this workload, in this phase."""

    subject: str
    """A candidate's id, or what the measurement called itself: `final`, `compare`."""
    workload: str
    phase: str
    kind: Kind
    attempt: int
    """From 1; a candidate that is confirmed again starts a new series."""
    taken: tuple[Taken, ...]

    @property
    def rounds(self) -> tuple[Round, ...]:
        """In the order in which they were taken."""
        return tuple(one.round for one in self.taken)

    @property
    def metric(self) -> Literal["cpu", "wall"]:
        """The clock that means something: where both sides share a core, the one on the wall does not."""
        return "cpu" if self.kind == "together" else "wall"

    @property
    def ratios(self) -> tuple[float, ...]:
        """Time before / time after of each round, where it can be told."""
        pairs = [(_seconds(one.before, self.metric), _seconds(one.after, self.metric)) for one in self.rounds]
        return tuple(before / after for before, after in pairs if before > 0 and after > 0)


@dataclass(slots=True)
class _Gathered:
    """Series by what they answer; confirmations of each candidate so far."""

    series: dict[tuple[str, str, str, Kind, int], list[Taken]] = field(
        default_factory=dict[tuple[str, str, str, Kind, int], list[Taken]]
    )
    started: dict[str, int] = field(default_factory=dict[str, int])


def series(entries: Iterable[Entry]) -> tuple[Series, ...]:
    """All rounds of a ledger, in the order in which their series began; no round is left out."""
    found = _Gathered()
    for entry in entries:
        match entry.event:
            case ConfirmationStarted(candidate=subject):
                found.started[subject] = found.started.get(subject, 0) + 1
            case RoundMeasured() as event:
                kind: Kind = "together" if event.round.order == "together" else "apart"
                attempt = found.started.get(event.candidate, 0) if event.phase == "confirmation" else 0
                key = event.candidate, event.workload, event.phase, kind, attempt
                found.series.setdefault(key, []).append(Taken(round=event.round, at=entry.at))
            case _:
                pass
    return tuple(_numbered(found))


def _numbered(found: _Gathered) -> Iterable[Series]:
    """Attempts are counted per workload: a confirmation on another workload is no second attempt."""
    seen: dict[tuple[str, str, str, Kind], int] = {}
    for (subject, workload, phase, kind, _), taken in found.series.items():
        key = subject, workload, phase, kind
        seen[key] = seen.get(key, 0) + 1
        yield Series(subject=subject, workload=workload, phase=phase, kind=kind, attempt=seen[key], taken=tuple(taken))


def _seconds(reading: Reading, metric: Literal["cpu", "wall"]) -> float:
    return reading.cpu if metric == "cpu" else reading.wall
