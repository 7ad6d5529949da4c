"""What is known of the base: outcomes of its tests over three runs, kept so that it is found out once."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..core.errors import TargetError
from ..core.events import BaseTested, StepStarted, Warned
from ..core.goal import Goal
from ..core.ports import Base, Kept, Record
from ..core.values import Suite
from .junit import TestRun, is_bad
from .lacking import COMPLETE, NETWORK, Lacking, excused, told
from .suite import base_run

RUNS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteFacts:
    """Outcomes of the base's tests; seconds are those of the slowest run."""

    outcomes: Mapping[str, str]
    durations: Mapping[str, float]
    seconds: float
    flaky: tuple[str, ...]
    failing: tuple[str, ...]
    code: int
    """Exit code of the runs; -1 where it varied."""
    excused: Mapping[str, str] = field(default_factory=dict[str, str])
    """What those of the failing tests lacked that failed for want of what is not there."""


def find_facts(
    base: Base, goal: Goal, kept: Kept | None, record: Record, lacking: Lacking = COMPLETE
) -> SuiteFacts | None:
    """The facts of a base, kept or found by running its tests; None when there are no tests.

    Raises `TargetError` when tests fail every time and are neither quarantined nor excused by what is `lacking`.
    """
    if goal.suite is None:
        return None
    about = ("outcomes", base.revision, repr(base.repo), repr(goal.suite), repr(lacking))
    facts = kept.load(SuiteFacts, *about) if kept else None
    if facts is not None and _red(facts, goal):
        facts = None  # perhaps mended since, by what git does not carry
    cached = facts is not None
    if facts is None:
        runs = _run(base, goal.suite, record)
        if runs is None:
            return None
        facts = summarise(runs, lacking)
        if kept:
            kept.store(facts, *about)
    record(
        BaseTested(
            tests=len(facts.outcomes),
            seconds=facts.seconds,
            runs=RUNS,
            failing=facts.failing,
            flaky=facts.flaky,
            cached=cached,
        )
    )
    _refuse_red(facts, goal)
    for sentence in told(facts.excused):
        record(Warned(message=sentence))
    return facts


def summarise(runs: tuple[TestRun, ...], lacking: Lacking = COMPLETE) -> SuiteFacts:
    """Several runs of one suite: what is stable, what varies, what always fails."""
    first = runs[0]
    names = dict.fromkeys(name for run in runs for name in run.outcomes)
    seen = {name: {run.outcomes.get(name, "missing") for run in runs} for name in names}
    codes = {run.code for run in runs}
    flaky = tuple(name for name, outcomes in seen.items() if len(outcomes) > 1)
    if any(is_bad(outcome) for name in flaky for outcome in seen[name]):
        codes.add(-1)  # whether the command fails is left to chance
    return SuiteFacts(
        outcomes=first.outcomes,
        durations=first.durations,
        seconds=max(run.seconds for run in runs),
        flaky=flaky,
        failing=tuple(name for name, outcomes in seen.items() if len(outcomes) == 1 and is_bad(min(outcomes))),
        code=codes.pop() if len(codes) == 1 else -1,
        excused=excused(runs, lacking),
    )


def _run(base: Base, suite: Suite, record: Record) -> tuple[TestRun, ...] | None:
    runs: list[TestRun] = []
    for number in range(1, RUNS + 1):
        record(StepStarted(what=f"testing the untouched base, run {number} of {RUNS}"))
        with base.fork() as tree:
            run = base_run(tree, suite)
        if run is None:
            return None
        runs.append(run)
    return tuple(runs)


def _red(facts: SuiteFacts, goal: Goal) -> list[str]:
    """Failing tests that are not quarantined and do not lack a large file."""
    named = goal.quarantine
    failing = () if "auto" in named else tuple(name for name in facts.failing if _missed(facts, name) in ("", NETWORK))
    return [name for name in failing if not any(_names(text, name) for text in named)]


def _missed(facts: SuiteFacts, test: str) -> str:
    return facts.excused.get(test, "")


def _refuse_red(facts: SuiteFacts, goal: Goal) -> None:
    left = _red(facts, goal)
    if not left:
        return
    far = [name for name in left if _missed(facts, name) == NETWORK]
    why = f", {len(far)} of them for want of the network, which is closed here" if far else ""
    shown = ", ".join(left[:3]) + (", …" if len(left) > 3 else "")
    count = f"{len(left)} of {len(facts.outcomes)}"
    raise TargetError(
        f"{count} tests fail before any change ({shown}){why}; perfsmith needs a green base",
        code="tests_fail_at_base",
        hint="mend them, or leave them out of the proof: --quarantine auto",
    )


def _names(text: str, test: str) -> bool:
    """Whether what a person typed, perhaps a pytest node id, names this test."""
    path, _, rest = text.partition("::")
    wanted = f"{path.removesuffix('.py').replace('/', '.')}::{rest.replace('::', '.')}" if rest else text
    return test in (text, wanted) or test.replace("::", ".") == wanted.replace("::", ".") or test.endswith(f"::{text}")
