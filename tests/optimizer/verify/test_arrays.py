"""NumPy arrays: varied by shape, content and layout; what shares memory with what was given is told."""

import json

from perfsmith.optimizer.core.goal import Goal
from perfsmith.optimizer.core.values import Workload
from perfsmith.optimizer.core.verdicts import Failed, Passed
from perfsmith.optimizer.verify.describing import Describing
from perfsmith.optimizer.verify.differential import Differential
from perfsmith.optimizer.verify.exercised import Exercise
from perfsmith.optimizer.verify.generated import Generated, played_as
from perfsmith.optimizer.verify.inputs import arrays, thinking
from perfsmith.optimizer.verify.inputs.arrays import Array, closed, opened
from perfsmith.optimizer.verify.inputs.nodes import Node
from perfsmith.optimizer.verify.inputs.shrinking import shrunk
from perfsmith.optimizer.verify.replay import Replay

from .test_generated import Watched

GOAL = Goal(workloads=(Workload(name="bench", command="python bench.py", timeout=30),), suite=None)


def array(shape, members, dtype="<i8", *layout):
    return Node("array", json.dumps(list(members)), names=(",".join(map(str, shape)), *layout), about=dtype)


BOARD = array((3, 4), [0, 1] * 6)


def test_other_arrays_have_other_shapes_contents_and_layouts_but_as_many_axes():
    found = [opened(one) for one in arrays.arrays(BOARD, [BOARD])]
    shapes = {one.shape for one in found}
    assert {(1, 1), (3, 5), (5, 4), (0, 4), (3, 0), (4, 3), (1, 4), (3, 1)} <= shapes
    assert all(len(one.shape) == 2 for one in found)
    assert all(len(one.members) == one.shape[0] * one.shape[1] for one in found)
    layouts = {one.names[1:] for one in arrays.arrays(BOARD, [BOARD])}
    assert layouts == {(), ("fortran",), ("strided",), ("backwards",), ("frozen",)}


