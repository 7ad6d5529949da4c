"""The tests that reach a change, up to the first that ends otherwise: enough to notice a planted fault."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from time import monotonic

from ..core.ports import Trial
from ..core.verdicts import Failed, Outcome, Passed, Skipped
from .exercised import Exercise, Exercised
from .facts import SuiteFacts
from .junit import differences, is_bad
from .suite import run_suite

MOST_NAMES = 60
_SLACK = 10.0
_CHOICE = re.compile(r"""(?<= -k )(?:"([^"'$`\\]+)"|'([^'"$`\\]+)'|(\w+))(?= |$)""")
"""The one choice that a command makes by itself, without what a shell would put in; pytest takes the last one only."""


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
        names = _names(found) if suite.pytest else ()
        command, options = narrowed(suite.command, names)
        names = names if command != suite.command or options else ()
        run, done = run_suite(
            trial.after,
            replace(suite, command=command),
            timeout=3 * _expected(facts, names) + _SLACK,
            options=(f"--maxfail={_known_bad(facts) + 1}", *options),
        )
        if run is None:
            wrong = ("the tests did not end in time" if done.timed_out else "the tests ended without a report",)
        else:
            whole = not names
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


def narrowed(command: str, names: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """A pytest command and options that choose these tests, of those that it chooses by itself.

    Where that cannot be said, the command as it was and no options.
    """
    either = " or ".join(names)
    if not names or " -k" not in command:
        return command, ("-k", either) if names else ()
    return _CHOICE.sub(lambda own: f'"({own[1] or own[2] or own[3]}) and ({either})"', command), ()


def _expected(facts: SuiteFacts, names: tuple[str, ...]) -> float:
    """Seconds that these tests take on the base, with all that is no test; of the whole suite if there are no names."""
    if not names:
        return facts.seconds
    left_out = sum(took for test, took in facts.durations.items() if not any(name in test for name in names))
    return max(facts.seconds - left_out, 0.0)


def _known_bad(facts: SuiteFacts) -> int:
    """How many tests may fail that say nothing of a candidate."""
    return sum(is_bad(outcome) for outcome in facts.outcomes.values()) + len(facts.flaky)
