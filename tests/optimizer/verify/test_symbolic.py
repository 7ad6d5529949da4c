"""Inputs that CrossHair finds: conditions that recorded values never come near."""

import importlib.util

import pytest
from perfsmith.optimizer.core.goal import Goal
from perfsmith.optimizer.core.values import Workload
from perfsmith.optimizer.core.verdicts import Failed, Passed
from perfsmith.optimizer.verify.describing import Describing
from perfsmith.optimizer.verify.differential import Differential
from perfsmith.optimizer.verify.exercised import Exercise
from perfsmith.optimizer.verify.generated import Generated, played_as
from perfsmith.optimizer.verify.inputs import thinking
from perfsmith.optimizer.verify.symbolic import CrossHair

GOAL = Goal(workloads=(Workload(name="bench", command="python bench.py", timeout=30),), suite=None)
BODY = "    total = 0\n    for _ in range(3):\n        total += amount - rate\n    return total\n"
MODULE = f"def fee(amount: int, rate: int) -> int:\n{BODY}"
BENCH = "from mod import fee\nfor n in range(5):\n    fee(40 + n, n)\n"
RARE = "    if amount > 7000 and rate == 3 * amount + 4711:\n        return 0\n    return 3 * (amount - rate)\n"
HONEST = "    return 3 * (amount - rate)\n"


@pytest.fixture
def judged(repository, base_of, candidate, climb, tmp_path, monkeypatch):
    monkeypatch.setattr(thinking, "CALLS", 300)
    base = base_of(repository({"mod.py": MODULE, "bench.py": BENCH}))

    def judge(body, symbolic):
        rung = Generated(
            exercise=Exercise(goal=GOAL, record=print),
            differential=Differential(record=print, first=played_as()),
            describing=Describing(record=print),
            record=print,
            state=tmp_path / str(len(list(tmp_path.iterdir()))),
            shrinking=0.0,
            symbolic=symbolic,
        )
        return climb(rung, candidate(base, {"mod.py": MODULE.replace(BODY, body)}), base, GOAL)

    return judge


@pytest.mark.skipif(not importlib.util.find_spec("crosshair"), reason="crosshair-tool is not installed")
def test_a_condition_that_nothing_recorded_comes_near_is_met(judged):
    assert isinstance(judged(RARE, None), Passed)
    outcome = judged(RARE, CrossHair(record=print))
    assert isinstance(outcome, Failed), outcome
    assert "returns 0" in outcome.evidence
    honest = judged(HONEST, CrossHair(record=print))
    assert isinstance(honest, Passed), honest
    assert "more by CrossHair" in honest.note


def test_an_interpreter_without_it_is_not_asked_again(repository, base_of, candidate, climb, tmp_path, judged):
    symbolic = CrossHair(record=print, installed=False)
    outcome = judged(HONEST, symbolic)
    assert isinstance(outcome, Passed)
    assert "CrossHair" not in outcome.note
