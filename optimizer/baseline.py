"""Does each workload run on the untouched base, and how long does it take?"""

from dataclasses import dataclass

from .core.errors import TargetError
from .core.events import BaseTimed, StepStarted, Warned
from .core.ports import Base, Completed, Job, Record
from .core.units import seconds
from .core.values import Workload

_BUSY = (0.95, 1.2)
"""Cores that a CPU-bound workload keeps busy: at least, waiting for one included, and at most."""
_SHORT = 0.05
_LONG = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """What one run of each workload took."""

    seconds: float
    """Wall, of all together."""
    cpu_bound: frozenset[str]
    """Names of those that keep one core busy, and no more than one."""


def time_base(base: Base, workloads: tuple[Workload, ...], record: Record) -> Timed:
    """Run each workload on the untouched base. Raises `TargetError` for one that fails or does not end."""
    total = 0.0
    bound: set[str] = set()
    with base.fork() as tree:
        for workload in workloads:
            record(StepStarted(what=f"running {workload.name} on the untouched base"))
            job = Job(command=workload.command, timeout=workload.timeout, metered=True)
            tree.run(job)  # writes bytecode, fills caches; if it fails the next one says so
            done = tree.run(job)
            _refuse(workload, done)
            wall, cpu = (done.usage.wall, done.usage.cpu) if done.usage else (done.seconds, done.seconds)
            busy = (cpu + done.usage.delay) / max(wall, 1e-9) if done.usage else 0.0
            one_core = _BUSY[0] <= busy <= _BUSY[1]
            record(BaseTimed(workload=workload.name, wall=wall, cpu=cpu, cpu_bound=one_core))
            _warn(workload, wall, record)
            total += wall
            if one_core:
                bound.add(workload.name)
    return Timed(seconds=total, cpu_bound=frozenset(bound))


def _refuse(workload: Workload, done: Completed) -> None:
    if done.timed_out:
        raise TargetError(
            f"{workload.name} did not end within {workload.timeout:.0f} s on the untouched base",
            code="workload_timed_out",
            hint="choose a shorter one with --workload: it will be run dozens of times",
        )
    if not done.ok:
        raise TargetError(
            f"{workload.name} fails on the untouched base, with status {done.code}\n{done.tail(8)}".strip(),
            code="workload_failed",
            hint=f"it is run in a clean checkout as: {workload.command}   (another one: --workload)",
        )


def _warn(workload: Workload, wall: float, record: Record) -> None:
    if wall < _SHORT:
        record(
            Warned(
                message=f"{workload.name} takes only {seconds(wall)}, most of it the start of its process: "
                "a workload of 0.2 s or more shows more"
            )
        )
    elif wall > _LONG:
        record(Warned(message=f"{workload.name} takes {seconds(wall)}: a decision needs 8 to 48 pairs of runs"))
