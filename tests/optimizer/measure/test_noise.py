from itertools import islice

import pytest
from perfsmith.optimizer.core.errors import CandidateError, TargetError
from perfsmith.optimizer.measure.looks import SINGLE_ALPHA, schedule
from perfsmith.optimizer.measure.noise import detectable, noise_floor, objection
from perfsmith.optimizer.measure.stats import estimate, log_ratios


def test_the_floor_is_half_the_interval_of_base_against_base(simulated):
    source = simulated(noise=0.02)
    floor = noise_floor("bench.py", iter(source))
    assert floor.pairs == source.taken == 12
    assert 0.005 < floor.share < 0.03
    assert not floor.biased
    assert floor.metric == "cpu"
    assert floor.cpu == pytest.approx(0.1234567, rel=0.02)
    assert floor.wall == pytest.approx(0.1247, rel=0.02)


def test_more_noise_is_a_higher_floor(simulated):
    assert (
        noise_floor("bench.py", iter(simulated(noise=0.08))).share
        > 3 * noise_floor("bench.py", iter(simulated(noise=0.02))).share
    )


def test_a_tree_that_is_faster_than_itself_is_biased(simulated):
    floor = noise_floor("bench.py", iter(simulated(speedup=1.1, noise=0.02)))
    assert floor.biased
    assert floor.ratio == pytest.approx(1.1, rel=0.02)


def test_honest_workloads_are_rarely_called_biased(simulated):
    assert sum(noise_floor("bench.py", iter(simulated(seed=seed))).biased for seed in range(1000)) <= 12


def test_fewer_than_twelve_pairs_are_no_floor(simulated):
    with pytest.raises(ValueError, match="12 rounds"):
        noise_floor("bench.py", iter(simulated()), pairs=8)


def test_a_base_that_would_be_refused_as_its_own_candidate_is_the_targets_trouble(simulated):
    def rounds():
        yield from islice(iter(simulated()), 5)
        raise CandidateError("wrong_behavior", "the workload prints something else", evidence="line 1")

    with pytest.raises(TargetError, match="prints something else") as caught:
        noise_floor("bench.py", rounds())
    assert caught.value.code == "workload_unstable"
    assert "line 1" in str(caught.value)
    assert caught.value.hint


def test_what_can_be_shown_is_above_the_bar_and_grows_with_the_noise(simulated):
    quiet, loud = (noise_floor("bench.py", iter(simulated(noise=noise))).detectable for noise in (0.005, 0.05))
    assert 1.01 < quiet < 1.02 < loud


def test_the_detectable_speedup_is_found_nine_times_in_ten(simulated):
    """48 rounds each, with the last look's alpha alone; the noise is known here, where a floor only estimates it."""
    known = detectable(estimate(log_ratios(list(islice(iter(simulated(noise=0.02, seed=9)), 2000)), "cpu")), 0.01)
    alpha = schedule(SINGLE_ALPHA)[-1].alpha
    found = 0
    for seed in range(300):
        rounds = list(islice(iter(simulated(speedup=known, noise=0.02, seed=seed)), 48))
        found += estimate(log_ratios(rounds, "cpu")).low(alpha) > 1.01
    assert 0.84 <= found / 300 <= 0.96


def test_only_a_biased_floor_objects_and_says_what_to_do(simulated):
    assert objection(noise_floor("bench.py", iter(simulated()))) is None
    against = objection(noise_floor("bench.py", iter(simulated(speedup=1.1))))
    assert "1.1" in against.why
    assert "nothing can be claimed" in against.why
    assert against.hint


def test_the_metric_of_the_claim_is_the_one_that_is_looked_at(simulated):
    rounds = simulated(speedup=1.0, wall_speedup=1.2, noise=0.01)
    assert not noise_floor("bench.py", iter(rounds), metric="cpu").biased
    assert noise_floor("bench.py", iter(rounds), metric="wall").biased
