"""Faults planted on purpose: real trees, real tests; what nobody notices is said, with the lines that nothing runs."""

from dataclasses import replace

import pytest
from perfsmith.optimizer.core.goal import Goal
from perfsmith.optimizer.core.values import Suite, Workload
from perfsmith.optimizer.core.verdicts import Failed, Passed
from perfsmith.optimizer.ondemand import trial_of
from perfsmith.optimizer.verify.covering import Covering, narrowed
from perfsmith.optimizer.verify.differential import Differential
from perfsmith.optimizer.verify.exercised import Exercise
from perfsmith.optimizer.verify.facts import summarise
from perfsmith.optimizer.verify.faults import Planting, strength_of
from perfsmith.optimizer.verify.mutants import NOTHING
from perfsmith.optimizer.verify.printed import WorkloadOutput
from perfsmith.optimizer.verify.protected import Protected
from perfsmith.optimizer.verify.replay import Replay
from perfsmith.optimizer.verify.suite import base_run

MODULE = """\
import time


def grade(points):
    if points > 90:
        return "top"
    if points > 1000:
        return "odd"
    return "fair" if points > 50 else "low"


def touch(path):
    log = []
    log.append(path)


def shout(text):
    print(text + "!")


def noise(n):
    return time.perf_counter() + n
"""
FILES = {
    "src/mod.py": MODULE,
    "tests/test_mod.py": (
        "from mod import grade, noise, touch\n"
        "def test_grade(): assert grade(95) == 'top'\n"
        "def test_low(): assert grade(10) == 'low'\n"
        "def test_touch(): touch('a')\n"
        "def test_noise(): noise(1)\n"
    ),
    "bench.py": "import sys; sys.path.insert(0, 'src')\nfrom mod import shout\nshout('hey')\n",
}
BENCH = Workload(name="bench", command="python bench.py", timeout=30)
PYTEST = Suite(command="PYTHONPATH=src python -m pytest -q -p no:cacheprovider", pytest=True, timeout=60)
GOAL = Goal(workloads=(BENCH,), suite=PYTEST)


@pytest.fixture(scope="module")
def base(tmp_path_factory, new_repository, base_in):
    folder = tmp_path_factory.mktemp("faults")
    return base_in(folder / "state", new_repository(folder / "repo", FILES))


@pytest.fixture(scope="module")
def facts(base):
    with base.fork() as tree:
        return summarise((base_run(tree, PYTEST),))


@pytest.fixture
def planting(facts):
    told = []
    exercise = Exercise(goal=GOAL, record=told.append)
    replay = Replay(exercise=exercise, differential=Differential(record=told.append, sure=False))
    rungs = (replay, WorkloadOutput(), Covering(facts=facts, exercise=exercise))
    return Planting(rungs=rungs, exercise=exercise, record=told.append, clock=lambda: 0.0)


@pytest.fixture
def judged(base, planting, climb, candidate):
    def judge(old, new):
        rung = Protected(exercise=planting.exercise, planting=planting)
        return climb(rung, candidate(base, {"src/mod.py": MODULE.replace(old, new)}), base, GOAL)

    return judge


def test_a_function_whose_results_are_looked_at_is_protected(judged):
    outcome = judged("points > 90", "90 < points")
    assert isinstance(outcome, Passed)
    assert outcome.faults.planted == 5
    assert outcome.faults.noticed >= 3
    assert outcome.note == f"2 tests reach the change; {outcome.faults.noticed} of 5 planted faults noticed"


@pytest.mark.parametrize(("old", "new"), [("log.append(path)", "log += [path]"), ("+ n", "+ (n)")])
def test_where_nothing_looks_at_the_result_no_change_can_be_verified(judged, old, new):
    outcome = judged(old, new)
    assert isinstance(outcome, Failed), outcome
    assert outcome.reason == "unverifiable"
    assert "goes unnoticed" in outcome.message
    assert (outcome.faults.planted, outcome.faults.noticed) == (1, 0)
    assert outcome.faults.missed[0].operator == NOTHING


