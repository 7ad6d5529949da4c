"""Workers that make calls of one tree on orders, and what it means when one of them does not answer."""

import json
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Final, Literal, cast

from ..core.errors import CandidateError, SandboxError, TargetError
from ..core.ports import Answer, Conversation, Job, Sandbox, Spent
from ..core.recording import Call, Recording, request
from .command import quiet_core

Side = Literal["A", "B"]
Share = Literal["passes", "equal", "never"]

_SIDES: Final[tuple[Side, ...]] = ("A", "B")
HARNESS: Final = Path(__file__).resolve().parent.parent / "harness" / "meter.py"
_MOST_PADDING: Final = 4095
_LEAST_TIMEOUT: Final = 10.0
_TIMES_BASE: Final = 5.0
_SEED: Final = 1
"""Of `random` in the workers, the same on both sides."""


class Crashed(Exception):
    """A worker has gone; `side` says whose."""

    def __init__(self, side: Side, words: str) -> None:
        super().__init__(words)
        self.side: Side = side


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is timed: calls, and how often each occurs."""

    python: Path
    """The target's interpreter."""
    recording: Recording
    """Where modules are found, and the objects that the calls refer to."""
    calls: tuple[Call, ...]
    """In the order of their numbers; calls of one unit must stand together."""
    weights: tuple[float, ...] = ()
    """How often each call occurs, in any unit; empty where all are alike."""
    exact: bool = True
    """Whether both sides must give the same answers, digit for digit."""


@dataclass(slots=True, kw_only=True)
class Limits:
    """Wall seconds that the base took for each kind of order, at most: a candidate may take five times that."""

    timeout: float
    slowest: dict[str, float] = field(default_factory=dict[str, float])

    def of(self, side: Side, order: str) -> float:
        """How long to wait: of the candidate at least 10 s."""
        if side == "A":
            return self.timeout
        return max(_LEAST_TIMEOUT, _TIMES_BASE * self.slowest.get(order, self.timeout))


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """One side's worker."""

    side: Side
    talk: Conversation
    limits: Limits
    loading: float = 0.0
    """CPU seconds that importing the modules took."""

    def order(self, name: str, **about: object) -> tuple[Mapping[str, object], Spent]:
        """What it answers and what that took.

        Raises `Crashed`, for a late candidate `CandidateError`, for a late base `TargetError`.
        """
        limit = self.limits.of(self.side, name)
        line = f"{name} {json.dumps(about)}" if about else name
        answer = self._answer(line, limit)
        if answer.state == "late":
            raise self._late(name, limit)
        if answer.state == "ended":
            raise Crashed(self.side, self.talk.last_words())
        if self.side == "A":
            self.limits.slowest[name] = max(self.limits.slowest.get(name, 0.0), answer.spent.wall)
        try:
            said = cast("Mapping[str, object]", json.loads(answer.line))
        except ValueError:
            raise Crashed(self.side, "it answered with something that is no JSON") from None
        if "error" in said:
            raise Crashed(self.side, str(said["error"]))
        return said, answer.spent

    def _answer(self, line: str, limit: float) -> Answer:
        """What is said without end is no answer: the target's code has written where answers are read."""
        try:
            return self.talk.ask(line.encode("ascii"), limit)
        except SandboxError as error:
            if error.code != "worker_talks":
                raise
            raise Crashed(self.side, str(error)) from error

    def set(self, calls: Sequence[int], passes: int, share: Share) -> Spent:
        """Prepare calls, by their numbers, to be made so many times over; nothing of this is timed."""
        return self.order("set", calls=list(calls), passes=passes, share=share)[1]

    def go(self) -> Spent:
        """Make the calls that were set."""
        return self.order("go")[1]

    def _late(self, name: str, limit: float) -> TargetError | CandidateError:
        if self.side == "B":
            base = self.limits.slowest.get(name, 0.0)
            return CandidateError(
                "timed_out", f"its calls did not end within {limit:.1f} s; the base took {base:.1f} s"
            )
        return TargetError(
            f"the recorded calls did not end within {limit:g} s on the base",
            code="calls_timed_out",
            hint="choose a workload with shorter calls, or give it more time",
        )


@contextmanager
def pair(
    trees: Mapping[Side, Sandbox], subject: Subject, limits: Limits, rng: Random, seed: int, *, warm: bool = False
) -> Generator[dict[Side, Worker]]:
    """Fresh workers of both sides, modules loaded: started in random order, with equal hash seeds, on one quiet core.

    They start on any core, side by side, and settle before anything of the target is loaded. `warm` lets them write
    bytecode for those that follow.
    """
    order: tuple[Side, ...] = rng.choice((("A", "B"), ("B", "A")))
    with ExitStack() as stack:
        found = dict[Side, Worker]()
        for side in order:
            job = _job(subject, rng, seed)
            job = job if warm else replace(job, env=(*job.env, ("PYTHONDONTWRITEBYTECODE", "1")))
            found[side] = Worker(side=side, talk=stack.enter_context(trees[side].converse(job)), limits=limits)
        told = {side: request(str(trees[side].root), subject.recording, subject.calls, _SEED) for side in _SIDES}
        for what in ("hello", "calls", "load"):
            for side in _SIDES:  # the base first: it says how long the candidate may take
                about = {"calls": told[side], "load": {"cores": quiet_core()}}.get(what, {})
                spent = found[side].order(what, **about)[1]
                found[side] = replace(found[side], loading=spent.cpu)
        yield found


def _job(subject: Subject, rng: Random, seed: int) -> Job:
    return Job(
        command=(str(subject.python), str(HARNESS)),
        timeout=0.0,
        env=(("PYTHONHASHSEED", str(seed)), ("ENV_PADDING", "x" * rng.randint(0, _MOST_PADDING))),
    )


def blamed(crash: Crashed, crashes: dict[Side, int]) -> TargetError | CandidateError | None:
    """Who has to answer for a crash; None for one that is forgiven: one a side, and one more for each of the base."""
    crashes[crash.side] += 1
    if crash.side == "A" and crashes["A"] > 1:
        return TargetError(
            f"the recorded calls end the interpreter on the base: {crash}",
            code="calls_crash",
            hint="measure on whole runs of the workload instead",
        )
    if crash.side == "B" and crashes["B"] > 1 + crashes["A"]:
        return CandidateError("crashed", "its calls end the interpreter", evidence=str(crash))
    return None
