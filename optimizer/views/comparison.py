"""Two revisions side by side, for people: a line a workload, and the verdict in words."""

from collections.abc import Sequence

from ..core import units
from ..core.verdicts import Compared, Finding
from . import plot

_WORDS: dict[Finding, str] = {
    "faster": "faster",
    "slower": "slower",
    "same": "the same: any difference is smaller than the bar",
    "inconclusive": "cannot be told apart on this machine in this time (--patient takes more rounds)",
}


def table(base: str, head: str, compared: Sequence[Compared], goal: float = 1.01, room: int | None = None) -> str:
    """One line a workload: before, after, speedup with its interval, verdict; and a picture of several.

    `room` is the terminal's width, None where nothing has to fit.
    """
    width = max(len("workload"), *(len(one.result.name) for one in compared))
    lines = [f"{base} -> {head}", f"{'workload':<{width}}  {'before':>9}  {'after':>9}  speedup"]
    for one in compared:
        result, speedup = one.result, one.result.speedup
        lines.append(
            f"{result.name:<{width}}  {units.seconds(result.before_s):>9}  {units.seconds(result.after_s):>9}  "
            f"{units.ratio(speedup.ratio)} ({units.interval(speedup.low, speedup.high)}, {speedup.pairs} pairs)  "
            f"{finding(one)}"
        )
        if one.note:
            lines.append(f"{'':<{width}}  note: {one.note}")
    if len(compared) > 1 and (room is None or room >= plot.WIDTH):
        rows = [plot.Bar(label=one.result.name, speedup=one.result.speedup) for one in compared]
        lines += ["", *plot.intervals(rows, goal)]
    return "\n".join(lines)


def finding(one: Compared) -> str:
    """The verdict in words."""
    return _WORDS[one.finding]
