"""Confirmation of CPU-bound commands: rounds that share a core decide, alternating rounds vouch for the number.

Two processes on one core are sliced at milliseconds, so drift of the host, the main noise of whole processes, hits both
alike: the spread of a round falls to a third, and decisions need a third of the time. What such rounds cannot tell,
wall time and peak memory, and what they may distort, workloads that fight over a cache, the alternating rounds tell.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice
from typing import Final

from ..core.ports import Clock
from ..core.verdicts import Round
from .looks import MIN_PAIRS
from .session import Decision, Terms, confirm, decide
from .stats import choose_metric, estimate, log_ratios

_FIRST: Final = 4
_SETTLED: Final = 16
_SETTLING_SECONDS: Final = 20.0
_AGREE_ALPHA: Final = 0.005
"""One-sided, for each of the two intervals that must overlap."""


def confirm_together(
    workload: str, together: Iterator[Round], apart: Iterator[Round], terms: Terms, clock: Clock
) -> Decision:
    """One decision from both kinds of rounds; `terms.alpha` is spent once.

    Wall-bound workloads are confirmed on the alternating rounds alone. Where the two kinds contradict each other, the
    answer is `noisy`.
    """
    first = list(islice(apart, _FIRST))
    if (terms.metric or choose_metric(first)) == "wall":
        return confirm(workload, chain(first, apart), terms, clock)
    found = confirm(workload, together, replace(terms, metric="cpu", wall_guard=False), clock)
    if found.kind != "faster":
        return found
    checked = [*first, *islice(apart, MIN_PAIRS - _FIRST)]
    return _vouched(found, checked, 1 + terms.gain)


def settle(
    workload: str, together: Iterator[Round] | None, apart: Iterator[Round], terms: Terms, clock: Clock
) -> Decision:
    """The numbers of a change that was accepted already, step by step: so many rounds, one look, no stopping early.

    16 rounds or 20 s, at least 8; the interval is at 1 - 2 alpha of `terms`.
    """
    end = clock() + _SETTLING_SECONDS
    first = list(islice(apart, _FIRST))
    if together is None or (terms.metric or choose_metric(first)) == "wall":
        return decide(workload, _until(end, chain(first, apart), clock), terms.alpha, terms)
    alone = replace(terms, metric="cpu", wall_guard=False)
    found = decide(workload, _until(clock() + _SETTLING_SECONDS, together, clock), terms.alpha, alone)
    return _vouched(found, [*first, *islice(apart, MIN_PAIRS - _FIRST)], 1 + terms.gain)


def _until(end: float, rounds: Iterator[Round], clock: Clock) -> list[Round]:
    """Rounds as long as there is time, at least 8 and at most 16; every round that was taken counts."""
    taken: list[Round] = []
    while len(taken) < _SETTLED and (len(taken) < MIN_PAIRS or clock() < end):
        taken.append(next(rounds))
    return taken


def _vouched(found: Decision, apart: list[Round], bar: float) -> Decision:
    """The same claim, unless the alternating rounds speak against it: then theirs are the numbers."""
    cpu, wall = (estimate(log_ratios(apart, metric)) for metric in ("cpu", "wall"))
    theirs = replace(found, rounds=tuple(apart))
    if wall.high(_AGREE_ALPHA) < 1:
        note = f"by CPU time {found.speedup.ratio:.2f}x, but slower by the clock on the wall"
        return replace(theirs, kind="slower", metric="wall", speedup=wall.speedup(_AGREE_ALPHA), note=note)
    if cpu.high(_AGREE_ALPHA) < found.speedup.low or cpu.low(_AGREE_ALPHA) > found.speedup.high:
        theirs = replace(theirs, speedup=cpu.speedup(_AGREE_ALPHA))
        if cpu.low(_AGREE_ALPHA) > bar:
            return replace(theirs, note=f"sharing a core {found.speedup.ratio:.2f}x; one after the other, as shown")
        note = f"sharing a core {found.speedup.ratio:.2f}x, but {cpu.ratio:.2f}x one after the other"
        return replace(theirs, kind="noisy", note=note)
    return found
