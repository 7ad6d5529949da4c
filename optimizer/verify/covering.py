"""The tests that reach a change, up to the first that ends otherwise: enough to notice a planted fault."""

from collections.abc import Iterable
from dataclasses import dataclass
from time import monotonic

from ..core.ports import Trial
from ..core.values import Suite
from ..core.verdicts import Failed, Outcome, Passed, Skipped
from .exercised import Exercise, Exercised
from .facts import SuiteFacts
from .junit import differences, is_bad
from .suite import run_suite

MOST_NAMES = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Covering:
    """A quick form of the rung `tests`: what it lets pass is not proven, what it refuses is refused there too."""

    facts: SuiteFacts | None
    exercise: Exercise
    name: str = "tests"

    def run(self, trial: Trial) -> Outcome:
        start = monotonic()
        suite, facts = trial.goal.suite, self.facts
        found = self.exercise.of(trial.base, trial.candidate.edits)
        if suite is None or facts is None or not found.tested:
            return Skipped(check=self.name, seconds=0.0, why="no test reaches it")
        run, done = run_suite(trial.after, suite, timeout=3 * facts.seconds + 10, options=_options(found, suite, facts))
        if run is None:
            wrong = ("the tests did not end in time" if done.timed_out else "the tests ended without a report",)
        else:
            whole = not _names(found)
            known = {
                name: was
                for name, was in facts.outcomes.items()
                if name in run.outcomes or (whole and not suite.pytest)
            }
            wrong = differences(known, run.outcomes, frozenset(facts.flaky))
            early = suite.pytest and run.code not in (0, 1, 5)
            wrong = wrong or (("the tests could not be run",) if early else ())
        seconds = monotonic() - start
        if wrong:
            return Failed(check=self.name, seconds=seconds, reason="tests_failed", message=wrong[0])
        return Passed(check=self.name, seconds=seconds)


def choosing(tests: Iterable[str]) -> tuple[str, ...]:
    """Words for pytest's `-k` that choose these node ids, and perhaps more; empty where no words can."""
    names = sorted({test.rpartition("::")[2].partition("[")[0] for test in tests})
    usable = names and len(names) <= MOST_NAMES and all(name.isidentifier() for name in names)
    return tuple(names) if usable else ()


def _names(found: Exercised) -> tuple[str, ...]:
    """Empty where the whole suite has to run: something reaches the change while no test runs."""
    outside = any("" in found.by_suite.by(label) for label in found.changed)
    return () if outside else choosing(found.tests)


def _options(found: Exercised, suite: Suite, facts: SuiteFacts) -> tuple[str, ...]:
    """Stops at the first failure that the base does not have."""
    if not suite.pytest:
        return ()
    bad = sum(is_bad(outcome) for outcome in facts.outcomes.values())
    names = () if " -k" in suite.command else _names(found)
    return (f"--maxfail={bad + len(facts.flaky) + 1}", *(("-k", " or ".join(names)) if names else ()))
