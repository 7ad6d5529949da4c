from dataclasses import replace
from itertools import islice

import pytest
from perfsmith.optimizer.measure.compare import Elapsed, compare, compare_both
from perfsmith.optimizer.measure.session import Terms

TERMS = Terms(alpha=0.005)


def contrast(source, terms=TERMS):
    return compare("bench.py", iter(source), terms, lambda: 0.0)


@pytest.mark.parametrize(
    ("speedup", "noise", "verdict"),
    [(1.3, 0.02, "faster"), (1 / 1.3, 0.02, "slower"), (1.0, 0.01, "same"), (1.012, 0.03, "inconclusive")],
)
def test_four_answers(simulated, speedup, noise, verdict):
    found = contrast(simulated(speedup=speedup, noise=noise, seed=4))
    assert (found.verdict, found.metric) == (verdict, "cpu")
    assert found.speedup.low <= found.speedup.ratio <= found.speedup.high


def test_the_interval_of_a_verdict_lies_on_its_side_of_the_margin(simulated):
    assert contrast(simulated(speedup=1.1)).speedup.low > 1.01
    assert contrast(simulated(speedup=0.9)).speedup.high < 1 / 1.01
    same = contrast(simulated(noise=0.005)).speedup
    assert 1 / 1.01 < same.low < same.high < 1.01
    assert same.confidence == pytest.approx(0.95)


def test_swapping_the_trees_swaps_the_verdict(simulated):
    forth = [contrast(simulated(speedup=1.05, seed=seed)).verdict for seed in range(20)]
    back = [contrast(simulated(speedup=1 / 1.05, seed=seed)).verdict for seed in range(20)]
    assert set(forth) <= {"faster", "inconclusive"}
    assert set(back) <= {"slower", "inconclusive"}
    assert forth.count("faster") > 15
    assert back.count("slower") > 15


def test_a_difference_of_exactly_the_margin_is_rarely_called_either_way(simulated):
    found = [contrast(simulated(speedup=1.01, seed=seed)).verdict for seed in range(300)]
    assert found.count("faster") <= 5
    assert found.count("slower") == 0
    assert found.count("same") <= 30


def test_cpu_and_wall_that_disagree_are_inconclusive(simulated):
    source = simulated(speedup=1.3, wall_speedup=0.9, busy=1.3)
    assert contrast(source, Terms(alpha=0.005, metric="cpu")).verdict == "inconclusive"


def test_a_wider_margin_makes_more_the_same(simulated):
    assert contrast(simulated(speedup=1.02, noise=0.02), Terms(alpha=0.005, gain=0.05)).verdict == "same"


def both(together, apart, terms=TERMS):
    return compare_both("bench.py", iter(together), iter(apart), terms, lambda: 0.0)


@pytest.mark.parametrize(("speedup", "verdict"), [(1.05, "faster"), (1 / 1.05, "slower"), (1.0, "same")])
def test_rounds_that_share_a_core_decide_and_alternating_ones_vouch(simulated, speedup, verdict):
    together, apart = simulated(speedup=speedup, noise=0.004), simulated(speedup=speedup, noise=0.02, seed=1)
    found = both(together, apart)
    assert (found.verdict, found.metric, found.note) == (verdict, "cpu", "")
    assert found.speedup.pairs == together.taken == 8
    assert apart.taken == 8


def test_what_cannot_be_told_costs_only_the_first_alternating_rounds(simulated):
    together, apart = simulated(speedup=1.011, noise=0.004), simulated(noise=0.02)
    assert both(together, apart).verdict == "inconclusive"
    assert (together.taken, apart.taken) == (48, 4)


@pytest.mark.parametrize(
    ("together", "apart"), [(1.2, 1.0), (1 / 1.2, 1.0), (1.0, 1.2), (1.0, 1 / 1.2), (1.2, 1 / 1.2)]
)
def test_kinds_that_contradict_each_other_are_inconclusive(simulated, together, apart):
    found = both(simulated(speedup=together, noise=0.004), simulated(speedup=apart, noise=0.004, seed=1))
    assert found.verdict == "inconclusive"
    assert found.note


def test_where_both_say_the_same_but_not_alike_the_alternating_number_is_shown(simulated):
    found = both(simulated(speedup=1.6, noise=0.004), simulated(speedup=1.3, noise=0.004))
    assert found.verdict == "faster"
    assert found.speedup.ratio == pytest.approx(1.3, rel=0.02)
    assert "1.6" in found.note


def test_less_cpu_time_but_a_longer_wait_is_inconclusive(simulated):
    apart = simulated(speedup=1.2, noise=0.004, wall_speedup=0.8)
    found = both(simulated(speedup=1.2, noise=0.004), apart, Terms(alpha=0.005, metric="cpu"))
    assert (found.verdict, found.metric) == ("inconclusive", "wall")
    assert "0.80x by the clock on the wall" in found.note


def test_a_workload_that_waits_is_compared_in_turn(simulated):
    together, apart = simulated(speedup=1.5), simulated(speedup=1.3, busy=0.4, wall_noise=0.02)
    found = both(together, apart)
    assert (found.verdict, found.metric, together.taken) == ("faster", "wall", 0)


def by_own_time(source, already=()):
    """As `perfsmith compare` does it: what was recorded first, then new rounds, on the rounds' own time."""
    elapsed = Elapsed()
    taken = []

    def rounds():
        for round_ in (*already, *source):
            taken.append(round_)
            yield round_

    return compare("bench.py", elapsed.through(rounds()), TERMS, elapsed), taken


@pytest.mark.parametrize("speedup", [1.0, 1.008, 1.03])
def test_going_on_after_an_interruption_makes_the_same_looks_on_the_same_rounds(simulated, speedup):
    source = list(islice(simulated(speedup=speedup, noise=0.03, seed=3), 200))
    whole, taken = by_own_time(source)
    for stopped in (0, 5, len(taken) - 1, len(taken)):
        resumed, _ = by_own_time(source[stopped:], source[:stopped])
        assert resumed == whole


def test_a_finished_comparison_asks_for_no_more_rounds(simulated):
    source = list(islice(simulated(speedup=1.0, noise=0.2, seed=3), 200))
    slow = [slower(round_, 16) for round_ in source]
    whole, taken = by_own_time(slow)
    assert 12 < len(taken) < 20, "60 s of about 2 x 2 s"
    again, _ = by_own_time((), taken)
    assert again == whole


def slower(round_, times):
    sides = (round_.before, round_.after)
    before, after = (replace(side, wall=side.wall * times, cpu=side.cpu * times) for side in sides)
    return replace(round_, before=before, after=after)
