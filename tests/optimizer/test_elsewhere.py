"""A gain on the recorded inputs that is a loss on longer ones is taken back; honest changes keep theirs."""

from time import monotonic
from types import SimpleNamespace

import pytest
from perfsmith.optimizer.core.errors import SandboxError
from perfsmith.optimizer.core.goal import Goal
from perfsmith.optimizer.core.values import Workload
from perfsmith.optimizer.core.verdicts import Accepted, FamilyRatio, Proof, Rejected, Speedup
from perfsmith.optimizer.elsewhere import Elsewhere, with_families
from perfsmith.optimizer.verify.describing import Describing
from perfsmith.optimizer.verify.exercised import Exercise

GOAL = Goal(workloads=(Workload(name="bench", command="python bench.py", timeout=30),), suite=None)
CLAIM = Accepted(message="1.3x faster", proof=Proof(workloads=()))
MODULE = """
def unique(values):
    seen = set()
    found = []
    for value in values:
        if value not in seen:
            seen.add(value)
            found.append(value)
    return found


def ranked(values):
    return [(values.count(value), value) for value in set(values)]


def squares(values):
    total = 0
    for value in values:
        total += int(str(int(str(value)))) ** 2
    return total
"""
BENCH = """
from mod import ranked, squares, unique

for n in range(5, 25):
    unique(list(range(n)) * 2)
    ranked([n, *range(400)])
    squares([n, *range(11)])
"""
COUNTED = (
    "    return [(values.count(value), value) for value in set(values)]\n",
    """
    counts = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    return [(count, value) for value, count in counts.items()]
""",
)
HONEST = ("    total = 0\n", "    return sum([int(value) ** 2 for value in values])\n    total = 0\n")
QUADRATIC = (
    "        total += int(str(int(str(value)))) ** 2\n",
    "        total += value * value + 0 * values.count(-1)\n",
)


CRASHES = ("    total = 0\n", "    import os\n    total = 0\n    if len(values) > 50:\n        os._exit(3)\n")


def ignore(_):
    """Nobody listens."""


@pytest.fixture
def judged(repository, base_of, candidate):
    base = base_of(repository({"mod.py": MODULE, "bench.py": BENCH}))

    def judge(edit, broken=None):
        assert edit[0] in MODULE
        change = candidate(base, {"mod.py": MODULE.replace(*edit)})
        study = Elsewhere(
            exercise=Exercise(goal=GOAL, record=ignore),
            describing=Describing(record=ignore),
            record=ignore,
            clock=monotonic,
        )
        with base.fork() as before, base.fork(change.edits) as after:
            return study.judged(CLAIM, change, base, before, broken or after, 7)

    return judge


def test_another_complexity_is_refused_with_the_inputs_that_show_it(judged):
    verdict = judged(QUADRATIC)
    assert isinstance(verdict, Rejected), verdict
    assert verdict.reason == "slower"
    assert "ten times as long" in verdict.message
    assert verdict.proof.inputs[0].speedup.ratio > 1, verdict.message


def test_an_honest_algorithm_that_is_slower_where_all_is_the_same_is_accepted(judged):
    verdict = judged(COUNTED)
    assert isinstance(verdict, Accepted), verdict
    seen = {one.name: one.speedup.ratio for one in verdict.proof.inputs}
    assert seen["all the same"] < 1 < seen["ten times as long"]


def test_an_honest_change_keeps_its_claim_and_shows_what_it_gains(judged):
    verdict = judged(HONEST)
    assert isinstance(verdict, Accepted), verdict
    names = [one.name for one in verdict.proof.inputs]
    assert names[0] == "as recorded"
    assert {"ten times as long", "reversed"} <= set(names)
    assert not any(one.loss for one in verdict.proof.inputs)
    assert verdict.warnings == ()


def test_a_candidate_that_crashes_on_longer_inputs_is_refused(judged):
    verdict = judged(CRASHES)
    assert isinstance(verdict, Rejected), verdict
    assert verdict.reason == "crashed"


def test_a_full_disk_while_other_inputs_are_timed_is_nobodys_mistake(judged):
    def full(_job):
        raise SandboxError("no space left", code="disk_full", hint="make room")

    with pytest.raises(SandboxError, match="no space"):
        judged(HONEST, SimpleNamespace(converse=full))


def ratio(name, value, loss, doubt=False):
    low, high = 0.98 * value, 1.02 * value
    speedup = Speedup(ratio=value, low=low, high=high, confidence=0.998, pairs=8)
    return FamilyRatio(name=name, calls=4, speedup=speedup, loss=loss, doubt=doubt)


def test_short_inputs_and_other_orders_are_only_warned_of():
    found = (ratio("as recorded", 1.5, False), ratio("of length one", 0.5, True), ratio("sorted", 0.7, True))
    verdict = with_families(CLAIM, found)
    assert isinstance(verdict, Accepted)
    assert verdict.warnings == ("slower with inputs of length one: 0.50x", "slower with inputs sorted: 0.70x")
    worse = with_families(CLAIM, (*found, ratio("ten times as long", 0.7, True)))
    assert (worse.reason, worse.proof.inputs[3].name) == ("slower", "ten times as long")
    assert "0.70x with inputs ten times as long (1.50x as recorded)" in worse.message


def test_what_could_not_be_told_of_longer_inputs_is_said():
    doubtful = ratio("three times as long", 0.9, loss=False, doubt=True)
    verdict = with_families(CLAIM, (ratio("as recorded", 1.5, False), doubtful), ["ten times as long"])
    assert isinstance(verdict, Accepted)
    assert verdict.warnings == (
        "perhaps slower with inputs three times as long: 0.90x (0.88-0.92)",
        "not timed with inputs ten times as long: the base takes too long, or fails",
    )
