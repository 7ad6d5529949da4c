"""The whole story: find what is slow, try faster versions, keep those that are proven faster."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Protocol

from .attempt import Bench, Survivor, both, conclude, examine, measure_strength, settled
from .budget import Purse
from .core.errors import BudgetSpent, CandidateError, PerfsmithError
from .core.events import (
    CandidateJudged,
    CandidateProposed,
    Ending,
    FinalMeasured,
    HotspotClosed,
    HotspotOpened,
    RunFinished,
    Warned,
)
from .core.ports import Attempt, Base, Clock, Record, Strategy
from .core.values import Candidate, Hotspot
from .core.verdicts import Accepted, Verdict
from .measure.judge import judge


class Keeper(Protocol):
    """Makes an accepted candidate part of the base, and shows the commit to the user."""

    def __call__(self, base: Base, candidate: Candidate, verdict: Accepted) -> Base: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Pursuit:
    """What a run is made of, beside its base and hotspots."""

    strategy: Strategy
    bench: Bench
    keep: Keeper
    purse: Purse
    past: Callable[[Hotspot], Sequence[Attempt]]
    """What an interrupted run tried on a hotspot; empty for a new one."""
    hopeless: Callable[[Base, Hotspot], str] = lambda base, hotspot: ""
    """Why no candidate for a hotspot could be verified, asked before anybody proposes one; empty where one could."""
    strength: bool = False
    """Whether faults are planted in what is accepted, to say how many are noticed."""


def optimise(first: Base, base: Base, hotspots: Sequence[Hotspot], pursuit: Pursuit) -> Base:
    """Pursue each hotspot in turn; kept edits stack. Returns the last base.

    `first` is where the run began and `base` where it goes on: they differ when a run is resumed.
    """
    progress = [base]
    try:
        for hotspot in hotspots:
            pursue(hotspot, progress, pursuit)
    except BudgetSpent:
        _headline(first, progress[-1], pursuit.bench)
        raise
    _headline(first, progress[-1], pursuit.bench)
    return progress[-1]


def _headline(first: Base, last: Base, bench: Bench) -> None:
    if last.revision == first.revision:
        return
    try:
        measure_whole(first, last, bench)
    except CandidateError as error:
        bench.record(Warned(message=f"the kept changes together could not be measured: {error}"))


def pursue(hotspot: Hotspot, bases: list[Base], pursuit: Pursuit) -> None:
    """Try candidates on one hotspot until ideas or the budget run out; what is kept becomes the last of `bases`."""
    record, limit = pursuit.bench.record, pursuit.bench.goal.candidates
    record(HotspotOpened(hotspot=hotspot))
    history = list(pursuit.past(hotspot))
    why = pursuit.hopeless(bases[-1], hotspot)
    while not why and len(history) < limit:
        base = bases[-1]
        proposed = pursuit.strategy.propose(base, hotspot, history, limit - len(history))
        if not proposed:
            break
        survivors, spent = _examine_all(proposed, base, pursuit, history)
        following = _conclude_best(survivors, base, pursuit, history)
        if following is not None:
            bases.append(following)
        if spent is not None:
            raise spent
    kept = sum(isinstance(attempt.verdict, Accepted) for attempt in history)
    why = why or ("out of ideas" if len(history) < limit else "no more candidates are allowed here (--candidates)")
    record(HotspotClosed(hotspot=hotspot.id, tried=len(history), kept=kept, why=why))


def _examine_all(
    proposed: Sequence[Candidate], base: Base, pursuit: Pursuit, history: list[Attempt]
) -> tuple[list[Survivor], BudgetSpent | None]:
    """Verify and screen; what is refused joins the history at once.

    Best first; with what stopped it, if the budget did: the survivors are paid for and are still concluded.
    """
    survivors: list[Survivor] = []
    spent: BudgetSpent | None = None
    for candidate in proposed:
        try:
            pursuit.purse.take()
        except BudgetSpent as error:
            spent = error
            break
        pursuit.bench.record(CandidateProposed(candidate=candidate))
        found = examine(candidate, base, pursuit.bench)
        if isinstance(found, Survivor):
            survivors.append(found)
        else:
            _judged(candidate, found, pursuit, history)
    return sorted(survivors, key=lambda survivor: survivor.estimate, reverse=True), spent


def _conclude_best(survivors: Sequence[Survivor], base: Base, pursuit: Pursuit, history: list[Attempt]) -> Base | None:
    """Confirm the best first; once one is kept, the others are proposed again on top of it."""
    for survivor in survivors:
        verdict = conclude(survivor, base, pursuit.bench)
        if pursuit.strength and isinstance(verdict, Accepted):
            measure_strength(survivor.candidate, base, pursuit.bench)
        _judged(survivor.candidate, verdict, pursuit, history)
        if isinstance(verdict, Accepted):
            return pursuit.keep(base, survivor.candidate, verdict)
    return None


def _judged(candidate: Candidate, verdict: Verdict, pursuit: Pursuit, history: list[Attempt]) -> None:
    pursuit.bench.record(CandidateJudged(candidate=candidate.id, verdict=verdict))
    history.append(Attempt(candidate=candidate, verdict=verdict))


def measure_whole(first: Base, last: Base, bench: Bench) -> None:
    """First parent against the final tree, directly: claims of single steps do not simply multiply.

    The numbers are shown whatever they are; where they are no claim, that is said.
    """
    edits = last.since(first)
    with both(first, edits, bench) as (before, after):
        decisions = [settled("final", before, after, workload, bench) for workload in bench.goal.workloads]
    verdict = judge(decisions, gain=bench.goal.min_gain, max_memory=bench.goal.max_memory)
    assert verdict.proof is not None
    bench.record(FinalMeasured(base=first.revision, head=last.revision, proof=verdict.proof))
    if not isinstance(verdict, Accepted):
        said = f"the kept changes together are not proven faster ({verdict.reason}): {verdict.message}"
        bench.record(Warned(message=said))


def finish(story: Callable[[], None], record: Record, clock: Clock = monotonic) -> None:
    """Run a story to whatever end it has, and record that end."""
    start = clock()
    ending: Ending = "failed"
    message = ""
    try:
        story()
        ending = "done"
    except BudgetSpent as error:
        ending, message = "budget", str(error)
        raise
    except (KeyboardInterrupt, SystemExit):
        ending = "interrupted"
        raise
    except PerfsmithError as error:
        message = str(error)
        raise
    finally:
        record(RunFinished(ending=ending, seconds=clock() - start, message=message))
