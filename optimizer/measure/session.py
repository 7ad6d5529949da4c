"""Screening, which is cheap and claims nothing, and confirmation, which decides on rounds of its own.

Both take rounds from any `Meter` and stop as soon as more rounds cannot change the answer. A confirmation needs a
meter's rounds with another seed than the screening's; nothing of the screening is used again.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import exp
from statistics import median
from typing import Final, Literal

from ..core.ports import Clock
from ..core.verdicts import Round, Speedup
from .looks import MIN_PAIRS, Look, schedule
from .stats import Metric, choose_metric, estimate, log_ratios

Kind = Literal["faster", "not_faster", "slower", "noisy"]

HOPE_ALPHA: Final = 0.05
"""One-sided: where a speedup at the bar is less likely than this, more rounds are not worth their time."""
SLOWER_ALPHA: Final = 0.001
"""One-sided, at each look, so at most 0.5 % over five: calling a candidate slower is a claim, too."""
_SCREENING_LOOKS: Final = (4, 8, 12, 16)
_GLANCE: Final = 2
_SECONDS: Final = 60.0
_PATIENT_SECONDS: Final = 160.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a confirmation has to show, and what it may cost."""

    alpha: float
    """One-sided probability of a false claim over all looks: `looks.alpha_for` or `looks.SINGLE_ALPHA`."""
    gain: float = 0.01
    """The bar: the interval's lower end must exceed 1 + this."""
    patient: bool = False
    """Up to 128 rounds and 160 s instead of 48 and 60 s."""
    wall_guard: bool = True
    """Whether wall time may veto a gain in CPU time; it means nothing where both runs share a core."""
    metric: Metric | None = None
    """None to choose by how CPU-bound the runs are; `wall` where the user lets work spread over cores."""

    @property
    def seconds(self) -> float:
        """Cap in wall seconds, reached by no fewer than 8 rounds."""
        return _PATIENT_SECONDS if self.patient else _SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Screening:
    """A cheap look; `estimate` is before / after by the median round, biased upwards in whoever ranks first."""

    estimate: float
    promising: bool
    metric: Metric
    rounds: tuple[Round, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a confirmation found on one workload.

    The confidence in `speedup` is 1 - 2 alpha, two-sided, where alpha is the one-sided error of each end: the share
    that belonged to the deciding look for `faster` and `noisy`, 0.01 for `slower`, 0.05 for `not_faster`.
    """

    workload: str
    kind: Kind
    metric: Metric
    speedup: Speedup
    correlation: float
    """Lag-1 autocorrelation of the rounds; the interval allows for it."""
    rounds: tuple[Round, ...]
    note: str = ""
    """Why, where the numbers alone do not say it."""
    hint: str = ""
    biased: bool = False
    """The base, measured in the same way, differs from itself: the numbers mean nothing and are not shown."""
    opinion: str = ""
    """What another way of measuring says of a claim; never evidence alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """The rounds at one look, and the one-sided alpha that the look may spend."""

    rounds: tuple[Round, ...]
    alpha: float
    final: bool


def screen(rounds: Iterator[Round], gain: float, wanted: Metric | None = None) -> Screening:
    """Look after 4, 8, 12 and 16 rounds; give up once the 95 % upper bound is below the bar.

    Promising is a candidate that gets to the end, or clearly above the bar, with a median round at or above it.
    """
    taken: list[Round] = []
    for pairs in _SCREENING_LOOKS:
        taken += [next(rounds) for _ in range(pairs - len(taken))]
        found = estimate(log_ratios(taken, wanted or choose_metric(taken)))
        if found.high(HOPE_ALPHA) < 1 + gain or found.low(HOPE_ALPHA) > 1 + gain:
            break
    metric = wanted or choose_metric(taken)
    logs = log_ratios(taken, metric)
    middle = exp(median(logs))
    hope = estimate(logs).high(HOPE_ALPHA) >= 1 + gain
    return Screening(estimate=middle, promising=hope and middle >= 1 + gain, metric=metric, rounds=tuple(taken))


def confirm(workload: str, rounds: Iterator[Round], terms: Terms, clock: Clock) -> Decision:
    """Take rounds until the speedup is proven, hopeless, or the cap is reached: the only source of claims."""
    looks = schedule(terms.alpha, patient=terms.patient)
    end = clock() + terms.seconds
    decision: Decision | None = None
    for sight in sights(rounds, looks, lambda: clock() >= end, glances=True):
        decision = decide(workload, sight.rounds, sight.alpha, terms)
        if decision.kind != "noisy":
            break
    assert decision is not None
    return decision


def decide(workload: str, rounds: Sequence[Round], alpha: float, terms: Terms) -> Decision:
    """What these rounds say at one look with this one-sided alpha; `noisy` is: not yet.

    With an alpha of 0 it can only say that there is no hope, which is no claim.
    """
    metric = terms.metric or choose_metric(rounds)
    found = estimate(log_ratios(rounds, metric))
    bar = 1 + terms.gain
    if alpha and found.low(alpha) > bar:
        guarded = metric == "cpu" and terms.wall_guard
        guard = _wall_guard(workload, rounds, found.ratio) if guarded else None
        if guard:
            return guard
        kind, shown = "faster", alpha
    elif alpha and found.high(SLOWER_ALPHA) < 1:
        kind, shown = "slower", SLOWER_ALPHA
    elif found.high(HOPE_ALPHA) < bar:
        kind, shown = "not_faster", HOPE_ALPHA
    else:
        kind, shown = "noisy", alpha or HOPE_ALPHA
    return Decision(
        workload=workload,
        kind=kind,
        metric=metric,
        speedup=found.speedup(shown),
        correlation=found.correlation,
        rounds=tuple(rounds),
    )


def sights(
    rounds: Iterator[Round], looks: Sequence[Look], late: Callable[[], bool], *, glances: bool = False
) -> Iterator[Sight]:
    """The rounds at each look; once it is late, one last look spends all alpha that is left.

    That is no extra chance: how many rounds fit into the time depends on both sides' sum and not on their difference.
    Between the looks there are `glances`, if wanted, after every other round: they spend nothing and can claim nothing.
    Raises `ValueError` where the rounds end before 8 of them.
    """
    taken: list[Round] = []
    left = sum(look.alpha for look in looks)
    for look in looks:
        while len(taken) < look.pairs and not (late() and len(taken) >= MIN_PAIRS):
            following = next(rounds, None)
            if following is None:
                break
            taken.append(following)
            if glances and MIN_PAIRS <= len(taken) < look.pairs and len(taken) % _GLANCE == 0:
                yield Sight(rounds=tuple(taken), alpha=0.0, final=False)
        if len(taken) < MIN_PAIRS:
            raise ValueError(f"a decision needs {MIN_PAIRS} rounds, there were {len(taken)}")
        final = len(taken) < look.pairs or look is looks[-1]
        yield Sight(rounds=tuple(taken), alpha=left if final else look.alpha, final=final)
        if final:
            return
        left -= look.alpha


def _wall_guard(workload: str, rounds: Sequence[Round], cpu_ratio: float) -> Decision | None:
    """Less CPU time is no gain where the wall clock says slower: work may wait, or run where nobody counts it."""
    wall = estimate(log_ratios(rounds, "wall"))
    if wall.high(HOPE_ALPHA) >= 1:
        return None
    return Decision(
        workload=workload,
        kind="slower",
        metric="wall",
        speedup=wall.speedup(HOPE_ALPHA),
        correlation=wall.correlation,
        rounds=tuple(rounds),
        note=f"by CPU time {cpu_ratio:.2f}x, but slower by the clock on the wall",
    )
