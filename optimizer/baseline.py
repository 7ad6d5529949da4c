"""Does each workload run on the untouched base, and how long does it take?"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from .core.errors import TargetError, beyond_limits
from .core.events import BaseTimed, StepStarted, Warned
from .core.ports import Base, Completed, Job, Record
from .core.units import seconds, size
from .core.values import Workload
from .measure.command import OUTPUT_LIMIT
from .measure.looks import MIN_PAIRS
from .measure.noise import MIN_PAIRS as FLOOR_PAIRS
from .measure.symptoms import advice

_BUSY = (0.95, 1.2)
"""Cores that a CPU-bound workload keeps busy: at least, waiting for one included, and at most."""
_SHORT = 0.05
_WRITES = "fails where it cannot write into its tree: a candidate's rounds could find what earlier ones have left there"
_LONG = 20.0
_MORE: Final = 4
_QUICK: Final = 10.0
_DECISION_PAIRS: Final = MIN_PAIRS + 1
_FLOOR_PAIRS: Final = FLOOR_PAIRS + 1
"""One more than is counted: the first pair warms up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """What one run of each workload took."""

    seconds: float
    """Wall, of all together."""
    cpu_bound: frozenset[str]
    """Names of those that keep one core busy, and no more than one."""
    frozen: frozenset[str] = frozenset()
    """Names of those that run as well where the tree cannot be written."""

    @property
    def decision(self) -> float:
        """Seconds that the shortest decision on one candidate takes."""
        return 2 * _DECISION_PAIRS * self.seconds


def time_base(base: Base, workloads: tuple[Workload, ...], record: Record) -> Timed:
    """Run each workload on the untouched base. Raises `TargetError` for one that fails or does not end."""
    total = 0.0
    bound: set[str] = set()
    frozen: set[str] = set()
    with base.fork() as tree:
        for workload in workloads:
            record(StepStarted(what=f"running {workload.name} on the untouched base"))
            job = Job(command=workload.command, timeout=workload.timeout, metered=True, output_limit=OUTPUT_LIMIT)
            tree.run(job)  # writes bytecode, fills caches; if it fails the next one says so
            done = tree.run(job)
            _refuse(workload, done, lambda job=job: tree.run(job))
            wall, cpu = (done.usage.wall, done.usage.cpu) if done.usage else (done.seconds, done.seconds)
            busy = (cpu + done.usage.delay) / max(wall, 1e-9) if done.usage else 0.0
            one_core = _BUSY[0] <= busy <= _BUSY[1]
            still = tree.run(replace(job, frozen=True)).ok
            record(BaseTimed(workload=workload.name, wall=wall, cpu=cpu, cpu_bound=one_core, frozen=still))
            _warn(workload, wall, done, record)
            total += wall
            if one_core:
                bound.add(workload.name)
            if still:
                frozen.add(workload.name)
            else:
                record(Warned(message=f"{workload.name} {_WRITES}"))
    return Timed(seconds=total, cpu_bound=frozenset(bound), frozen=frozenset(frozen))


def _refuse(workload: Workload, done: Completed, again: Callable[[], Completed]) -> None:
    if done.timed_out:
        raise TargetError(
            f"{workload.name} did not end within {workload.timeout:.0f} s on the untouched base",
            code="workload_timed_out",
            hint="choose a shorter one with --workload: it will be run dozens of times",
        )
    if done.exceeded:
        raise beyond_limits(workload.name, done.exceeded)
    if not done.ok:
        others = [again().ok for _ in range(_MORE)] if done.seconds < _QUICK else []
        often = f"fails in {1 + others.count(False)} of {1 + len(others)} runs" if any(others) else "fails"
        run_as = f"it is run in a clean checkout as: {workload.command}   (another one: --workload)"
        raise TargetError(
            f"{workload.name} {often} on the untouched base, with status {done.code}\n{done.tail(8)}".strip(),
            code="workload_failed",
            hint=advice(done.tail()) or run_as,
        )


def _warn(workload: Workload, wall: float, done: Completed, record: Record) -> None:
    def warn(message: str) -> None:
        record(Warned(message=f"{workload.name} {message}"))

    if wall < _SHORT:
        warn(
            f"takes only {seconds(wall)}, most of it the start of its process: "
            "let it repeat its work for 0.2 s or more, and smaller speedups can be shown"
        )
    elif wall > _LONG:
        decision, floor = (seconds(2 * pairs * wall) for pairs in (_DECISION_PAIRS, _FLOOR_PAIRS))
        warn(
            f"takes {seconds(wall)}: a decision takes about {decision}, and before a speedup is claimed the base is "
            f"measured against itself for about {floor}; a shorter workload would do"
        )
    if done.usage and done.usage.leftovers:
        left = done.usage.leftovers
        warn(f"leaves {left} processes behind: they are ended after each run, and what they do later is not measured")
    if done.truncated:
        warn(f"prints more than {size(OUTPUT_LIMIT)}: what comes after that is not compared")
