"""Rung 8: the covering tests first, then the whole suite, outcome by outcome against the base."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from time import monotonic

from ..core.events import StepStarted
from ..core.ports import Completed, Record, Sandbox, Trial
from ..core.values import Suite
from ..core.verdicts import Failed, Outcome, Passed, Skipped
from .covering import choosing
from .exercised import Exercise
from .facts import SuiteFacts
from .junit import TestRun, differences
from .suite import run_suite

_WORTH = 0.3
"""Share of the suite's time above which its covering tests are no shortcut."""
_QUICK = 5.0
"""Seconds: a suite below this is simply run whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tests:
    """Refuses candidates under which any stable test ends otherwise than on the base."""

    __test__ = False

    facts: SuiteFacts | None
    exercise: Exercise
    record: Record
    name: str = "tests"

    def run(self, trial: Trial) -> Outcome:
        start = monotonic()
        suite = trial.goal.suite
        if self.facts is None or suite is None:
            return Skipped(check=self.name, seconds=0.0, why="the target has no tests: other checks decide alone")
        options = self._covering(trial, suite)
        if options:
            self.record(StepStarted(what="running the tests that reach the change"))
            run, done = run_suite(trial.after, suite, timeout=self._limit, options=options)
            wrong = self._early(run, done)
            if wrong:
                return self._failed(start, wrong, done)
        self.record(StepStarted(what=f"running the whole suite (about {self.facts.seconds:.0f} s)"))
        with ExitStack() as stack:
            run, done = run_suite(self._untouched(trial, stack, used=bool(options)), suite, timeout=self._limit)
        wrong = self._wrong(run, done)
        if wrong:
            return self._failed(start, wrong, done)
        same = len(self.facts.outcomes) - len(self.facts.flaky)
        flaky = (f"{len(self.facts.flaky)} flaky tests are no proof",) if self.facts.flaky else ()
        return Passed(check=self.name, seconds=monotonic() - start, note=f"{same} same", warnings=flaky)

    def _untouched(self, trial: Trial, stack: ExitStack, *, used: bool) -> Sandbox:
        """A tree in which no test has left a conftest.py or the like, unless trees are built: that takes long."""
        fresh = used and not trial.goal.build
        return stack.enter_context(trial.base.fork(trial.candidate.edits)) if fresh else trial.after

    @property
    def _limit(self) -> float:
        """Seconds for one run: derived from the base's, never a constant."""
        return 3 * (self.facts.seconds if self.facts else 0) + 10

    def _covering(self, trial: Trial, suite: Suite) -> tuple[str, ...]:
        """pytest options that choose the tests which reach the change; empty where that would not pay."""
        if not suite.pytest or self.facts is None or self.facts.seconds < _QUICK or " -k" in suite.command:
            return ()
        names = choosing(self.exercise.of(trial.base, trial.candidate.edits).tests)
        return ("-x", "-k", " or ".join(names)) if names and _share(names, self.facts) <= _WORTH else ()

    def _early(self, run: TestRun | None, done: Completed) -> tuple[str, ...]:
        """What the covering tests show; a test that they did not reach is not missing."""
        assert self.facts is not None
        if done.timed_out:
            return ("the tests did not end in time",)
        if run is None:
            return ()
        known = {name: outcome for name, outcome in self.facts.outcomes.items() if name in run.outcomes}
        return differences(known, run.outcomes, frozenset(self.facts.flaky))

    def _wrong(self, run: TestRun | None, done: Completed) -> tuple[str, ...]:
        assert self.facts is not None
        if done.timed_out:
            return (f"the tests did not end within {self._limit:.0f} s; the base takes {self.facts.seconds:.1f} s",)
        if run is None:
            return (f"the test run ended early, with status {done.code} and without a report",)
        wrong = differences(self.facts.outcomes, run.outcomes, frozenset(self.facts.flaky))
        if not wrong and self.facts.code not in (-1, run.code):
            return (f"the test command ends with status {run.code}, on the base with {self.facts.code}",)
        return wrong

    def _failed(self, start: float, wrong: tuple[str, ...], done: Completed) -> Failed:
        first = f"the test run {done.exceeded}, and was killed" if done.exceeded else next(iter(wrong), "")
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        return Failed(
            check=self.name,
            seconds=monotonic() - start,
            reason="sandbox_violation" if done.exceeded else "timed_out" if done.timed_out else "tests_failed",
            message=f"{first}{more}",
            evidence=_evidence(wrong, done),
        )


def _share(names: Sequence[str], facts: SuiteFacts) -> float:
    """How much of the suite's time the tests take that `-k` chooses by these names, which may stand inside others."""
    chosen = (seconds for test, seconds in facts.durations.items() if any(name in test for name in names))
    return sum(chosen) / max(facts.seconds, 1e-9)


def _evidence(wrong: tuple[str, ...], done: Completed) -> str:
    """What the first failing test said, shortest first; then which others differ."""
    block = _block(done, next(iter(wrong), ""))
    said = [line.removeprefix("E").strip() for line in block if line.startswith("E ")]
    return "\n".join([*said[:6], *wrong[1:8], "", *block[-25:]]).strip()


def _block(done: Completed, first: str) -> list[str]:
    """The part of the runner's output that speaks of the first failing test."""
    name = first.partition("::")[2].partition(":")[0].partition("[")[0]
    lines = (done.stdout + b"\n" + done.stderr).decode("utf-8", "replace").splitlines()
    for number, line in enumerate(lines):
        if name and line.startswith("___") and name in line:
            block = lines[number + 1 : number + 200]
            end = next((at for at, entry in enumerate(block) if entry.startswith(("___", "==="))), len(block))
            return block[:end]
    return lines[-12:]
