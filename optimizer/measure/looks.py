"""When a confirmation may be looked at, and how much of the run's error budget each look may spend.

Every look at growing data is a chance to be wrong, so each gets a share of the confirmation's alpha, fixed
beforehand and back-loaded; the shares add up to it, so the error stays below alpha whatever the looks' dependence
(Bonferroni). The run's confirmations are numbered, and their alphas add up to 5 %.
"""

from dataclasses import dataclass
from typing import Final

MIN_PAIRS: Final = 8
"""No decision on fewer pairs."""
SINGLE_ALPHA: Final = 0.005
"""For the only confirmation of a run: one patch of the user's own, one workload."""

_SHARES: Final = ((8, 0.04), (12, 0.10), (20, 0.16), (32, 0.26), (48, 0.44))
_PATIENT_SHARES: Final = ((8, 0.02), (12, 0.05), (20, 0.08), (32, 0.13), (48, 0.22), (80, 0.22), (128, 0.28))
_FIRST: Final = 10
_FIRST_ALPHA: Final = 0.0025
_LATER: Final = 0.275


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """After `pairs` rounds, a claim may be wrong with probability `alpha` (one-sided)."""

    pairs: int
    alpha: float


def schedule(alpha: float, *, patient: bool = False) -> tuple[Look, ...]:
    """The looks of one confirmation; with an alpha of 0.005: 0.0002, 0.0005, 0.0008, 0.0013, 0.0022."""
    shares = _PATIENT_SHARES if patient else _SHARES
    return tuple(Look(pairs=pairs, alpha=share * alpha) for pairs, share in shares)


def alpha_for(number: int) -> float:
    """One-sided alpha of the run's confirmation with this number, counted from 1; all together spend 0.05.

    Every workload of a candidate counts as a confirmation of its own.
    """
    if number < 1:
        raise ValueError("confirmations are counted from 1")
    return _FIRST_ALPHA if number <= _FIRST else _LATER / (number * (number + 1))
