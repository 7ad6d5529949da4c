"""A meter that makes recorded calls of a function in pairs of workers: many short blocks, base and candidate in turn.

A round is a fresh pair of processes. It makes quads of blocks, ABBA or BAAB at random, of about 4 ms CPU each, so that
drift of the machine hits both alike; the same number of calls on both sides, chosen on the base. What a round says is
the median over its adjacent pairs of ln(time of A / time of B). Times are read from outside the workers. Blocks are
made of full passes over a ring of distinct inputs, each as often as it occurs, unpickled anew for every block. Whether
both sides still give the same answers is looked at in the same processes, after the timing.

Without a repository, on two folders that each have a `kernel.py` with a function `work(n)`:

    subject = given(python, "kernel", "work", [((n,), {}) for n in range(900, 916)])
    meter = FunctionMeter(subject=subject)
    rounds = meter.rounds(plain(slow, python), plain(fast, python), NO_WORKLOAD, seed=1)
    confirm("work", rounds, Terms(alpha=SINGLE_ALPHA), time.monotonic)

`plain` is in `sandbox/trees.py`. For a file elsewhere than in the folder itself, `given(..., path=("src",))`.
"""

import base64
import pickle
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import log
from pathlib import Path
from random import Random
from statistics import fmean, median
from time import monotonic
from typing import Final

from ..core.errors import CandidateError
from ..core.ports import Sandbox, Spent
from ..core.recording import Call, Recording
from ..core.values import Workload
from ..core.verdicts import LogRatio, Reading, Round
from .calibrate import Known, Plan, differ, look, made_by_both, planned, seen_on_base
from .workers import Crashed, Limits, Side, Subject, Worker, blamed, pair

NO_WORKLOAD: Final = Workload(name="function", command="")
"""For where nothing stands behind the calls but the calls themselves."""
ORDERS: Final[tuple[tuple[Side, ...], ...]] = (("A", "B", "B", "A"), ("B", "A", "A", "B"))
_SIDES: Final[tuple[Side, ...]] = ("A", "B")
_ROUND: Final = 0.15
_STARTS: Final = 1.0
_QUADS: Final = 2
_LOOK: Final = 0.02
_LOOK_FIRST: Final = 5.0
_APART: Final = 0.25
_APART_LEAST: Final = 0.0005


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionMeter:
    """Rounds on recorded calls, without end; implements `core.ports.Meter`.

    While rounds are asked for, raises `CandidateError` `wrong_behavior` (another answer), `timed_out` (five times the
    base's time, and 10 s), `crashed` or `cheating` (it works while it is not timed), and `TargetError` about the base:
    `no_calls` where none of the calls can be made again.
    """

    subject: Subject

    def rounds(self, before: Sandbox, after: Sandbox, workload: Workload, seed: int) -> Iterator[Round]:
        """Another `seed` gives other hash seeds, orders and paddings. Of the workload only the time limit counts."""
        rng = Random(seed)
        bench = Bench(
            subject=self.subject, trees={"A": before, "B": after}, rng=rng, limits=Limits(timeout=workload.timeout)
        )
        bench.learn()
        while True:
            yield bench.round()


