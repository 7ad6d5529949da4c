"""Benchmarks that leave the number of calls open get one, found on the base, before anything is measured."""

from collections.abc import Sequence

from ..optimizer.core.errors import TargetError
from ..optimizer.core.ports import Base, Job, Sandbox
from ..optimizer.core.values import Workload
from ..optimizer.discover.workload import counted, uncounted
from ..optimizer.measure.calls import Spent, enough_calls

_PATIENCE = 120.0


def with_calls(workloads: Sequence[Workload], base: Base, *, told: bool) -> tuple[tuple[Workload, ...], list[str]]:
    """The workloads, each of which says how often it calls what it measures; and what was left out, in sentences.

    Only a benchmark that was found may be left out: one that was told and does not run raises `TargetError`.
    """
    if not any(map(uncounted, workloads)):
        return tuple(workloads), []
    ready: list[Workload] = []
    problems: list[str] = []
    with base.fork() as tree:
        for workload in workloads:
            try:
                ready.append(_counted(workload, tree) if uncounted(workload) else workload)
            except TargetError as error:
                if told:
                    raise
                problems.append(f"left out as a workload: {error}")
    return tuple(ready), problems


def _counted(workload: Workload, tree: Sandbox) -> Workload:
    def run(calls: int) -> Spent:
        command = counted(workload, calls).command
        done = tree.run(Job(command=command, timeout=_PATIENCE, metered=True))
        if not done.ok or done.usage is None:
            how = f"does not end within {_PATIENCE:g} s" if done.timed_out else "fails"
            raise TargetError(
                f"{workload.name} {how} on the untouched base\n{done.tail(8)}".strip(),
                code="workload_timed_out" if done.timed_out else "workload_failed",
                hint=f"it is run in a clean checkout as: {command}   (another one: --workload)",
            )
        return Spent(cpu=done.usage.cpu, wall=done.usage.wall)

    return counted(workload, enough_calls(run))
