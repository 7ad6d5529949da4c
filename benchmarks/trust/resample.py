"""What the protocol would have said on other stretches of recorded rounds of identical code.

A window is a stretch of one recorded series, continued at its start (a circular block, Politis & Romano 1992), so that
neighbouring rounds stay neighbours; which tree is called the first is drawn by lot.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp
from random import Random

from perfsmith.optimizer.core.verdicts import Reading, Round
from perfsmith.optimizer.measure.looks import SINGLE_ALPHA
from perfsmith.optimizer.measure.session import Terms, confirm, screen
from perfsmith.optimizer.measure.stats import estimate

_CONFIDENCE_ALPHA = 0.025
_TERMS = Terms(alpha=SINGLE_ALPHA, metric="cpu", wall_guard=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How many 95 % intervals over so many rounds do not hold the truth."""

    rounds: int
    intervals: int
    missed: int


def window(series: Sequence[float], length: int, rng: Random) -> list[float]:
    """So many neighbouring rounds."""
    start, sign = rng.randrange(len(series)), rng.choice((-1, 1))
    return [sign * series[(start + step) % len(series)] for step in range(length)]


def false_claims(recorded: Sequence[Sequence[float]], windows: int, rng: Random) -> int:
    """How many confirmations of identical code end in a claim."""
    return sum(_claims(window(rng.choice(recorded), 48, rng)) for _ in range(windows))


def coverage(recorded: Sequence[Sequence[float]], rounds: int, intervals: int, rng: Random) -> Coverage:
    """Fixed windows, no stopping; the truth is no difference."""
    missed = 0
    for _ in range(intervals):
        found = estimate(window(rng.choice(recorded), rounds, rng))
        missed += not found.low(_CONFIDENCE_ALPHA) <= 1 <= found.high(_CONFIDENCE_ALPHA)
    return Coverage(rounds=rounds, intervals=intervals, missed=missed)


def best_of(recorded: Sequence[Sequence[float]], candidates: int, families: int, rng: Random) -> int:
    """Of so many families of equal candidates, in how many the best in screening is claimed after confirmation."""
    claimed = 0
    for _ in range(families):
        screened = [screen(_rounds(window(rng.choice(recorded), 16, rng)), 0.01, "cpu") for _ in range(candidates)]
        hopeful = [one for one in screened if one.promising]
        claimed += bool(hopeful) and _claims(window(rng.choice(recorded), 48, rng))
    return claimed


def _claims(logs: Sequence[float]) -> bool:
    return confirm("resampled", _rounds(logs), _TERMS, lambda: 0.0).kind == "faster"


def _rounds(logs: Sequence[float]) -> Iterator[Round]:
    for seed, one in enumerate(logs):
        before, after = (
            Reading(wall=value, cpu=value, delay=0.0, peak=1) for value in (0.1234567 * exp(one), 0.1234567)
        )
        yield Round(before=before, after=after, order="together", seed=seed)
