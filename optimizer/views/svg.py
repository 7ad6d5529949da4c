"""The pictures of a report as inline SVG: intervals side by side, and a dot for every round."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from ..core import units
from .plot import KINDS, Bar, Scale, scale
from .rounds import Series
from .words import clean

_WIDTH: Final = 860
_LEFT: Final = 180
_RIGHT: Final = 190
_ROW: Final = 26
_SPREAD: Final = 4
"""Rows that dots are spread over, so that rounds at one place stay apart."""


def intervals(bars: Sequence[Bar], goal: float) -> str:
    """A row per interval; lines at 1.00x and at the bar."""
    across = scale([end for bar in bars for end in (bar.speedup.low, bar.speedup.high)], goal)
    rows = [_interval(bar, across, goal, _middle(place)) for place, bar in enumerate(bars)]
    return _drawn(rows, across, goal, len(bars))


def rounds(kinds: Sequence[Series], found: Bar | None, goal: float) -> str:
    """A row of dots per kind of rounds, and the interval under them."""
    ends = [found.speedup.low, found.speedup.high] if found else []
    across = scale([*(ratio for one in kinds for ratio in one.ratios), *ends], goal)
    rows = ["".join(_dots(one, across, _middle(place))) for place, one in enumerate(kinds)]
    if found:
        rows.append(_interval(found, across, goal, _middle(len(kinds))))
    return _drawn(rows, across, goal, len(rows))


def _drawn(rows: Sequence[str], across: Scale, goal: float, count: int) -> str:
    height = _ROW * count + 26
    lines = "".join(
        f'<line class="{name}" x1="{_x(ratio, across)}" x2="{_x(ratio, across)}" y1="2" y2="{_ROW * count + 4}"/>'
        for name, ratio in (("one", 1.0), ("bar", goal))
    )
    base = _text(_x(1.0, across), height - 6, "1.00x", "end")
    bar = _text(_x(goal, across), height - 6, f"bar {units.ratio(goal)}", "start")
    size = f'viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {size}>{lines}{"".join(rows)}{base}{bar}</svg>'


def _interval(bar: Bar, across: Scale, goal: float, y: float) -> str:
    low, high, middle = (_x(end, across) for end in (bar.speedup.low, bar.speedup.high, bar.speedup.ratio))
    kind = "faster" if bar.speedup.low > goal else "slower" if bar.speedup.high < 1 else "open"
    return (
        f'<g class="{kind}">{_text(_LEFT - 12, y + 4, bar.label, "end")}'
        f'<line class="ci" x1="{low}" x2="{high}" y1="{y}" y2="{y}"/>'
        f'<circle cx="{middle}" cy="{y}" r="5"/>{_text(_WIDTH - _RIGHT + 12, y + 4, bar.value, "start")}</g>'
    )


def _dots(one: Series, across: Scale, y: float) -> Iterator[str]:
    yield _text(_LEFT - 12, y + 4, KINDS[one.kind], "end")
    for number, ratio in enumerate(one.ratios):
        place = y + (number % _SPREAD - (_SPREAD - 1) / 2) * 4
        said = f"round {number + 1}: {units.ratio(ratio)}"
        yield f'<circle class="{one.kind}" cx="{_x(ratio, across)}" cy="{place}" r="2.5"><title>{said}</title></circle>'
    yield _text(_WIDTH - _RIGHT + 12, y + 4, f"{len(one.ratios)} rounds", "start")


def _x(ratio: float, across: Scale) -> float:
    share = across.at(ratio) if ratio > 0 else 0.0
    return round(_LEFT + share * (_WIDTH - _LEFT - _RIGHT), 1)


def _middle(place: int) -> float:
    return _ROW * place + _ROW / 2 + 2


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{escape(clean(text))}</text>'
