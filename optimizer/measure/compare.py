"""Two revisions side by side: faster, slower, the same, or not to be told; nobody's claim, so both ways alike."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from ..core.ports import Clock
from ..core.verdicts import Round, Speedup
from .looks import schedule
from .session import HOPE_ALPHA, Terms, sights
from .stats import Estimate, Metric, choose_metric, estimate, log_ratios

Contrast = Literal["faster", "slower", "same", "inconclusive"]

SAME_ALPHA: Final = 0.025
"""One-sided, at each look: the 95 % interval has to lie inside the margin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How `after` compares with `before` on one workload; the interval's confidence is 1 - 2 alpha of its look."""

    workload: str
    verdict: Contrast
    metric: Metric
    speedup: Speedup
    rounds: tuple[Round, ...]


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
    verdict = _verdict(found, wall, alpha, 1 + terms.gain)
    shown = SAME_ALPHA if verdict == "same" else alpha
    return Comparison(
        workload=workload, verdict=verdict, metric=metric, speedup=found.speedup(shown), rounds=tuple(rounds)
    )


def _verdict(found: Estimate, wall: Estimate, alpha: float, margin: float) -> Contrast:
    if found.low(alpha) > margin:
        return "faster" if wall.high(HOPE_ALPHA) >= 1 else "inconclusive"
    if found.high(alpha) < 1 / margin:
        return "slower" if wall.low(HOPE_ALPHA) <= 1 else "inconclusive"
    if found.low(SAME_ALPHA) > 1 / margin and found.high(SAME_ALPHA) < margin:
        return "same"
    return "inconclusive"
