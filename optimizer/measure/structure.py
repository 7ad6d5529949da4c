"""Where a speedup comes from: the same calls timed on the same object, on equal copies, on distinct inputs, and first.

What keeps answers between calls is fast on inputs that come again and on no others; an honest change gains alike on
all of them. Each round is a fresh pair of workers. Some inputs are for warming up; the others are then given once each,
which no memory of any kind can have seen before, and after that several times over. All ratios are base / candidate, so
what the base keeps for itself cancels. Suspicion needs the whole interval beyond the limit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import exp, log
from random import Random
from statistics import median
from typing import Final

from ..core.ports import Clock, Sandbox
from ..core.verdicts import CallRatios, Speedup
from .calibrate import Known, Plan, seconds
from .function import Bench
from .stats import estimate
from .workers import Crashed, Limits, Share, Side, Subject, Worker, pair

ROUNDS: Final = 8
_SECONDS: Final = 20.0
_LEAST_ROUNDS: Final = 4
_ALPHA: Final = 0.005
"""One-sided, of each interval that raises a suspicion."""
_COPIES: Final = 1.3
"""Copies must not gain so many times what distinct inputs gain."""
_SAME: Final = 3.0
"""The same for the very same object: texts keep their hashes, which honest changes may use."""
_SAVED: Final = 0.1
"""Share of what a candidate saves that must hang on inputs that come again: at 190x and at 110x it saves 99 %."""
_FIRST: Final = 2.0
_HIDDEN: Final = 0.05
"""Seconds that the first call takes longer than later ones, beyond the base's, before it decides anything."""
_PASS: Final = 0.01
_LONGEST: Final = 0.03
"""Seconds: where the quickest call takes longer, only the first one is timed."""
_AGAIN: Final = 8
_LEAST: Final = 3e-5
"""Seconds: less than this, with the cost of an empty order taken off, says nothing."""
_SIDES: Final[tuple[Side, ...]] = ("A", "B")
UNTOLD: Final = "whether answers are kept between calls could not be told"
_FEW: Final = "fewer than two different calls were recorded"
_SLOW: Final = f"a call takes more than {1000 * _LONGEST:.0f} ms"
_QUICK: Final = "the calls are too short to be timed one by one"

