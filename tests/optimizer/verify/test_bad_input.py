"""Functions that are hard to compare: a difference is shown, or it is said why it could not be looked for."""

import tomllib
from pathlib import Path

import pytest
from perfsmith.optimizer.core.goal import Goal
from perfsmith.optimizer.core.values import Workload
from perfsmith.optimizer.core.verdicts import Failed, Passed, Skipped
from perfsmith.optimizer.verify.differential import Differential
from perfsmith.optimizer.verify.exercised import Exercise
from perfsmith.optimizer.verify.replay import Replay

CASES = tomllib.loads(Path(__file__).with_name("bad_input.toml").read_text("utf-8"))
GOAL = Goal(workloads=(Workload(name="bench", command="python bench.py", timeout=60),), suite=None)


def told(outcome):
    """All that a person reads."""
    if isinstance(outcome, Failed):
        return f"{outcome.message}\n{outcome.evidence}"
    return outcome.why if isinstance(outcome, Skipped) else "\n".join((outcome.note, *outcome.warnings))


@pytest.mark.parametrize("name", CASES)
def test_what_is_hard_to_compare_is_compared_or_said(name, repository, base_of, climb, candidate):
    case = CASES[name]
    bench = f"import sys\nsys.path.insert(0, 'src')\nimport mod as m\n{case['calls']}\n"
    base = base_of(repository({"src/mod.py": case["module"], "bench.py": bench}))
    rung = Replay(exercise=Exercise(goal=GOAL, record=lambda _: None), differential=Differential(record=lambda _: None))
    honest, wrong = (
        climb(rung, candidate(base, {"src/mod.py": case["module"].replace(*case[which])}), base, GOAL)
        for which in ("honest", "wrong")
    )
    assert isinstance(honest, Passed if case["seen"] else Skipped | Passed), told(honest)
    assert isinstance(wrong, Failed if case["seen"] else Skipped | Passed), told(wrong)
    assert case["said"] in told(wrong)
