from itertools import islice

import pytest
from perfsmith.optimizer.measure.looks import SINGLE_ALPHA, schedule
from perfsmith.optimizer.measure.session import Terms, confirm, decide, screen, sights

TERMS = Terms(alpha=SINGLE_ALPHA)


def stopped_clock():
    return 0.0


def settle(source, terms=TERMS, clock=stopped_clock):
    return confirm("bench.py", iter(source), terms, clock)


def test_a_clear_speedup_is_proven_by_the_first_look(simulated):
    source = simulated(speedup=1.4)
    decision = settle(source)
    assert (decision.kind, decision.metric, decision.workload) == ("faster", "cpu", "bench.py")
    assert decision.speedup.pairs == source.taken == len(decision.rounds) == 8
    assert 1.01 < decision.speedup.low < 1.4 < decision.speedup.high
    assert decision.speedup.confidence == pytest.approx(1 - 2 * 0.0002)


def test_a_small_speedup_takes_more_pairs(simulated):
    decision = settle(simulated(speedup=1.04))
    assert decision.kind == "faster"
    assert 8 < decision.speedup.pairs <= 48
    assert decision.speedup.low > 1.01


def test_nothing_gained_is_given_up_early(simulated):
    decision = settle(simulated(speedup=0.995, noise=0.01, seed=3))
    assert decision.kind == "not_faster"
    assert decision.speedup.pairs <= 20
    assert decision.speedup.high < 1.01
    assert decision.speedup.confidence == pytest.approx(0.9)


def test_between_two_looks_hope_may_be_given_up_and_nothing_else(simulated):
    found = [settle(simulated(speedup=speedup, noise=0.01, seed=seed)) for speedup in (1.0, 1.06) for seed in range(60)]
    between = [one for one in found if one.speedup.pairs not in (8, 12, 20, 32, 48)]
    assert {one.kind for one in between} == {"not_faster"}
    assert all(one.speedup.high < 1.01 for one in between)


def test_slower_is_said_where_the_whole_interval_is_below_one(simulated):
    decision = settle(simulated(speedup=0.8))
    assert decision.kind == "slower"
    assert decision.speedup.high < 1
    assert decision.speedup.confidence == pytest.approx(0.998)


@pytest.mark.parametrize(("patient", "pairs", "confidence"), [(False, 48, 0.9956), (True, 128, 0.9972)])
def test_the_cap_ends_a_confirmation_that_cannot_tell(simulated, patient, pairs, confidence):
    source = simulated(speedup=1.012, noise=0.05, seed=1)
    decision = settle(source, Terms(alpha=SINGLE_ALPHA, patient=patient))
    assert decision.kind == "noisy"
    assert source.taken == pairs
    assert decision.speedup.low < 1.01 < decision.speedup.high
    assert decision.speedup.confidence == pytest.approx(confidence)


def test_time_ends_it_too_but_never_before_eight_pairs(simulated):
    source = simulated(speedup=1.012, noise=0.05)
    decision = settle(source, clock=lambda: 9.0 * source.taken)
    assert (decision.kind, source.taken) == ("noisy", 8)
    assert decision.speedup.confidence == pytest.approx(1 - 2 * SINGLE_ALPHA * 0.96)


def test_late_between_two_looks_the_rounds_at_hand_get_all_alpha_that_is_left(simulated):
    source = simulated(speedup=1.012, noise=0.05)
    decision = settle(source, clock=lambda: 4.0 * source.taken)
    assert source.taken == 15
    assert decision.speedup.confidence == pytest.approx(1 - 2 * SINGLE_ALPHA * 0.86)


def test_the_alpha_of_all_looks_is_never_exceeded(simulated):
    for last_round in range(8, 60):
        source = simulated()
        looks = schedule(0.0025)
        seen = list(sights(iter(source), looks, lambda s=source, n=last_round: s.taken >= n))
        assert sum(sight.alpha for sight in seen) == pytest.approx(0.0025)
        assert [sight.final for sight in seen] == [False] * (len(seen) - 1) + [True]


def test_rounds_that_end_too_early_decide_nothing(simulated):
    with pytest.raises(ValueError, match="8 rounds"):
        settle(islice(iter(simulated()), 5))


def test_less_cpu_time_does_not_help_a_candidate_that_is_slower_on_the_wall(simulated):
    decision = settle(simulated(speedup=1.3, wall_speedup=0.93, busy=1.3), Terms(alpha=SINGLE_ALPHA, metric="cpu"))
    assert (decision.kind, decision.metric) == ("slower", "wall")
    assert decision.speedup.high < 1
    assert "by CPU time 1.3" in decision.note


def test_a_workload_that_waits_is_judged_by_the_wall(simulated):
    decision = settle(simulated(speedup=1.5, wall_speedup=1.0, busy=0.5, seed=2))
    assert decision.metric == "wall"
    assert decision.kind != "faster"


def test_noise_on_the_wall_does_not_hide_a_speedup_of_the_work(simulated):
    assert settle(simulated(speedup=1.1, busy=1.0, wall_noise=0.01)).kind == "faster"


def test_identical_trees_are_nearly_never_faster(simulated):
    kinds = [settle(simulated(seed=seed)).kind for seed in range(600)]
    assert kinds.count("faster") == 0
    assert kinds.count("slower") <= 4
    assert kinds.count("not_faster") > 400


def test_a_true_gain_at_the_bar_is_claimed_no_more_often_than_alpha(simulated):
    kinds = [settle(simulated(speedup=1.01, seed=seed)).kind for seed in range(800)]
    assert kinds.count("faster") <= 800 * SINGLE_ALPHA + 3 * (800 * SINGLE_ALPHA) ** 0.5


def test_a_higher_bar_asks_for_more(simulated):
    assert settle(simulated(speedup=1.06), Terms(alpha=SINGLE_ALPHA, gain=0.10)).kind == "not_faster"


def test_one_look_says_what_its_alpha_allows(simulated):
    rounds = list(islice(iter(simulated(speedup=1.05)), 8))
    strict, lax = (decide("w", rounds, alpha, TERMS) for alpha in (1e-7, 0.05))
    assert (strict.kind, lax.kind) == ("noisy", "faster")
    assert strict.speedup.low < lax.speedup.low


def test_screening_keeps_what_looks_faster_and_stops_when_it_is_clear(simulated):
    source = simulated(speedup=1.5)
    found = screen(iter(source), 0.01)
    assert found.promising
    assert len(found.rounds) == source.taken == 4
    assert found.estimate == pytest.approx(1.5, rel=0.05)


def test_screening_drops_what_is_slower_at_once(simulated):
    source = simulated(speedup=0.7)
    assert not screen(iter(source), 0.01).promising
    assert source.taken == 4


def test_screening_ends_after_sixteen_rounds(simulated):
    source = simulated(speedup=1.012, noise=0.05)
    found = screen(iter(source), 0.01)
    assert source.taken == len(found.rounds) == 16
    assert found.promising == (found.estimate >= 1.01)


def test_screening_sends_few_identical_trees_on_and_nearly_all_real_gains(simulated):
    null = [screen(iter(simulated(seed=seed)), 0.01).promising for seed in range(200)]
    real = [screen(iter(simulated(speedup=1.05, seed=seed)), 0.01).promising for seed in range(200)]
    assert sum(null) < 40
    assert sum(real) > 190
