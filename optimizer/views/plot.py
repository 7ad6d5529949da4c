"""Speedups as pictures made of characters: intervals side by side, and the rounds that they come from.

The scale is logarithmic, so that twice as fast and half as fast lie equally far from 1.00x, which is always shown.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite, log
from statistics import median
from typing import Final

from ..core import units
from ..core.verdicts import Speedup
from .rounds import Series

WIDTH: Final = 76
"""Columns of a picture; a narrower terminal gets the numbers without it."""
_LABEL: Final = 18
_VALUE: Final = 22
_FURTHEST: Final = 1000.0
_MARGIN: Final = 0.04
KINDS: Final = {"together": "sharing a core", "apart": "one after other"}
"""What kinds of rounds are called in a picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One row: what was measured, and its interval."""

    label: str
    speedup: Speedup

    @property
    def value(self) -> str:
        """`1.43x (1.38-1.47)`."""
        return f"{units.ratio(self.speedup.ratio)} ({units.interval(self.speedup.low, self.speedup.high)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Where a speedup lies between the left and the right end of a picture, as a share."""

    low: float
    high: float

    def at(self, ratio: float) -> float:
        """0 at the left end, 1 at the right one; what lies outside is put at the end."""
        low, high = log(self.low), log(self.high)
        return (log(min(max(ratio, self.low), self.high)) - low) / (high - low)


def scale(ratios: Iterable[float], goal: float) -> Scale:
    """Holds all of these, 1 and the bar, with a little air; a thousandfold at most on either side."""
    shown = [min(max(ratio, 1 / _FURTHEST), _FURTHEST) for ratio in ratios if isfinite(ratio)]
    low, high = min(1.0, *shown, 1.0), max(goal, *shown, 1.0)
    air = max((high / low) ** _MARGIN, 1.002)
    return Scale(low=low / air, high=high * air)


def intervals(bars: Sequence[Bar], goal: float, width: int = WIDTH) -> list[str]:
    """A row per bar, and a legend; `goal` is the bar that an interval has to clear, 1.01 for 1 %."""
    across = scale([end for bar in bars for end in (bar.speedup.low, bar.speedup.high, bar.speedup.ratio)], goal)
    columns = max(width - _LABEL - _VALUE, 8)
    rows = [f"{_cut(bar.label):<{_LABEL}}{_row(bar.speedup, across, goal, columns)} {bar.value}" for bar in bars]
    return [*rows, legend(goal)]


def legend(goal: float) -> str:
    """What the marks mean."""
    return f"{'':<{_LABEL}}│ 1.00x, no difference   ┊ {units.ratio(goal)}, the bar"


def dots(ratios: Sequence[float], across: Scale, goal: float, columns: int) -> str:
    """A strip with a mark where rounds lie: `·` one, `:` two or three, `#` more."""
    counts = [0] * columns
    for ratio in ratios:
        counts[_column(ratio, across, columns)] += 1
    empty = _marks(across, goal, columns)
    marks = ("", "·", ":", ":")
    return "".join(
        mark if not count else marks[count] if count < len(marks) else "#"
        for count, mark in zip(counts, empty, strict=True)
    )


def strips(kinds: Sequence[Series], found: Bar | None, goal: float, width: int = WIDTH) -> list[str]:
    """The rounds of one question, a strip a kind, and the interval under them, all to one scale; and a legend."""
    ends = [found.speedup.low, found.speedup.high] if found else []
    across = scale([*(ratio for one in kinds for ratio in one.ratios), *ends], goal)
    columns = max(width - _LABEL - _VALUE, 8)
    rows = [
        f"{KINDS[one.kind]:<{_LABEL}}{dots(one.ratios, across, goal, columns)} {units.ratio(median(one.ratios))}, "
        f"{len(one.ratios)} rounds"
        for one in kinds
    ]
    if found:
        rows.append(f"{found.label:<{_LABEL}}{_row(found.speedup, across, goal, columns)} {found.value}")
    return [*(row.rstrip() for row in rows), legend(goal)]


def _row(speedup: Speedup, across: Scale, goal: float, columns: int) -> str:
    cells = _marks(across, goal, columns)
    low, high = (_column(end, across, columns) for end in (speedup.low, speedup.high))
    for column in range(low, high + 1):
        cells[column] = "─" if cells[column] == " " else "┼"
    cells[low], cells[high] = "├", "┤"
    if isfinite(speedup.ratio):
        cells[_column(speedup.ratio, across, columns)] = "●"
    return "".join(cells)


def _marks(across: Scale, goal: float, columns: int) -> list[str]:
    cells = [" "] * columns
    cells[_column(goal, across, columns)] = "┊"
    cells[_column(1.0, across, columns)] = "│"
    return cells


def _column(ratio: float, across: Scale, columns: int) -> int:
    share = across.at(ratio) if isfinite(ratio) and ratio > 0 else float(ratio > 0)
    return round(share * (columns - 1))


def _cut(label: str) -> str:
    return label if len(label) < _LABEL else f"{label[: _LABEL - 2]}…"