def test_numbers_beside_those_that_were_met_come_last_and_none_is_negative_where_none_was():
    found = [set(opened(one).members) for one in arrays.arrays(BOARD, [BOARD])]
    assert {0, 1, 255} <= set().union(*found)
    assert set().union(*found[: len(found) // 4]) == {0, 1}
    counts = array((5,), [3, 1, 4, 1, 5, 9, 2, 6][:5])
    met = {
        number for one in arrays.arrays(counts, [counts, array((4,), [9, 2, 6, 5])]) for number in opened(one).members
    }
    assert {0, 255, 1000} <= met
    assert min(met) == 0


def test_floats_get_what_no_number_is():
    found = {
        repr(one) for each in arrays.arrays(array((3,), [0.5, 2.5, 7.0], "<f8"), []) for one in opened(each).members
    }
    assert {"nan", "inf", "-inf", "-0.0"} <= found


def test_longer_arrays_grow_along_the_first_axis():
    assert opened(arrays.sized(BOARD, 6)) == Array((6, 4), (0, 1) * 12)
    assert opened(arrays.turned(array((3,), [1, 2, 3]))).members == (3, 2, 1)
    assert opened(arrays.alike(array((3,), [1, 2, 3]))).members == (1, 1, 1)


def test_large_arrays_are_full_of_the_largest_member():
    full, mixed = (opened(one) for one in arrays.large(BOARD))
    assert full == Array((40, 40), (1,) * 1600)
    assert (mixed.shape, mixed.members[:3]) == ((40, 40), (0, 1, 0))
    assert opened(arrays.large(array((2,), [3, 7]))[0]).shape == (1200,)


def test_a_counterexample_becomes_a_small_array():
    call = Node("call", None, (array((6, 5), range(30)),), ("",))

    def differing(trees):
        return [any(one > 7 for one in opened(tree.items[0]).members) for tree in trees]

    found = opened(shrunk(call, differing, lambda: True).items[0])
    assert len([one for one in found.members if one]) == 1
    assert len(found.members) <= 10


def test_what_was_opened_is_the_same_when_it_is_closed():
    assert closed(BOARD, opened(BOARD)) == BOARD


MODULE = """
import numpy as np


def neighbours(grid):
    rows, cols = grid.shape
    counts = np.zeros((rows, cols), dtype=np.int64)
    for r in range(rows):
        for c in range(cols):
            counts[r, c] = sum(
                int(grid[(r + a) % rows, (c + b) % cols]) for a in (-1, 0, 1) for b in (-1, 0, 1) if a or b
            )
    return counts


def runs(values, width):
    return np.array([values[i:i + width].sum() for i in range(len(values) - width + 1)], dtype=values.dtype)


def scaled(values):
    return np.array([float(one) / 2 for one in values])


class Ring:
    def __init__(self, size):
        self._kept = np.zeros(size)
        self._at = 0

    def push(self, value):
        self._kept[self._at % len(self._kept)] = value
        self._at += 1

    def values(self):
        return np.array([one for one in self._kept])
"""
CALLS = """
import numpy as np
from mod import Ring, neighbours, runs, scaled

board = np.array([[0, 1, 0, 0], [1, 1, 0, 1], [0, 0, 0, 1], [1, 0, 1, 0]])
neighbours(board)
neighbours(1 - board)
runs(np.array([3, 1, 4, 1, 5, 9, 2, 6]), 3)
runs(np.array([2, 7, 1, 8]), 2)
scaled(np.array([1.0, 2.5, 4.0]))
ring = Ring(3)
for n in range(5):
    ring.push(n)
    ring.values()
"""
ROLLED = """    counts = np.zeros(grid.shape, dtype=np.int64)
    for a in (-1, 0, 1):
        for b in (-1, 0, 1):
            if a or b:
                counts += np.roll(grid, (a, b), (0, 1))
    return counts


def runs"""
SQUARE = """    index = np.arange(grid.shape[0])
    counts = np.zeros(grid.shape, dtype=np.int64)
    for a in (-1, 0, 1):
        for b in (-1, 0, 1):
            if a or b:
                counts += grid[np.ix_((index + a) % len(index), (index + b) % len(index))]
    return counts


def runs"""
COUNTS = MODULE[MODULE.index("    rows, cols") : MODULE.index("def runs") + len("def runs")]
RUNS = "np.array([values[i:i + width].sum() for i in range(len(values) - width + 1)], dtype=values.dtype)"
SCALED = "np.array([float(one) / 2 for one in values])"
KEPT = "np.array([one for one in self._kept])"
WRONG = (
    (COUNTS, SQUARE),
    (RUNS, f"values if width == 1 else {RUNS}"),
    (SCALED, "np.divide(values, 2, out=values) if len(values) > 3 else values / 2"),
    (KEPT, "self._kept[:]"),
)
HONEST = ((COUNTS, ROLLED), (SCALED, "np.asarray(values, dtype=float) / 2"), (KEPT, "self._kept.copy()"))


def edited(edits):
    source = MODULE
    for old, new in edits:
        assert source.count(old) == 1
        source = source.replace(old, new)
    return source


def test_wrong_edits_of_arrays_are_seen_and_honest_ones_pass(
    repository, base_of, climb, candidate, tmp_path, monkeypatch
):
    monkeypatch.setattr(thinking, "CALLS", 700)
    base = base_of(repository({"mod.py": MODULE, "bench.py": CALLS}))
    exercise = Exercise(goal=GOAL, record=print)
    watched = Watched(Differential(record=print, first=played_as()))
    rungs = (
        Replay(exercise=exercise, differential=watched),
        Generated(
            exercise=exercise,
            differential=watched,
            describing=Describing(record=print),
            record=print,
            state=tmp_path / "kept",
            shrinking=0.0,
        ),
    )
    honest, wrong = (candidate(base, {"mod.py": edited(edits)}) for edits in (HONEST, WRONG))
    for rung in rungs:
        outcome = climb(rung, honest, base, GOAL)
        assert isinstance(outcome, Passed), outcome
    outcomes = [climb(rung, wrong, base, GOAL) for rung in rungs]
    assert all(isinstance(outcome, Failed) for outcome in outcomes), outcomes
    seen = {one.call.parts[0] for found in watched.found for one in found.differences}
    assert seen == {"neighbours", "runs", "scaled", "Ring"}
