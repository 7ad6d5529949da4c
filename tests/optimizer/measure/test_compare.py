import pytest
from perfsmith.optimizer.measure.compare import compare
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
