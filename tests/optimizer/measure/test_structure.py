"""Where a gain comes from: kept answers are told from honest changes, by rounds written down and by real workers."""

import random
import sys
from pathlib import Path
from random import Random
from time import monotonic

import pytest
from perfsmith.optimizer.measure.calibrate import Known, Plan
from perfsmith.optimizer.measure.function import given
from perfsmith.optimizer.measure.structure import Study, divided, judged
from perfsmith.optimizer.measure.workers import Limits
from perfsmith.optimizer.sandbox.trees import plain

PYTHON = Path(sys.executable)
HONEST = {"same": 2.0, "copies": 2.0, "distinct": 2.0, "first": 1.7, "later": 2.0, "imports": 1.0}


def rounds(count=8, noise=0.05, base=0.002, late=0.0, without=(), **ratios):
    """Rounds in which the base takes `base` seconds everywhere and the candidate as many times less."""
    rng = random.Random(4)
    found = []
    for _ in range(count):
        times = {
            name: {"A": base * rng.lognormvariate(0, noise), "B": base / ratio * rng.lognormvariate(0, noise)}
            for name, ratio in {**HONEST, **ratios}.items()
            if name not in without
        }
        times["first"]["B"] += late
        found.append({**times, "empty": {"A": 1e-5, "B": 1e-5}})
    return found


@pytest.mark.parametrize(
    ("ratios", "says"),
    [
        ({}, ""),
        ({"noise": 0.3}, ""),
        ({"same": 9.0, "copies": 11.0, "distinct": 0.9, "first": 0.9}, "11."),
        ({"same": 200.0, "copies": 1.0, "distinct": 1.0, "first": 1.0}, "the same object come again"),
        ({"same": 4.0}, ""),
        ({"same": 190.0, "copies": 190.0, "distinct": 110.0, "first": 110.0, "later": 110.0}, ""),
        ({"same": 100.0, "copies": 100.0, "distinct": 5.0, "first": 5.0, "later": 5.0}, "equal inputs come again"),
        ({"same": 20.0, "copies": 20.0, "distinct": 20.0, "first": 1.0, "later": 20.0}, ""),
        ({"same": 20.0, "copies": 20.0, "distinct": 20.0, "later": 20.0, "late": 0.2}, "the first call does 2"),
    ],
    ids=[
        "honest",
        "noisy",
        "by value",
        "by identity",
        "hashes are kept",
        "little of a large gain",
        "much of it",
        "a cold start",
        "work in the first call",
    ],
)
def test_suspicion(ratios, says):
    found = judged(rounds(**ratios))
    assert (says in found.suspicion) if says else not found.suspicion


def test_what_was_not_measured_is_none_and_raises_no_suspicion():
    found = judged(rounds(without=("same", "distinct"), copies=50.0))
    assert (found.same, found.distinct, found.suspicion) == (None, None, "")
    assert found.copies.ratio == pytest.approx(50, rel=0.6)
    short = judged(rounds(base=2e-5, copies=50.0))
    assert (short.copies, short.suspicion) == (None, "")
    assert found.first.low < 1.7 < found.first.high


def test_a_slow_start_is_remarked_on():
    found = judged(rounds(same=20.0, copies=20.0, distinct=20.0, later=20.0, late=0.01))
    assert not found.suspicion
    assert "ms longer than later ones" in found.remarks[0]


def known(numbers, changing=(), plain_ones=None):
    return Known(
        able=frozenset(numbers),
        digests={},
        changing=frozenset(changing),
        plain=frozenset(numbers if plain_ones is None else plain_ones),
        names={},
    )


def plan(times):
    return Plan(calls=(0,), passes=1, share="passes", times=times, covered=1.0)


def test_inputs_that_warm_up_are_not_those_that_are_fresh():
    found = divided(plan(dict.fromkeys(range(10), 0.0015)), known(range(10)), Random(1))
    assert not set(found.warming) & set(found.fresh)
    assert (len(found.warming), len(found.fresh), found.plain) == (5, 5, True)
    assert found.first in found.warming


def test_inputs_on_which_most_time_is_spent_come_first():
    times = {number: 0.001 * (1 + number) for number in range(6)}
    weights = (100.0, 90.0, 1.0, 1.0, 1.0, 1.0)
    plain_order = divided(plan(times), known(range(6)), Random(1))
    weighted = divided(plan(times), known(range(6)), Random(1), weights)
    assert sorted([plain_order.warming[0], plain_order.fresh[0]]) == [4, 5]
    assert sorted([weighted.warming[0], weighted.fresh[0]]) == [0, 1]


def test_objects_and_what_is_changed_are_never_given_twice():
    times = dict.fromkeys(range(6), 0.001)
    assert not divided(plan(times), known(range(6), changing=range(6)), Random(1)).plain
    assert not divided(plan(times), known(range(6), plain_ones=[0]), Random(1)).plain
    some = divided(plan(times), known(range(6), changing=[0, 1]), Random(1))
    assert some.plain
    assert not {0, 1} & {*some.warming, *some.fresh}


def test_of_slow_calls_only_the_first_is_timed():
    found = divided(plan({0: 3.0, 1: 2.0}), known([0, 1]), Random(1))
    assert (found.first, found.fresh) == (1, ())
    assert found.why == "a call takes more than 30 ms"
    assert "fewer than two" in divided(plan({0: 0.001}), known([0]), Random(1)).why


BASE = "def work(n):\n    total = 0\n    for i in range(n):\n        total += i % 7\n    return total\n"
CACHE = f"import functools\n{BASE}work = functools.lru_cache(None)(work)\n"


@pytest.mark.parametrize(
    ("text", "kept"),
    [(CACHE, True), ("def work(n):\n    return sum([i % 7 for i in range(n)])\n", False)],
    ids=["cache", "honest"],
)
def test_real_workers(tmp_path, text, kept):
    trees = {}
    for side, source in (("A", BASE), ("B", text)):
        folder = tmp_path / side
        folder.mkdir()
        (folder / "kernel.py").write_text(source)
        trees[side] = plain(folder, PYTHON)
    subject = given(PYTHON, "kernel", "work", [((n,), {}) for n in range(6000, 6012)])
    study = Study(subject=subject, trees=trees, rng=Random(1), clock=monotonic, limits=Limits(timeout=60.0))
    found = study.ratios()
    assert bool(found.suspicion) is kept, found
    assert found.first is not None
    assert found.imports is not None
