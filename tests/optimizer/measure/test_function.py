"""The function meter: what a round says, what a block is made of, and real pairs of workers in plain folders."""

import math
import sys
from dataclasses import replace
from itertools import islice
from pathlib import Path
from random import Random
from types import SimpleNamespace

import pytest
from perfsmith.optimizer.core.errors import CandidateError, SandboxError, TargetError
from perfsmith.optimizer.core.ports import Spent
from perfsmith.optimizer.core.verdicts import LogRatio
from perfsmith.optimizer.measure import calibrate, workers
from perfsmith.optimizer.measure.function import NO_WORKLOAD, Bench, FunctionMeter, given, round_of
from perfsmith.optimizer.measure.stats import log_ratios
from perfsmith.optimizer.measure.workers import Crashed, Limits, Worker
from perfsmith.optimizer.sandbox.trees import plain

PYTHON = Path(sys.executable)
INPUTS = [((n,), {}) for n in range(40, 60)]


def spent(cpu, wall=None, children=0):
    return Spent(wall=wall or cpu * 1.1, cpu=cpu, delay=0.0, children=children)


def blocks(*times, children=0):
    """ABBA, BAAB, … with these CPU times."""
    order = "ABBABAAB" * 9
    return [(side, spent(0.001), spent(cpu, children=children)) for side, cpu in zip(order, times, strict=False)]


def test_a_round_says_the_median_of_its_adjacent_pairs():
    found = round_of(blocks(4.0, 2.0, 2.0, 4.0, 3.0, 4.0, 90.0, 3.0), {"A": 7, "B": 8}, 5)
    ratios = sorted([math.log(2), math.log(2), math.log(4 / 3), math.log(30)])
    assert found.logs.cpu == pytest.approx((ratios[1] + ratios[2]) / 2)
    assert found.logs.wall == pytest.approx(found.logs.cpu)
    assert (found.before.cpu, found.after.cpu, found.before.peak, found.after.peak) == (4.0, 2.5, 7, 8)
    assert (found.order, found.seed) == ("AB", 5)
    assert log_ratios([found], "cpu") == [found.logs.cpu]
    assert log_ratios([replace(found, logs=None)], "cpu") == [math.log(4.0 / 2.5)]


def test_clock_ticks_of_children_are_added_up_and_not_compared_in_pairs():
    found = round_of(blocks(0.01, 0.0, 0.01, 0.01, children=1), {"A": 1, "B": 1}, 1)
    assert found.logs.cpu == pytest.approx(math.log(0.02 / 0.01))


def test_where_cpu_time_is_unknown_only_wall_time_speaks():
    timed = [(side, spent(0.0, 1.0), spent(0.0, wall)) for side, wall in zip("ABBA", (2.0, 1.0, 1.0, 2.0), strict=True)]
    assert round_of(timed, {"A": 0, "B": 0}, 1).logs == LogRatio(cpu=0.0, wall=pytest.approx(math.log(2)))


def test_calls_are_made_as_often_as_they_occur():
    times = dict.fromkeys(range(3), 1e-6)
    counts = calibrate._counts([0, 1, 2], {0: 100.0, 1: 50.0, 2: 0.1}, times)
    assert counts == {0: 43, 1: 21, 2: 1}
    assert calibrate._counts([0, 1, 2], dict.fromkeys(range(3), 9.0), times) == {0: 1, 1: 1, 2: 1}


def test_a_pass_has_the_calls_on_which_most_time_is_spent():
    times = {0: 0.2, 1: 0.04, 2: 0.2, 3: 0.001}
    assert calibrate._kept({0: 0.2, 1: 0.4, 2: 0.1, 3: 0.01}, times) == [1, 0, 3]
    assert calibrate._kept({0: 9.0}, {0: 9.0}) == [0]


@pytest.fixture
def kernel(tmp_path):
    """A folder with `kernel.py`."""

    def make(name, text):
        folder = tmp_path / name
        folder.mkdir(parents=True)
        (folder / "kernel.py").write_text(text)
        return plain(folder, PYTHON)

    return make


def taken(before, after, count=2, inputs=INPUTS, name="work", **more):
    subject = replace(given(PYTHON, "kernel", name, inputs), **more)
    return list(islice(FunctionMeter(subject=subject).rounds(before, after, NO_WORKLOAD, 3), count))


SLOW = "def work(n):\n    return sum(i * i for i in range(30 * n)) * 0 + n\n"
FAST = "def work(n):\n    return n\n"


def test_rounds_of_two_folders(kernel):
    rounds = taken(kernel("slow", SLOW), kernel("fast", FAST), 3)
    assert all(found.logs.cpu > 1 and found.logs.wall > 0 for found in rounds)
    assert len({found.seed for found in rounds}) == 3
    for reading in (rounds[0].before, rounds[0].after):
        assert reading.cpu > 0
        assert reading.wall > 0
        assert reading.peak > 1 << 20


@pytest.mark.parametrize(
    ("text", "reason", "says"),
    [
        (SLOW.replace("+ n\n", "+ n + (n == 47)\n"), "wrong_behavior", "work(47) gives 47"),
        ("import os\ndef work(n):\n    os._exit(4)\n", "crashed", "end the interpreter"),
        ("def work(n):\n    while True: pass\n", "timed_out", "did not end within"),
        ("raise RuntimeError('no')\n", "unverifiable", "none of the recorded calls"),
    ],
)
def test_trouble_of_a_candidate(kernel, monkeypatch, text, reason, says):
    monkeypatch.setattr(workers, "_LEAST_TIMEOUT", 0.5)
    with pytest.raises(CandidateError) as caught:
        taken(kernel("base", FAST), kernel("changed", text))
    assert caught.value.reason == reason
    assert says in f"{caught.value} {caught.value.evidence}"


