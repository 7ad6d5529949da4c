"""The recorded calls of what was confirmed faster, timed by themselves: what refuses, what is said, who is blamed."""

from dataclasses import dataclass
from time import monotonic
from types import SimpleNamespace

import pytest
from perfsmith.optimizer.core.errors import SandboxError
from perfsmith.optimizer.core.events import CallsTimed
from perfsmith.optimizer.core.goal import Goal
from perfsmith.optimizer.core.values import Workload
from perfsmith.optimizer.core.verdicts import Accepted, Proof, Rejected, Speedup, WorkloadResult
from perfsmith.optimizer.study import CallStudy
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

for n in range(900, 932):
    total(n)
"""
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
    verdict = studied(module)(("value * value", "value**2"), module=module)
    assert isinstance(verdict, Accepted), verdict
    assert "recorded calls could not be timed by themselves: the recorded calls end the interpreter on" in str(verdict)


def test_a_full_disk_is_nobodys_mistake(studied):
    broken = SimpleNamespace(converse=full)
    with pytest.raises(SandboxError, match="no space"):
        studied()(("value * value", "value**2"), after=broken)
