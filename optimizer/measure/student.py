"""Student's t distribution: tail probabilities and quantiles, so that measuring needs no numerical package.

The tail is a regularised incomplete beta function, evaluated by its continued fraction (DLMF 8.17.22) with the
modified Lentz algorithm; quantiles are found by bisection, which cannot fail to converge.
"""

from functools import lru_cache
from math import exp, lgamma, log, log1p

_TINY = 1e-300
_ENOUGH = 1e-16
_MOST_TERMS = 10_000


def tail(t: float, df: float) -> float:
    """Probability that a t variable with `df` degrees of freedom exceeds `t`."""
    if t < 0:
        return 1 - tail(-t, df)
    square = t * t
    return incomplete_beta(df / (df + square), df / 2, 0.5, rest=square / (df + square)) / 2


@lru_cache(maxsize=4096)
def quantile(alpha: float, df: float) -> float:
    """The value that is exceeded with probability `alpha`, 0 < alpha < 1; relative error below 1e-9."""
    if not 0 < alpha < 1 or df <= 0:
        raise ValueError(f"no quantile for alpha {alpha} and {df} degrees of freedom")
    if alpha >= 0.5:
        return -quantile(1 - alpha, df) if alpha > 0.5 else 0.0
    low, high = 0.0, 1.0
    while tail(high, df) > alpha:
        low, high = high, high * 2
    while (middle := (low + high) / 2) not in (low, high):
        low, high = (middle, high) if tail(middle, df) > alpha else (low, middle)
    return high


def incomplete_beta(x: float, a: float, b: float, *, rest: float) -> float:
    """The regularised incomplete beta function I_x(a, b); `rest` is 1 - x, given apart to keep its digits."""
    if x <= 0 or rest <= 0:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - incomplete_beta(rest, b, a, rest=x)
    log_x = log1p(-rest) if rest < 0.5 else log(x)
    log_rest = log1p(-x) if x < 0.5 else log(rest)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log_x + b * log_rest) / a
    return front / _continued_fraction(x, a, b)


def _continued_fraction(x: float, a: float, b: float) -> float:
    value = c = 1.0
    d = 0.0
    for term in range(1, _MOST_TERMS):
        coefficient = _coefficient(term, x, a, b)
        d = 1 / _nonzero(1 + coefficient * d)
        c = _nonzero(1 + coefficient / c)
        value *= c * d
        if abs(c * d - 1) < _ENOUGH:
            break
    return value


def _coefficient(term: int, x: float, a: float, b: float) -> float:
    m = term // 2
    if term % 2:
        return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
    return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))


def _nonzero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
