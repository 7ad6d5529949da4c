"""One opened target per workload, and a trial of perfsmith on it: the same decision that `verify` makes.

What comes after a claim is left out, for it takes claims back and never makes one: instruction counts, and the study of
single calls. The base against itself is measured once for each workload, as in a run.
"""

import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from kernels import Case, changed
from perfsmith.commands.run import Output, Ready, Run, bench, introduce, quick_rungs, recorded, timed_alone
from perfsmith.commands.target import Asked, Target, open_target, state_folder
from perfsmith.optimizer.attempt import Bench, measure
from perfsmith.optimizer.core.errors import CandidateError
from perfsmith.optimizer.core.events import Event, RoundMeasured
from perfsmith.optimizer.core.ports import Job, Sandbox
from perfsmith.optimizer.core.values import Candidate, Edit, Origin
from perfsmith.optimizer.core.verdicts import Round, Verdict
from perfsmith.optimizer.measure.stats import log_ratios


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One answer to: is the second tree faster by more than the bar? Seconds; ratios are before / after."""

    claimed: bool
    answer: str
    seconds: float
    ratio: float
    low: float | None = None
    high: float | None = None
    pairs: int = 0


def trial_of(verdict: Verdict, seconds: float, pairs: int) -> Trial:
    """The verdict as an answer; one whose numbers could not be believed has none to show."""
    found = verdict.proof.workloads[0].speedup if verdict.proof and verdict.proof.workloads else None
    return Trial(
        claimed=verdict.reason in ("faster", "more_memory"),
        answer=verdict.reason,
        seconds=seconds,
        ratio=found.ratio if found else 1.0,
        low=found.low if found else None,
        high=found.high if found else None,
        pairs=pairs,
    )


@dataclass(slots=True, kw_only=True)
class Workbench:
    """A workload of the kernels' repository, opened once."""

    case: Case
    target: Target
    tools: Bench
    seen: list[Event] = field(default_factory=list[Event])

    def edits(self, amount: int) -> tuple[Edit, ...]:
        """The change that does so much of the work."""
        before = self.target.base.read(self.case.path)
        return (Edit(path=self.case.path, before=before, after=changed(self.case, before, amount)),)

    def ask(self, amount: int, seed: int) -> Trial:
        """perfsmith's own answer, measured as for any candidate that has passed its checks."""
        candidate = Candidate(edits=self.edits(amount), idea="less work", origin=Origin(author="bench"))
        self.seen.clear()
        self.tools.seeds.seed(seed)
        start = time.monotonic()
        try:
            verdict = measure(candidate, self.target.base, self.tools)
        except CandidateError as error:
            return Trial(claimed=False, answer=error.reason, seconds=time.monotonic() - start, ratio=1.0)
        pairs = sum(isinstance(event, RoundMeasured) for event in self.seen)
        return trial_of(verdict, time.monotonic() - start, pairs)

    @contextmanager
    def trees(self, amount: int) -> Generator[tuple[Sandbox, Sandbox]]:
        """Both trees, with the machine to ourselves."""
        base = self.target.base
        with self.tools.alone(), base.fork() as before, base.fork(self.edits(amount)) as after:
            yield before, after

    def record(self, amount: int, pairs: int, seed: int) -> list[float]:
        """ln(before / after) by CPU time of so many rounds that share a core, whatever they say."""
        assert self.tools.together is not None
        workload = self.target.goal.workloads[0]
        with self.trees(amount) as (before, after):
            rounds: list[Round] = list(islice(self.tools.together.rounds(before, after, workload, seed), pairs))
        return log_ratios(rounds, "cpu")

    def cpu(self, command: str, runs: int = 9) -> float:
        """Least CPU seconds of a run of the command on the base."""
        with self.target.base.fork() as tree:
            used = [tree.run(Job(command=command, timeout=60, metered=True)).usage for _ in range(runs)]
        return min(one.cpu for one in used if one)


@dataclass(slots=True, kw_only=True)
class Benches:
    """Workbenches, opened when they are first asked for; what a base's own noise is, is found out once for each."""

    root: Path
    python: Path
    stack: ExitStack
    known: dict[str, Workbench] = field(default_factory=dict[str, Workbench])

    def of(self, case: Case) -> Workbench:
        """The one of this workload."""
        if case.command not in self.known:
            self.known[case.command] = self.stack.enter_context(_workbench(self.root, self.python, case))
        return self.known[case.command]


@contextmanager
def _workbench(root: Path, python: Path, case: Case) -> Generator[Workbench]:
    options: dict[str, object] = {"python": str(python), "workload": (case.command,), "tests": "", "seed": 0}
    with recorded(state_folder(), Output(plain=True, quiet=True)) as run:
        target = open_target(Asked(command="verify", repo=root, options=options))
        introduce(target, run, "")
        yield _opened(case, target, run)


def _opened(case: Case, target: Target, run: Run) -> Workbench:
    timed = timed_alone(target, target.goal.workloads, run)
    ready = Ready(target=target, facts=None, timed=timed)
    tools = bench(ready, run, quick_rungs(), single=True)
    found = Workbench(case=case, target=target, tools=tools)
    found.tools = replace(tools, record=found.seen.append, studies=(), second_opinion=None)
    found.ask(round(0.8 * case.whole), 0)  # a claim, so that the base is measured against itself before the trials
    return found
