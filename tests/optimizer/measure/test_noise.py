from itertools import islice

import pytest
from perfsmith.optimizer.core.errors import CandidateError, TargetError
from perfsmith.optimizer.measure.noise import noise_floor


def test_the_floor_is_half_the_interval_of_base_against_base(simulated):
    source = simulated(noise=0.02)
    floor = noise_floor(iter(source))
    assert floor.pairs == source.taken == 12
    assert 0.005 < floor.share < 0.03
    assert not floor.biased
    assert floor.metric == "cpu"
    assert floor.cpu == pytest.approx(0.1234567, rel=0.02)
    assert floor.wall == pytest.approx(0.1247, rel=0.02)


def test_more_noise_is_a_higher_floor(simulated):
    assert noise_floor(iter(simulated(noise=0.08))).share > 3 * noise_floor(iter(simulated(noise=0.02))).share


def test_a_tree_that_is_faster_than_itself_is_biased(simulated):
    floor = noise_floor(iter(simulated(speedup=1.1, noise=0.02)))
    assert floor.biased
    assert floor.ratio == pytest.approx(1.1, rel=0.02)


def test_honest_workloads_are_rarely_called_biased(simulated):
    assert sum(noise_floor(iter(simulated(seed=seed))).biased for seed in range(1000)) <= 12


def test_fewer_than_twelve_pairs_are_no_floor(simulated):
    with pytest.raises(ValueError, match="12 rounds"):
        noise_floor(iter(simulated()), pairs=8)


def test_a_base_that_would_be_refused_as_its_own_candidate_is_the_targets_trouble(simulated):
    def rounds():
        yield from islice(iter(simulated()), 5)
        raise CandidateError("wrong_behavior", "the workload prints something else", evidence="line 1")

    with pytest.raises(TargetError, match="prints something else") as caught:
        noise_floor(rounds())
    assert caught.value.code == "workload_unstable"
    assert "line 1" in str(caught.value)
    assert caught.value.hint
