"""What a change gains on inputs of other sizes and orders: a gain on the recorded ones must not be a loss elsewhere.

Each round is a fresh pair of workers; inside of it every family of calls is made in blocks, ABBA. A loss needs two
things: the whole interval beyond it, and time that matters beside the recorded calls, for an input on which the base
ends at once may well take a little longer.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from math import log
from random import Random
from statistics import median
from typing import Final

from ..core.errors import CandidateError
from ..core.ports import Clock, Sandbox
from ..core.verdicts import FamilyRatio
from .calibrate import look, passes_for, seconds
from .function import ORDERS
from .stats import estimate
from .workers import Crashed, Limits, Share, Side, Subject, Worker, blamed, pair

ROUNDS: Final = 8
_MORE_ROUNDS: Final = 24
"""Of families that decide, where a loss is likely after the first rounds and not proven."""
_LEAST_ROUNDS: Final = 5
_SECONDS: Final = 12.0
_ALPHA: Final = 0.001
"""One-sided, of each family's interval, at each of two looks."""
_QUADS: Final = 2
_LOSS: Final = 0.05
"""Share of time that may be lost: of the family's own, and of that of the recorded calls."""
_LONGEST_PASS: Final = 0.1
_PREPARING: Final = 0.03
"""Seconds that preparing a block may take."""
_LOOK: Final = 2.0
_SIDES: Final[tuple[Side, ...]] = ("A", "B")

Times = Mapping[str, Mapping[Side, float]]
"""Family → seconds of a call on each side, in one round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Calls that are timed together."""

    name: str
    calls: tuple[int, ...]
    """By their numbers."""


def family(name: str, took: Mapping[int, float]) -> Family | None:
    """Those of the calls that fit into a block; `took` are seconds on the base. None where not one does."""
    kept: list[int] = []
    for number in sorted(took, key=lambda number: -took[number]):
        if sum(took[one] for one in kept) + took[number] <= _LONGEST_PASS:
            kept.append(number)
    return Family(name=name, calls=tuple(sorted(kept))) if kept else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """So many passes over all calls of a family."""

    passes: int
    share: Share


@dataclass(slots=True, kw_only=True)
class FamilyStudy:
    """Takes the rounds; one for each candidate. The first of the families are the calls as they were recorded."""

    subject: Subject
    families: Sequence[Family]
    trees: Mapping[Side, Sandbox]
    rng: Random
    clock: Clock
    limits: Limits
    deciding: Collection[str] = ()
    """Names of those on which a verdict hangs: a likely loss is looked at longer."""
    taken: list[Times] = field(default_factory=list[Times])
    blocks: dict[str, Block] = field(default_factory=dict[str, Block])
    """How each family is made; the same for both sides, found out on the base."""
    crashes: dict[Side, int] = field(default_factory=lambda: {"A": 0, "B": 0})

    def ratios(self) -> tuple[FamilyRatio, ...]:
        """Eight rounds, or as many as 12 s allow and at least five; then up to 24 where a verdict hangs on it.

        Raises `CandidateError`, `slower` where the candidate does not come to an end on a family at all, and
        `TargetError` where the base cannot be timed.
        """
        self._take(self.families, ROUNDS)
        doubtful = {one.name for one in judged(self.taken, self.families) if one.doubt} & set(self.deciding)
        if doubtful:
            self._take([one for one in self.families if one.name in doubtful], _MORE_ROUNDS)
        return judged(self.taken, self.families)

    def _take(self, families: Sequence[Family], most: int) -> None:
        """Rounds of these families until there are so many, or the time is over."""
        end = self.clock() + _SECONDS
        while len(self.taken) < _LEAST_ROUNDS or (len(self.taken) < most and self.clock() < end):
            try:
                self.taken.append(self._round(families))
            except Crashed as crash:
                error = blamed(crash, self.crashes)
                if error is not None:
                    raise error from crash

    def _round(self, families: Sequence[Family]) -> Times:
        seed = self.rng.randrange(1, 2**32)
        with pair(self.trees, self.subject, self.limits, self.rng, seed) as workers:
            if not self.blocks:
                self.blocks = {one.name: _block(workers["A"], self.subject, one) for one in self.families}
            return {one.name: self._timed(workers, one) for one in families}

    def _timed(self, workers: Mapping[Side, Worker], one: Family) -> Mapping[Side, float]:
        found: dict[Side, float] = {"A": 0.0, "B": 0.0}
        block = self.blocks[one.name]
        try:
            quads: list[Side] = [side for _ in range(_QUADS) for side in self.rng.choice(ORDERS)]
            for number, side in enumerate((*_SIDES, *quads)):
                workers[side].set(one.calls, block.passes, block.share)
                took = seconds(workers[side].go())
                found[side] += took if number >= len(_SIDES) else 0.0  # the first block of each is never counted
        except CandidateError as error:
            if error.reason != "timed_out":
                raise
            raise CandidateError("slower", f"with inputs {one.name}, {error}") from error
        return {side: found[side] / (2 * _QUADS * block.passes * len(one.calls)) for side in _SIDES}


def _block(base: Worker, subject: Subject, one: Family) -> Block:
    """About 4 ms of calls, or fewer where preparing them takes long: arguments that calls change are made anew."""
    seen = look(base, one.calls, {}, _LOOK)
    share: Share = "never" if any(call.changes for call in seen.values()) or len(seen) < len(one.calls) else "passes"
    passes = passes_for(base, subject, one.calls, share)
    preparing = seconds(base.set(one.calls, passes, share))
    return Block(passes=max(1, int(passes * min(1.0, _PREPARING / max(preparing, 1e-6)))), share=share)


def judged(rounds: Sequence[Times], families: Sequence[Family]) -> tuple[FamilyRatio, ...]:
    """Each family's ratio with its interval, and whether it is a loss that matters, or likely one.

    Rounds may leave families out, but the first rounds have all of them.
    """
    typical = median(one[families[0].name]["A"] for one in rounds if families[0].name in one)
    return tuple(
        _ratio([one[family.name] for one in rounds if family.name in one], family, typical) for family in families
    )


def _ratio(rounds: Sequence[Mapping[Side, float]], one: Family, typical: float) -> FamilyRatio:
    found = estimate([log(max(times["A"], 1e-9) / max(times["B"], 1e-9)) for times in rounds])
    more = median(times["B"] - times["A"] for times in rounds)
    speedup, bar = found.speedup(_ALPHA), 1 / (1 + _LOSS)
    matters = more > _LOSS * typical
    loss = matters and speedup.high < bar
    doubt = matters and not loss and speedup.ratio < bar
    return FamilyRatio(name=one.name, calls=len(one.calls), speedup=speedup, loss=loss, doubt=doubt)
