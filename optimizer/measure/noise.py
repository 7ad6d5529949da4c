"""How far two measurements of one tree lie apart: the least that a workload can show on this machine."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from math import expm1
from typing import Final

from ..core.errors import CandidateError, TargetError
from ..core.verdicts import Round
from .stats import Metric, choose_metric, estimate, log_ratios, median_seconds
from .student import quantile

MIN_PAIRS: Final = 12
"""Fewer rounds of base against base say too little about the base's noise."""
_INTERVAL_ALPHA: Final = 0.025
_BIAS_ALPHA: Final = 0.0025


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseFloor:
    """Base against base."""

    share: float
    """Half width of the 95 % interval after so many rounds, as a share of the time: 0.018 is 1.8 %."""
    biased: bool
    """The 99.5 % interval excludes 1: the same tree looks faster or slower than itself, so nothing can be claimed."""
    ratio: float
    """First tree / second tree; 1 but for chance."""
    metric: Metric
    wall: float
    """Median seconds of one run."""
    cpu: float
    pairs: int


def noise_floor(rounds: Iterator[Round], pairs: int = MIN_PAIRS) -> NoiseFloor:
    """Take rounds of base against base, at least 12, whatever they cost.

    Raises `TargetError` with code `workload_unstable` where the base would have been refused as its own candidate.
    """
    if pairs < MIN_PAIRS:
        raise ValueError(f"a noise floor needs {MIN_PAIRS} rounds")
    try:
        taken = list(islice(rounds, pairs))
    except CandidateError as error:
        raise _unstable(error) from error
    metric = choose_metric(taken)
    found = estimate(log_ratios(taken, metric))
    readings = [reading for round_ in taken for reading in (round_.before, round_.after)]
    return NoiseFloor(
        share=expm1(quantile(_INTERVAL_ALPHA, found.df) * found.error),
        biased=found.low(_BIAS_ALPHA) > 1 or found.high(_BIAS_ALPHA) < 1,
        ratio=found.ratio,
        metric=metric,
        wall=median_seconds(readings, "wall"),
        cpu=median_seconds(readings, "cpu"),
        pairs=len(taken),
    )


def _unstable(error: CandidateError) -> TargetError:
    found = f" ({error.evidence})" if error.evidence else ""
    return TargetError(
        f"the workload differs from run to run on the same tree: {error}{found}",
        code="workload_unstable",
        hint="make it do and print the same in every run, or choose another workload",
    )
