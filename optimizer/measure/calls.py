"""How often a benchmark has to be called for its own work, and not the start of its process, to be what is measured.

The number is found on the base alone and is the same for both sides. A benchmark runner that looks for it in every
process would call faster code more often, in the same time, and hide the gain.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Final

_STEPS: Final = (3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000)
_SEEN_CPU: Final = 0.1
_SEEN_WALL: Final = 1.0
_WORK: Final = 0.5
_LONG: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What one run of the command took. Seconds."""

    cpu: float
    wall: float


def enough_calls(run: Callable[[int], Spent]) -> int:
    """Calls whose work takes about half a second, at most 100,000.

    `run` is given a number of calls. The first step from one call on that shows, by 0.1 s of CPU time or a second of
    waiting, tells what a call costs. One call is enough where a run takes 3 s anyway, and where more calls never show.
    """
    single = run(1)
    if max(single.cpu, single.wall) >= _LONG:
        return 1
    for calls in _STEPS:
        several = run(calls)
        for more, visible in ((several.cpu - single.cpu, _SEEN_CPU), (several.wall - single.wall, _SEEN_WALL)):
            if more >= visible:
                return max(1, min(_STEPS[-1], ceil(_WORK / more * (calls - 1))))
    return 1
