"""Reads what a test run reported, test by test, from JUnit XML: the one format that every test runner can write."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree

_BAD = ("failed", "error")
_LONGEST = 1 << 16
"""Characters kept of what a failing test said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestRun:
    """One run of a suite: outcome by test id (`package.module.Class::name`), seconds by test id."""

    __test__ = False

    outcomes: Mapping[str, str]
    """passed, failed, error, skipped or xfailed; several for one id are joined by `+`."""
    durations: Mapping[str, float]
    code: int
    seconds: float
    said: Mapping[str, str] = field(default_factory=dict[str, str])
    """What the tests that failed or broke said."""

    @property
    def bad(self) -> tuple[str, ...]:
        """Tests that failed or broke."""
        return tuple(name for name, outcome in self.outcomes.items() if is_bad(outcome))


def is_bad(outcome: str) -> bool:
    """Whether an outcome, perhaps a joined one, is a failure."""
    return any(part in _BAD for part in outcome.split("+"))


def read_junit(text: bytes, *, code: int, seconds: float) -> TestRun:
    """The run that a JUnit file describes. Raises `ValueError` for anything else."""
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise ValueError(f"not a JUnit file: {error}") from error
    outcomes: dict[str, list[str]] = defaultdict(list)
    durations: dict[str, float] = defaultdict(float)
    said: dict[str, str] = defaultdict(str)
    for case in root.iter("testcase"):
        name = f"{case.get('classname', '')}::{case.get('name', '')}"
        outcomes[name].append(_outcome(case))
        durations[name] += float(case.get("time") or 0)
        for child in (child for child in case if child.tag in ("failure", "error")):
            said[name] = f"{said[name]}{child.get('message', '')}\n{child.text or ''}\n"[:_LONGEST]
    joined = {name: "+".join(sorted(found)) for name, found in outcomes.items()}
    return TestRun(outcomes=joined, durations=dict(durations), code=code, seconds=seconds, said=dict(said))


def _outcome(case: ElementTree.Element) -> str:
    for child in case:
        if child.tag == "failure":
            return "failed"
        if child.tag == "error":
            return "error"
        if child.tag == "skipped":
            return "xfailed" if "xfail" in (child.get("type") or "") else "skipped"
    return "passed"


def differences(before: Mapping[str, str], after: Mapping[str, str], ignored: frozenset[str]) -> tuple[str, ...]:
    """What changed from base to candidate, one sentence a test; a missing test counts as failed."""
    found: list[str] = []
    for name, outcome in before.items():
        now = after.get(name, "missing")
        if now != outcome and name not in ignored:
            found.append(f"{name}: {outcome} on the base, {now} with the change")
    return tuple(found)
