"""The recorded calls of what was confirmed faster, timed by themselves: what refuses, what is said, who is blamed."""

from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from types import SimpleNamespace

import pytest
from perfsmith.optimizer.core.errors import SandboxError
from perfsmith.optimizer.core.events import CallsTimed
from perfsmith.optimizer.core.goal import Goal
from perfsmith.optimizer.core.recording import Call, Recording
from perfsmith.optimizer.core.values import Workload
from perfsmith.optimizer.core.verdicts import Accepted, Proof, Rejected, Speedup, WorkloadResult
from perfsmith.optimizer.study import CallStudy, as_recorded
from perfsmith.optimizer.verify.exercised import Exercise

WORKLOADS = (Workload(name="bench", command="python bench.py", timeout=30),)
GAIN = Speedup(ratio=1.3, low=1.2, high=1.4, confidence=0.99, pairs=8)
MEASURED = WorkloadResult(
    name="bench", before_s=0.13, after_s=0.1, metric="cpu", speedup=GAIN, cpu=0.77, memory=1.0, first_call=None
)
CLAIM = Accepted(message="1.3x faster", proof=Proof(workloads=(MEASURED,)))
MODULE = """
import os
import sys


def total(n):
    found = 0
    for value in range(n):
        found += value * value
    return found
"""
BENCH = """
from mod import total

for n in range(9000, 9032):
    total(n)
"""
HONEST = ("        found += value * value\n", "        found += value**2\n")
CACHED = ("def total(n):", "import functools\n\n\n@functools.lru_cache(None)\ndef total(n):")
CRASHES = ("    found = 0\n", "    os._exit(3)\n")
ALONE = ("    found = 0\n", "    if 'bench' not in sys.argv[0]:\n        os._exit(3)\n    found = 0\n")


@dataclass
class Studied:
    """Judges a change of the module; `events` are those of the last one."""

    base: object
    candidate: object
    events: list

    def __call__(self, edit, *, module=MODULE, cache="forbid", after=None):
        change = self.candidate(self.base, {"mod.py": module.replace(*edit)})
        goal = Goal(workloads=WORKLOADS, suite=None, cache=cache)
        exercise = Exercise(goal=goal, record=self.events.append)
        study = CallStudy(exercise=exercise, goal=goal, record=self.events.append, clock=monotonic)
        with self.base.fork() as before, self.base.fork(change.edits) as changed:
            return study.judged(CLAIM, change, self.base, before, after or changed, 7)

    @property
    def ratios(self):
        return next((event.ratios for event in self.events if isinstance(event, CallsTimed)), None)


@pytest.fixture
def studied(repository, base_of, candidate):
    def make(module=MODULE, bench=BENCH):
        base = base_of(repository({"mod.py": module, "bench.py": bench}))
        return Studied(base, candidate, [])

    return make


UNUSED = "\n\ndef other(n):\n    return n + 0\n"
SLOW = BENCH.replace("range(9000, 9032)", "(2_000_000, 2_000_001)")
ONE = BENCH.replace("range(9000, 9032)", "(9000,)")


def full(_job):
    raise SandboxError("no space left", code="disk_full", hint="make room")


def test_a_candidate_whose_calls_end_the_interpreter_is_refused(studied):
    verdict = studied()(CRASHES)
    assert isinstance(verdict, Rejected), verdict
    assert verdict.reason == "crashed"
    assert verdict.message == "faster on the workload, but its calls end the interpreter"
    assert verdict.proof == CLAIM.proof


def test_calls_that_the_base_itself_cannot_make_are_only_said(studied):
    module = MODULE.replace(*ALONE)
    verdict = studied(module)(HONEST, module=module)
    assert isinstance(verdict, Accepted), verdict
    assert "recorded calls could not be timed by themselves: the recorded calls end the interpreter on" in str(verdict)


def test_a_full_disk_is_nobodys_mistake(studied):
    broken = SimpleNamespace(converse=full)
    with pytest.raises(SandboxError, match="no space"):
        studied()(HONEST, after=broken)


def test_an_honest_change_shows_its_ratios_and_its_first_call(studied):
    judge = studied()
    verdict = judge(HONEST)
    assert isinstance(verdict, Accepted), verdict
    assert (verdict.warnings, verdict.message) == ((), CLAIM.message)
    found = judge.ratios
    assert None not in (found.same, found.copies, found.distinct, found.first, found.imports)
    assert verdict.proof.workloads[0].first_call == found.first.ratio


@pytest.mark.parametrize(
    ("bench", "module", "edit", "why"),
    [
        (BENCH, MODULE + UNUSED, ("n + 0", "n"), "no call of the changed code was recorded"),
        (ONE, MODULE, HONEST, "fewer than two different calls were recorded"),
        (SLOW, MODULE, HONEST, "a call takes more than 30 ms"),
    ],
    ids=["not called", "one call", "slow"],
)
def test_where_kept_answers_could_not_be_told_that_is_said(studied, bench, module, edit, why):
    verdict = studied(module, bench)(edit, module=module)
    assert isinstance(verdict, Accepted), verdict
    assert any(f"whether answers are kept between calls could not be told: {why}" in one for one in verdict.warnings)


def test_a_gain_that_lives_on_kept_answers_is_refused(studied):
    judge = studied()
    verdict = judge(CACHED)
    assert isinstance(verdict, Rejected), verdict
    assert verdict.reason == "cheating"
    assert verdict.message.startswith("the gain depends on answers that are kept: ")
    assert verdict.proof == CLAIM.proof
    assert judge.ratios.suspicion in verdict.message


def test_where_caches_are_allowed_the_gain_stands_with_its_assumption(studied):
    verdict = studied()(CACHED, cache="allow")
    assert isinstance(verdict, Accepted), verdict
    (warning,) = verdict.warnings
    assert warning.startswith("cache-dependent: ")
    assert "it assumes that inputs come again as they do in the workload" in warning


def test_a_slow_first_call_is_said(studied):
    late = "    global LATE\n    while LATE:\n        LATE -= 1\n    found = 0\n"
    module = MODULE.replace("def total", "LATE = 0\n\n\ndef total")
    edit = ("LATE = 0\n\n\ndef total(n):\n    found = 0\n", f"LATE = 200_000\n\n\ndef total(n):\n{late}")
    verdict = studied(module)(edit, module=module)
    assert isinstance(verdict, Accepted), verdict
    assert any("the first call in a process takes" in warning for warning in verdict.warnings)


def test_calls_are_timed_as_often_as_they_occurred():
    calls = tuple(
        Call(id=name, label="m.py::f", module="m", parts=("f",), kind="call", pickle="", occurred=times)
        for name, times in (("c0", 900.0), ("c1", 1.0))
    )
    assert as_recorded(Path("python"), Recording(calls=calls), calls).weights == (900.0, 1.0)
