"""What is known of the base: outcomes of its tests over three runs, kept on disk so that it is found out once."""

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

from ..core.errors import TargetError
from ..core.events import BaseTested, StepStarted
from ..core.goal import Goal
from ..core.ports import Base, Record
from ..core.values import Suite
from .junit import TestRun, is_bad
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


def find_facts(base: Base, goal: Goal, cache: Path, level: str, record: Record) -> SuiteFacts | None:
    """The facts of a base, from disk or by running its tests; None when there are no tests.

    Raises `TargetError` when tests fail every time and are not quarantined.
    """
    if goal.suite is None:
        return None
    place = cache / f"{_key(base, goal.suite, level)}.json"
    facts = _load(place)
    if facts is not None and _red(facts, goal):
        facts = None  # perhaps mended since, by what git does not carry
    cached = facts is not None
    if facts is None:
        runs = _run(base, goal.suite, record)
        if runs is None:
            return None
        facts = summarise(runs)
        _store(place, facts)
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
    return facts


def summarise(runs: tuple[TestRun, ...]) -> SuiteFacts:
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
    """Failing tests that are not quarantined."""
    named = goal.quarantine
    return [name for name in facts.failing if "auto" not in named and not any(_names(text, name) for text in named)]


def _refuse_red(facts: SuiteFacts, goal: Goal) -> None:
    left = _red(facts, goal)
    if not left:
        return
    shown = ", ".join(left[:3]) + (", …" if len(left) > 3 else "")
    raise TargetError(
        f"{len(left)} of {len(facts.outcomes)} tests fail before any change ({shown}); perfsmith needs a green base",
        code="tests_fail_at_base",
        hint="mend them, or leave them out of the proof: --quarantine auto",
    )


def _names(text: str, test: str) -> bool:
    """Whether what a person typed, perhaps a pytest node id, names this test."""
    path, _, rest = text.partition("::")
    wanted = f"{path.removesuffix('.py').replace('/', '.')}::{rest.replace('::', '.')}" if rest else text
    return test in (text, wanted) or test.replace("::", ".") == wanted.replace("::", ".") or test.endswith(f"::{text}")


def _key(base: Base, suite: Suite, level: str) -> str:
    python = base.repo.python
    about = (str(base.repo.root), base.revision, suite.command, str(python), str(python.resolve()), level)
    about += _installed(python)
    return hashlib.sha256("\0".join(about).encode("utf-8", "surrogateescape")).hexdigest()[:24]


def _installed(python: Path) -> tuple[str, ...]:
    """Changes whenever a package is installed into an interpreter's environment or taken out of it."""
    folders = sorted(python.parent.parent.glob("lib*/python*/site-packages"))
    return tuple(str(folder.stat().st_mtime_ns) for folder in folders)


def _load(place: Path) -> SuiteFacts | None:
    try:
        stored = json.loads(place.read_text("utf-8"))
        return SuiteFacts(
            outcomes=cast("dict[str, str]", stored["outcomes"]),
            durations=cast("dict[str, float]", stored["durations"]),
            seconds=float(stored["seconds"]),
            flaky=tuple(stored["flaky"]),
            failing=tuple(stored["failing"]),
            code=int(stored["code"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _store(place: Path, facts: SuiteFacts) -> None:
    """Written beside and moved into place: a torn file is never read. Where there is no room, it is found out again."""
    beside = place.with_suffix(f".{os.getpid()}")
    with suppress(OSError):
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            beside.write_text(json.dumps(asdict(facts)), "utf-8")
            beside.replace(place)
        finally:
            beside.unlink(missing_ok=True)
