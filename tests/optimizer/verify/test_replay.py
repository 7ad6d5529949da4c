"""Recorded calls made again: a wrong edit that no test notices is refused, its honest twin passes."""

import itertools
import tomllib
from pathlib import Path

import pytest
from perfsmith.optimizer.core.goal import Goal
from perfsmith.optimizer.core.values import Workload
from perfsmith.optimizer.core.verdicts import Failed, Passed, Skipped
from perfsmith.optimizer.verify.differential import Differential
from perfsmith.optimizer.verify.exercised import Exercise
from perfsmith.optimizer.verify.replay import Replay

BENCH = Workload(name="bench", command="python bench.py", timeout=30)
GOAL = Goal(workloads=(BENCH,), suite=None)


CASES = tomllib.loads(Path(__file__).with_name("replay_cases.toml").read_text("utf-8"))


def bench(calls):
    """A workload that makes these calls of `mod.py`."""
    return f"import sys\nsys.path.insert(0, 'src')\nimport mod as m\n{calls}\n"


def replay(goal):
    """The rung, which records on its own."""
    return Replay(exercise=Exercise(goal=goal, record=lambda _: None), differential=Differential(record=lambda _: None))


@pytest.fixture
def judged(repository, base_of, climb, candidate):
    """The outcome of the rung for an edit of `mod.py`, called by `bench.py`."""

    count = itertools.count()

    def judge(module, calls, edit, goal=GOAL):
        base = base_of(repository({"src/mod.py": module, "bench.py": bench(calls)}, f"repo{next(count)}"))
        assert edit[0] in module, "the edit does not fit"
        return climb(replay(goal), candidate(base, {"src/mod.py": module.replace(*edit)}), base, goal)

    return judge


@pytest.mark.parametrize("name", CASES)
def test_a_wrong_edit_is_refused_and_its_honest_twin_passes(name, repository, base_of, climb, candidate):
    case = CASES[name]
    module, base = case["module"], base_of(repository({"src/mod.py": case["module"], "bench.py": bench(case["calls"])}))
    rung = replay(GOAL)
    for old, new in (case["wrong"], case["honest"]):
        assert old in module
        outcome = climb(rung, candidate(base, {"src/mod.py": module.replace(old, new)}), base, GOAL)
        if [old, new] == case["wrong"]:
            assert isinstance(outcome, Failed), outcome
            assert outcome.reason == "wrong_behavior"
            assert case["says"] in f"{outcome.message}\n{outcome.evidence}"
        else:
            assert isinstance(outcome, Passed), outcome
            assert "all the same" in outcome.note


LOOP = "def count(n):\n    i = 0\n    while i < n:\n        i += 1\n    return i\n"


def test_a_loop_that_never_ends_is_timed_out(judged):
    outcome = judged(LOOP, "m.count(3)", ("        i += 1\n", "        i += 1 if i < 2 else 0\n"))
    assert isinstance(outcome, Failed)
    assert outcome.reason == "timed_out"
    assert "count(3)" in outcome.evidence


def test_only_the_call_that_breaks_down_is_lost(judged):
    edit = ("    i = 0\n", "    i = 0\n    if n == 3:\n        import os\n        os._exit(0)\n")
    outcome = judged(LOOP, "m.count(3); m.count(9)", edit)
    assert isinstance(outcome, Failed)
    assert (outcome.reason, "and" in outcome.message) == ("crashed", False)


RANDOM = (
    "import random, time\ndef draw(n):\n    return random.random() + n\n\ndef now(n):\n    return time.time() > n\n"
)


def test_what_varies_on_the_base_is_not_compared_and_said(judged):
    outcome = judged(RANDOM, "m.draw(1)", ("random.random() + n", "n + random.random() * 2"))
    assert isinstance(outcome, Skipped)
    both = judged(
        RANDOM.replace("def now", "def draw2(n):\n    return draw(n) > 0\n\ndef now"), "m.draw(1)", ("+ n", "* n")
    )
    assert isinstance(both, Skipped)


def test_what_depends_on_the_hash_seed_is_not_compared(judged):
    module = "def some(texts, n):\n    return list(set(texts)), n + 1\n"
    calls = "m.some(['a', 'b', 'c', 'd', 'e', 'f'], 1); m.some(['a'], 2)"
    outcome = judged(module, calls, ("list(set(texts)), n + 1", "list(dict.fromkeys(texts)), 1 + n"))
    assert isinstance(outcome, Passed)
    assert outcome.note.startswith("1 of 2 recorded calls")
    assert "1 recorded calls are not compared: the base answers differently each time" in outcome.warnings


def test_addresses_are_not_compared(judged):
    module = "class K:\n    pass\n\ndef name(n):\n    return [str(K())] * n\n"
    assert isinstance(judged(module, "m.name(1)", ("[str(K())] * n", "[repr(K())] * n")), Passed)


def test_what_cannot_be_copied_is_said(judged):
    module = "def size(x):\n    return 1 if x else 0\n"
    calls = "m.size(x for x in 'ab'); m.size(3); m.size(open('bench.py'))"
    outcome = judged(module, calls, ("1 if x else 0", "int(bool(x))"))
    assert isinstance(outcome, Passed)
    assert outcome.note.startswith("1 of 3 recorded calls")
    assert outcome.warnings == (
        "calls that could not be recorded were given: a generator (1), a _io.TextIOWrapper (1)",
    )


def test_nothing_recorded_is_skipped_and_said(judged):
    module = "def size(x):\n    return 1 if x else 0\n"
    edit = ("1 if x else 0", "int(bool(x))")
    assert "a generator" in judged(module, "m.size(x for x in 'ab')", edit).why
    assert "no call" in judged(module, "pass", edit).why


STATE = (
    "class P:\n    __slots__ = ('_x',)\n    def get(self):\n        return self._x\n\n"
    "def make(x):\n    p = P()\n    p._x = x\n    return p\n"
)


def test_objects_by_their_state_are_not_given_to_a_class_with_other_attributes(judged):
    edit = (STATE, STATE.replace("_x", "_y"))
    outcome = judged(STATE, "m.make(1).get()", edit)
    assert "private state" in (outcome.why if isinstance(outcome, Skipped) else " ".join(outcome.warnings))
    assert isinstance(judged(STATE, "m.make(1).get()", ("return self._x", "return self._x + 1")), Failed)


def test_floats_may_differ_by_the_ulps_that_are_allowed(judged):
    module = "def total(values):\n    return sum(values), 'of 1.5'\n"
    edit = ("sum(values)", "__import__('math').fsum(values)")
    calls = "m.total([0.1] * 10)"
    near = Goal(workloads=(BENCH,), suite=None, float_ulps=4)
    assert isinstance(judged(module, calls, edit), Failed)
    assert isinstance(judged(module, calls, edit, near), Passed)
    assert isinstance(judged(module, calls, ("of 1.5", "of 1.50"), near), Failed)