@dataclass(slots=True, kw_only=True)
class Bench:
    """The two trees, what is known of the calls, and how a round is made."""

    subject: Subject
    trees: Mapping[Side, Sandbox]
    rng: Random
    limits: Limits
    known: Known | None = None
    plan: Plan | None = None
    crashes: dict[Side, int] = field(default_factory=lambda: {"A": 0, "B": 0})
    strikes: int = 0
    """Rounds in a row in which the candidate worked while it was not timed."""

    def learn(self) -> Plan:
        """One uncounted pair: bytecode is written, answers are compared, and the base is calibrated."""
        while True:
            try:
                with pair(self.trees, self.subject, self.limits, self.rng, self._seed(), warm=True) as workers:
                    self.known = seen_on_base(workers["A"], range(len(self.subject.calls)))
                    self._same_answers(workers, sorted(self.known.digests), _LOOK_FIRST)
                    able = made_by_both(workers["B"], self.known)
                    self.plan = planned(workers["A"], self.subject, able, self.known.changing, self.rng)
                    return self.plan
            except Crashed as crash:
                self.forgive(crash)

    def round(self) -> Round:
        """One counted pair of processes; a crash is forgiven once."""
        while True:
            try:
                return self._round(self._seed())
            except Crashed as crash:
                self.forgive(crash)

    def _round(self, seed: int) -> Round:
        assert self.plan is not None
        begin = monotonic()
        with pair(self.trees, self.subject, self.limits, self.rng, seed) as workers:
            enough = max(_ROUND, _STARTS * (monotonic() - begin))
            blocks: list[tuple[Side, Spent, Spent]] = []
            for side in sorted(workers):
                block(workers[side], self.plan)  # the first block of a process is never counted
            start = monotonic()
            quads = 0
            while quads < _QUADS or monotonic() - start < enough:
                quads += 1
                for side in self.rng.choice(ORDERS):
                    blocks.append((side, *block(workers[side], self.plan)))
            self._watch(blocks)
            self._same_answers(workers, self.rng.sample(self.plan.calls, len(self.plan.calls)), _LOOK)
            peaks: dict[Side, int] = {side: worker.talk.peak() for side, worker in workers.items()}
        return round_of(blocks, peaks, seed)

    def _same_answers(self, workers: Mapping[Side, Worker], numbers: Sequence[int], budget: float) -> None:
        """Raises `CandidateError` where the candidate answers otherwise, and does so again."""
        assert self.known is not None
        if not self.subject.exact:
            return
        wanted = [number for number in dict.fromkeys(numbers) if number in self.known.digests]
        for attempt in range(2):
            answers = {side: look(workers[side], wanted, self.known.names, budget) for side in _SIDES}
            wanted = [number for number in wanted if differ(answers["A"].get(number), answers["B"].get(number))]
            if not wanted:
                return
            if attempt:
                base, changed = answers["A"][wanted[0]], answers["B"][wanted[0]]
                raise CandidateError(
                    "wrong_behavior",
                    "it answers otherwise than the base in the very processes that are timed",
                    evidence=f"before: {base.told}\nafter:  {changed.told}",
                )

    def _watch(self, blocks: Sequence[tuple[Side, Spent, Spent]]) -> None:
        """Work that a candidate does between its answer and the next order is work all the same."""
        apart = {side: median(one[1].cpu for one in blocks if one[0] == side) for side in _SIDES}
        timed = median(one[2].cpu for one in blocks if one[0] == "A")
        late = apart["B"] > apart["A"] + _APART * timed + _APART_LEAST
        self.strikes = self.strikes + 1 if late else 0
        if self.strikes > 1:
            more = 1000 * (apart["B"] - apart["A"])
            raise CandidateError(
                "cheating", f"for each {1000 * timed:.1f} ms of calls it works {more:.1f} ms more outside of them"
            )

    def _seed(self) -> int:
        return self.rng.randrange(1, 2**32)

    def forgive(self, crash: Crashed) -> None:
        """Count a crash. Raises `CandidateError` or `TargetError` for one too many."""
        error = blamed(crash, self.crashes)
        if error is not None:
            raise error from crash


def block(worker: Worker, plan: Plan) -> tuple[Spent, Spent]:
    """What preparing a block took, and what the block took."""
    return worker.set(plan.calls, plan.passes, plan.share), worker.go()


def round_of(blocks: Sequence[tuple[Side, Spent, Spent]], peaks: Mapping[Side, int], seed: int) -> Round:
    """Blocks in the order in which they were made, as one round.

    Where a worker has children, whose time comes in clock ticks, the blocks are added up instead of compared in pairs.
    """
    times: dict[Side, list[Spent]] = {side: [timed for one, _, timed in blocks if one == side] for side in _SIDES}
    middle = fmean if any(timed.children for _, _, timed in blocks) else median
    readings = {
        side: Reading(
            wall=middle(one.wall for one in found),
            cpu=middle(one.cpu for one in found),
            delay=middle(one.delay for one in found),
            peak=peaks[side],
        )
        for side, found in times.items()
    }
    if middle is fmean:
        logs = _log_ratio(readings["A"], readings["B"])
    else:
        pairs = [_log_ratio(*_sorted(blocks[at : at + 2])) for at in range(0, len(blocks), 2)]
        logs = LogRatio(cpu=median(one.cpu for one in pairs), wall=median(one.wall for one in pairs))
    first = blocks[0][0]
    return Round(before=readings["A"], after=readings["B"], order="AB" if first == "A" else "BA", seed=seed, logs=logs)


def _sorted(two: Sequence[tuple[Side, Spent, Spent]]) -> tuple[Spent, Spent]:
    (first, _, one), (_, _, other) = two
    return (one, other) if first == "A" else (other, one)


def _log_ratio(before: Spent | Reading, after: Spent | Reading) -> LogRatio:
    known = before.cpu > 0 and after.cpu > 0
    return LogRatio(cpu=log(before.cpu / after.cpu) if known else 0.0, wall=log(before.wall / after.wall))


def given(
    python: Path,
    module: str,
    name: str,
    inputs: Sequence[tuple[tuple[object, ...], Mapping[str, object]]],
    *,
    path: Sequence[str] = (),
) -> Subject:
    """A function of a folder's module and what to call it with: (arguments, keywords) of plain values, all alike.

    `path` are further folders inside of it to import from, relative to it. At least 16 distinct inputs are wise.
    """
    calls = tuple(
        Call(
            id=f"c{number}",
            label=f"{module}::{name}",
            module=module,
            parts=tuple(name.split(".")),
            kind="call",
            pickle=base64.b64encode(pickle.dumps((tuple(arguments), dict(keywords)), 4)).decode("ascii"),
        )
        for number, (arguments, keywords) in enumerate(inputs)
    )
    recording = Recording(calls=calls, folders=tuple(path), watched=(module,))
    return Subject(python=python, recording=recording, calls=calls)