Times = dict[str, dict[Side, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Numbers of the calls for each purpose."""

    first: int
    warming: tuple[int, ...]
    fresh: tuple[int, ...]
    """Never used before the passes that are timed; empty where there is but one input, or calls take long."""
    plain: bool
    """Whether the fresh ones are of built-in types and stay as they are: only then the same object is given again.

    State inside an object that belongs to the caller is no cache.
    """
    why: str = ""
    """Why none are kept fresh, so that kept answers cannot be told; empty where some are."""


@dataclass(slots=True, kw_only=True)
class Study:
    """Takes the rounds; one for each candidate."""

    subject: Subject
    trees: Mapping[Side, Sandbox]
    rng: Random
    clock: Clock
    limits: Limits
    taken: list[Times] = field(default_factory=list[Times])

    def ratios(self) -> CallRatios:
        """Eight rounds, or as many as 20 s allow and at least four.

        Raises what `FunctionMeter` raises, where the calls cannot be timed at all.
        """
        bench = Bench(subject=self.subject, trees=self.trees, rng=self.rng, limits=self.limits)
        plan = bench.learn()
        assert bench.known is not None
        inputs = divided(plan, bench.known, self.rng, self.subject.weights)
        end = self.clock() + _SECONDS
        while len(self.taken) < _LEAST_ROUNDS or (len(self.taken) < ROUNDS and self.clock() < end):
            try:
                self.taken.append(self._round(inputs))
            except Crashed as crash:
                bench.forgive(crash)
        return _with_reservation(judged(self.taken), inputs.why)

    def _round(self, inputs: Inputs) -> Times:
        found: Times = {}
        with pair(self.trees, self.subject, self.limits, self.rng, self.rng.randrange(1, 2**32)) as workers:
            found["imports"] = {side: worker.loading for side, worker in workers.items()}
            self._timed(workers, found, "first", [inputs.first], 1)
            empty = [self._timed(workers, {}, "empty", [], 1) for _ in range(3)]
            found["empty"] = {side: median(one[side] for one in empty) for side in _SIDES}
            for side in _SIDES:
                for _ in range(3):
                    workers[side].set(inputs.warming, 1, "never")
                    workers[side].go()
            if inputs.fresh:
                again = [number for number in inputs.fresh for _ in range(_AGAIN)]
                self._timed(workers, found, "distinct", inputs.fresh, 1)
                self._timed(workers, found, "copies", again, _AGAIN)
                if inputs.plain:
                    self._timed(workers, found, "same", again, _AGAIN, "equal")
            self._timed(workers, found, "later", [inputs.first], 1)
        return found

    def _timed(
        self,
        workers: Mapping[Side, Worker],
        into: Times,
        name: str,
        numbers: Sequence[int],
        times: int,
        share: Share = "never",
    ) -> dict[Side, float]:
        """Seconds of one pass over the inputs, `times` of which are made at once."""
        order = self.rng.choice((_SIDES, _SIDES[::-1]))
        found: dict[Side, float] = {}
        for side in order:
            workers[side].set(numbers, 1, share)
            found[side] = seconds(workers[side].go()) / times
        into[name] = found
        return found


def divided(plan: Plan, known: Known, rng: Random, weights: Sequence[float] = ()) -> Inputs:
    """Which calls warm up and which are kept fresh; of what stays as it is, if that is enough.

    Those on which most time is spent come first, as often as they occur by `weights`, or each once.
    """
    usable = [number for number, took in plan.times.items() if took <= _LONGEST]
    quickest = min(plan.times, key=lambda number: plan.times[number])
    steady = [number for number in usable if number in known.plain and number not in known.changing]
    plain = len(steady) >= max(2, len(usable) // 2)
    load = {number: took * (weights[number] if weights else 1.0) for number, took in plan.times.items()}
    pool = sorted(steady if plain else usable, key=lambda number: -load[number])
    if len(pool) < 2:
        why = _FEW if len(plan.times) < 2 else _SLOW
        return Inputs(first=quickest, warming=(quickest,), fresh=(), plain=False, why=why)
    start = rng.randrange(2)
    warming, fresh = (_within(pool[first::2], plan.times) for first in (start, 1 - start))
    return Inputs(first=warming[0], warming=warming, fresh=fresh, plain=plain)


def _within(numbers: Sequence[int], times: Mapping[int, float]) -> tuple[int, ...]:
    """The first of them, as far as a pass may last; at least one."""
    kept = list(numbers[:1])
    for number in numbers[1:]:
        if sum(times[one] for one in kept) + times[number] <= _PASS:
            kept.append(number)
    return tuple(kept)


def judged(rounds: Sequence[Times]) -> CallRatios:
    """What the rounds say, by intervals of 99 %."""
    logs = {name: _logs(rounds, name) for name in ("same", "copies", "distinct", "first", "later", "imports")}
    suspicion = _kept_answers(logs)
    remarks: list[str] = []
    if not suspicion and _beyond(logs["later"], logs["first"], _FIRST):
        hidden = [_hidden(one) for one in rounds]
        least = min(hidden) if len(hidden) < 2 else _low(hidden)
        if least > _HIDDEN:
            suspicion = f"the first call does {1000 * median(hidden):.0f} ms of work that later calls do without"
        elif median(hidden) > 0.001:
            remarks.append(f"the first call in a process takes {1000 * median(hidden):.1f} ms longer than later ones")
    return CallRatios(
        same=_speedup(logs["same"]),
        copies=_speedup(logs["copies"]),
        distinct=_speedup(logs["distinct"]),
        first=_speedup(logs["first"]),
        imports=_speedup(logs["imports"]),
        suspicion=suspicion,
        remarks=tuple(remarks),
    )


def _with_reservation(found: CallRatios, why: str) -> CallRatios:
    """With a remark where copies and distinct inputs, of which the answer lives, have no ratios."""
    why = why or ("" if found.copies and found.distinct else _QUICK)
    return replace(found, remarks=(*found.remarks, f"{UNTOLD}: {why}")) if why else found


def _kept_answers(logs: Mapping[str, list[float]]) -> str:
    for name, limit, said in (("copies", _COPIES, "equal inputs"), ("same", _SAME, "the same object")):
        if not _beyond(logs[name], logs["distinct"], limit):
            continue
        often, once = (exp(estimate(logs[one]).center) for one in (name, "distinct"))
        if 1 / once - 1 / often > _SAVED * (1 - 1 / often):
            return f"{often:.2f}x where {said} come again, {once:.2f}x where each input comes once"
    return ""


def _beyond(more: Sequence[float], less: Sequence[float], limit: float) -> bool:
    """Whether one ratio is clearly more than `limit` times another, round by round."""
    if len(more) != len(less) or len(more) < _LEAST_ROUNDS:
        return False
    return estimate([one - other for one, other in zip(more, less, strict=True)]).low(_ALPHA) > limit


def _logs(rounds: Sequence[Times], name: str) -> list[float]:
    """ln(base / candidate) of each round; empty where it was not measured, or is too short to say anything."""
    found: list[float] = []
    for one in rounds:
        if name not in one:
            return []
        empty = one["empty"] if name != "imports" else {"A": 0.0, "B": 0.0}
        before, after = (one[name][side] - empty[side] for side in _SIDES)
        if before < _LEAST and name != "imports":
            return []
        found.append(log(max(before, 1e-6) / max(after, 1e-6)))
    return found


def _hidden(one: Times) -> float:
    """Seconds that the candidate's first call takes longer than a later one, beyond what the base's does."""
    return (one["first"]["B"] - one["later"]["B"]) - (one["first"]["A"] - one["later"]["A"])


def _low(values: Sequence[float]) -> float:
    found = estimate(values)
    return log(found.low(_ALPHA))


def _speedup(logs: Sequence[float]) -> Speedup | None:
    return estimate(logs).speedup(_ALPHA) if len(logs) >= 2 else None
