"""What the workloads print, looked at without measuring: enough to notice a planted fault."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic

from ..core.ports import Completed, Job, Sandbox, Trial
from ..core.values import Workload
from ..core.verdicts import Failed, Outcome, Passed, Skipped
from ..measure.output import Printed, stable_difference

_RUNS = 2
"""Of the base: what differs between them is asked of nobody."""
_FACTOR = 10.0
_SLACK = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadOutput:
    """The part of the measurement that looks at answers: exit status and standard output of the workloads."""

    name: str = "measurement"
    known: dict[str, tuple[Completed, ...]] = field(default_factory=dict[str, tuple[Completed, ...]])
    """Runs on the base, by its revision and the workload."""

    def run(self, trial: Trial) -> Outcome:
        start = monotonic()
        if not trial.goal.workloads:
            return Skipped(check=self.name, seconds=0.0, why="there is no workload")
        wrong = next(filter(None, (self._wrong(trial, workload) for workload in trial.goal.workloads)), "")
        seconds = monotonic() - start
        if wrong:
            return Failed(check=self.name, seconds=seconds, reason="wrong_behavior", message=wrong)
        return Passed(check=self.name, seconds=seconds)

    def _wrong(self, trial: Trial, workload: Workload) -> str:
        key = f"{trial.base.revision} {workload.command}"
        if key not in self.known:
            self.known[key] = tuple(_run(trial.before, workload, workload.timeout) for _ in range(_RUNS))
        base = self.known[key]
        slowest = max(done.seconds for done in base)
        done = _run(trial.after, workload, min(workload.timeout, _FACTOR * slowest + _SLACK))
        if done.timed_out:
            return f"{workload.name} does not end in time"
        if done.code not in {one.code for one in base}:
            return f"{workload.name} ends with status {done.code}"
        return stable_difference(_printed(base), _printed([done])) or ""


def _run(tree: Sandbox, workload: Workload, timeout: float) -> Completed:
    return tree.run(Job(command=workload.command, timeout=timeout))


def _printed(runs: Sequence[Completed]) -> list[Printed]:
    return [Printed(text=done.stdout, seconds=done.seconds, truncated=done.truncated) for done in runs]
