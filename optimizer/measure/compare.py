"""Two revisions side by side: faster, slower, the same, or not to be told; nobody's claim, so both ways alike.

CPU-bound workloads are decided on rounds that share a core and vouched for by alternating ones, as a candidate's
confirmation is (`together`). All that is decided depends on the rounds alone, their own time included: the recorded
rounds of an interrupted comparison give the same looks again, and going on with it is no second chance.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Final

from ..core.ports import Clock
from ..core.verdicts import Finding, Round, Speedup
from .looks import MIN_PAIRS, schedule
from .session import HOPE_ALPHA, Terms, sights
from .stats import Estimate, Metric, choose_metric, estimate, log_ratios

SAME_ALPHA: Final = 0.025
"""One-sided, at each look: the 95 % interval has to lie inside the margin."""
_FIRST: Final = 4
_AGREE_ALPHA: Final = 0.005
"""One-sided, for each of two intervals that must overlap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How `after` compares with `before` on one workload; the interval's confidence is 1 - 2 alpha of its look."""

    workload: str
    verdict: Finding
    metric: Metric
    speedup: Speedup
    rounds: tuple[Round, ...]
    note: str = ""


@dataclass(slots=True)
class Elapsed:
    """A clock that runs by the time that the rounds themselves took: the same rounds show the same time, whenever."""

    seconds: float = 0.0

    def __call__(self) -> float:
        """Seconds of all rounds that passed so far."""
        return self.seconds

    def through(self, rounds: Iterator[Round]) -> Iterator[Round]:
        """The same rounds, counted."""
        for round_ in rounds:
            walls = round_.before.wall, round_.after.wall
            self.seconds += max(walls) if round_.order == "together" else sum(walls)
            yield round_


def compare_both(
    workload: str, together: Iterator[Round] | None, apart: Iterator[Round], terms: Terms, clock: Clock
) -> Comparison:
    """One answer from both kinds of rounds; `together` is None where the workload is not CPU-bound.

    Where the two kinds contradict each other the answer is `inconclusive`, with a note.
    """
    first = list(islice(apart, _FIRST))
    if together is None or (terms.metric or choose_metric(first)) == "wall":
        return compare(workload, chain(first, apart), terms, clock)
    found = compare(workload, together, replace(terms, metric="cpu", wall_guard=False), clock)
    if found.verdict == "inconclusive":
        return found
    return _vouched(found, [*first, *islice(apart, MIN_PAIRS - _FIRST)], 1 + terms.gain)


def compare(workload: str, rounds: Iterator[Round], terms: Terms, clock: Clock) -> Comparison:
    """Take rounds until there is a verdict or the cap is reached.

    With m = 1 + `terms.gain`: `faster` when the whole interval at the look's alpha is above m, `slower` when it is
    below 1 / m, each with a false rate of at most `terms.alpha` over all looks; `same` when the 95 % interval lies
    between 1 / m and m (two one-sided tests of equivalence, Schuirmann 1987); else `inconclusive`, also for a true
    difference near m. Where CPU time decides, the wall clock may not say the opposite: then it is `inconclusive`.
    """
    end = clock() + terms.seconds
    found: Comparison | None = None
    for sight in sights(rounds, schedule(terms.alpha, patient=terms.patient), lambda: clock() >= end):
        found = contrast(workload, sight.rounds, sight.alpha, terms)
        if found.verdict != "inconclusive":
            break
    assert found is not None
    return found


def contrast(workload: str, rounds: Sequence[Round], alpha: float, terms: Terms) -> Comparison:
    """What these rounds say at one look with this one-sided alpha on either side."""
    metric = terms.metric or choose_metric(rounds)
    found = estimate(log_ratios(rounds, metric))
    wall = estimate(log_ratios(rounds, "wall"))
    verdict = _verdict(found, wall if terms.wall_guard else None, alpha, 1 + terms.gain)
    shown = SAME_ALPHA if verdict == "same" else alpha
    return Comparison(
        workload=workload, verdict=verdict, metric=metric, speedup=found.speedup(shown), rounds=tuple(rounds)
    )


def _verdict(found: Estimate, wall: Estimate | None, alpha: float, margin: float) -> Finding:
    if found.low(alpha) > margin:
        return "faster" if wall is None or wall.high(HOPE_ALPHA) >= 1 else "inconclusive"
    if found.high(alpha) < 1 / margin:
        return "slower" if wall is None or wall.low(HOPE_ALPHA) <= 1 else "inconclusive"
    if found.low(SAME_ALPHA) > 1 / margin and found.high(SAME_ALPHA) < margin:
        return "same"
    return "inconclusive"


def _vouched(found: Comparison, apart: list[Round], margin: float) -> Comparison:
    """The same answer, unless the alternating rounds speak against it: then theirs are the numbers."""
    cpu, wall = (estimate(log_ratios(apart, metric)) for metric in ("cpu", "wall"))
    theirs = replace(found, rounds=tuple(apart))
    if _opposed(found.verdict, wall, margin):
        note = f"by CPU time {found.speedup.ratio:.2f}x, but {wall.ratio:.2f}x by the clock on the wall"
        return replace(theirs, verdict="inconclusive", metric="wall", speedup=wall.speedup(_AGREE_ALPHA), note=note)
    disjoint = cpu.high(_AGREE_ALPHA) < found.speedup.low or cpu.low(_AGREE_ALPHA) > found.speedup.high
    opposed = _opposed(found.verdict, cpu, margin)
    if not disjoint and not opposed:
        return found
    agrees = not opposed and _verdict(cpu, None, _AGREE_ALPHA, margin) == found.verdict
    note = f"sharing a core {found.speedup.ratio:.2f}x, but {cpu.ratio:.2f}x one after the other"
    verdict: Finding = found.verdict if agrees else "inconclusive"
    return replace(theirs, verdict=verdict, speedup=cpu.speedup(_AGREE_ALPHA), note=note)


def _opposed(verdict: Finding, found: Estimate, margin: float) -> bool:
    """Whether the whole interval lies where the verdict says that nothing lies."""
    low, high = found.low(_AGREE_ALPHA), found.high(_AGREE_ALPHA)
    return (verdict != "slower" and high < (1 if verdict == "faster" else 1 / margin)) or (
        verdict != "faster" and low > (1 if verdict == "slower" else margin)
    )
