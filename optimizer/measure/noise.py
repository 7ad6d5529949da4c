"""How far two measurements of one tree lie apart: the least that a workload can show on this machine.

The A/A check of Kohavi et al. (Trustworthy Online Controlled Experiments, 2020): a bench that tells a tree from itself
cannot be believed about anything else.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from math import exp, expm1, log1p, sqrt
from typing import Final

from ..core.errors import CandidateError, TargetError
from ..core.machine import NoiseFloor
from ..core.verdicts import Round
from .looks import SINGLE_ALPHA, schedule
from .stats import Estimate, Metric, choose_metric, estimate, kept_of, log_ratios, median_seconds
from .student import quantile

MIN_PAIRS: Final = 12
"""Fewer rounds of base against base say too little about the base's noise; more are not taken."""
BIAS_ALPHA: Final = 0.0025
"""On either side: one workload in 200 that is without fault is forbidden to claim, whatever the candidates are."""
_INTERVAL_ALPHA: Final = 0.025
_MISSED: Final = 0.1
_CHANCE: Final = 1.16
"""What the standard error of independent rounds may grow by when they look correlated by chance."""


def noise_floor(
    workload: str, rounds: Iterator[Round], *, pairs: int = MIN_PAIRS, metric: Metric | None = None, gain: float = 0.01
) -> NoiseFloor:
    """Take rounds of base against base, at least 12, whatever they cost.

    `metric` is the one that a claim was made on, None to choose it from these rounds; `gain` is the bar.
    Raises `TargetError` with code `workload_unstable` where the base would have been refused as its own candidate.
    """
    if pairs < MIN_PAIRS:
        raise ValueError(f"a noise floor needs {MIN_PAIRS} rounds")
    try:
        taken = list(islice(rounds, pairs))
    except CandidateError as error:
        raise _unstable(error) from error
    metric = metric or choose_metric(taken)
    found = estimate(log_ratios(taken, metric))
    readings = [reading for round_ in taken for reading in (round_.before, round_.after)]
    low, high = found.low(BIAS_ALPHA), found.high(BIAS_ALPHA)
    return NoiseFloor(
        workload=workload,
        share=expm1(quantile(_INTERVAL_ALPHA, found.df) * found.error),
        biased=low > 1 or high < 1,
        ratio=found.ratio,
        low=low,
        high=high,
        metric=metric,
        together=taken[0].order == "together",
        wall=median_seconds(readings, "wall"),
        cpu=median_seconds(readings, "cpu"),
        pairs=len(taken),
        detectable=detectable(found, gain),
    )


def detectable(found: Estimate, gain: float) -> float:
    """The smallest speedup that the last look of a confirmation shows above the bar in nine cases of ten.

    From the spread of the rounds of `found`, with its standard error scaled to the pairs of that look; the sum of two
    quantiles of t is the usual approximation of the power of a t test.
    """
    last = schedule(SINGLE_ALPHA)[-1]
    error = _CHANCE * found.error * sqrt(_share(last.pairs) / _share(found.pairs))
    df = kept_of(last.pairs) - 1
    return exp(log1p(gain) + (quantile(last.alpha, df) + quantile(_MISSED, df)) * error)


def _share(pairs: int) -> float:
    """Squared standard error of the trimmed mean of so many rounds, in units of the variance of one."""
    kept = kept_of(pairs)
    return (pairs - 1) / (kept * (kept - 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """Why a workload may not claim anything, and what to do about it."""

    why: str
    hint: str


def objection(floor: NoiseFloor) -> Objection | None:
    """What a noise floor has against every claim on its workload, or None."""
    if not floor.biased:
        return None
    interval = f"{floor.low:.3f}-{floor.high:.3f}, {floor.pairs} pairs"
    return Objection(
        why=f"the base looks {floor.ratio:.3f}x as fast as itself ({interval}), so nothing can be claimed here",
        hint="look for what one run leaves to the next (files, caches, a server, a port), or choose another workload",
    )


def _unstable(error: CandidateError) -> TargetError:
    found = f" ({error.evidence})" if error.evidence else ""
    return TargetError(
        f"the workload differs from run to run on the same tree: {error}{found}",
        code="workload_unstable",
        hint="make it do and print the same in every run, or choose another workload",
    )