def test_what_a_workload_prints_protects(judged):
    outcome = judged('text + "!"', 'f"{text}!"')
    assert isinstance(outcome, Passed), outcome
    assert "planted faults noticed" in outcome.note


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("python -m pytest tests", ("python -m pytest tests", ("-k", "test_a or test_b"))),
        ('pytest -k "not slow" tests', ('pytest -k "(not slow) and (test_a or test_b)" tests', ())),
        ("pytest -k fast", ('pytest -k "(fast) and (test_a or test_b)"', ())),
        ("pytest -k '$NAMES' tests", ("pytest -k '$NAMES' tests", ())),
        ("pytest -kfast tests", ("pytest -kfast tests", ())),
    ],
)
def test_a_command_that_chooses_tests_is_narrowed_within_its_choice(command, expected):
    assert narrowed(command, ["test_a", "test_b"]) == expected


def test_only_what_reaches_the_fault_is_run_of_the_tests_that_a_command_chooses(base, planting, candidate, climb):
    suite = replace(PYTEST, command=f'{PYTEST.command} -k "not test_low"')
    with base.fork() as tree:
        facts = summarise((base_run(tree, suite),))
    goal = replace(GOAL, suite=suite)
    covering = Covering(facts=facts, exercise=replace(planting.exercise, goal=goal))
    fails = climb(covering, candidate(base, {"src/mod.py": MODULE.replace('"top"', '"tip"')}), base, goal)
    passes = climb(covering, candidate(base, {"src/mod.py": MODULE.replace('"low"', '"lov"')}), base, goal)
    assert isinstance(fails, Failed)
    assert isinstance(passes, Passed)


def test_a_function_is_asked_about_once(judged, planting):
    first = judged("points > 90", "90 < points")
    known = dict(planting.known)
    assert judged("points > 90", "not points <= 90").faults == first.faults
    assert planting.known == known


def test_the_strength_of_the_checks_is_counted_in_what_the_change_wrote(base, planting, candidate):
    change = candidate(base, {"src/mod.py": MODULE.replace("points > 90", "not points <= 90")})
    faults = strength_of(planting, change, base, GOAL, count=14)
    assert faults.form == "candidate"
    assert faults.planted == faults.noticed + len(faults.missed) == 14
    assert {one.check for one in faults.by} <= {"replay", "tests", "measurement"}
    assert "not dropped" not in {fault.operator for fault in faults.missed}
    assert any(fault.before == 'return "odd"' for fault in faults.missed)
    assert faults.unreached == ("src/mod.py:8",)


def test_bounds_of_count_and_time_are_kept_and_said(base, planting, candidate):
    change = candidate(base, {"src/mod.py": MODULE.replace("points > 90", "90 < points")})
    with trial_of(change, base, GOAL) as trial:
        found = planting.exercise.of(base, change.edits)
        few = planting.thoroughly(trial, found, count=2)
        none = planting.thoroughly(trial, found, seconds=-1.0)
    assert (few.planted, few.cut) == (2, False)
    assert (none.planted, none.cut) == (1, True)


def test_what_became_of_faults_is_found_out_once_for_a_base(base, planting, climb, candidate, kept):
    change = candidate(base, {"src/mod.py": MODULE.replace("points > 90", "90 < points")})

    def judged(planting, goal=GOAL):
        return climb(Protected(exercise=planting.exercise, planting=planting), change, base, goal).faults

    first = judged(replace(planting, kept=kept()))
    blind = replace(planting, kept=kept(), rungs=(), known={})
    assert judged(blind) == first
    assert judged(replace(blind, known={}, kept=kept("other walls"))).noticed == 0
    assert judged(replace(blind, known={}, kept=kept()), replace(GOAL, float_ulps=4)).noticed == 0