def test_work_after_the_answer_is_no_way_to_be_fast(kernel):
    bench = Bench(subject=given(PYTHON, "kernel", "work", INPUTS), trees={}, rng=Random(1), limits=Limits(timeout=1.0))
    honest = [(side, spent(0.003), spent(0.004)) for side in "ABBA"]
    late = [(side, spent(0.003 if side == "A" else 0.006), spent(0.004)) for side in "ABBA"]
    for found in (late, honest, late):  # once may be chance
        bench._watch(found)
    with pytest.raises(CandidateError, match=r"for each 4\.0 ms of calls it works 3\.0 ms more") as caught:
        bench._watch(late)
    assert caught.value.reason == "cheating"


def test_a_base_whose_calls_cannot_be_made(kernel):
    with pytest.raises(TargetError, match="none of the recorded calls") as caught:
        taken(kernel("base", "def other(n): pass\n"), kernel("same", FAST))
    assert caught.value.code == "no_calls"


SORTS = "def work(items):\n    items.sort()\n    return [items[0], len(items)]\n"
LAZY = "def work(n):\n    for i in range(n):\n        open('used', 'a').write('x')\n        yield i\n"


def learnt(before, after, inputs):
    """The plan of blocks, and what was found out on the base."""
    subject = given(PYTHON, "kernel", "work", inputs)
    bench = Bench(subject=subject, trees={"A": before, "B": after}, rng=Random(1), limits=Limits(timeout=60.0))
    return bench.learn(), bench.known


def test_arguments_that_are_changed_are_made_anew_for_each_call(kernel):
    inputs = [(([5, 4, n],), {}) for n in range(4)]
    plan, known = learnt(kernel("one", SORTS), kernel("two", SORTS), inputs)
    assert plan.share == "never"
    assert known.changing == frozenset({0, 1, 2, 3})
    plan, known = learnt(kernel("three", FAST), kernel("four", FAST), INPUTS)
    assert (plan.share, known.changing) == ("passes", frozenset())
    assert sorted(plan.calls) == list(range(20))
    assert plan.passes > 1
    assert plan.covered == 1.0
    assert known.plain == frozenset(range(20))


def test_iterators_are_used_up_while_the_time_runs(kernel):
    tree = kernel("lazy", LAZY)
    with workers.pair(
        {"A": tree, "B": tree},
        given(PYTHON, "kernel", "work", [((5,), {})]),
        Limits(timeout=60.0),
        Random(1),
        1,
    ) as both:
        both["A"].set([0], 3, "passes")
        assert not (tree.folder / "used").exists()
        both["A"].go()
    assert (tree.folder / "used").read_text() == "x" * 15


def test_answers_may_vary_on_the_base_and_with_the_hash_seed(kernel):
    varies = "import os\ndef work(n):\n    return [os.urandom(4), hash('a'), n]\n"
    assert len(taken(kernel("one", varies), kernel("two", varies))) == 2
    seeded = "def work(n):\n    return [hash('a'), n]\n"
    assert len(taken(kernel("three", seeded), kernel("four", seeded))) == 2


def test_where_answers_need_not_be_the_same_they_are_not_compared(kernel):
    changed = kernel("changed", FAST.replace("return n", "return n + 1"))
    assert len(taken(kernel("base", FAST), changed, exact=False)) == 2


def test_both_start_with_the_same_hash_seed_on_one_core(kernel):
    noted = "f'{hash(chr(97))} {sorted(os.sched_getaffinity(0))}\\n'"
    texts = f"import os\ndef work(n):\n    open('seen', 'a').write({noted})\n"
    one, two = kernel("one", texts), kernel("two", texts)
    taken(one, two, 2, INPUTS[:1])
    seen = [set((tree.folder / "seen").read_text().splitlines()) for tree in (one, two)]
    assert seen[0] == seen[1]
    assert len(seen[0]) == 3


def test_a_worker_that_says_too_much_counts_as_gone():
    def ask(_line, _timeout):
        raise SandboxError("a worker answered with more than 9 bytes", code="worker_talks")

    worker = Worker(side="B", talk=SimpleNamespace(ask=ask), limits=Limits(timeout=1.0))
    with pytest.raises(Crashed, match="more than 9 bytes") as caught:
        worker.go()
    assert caught.value.side == "B"


def test_a_block_makes_calls_as_often_as_they_occur(tmp_path):
    trees = {}
    for side in "AB":
        (tmp_path / side).mkdir()
        (tmp_path / side / "kernel.py").write_text("def work(n):\n    return sum(range(n))\n")
        trees[side] = plain(tmp_path / side, PYTHON)
    subject = given(PYTHON, "kernel", "work", [((1000,), {}), ((1001,), {})])
    weighted = replace(subject, weights=(900.0, 100.0))
    plan = Bench(subject=weighted, trees=trees, rng=Random(1), limits=Limits(timeout=30.0)).learn()
    assert plan.calls.count(0) == pytest.approx(9 * plan.calls.count(1), rel=0.1)
