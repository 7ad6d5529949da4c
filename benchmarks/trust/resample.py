"""What the protocol would have said on other stretches of recorded rounds of identical code.

A window is a stretch of one recorded series, continued at its start (a circular block, Politis & Romano 1992), so that
neighbouring rounds stay neighbours; which tree is called the first is drawn by lot.

Windows overlap, and those of one series hang together, so that thousands of them hold no more than the disjoint blocks
that were recorded: a window as long as its series is the same rounds every time, begun elsewhere. What is drawn
therefore says of how many series and how many disjoint blocks of its length it was drawn, and of fewer than 20 blocks
nothing is drawn at all.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp
from random import Random

from perfsmith.optimizer.core.verdicts import Reading, Round
from perfsmith.optimizer.measure.looks import SINGLE_ALPHA
from perfsmith.optimizer.measure.session import Terms, confirm, screen
from perfsmith.optimizer.measure.stats import estimate

SCREENED = 16
"""Rounds of a screening, at most."""
_LEAST_BLOCKS = 20
_CONFIDENCE_ALPHA = 0.025
_TERMS = Terms(alpha=SINGLE_ALPHA, metric="cpu", wall_guard=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How many 95 % intervals over so many rounds do not hold the truth."""

    rounds: int
    intervals: int
    missed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """The recorded series that are long enough for windows of one length."""

    series: tuple[tuple[float, ...], ...]
    length: int

    @property
    def blocks(self) -> int:
        """How many windows there are that share no round."""
        return sum(len(one) // self.length for one in self.series)

    @property
    def origin(self) -> str:
        """`from 10 series, 20 disjoint blocks of 48`."""
        return f"from {len(self.series)} series, {self.blocks} disjoint blocks of {self.length}"

    def draw(self, rng: Random) -> list[float]:
        """A window of one of the series."""
        return window(rng.choice(self.series), self.length, rng)


def pool(recorded: Sequence[Sequence[float]], length: int) -> Pool | None:
    """What windows of so many rounds can be drawn from; None where that is too little to say anything."""
    found = Pool(series=tuple(tuple(one) for one in recorded if len(one) >= length), length=length)
    return found if found.blocks >= _LEAST_BLOCKS else None


def window(series: Sequence[float], length: int, rng: Random) -> list[float]:
    """So many neighbouring rounds."""
    start, sign = rng.randrange(len(series)), rng.choice((-1, 1))
    return [sign * series[(start + step) % len(series)] for step in range(length)]


def false_claims(confirmed: Pool, windows: int, rng: Random) -> int:
    """How many confirmations of identical code, of at most a window's rounds, end in a claim."""
    return sum(_claims(confirmed.draw(rng)) for _ in range(windows))


def coverage(drawn: Pool, intervals: int, rng: Random) -> Coverage:
    """Fixed windows, no stopping; the truth is no difference."""
    missed = 0
    for _ in range(intervals):
        found = estimate(drawn.draw(rng))
        missed += not found.low(_CONFIDENCE_ALPHA) <= 1 <= found.high(_CONFIDENCE_ALPHA)
    return Coverage(rounds=drawn.length, intervals=intervals, missed=missed)


def best_of(confirmed: Pool, candidates: int, families: int, rng: Random) -> int:
    """Of so many families of equal candidates, in how many the best in screening is claimed after confirmation."""
    claimed = 0
    for _ in range(families):
        screenings = [window(rng.choice(confirmed.series), SCREENED, rng) for _ in range(candidates)]
        screened = [screen(_rounds(one), 0.01, "cpu") for one in screenings]
        hopeful = [one for one in screened if one.promising]
        claimed += bool(hopeful) and _claims(confirmed.draw(rng))
    return claimed


def _claims(logs: Sequence[float]) -> bool:
    return confirm("resampled", _rounds(logs), _TERMS, lambda: 0.0).kind == "faster"


def _rounds(logs: Sequence[float]) -> Iterator[Round]:
    for seed, one in enumerate(logs):
        before, after = (
            Reading(wall=value, cpu=value, delay=0.0, peak=1) for value in (0.1234567 * exp(one), 0.1234567)
        )
        yield Round(before=before, after=after, order="together", seed=seed)
