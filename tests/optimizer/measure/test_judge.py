from itertools import islice

import pytest
from perfsmith.optimizer.core.verdicts import Accepted, Inconclusive, Rejected, Speedup
from perfsmith.optimizer.measure.judge import describe, judge
from perfsmith.optimizer.measure.session import Decision

MIB = 1 << 20


@pytest.fixture
def decided(simulated):
    def build(kind, workload="bench.py", *, ratio=None, low=None, high=None, peak=(100 * MIB, 100 * MIB), note=""):
        numbers = {
            "faster": (1.43, 1.38, 1.47),
            "slower": (0.93, 0.9, 0.96),
            "not_faster": (0.997, 0.99, 1.004),
            "noisy": (1.02, 0.98, 1.06),
        }[kind]
        given = ratio or numbers[0], low or numbers[1], high or numbers[2]
        rounds = tuple(islice(iter(simulated(speedup=given[0], noise=0.0, peak=peak)), 8))
        speedup = Speedup(ratio=given[0], low=given[1], high=given[2], confidence=0.995, pairs=40)
        return Decision(
            workload=workload, kind=kind, metric="cpu", speedup=speedup, correlation=0.0, rounds=rounds, note=note
        )

    return build


def verdict(*decisions):
    return judge(decisions, gain=0.01, max_memory=0.05)


def test_faster_is_accepted_with_its_interval(decided):
    found = verdict(decided("faster"))
    assert isinstance(found, Accepted)
    assert found.message == "1.43x faster on bench.py (99.5% CI 1.38-1.47, 40 pairs)"
    result = found.proof.workloads[0]
    assert (result.name, result.metric, result.memory) == ("bench.py", "cpu", 1.0)
    assert result.before_s == pytest.approx(0.1234567)
    assert result.before_s / result.after_s == pytest.approx(1.43)
    assert result.cpu == pytest.approx(1 / 1.43)
    assert found.warnings == ()


def test_not_faster_shows_that_the_upper_end_is_below_the_bar(decided):
    found = verdict(decided("not_faster"))
    assert isinstance(found, Rejected)
    assert found.reason == "not_faster"
    assert found.message == "0.990x-1.004x on bench.py: the interval's upper end is below the bar 1.010x"
    assert found.check == "measurement"
    assert found.proof


def test_slower_is_rejected_as_such(decided):
    found = verdict(decided("slower", note="why"))
    assert isinstance(found, Rejected)
    assert found.reason == "slower"
    assert found.message == "0.930x on bench.py: slower (99.5% CI 0.90-0.960, 40 pairs)"
    assert found.evidence == "why"


def test_an_interval_across_the_bar_is_inconclusive(decided):
    found = verdict(decided("noisy"))
    assert isinstance(found, Inconclusive)
    assert found.reason == "noisy"
    assert found.message == "0.980x-1.060x on bench.py after 40 pairs: the interval lies across the bar 1.010x"


@pytest.mark.parametrize(
    ("kinds", "reason"),
    [
        (("faster", "faster"), "faster"),
        (("faster", "not_faster"), "faster"),
        (("not_faster", "faster"), "faster"),
        (("noisy", "faster"), "faster"),
        (("faster", "slower"), "slower"),
        (("slower", "faster"), "slower"),
        (("slower", "noisy"), "slower"),
        (("not_faster", "noisy"), "noisy"),
        (("not_faster", "slower"), "slower"),
        (("not_faster", "not_faster"), "not_faster"),
    ],
)
def test_several_workloads(decided, kinds, reason):
    found = verdict(*(decided(kind, f"w{number}") for number, kind in enumerate(kinds)))
    assert found.reason == reason
    assert isinstance(found, Accepted) == (reason == "faster")


def test_the_headline_is_the_first_workload_that_became_faster(decided):
    found = verdict(decided("not_faster", "a"), decided("faster", "b"), decided("faster", "c", ratio=2.0))
    assert isinstance(found, Accepted)
    assert [result.name for result in found.proof.workloads] == ["b", "c", "a"]
    assert found.message.startswith("1.43x faster on b ")
    assert found.warnings == ("a: not faster, 0.997x (99.5% CI 0.990-1.004, 40 pairs)",)


def test_faster_here_and_slower_there_says_both(decided):
    message = verdict(decided("faster", "a"), decided("slower", "b")).message
    assert "on b: slower" in message
    assert "though 1.43x faster on a" in message


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (100 * MIB, 105 * MIB, "faster"),
        (100 * MIB, 106 * MIB, "more_memory"),
        (10 * MIB, 11 * MIB, "faster"),
        (10 * MIB, 11 * MIB + 1, "more_memory"),
        (100 * MIB, 50 * MIB, "faster"),
        (0, 0, "faster"),
    ],
)
def test_memory_may_rise_by_five_percent_or_one_mebibyte(decided, before, after, reason):
    assert verdict(decided("faster", peak=(before, after))).reason == reason


def test_more_memory_says_how_much(decided):
    found = verdict(decided("faster", peak=(100 * MIB, 200 * MIB)))
    assert isinstance(found, Rejected)
    assert found.check == "memory"
    assert "peak memory rose from 100.0 MiB to 200.0 MiB; the limit is 5% or 1 MiB" in found.message
    assert found.proof
    assert found.proof.workloads[0].memory == 2.0


def test_memory_of_the_other_workloads_counts_too(decided):
    swollen = decided("not_faster", "b", peak=(100 * MIB, 200 * MIB))
    assert verdict(decided("faster", "a"), swollen).reason == "more_memory"


def test_memory_is_no_reason_against_what_is_not_faster_anyway(decided):
    assert verdict(decided("not_faster", peak=(100 * MIB, 200 * MIB))).reason == "not_faster"


def test_unknown_memory_is_said(decided):
    found = verdict(decided("faster", peak=(0, 0)))
    assert isinstance(found, Accepted)
    assert "not guarded" in found.warnings[0]
    assert found.proof.workloads[0].memory == 1.0


def test_a_high_confidence_keeps_its_digits():
    speedup = Speedup(ratio=12.3, low=10.04, high=15.0, confidence=0.9996, pairs=8)
    assert describe(speedup) == "99.96% CI 10.0-15.0, 8 pairs"


def test_a_real_confirmation_is_accepted(simulated):
    from perfsmith.optimizer.measure.session import Terms, confirm

    decision = confirm("bench.py", iter(simulated(speedup=1.3)), Terms(alpha=0.005), lambda: 0.0)
    found = verdict(decision)
    assert isinstance(found, Accepted)
    assert found.proof.workloads[0].speedup == decision.speedup


def test_no_workload_no_verdict():
    with pytest.raises(ValueError, match="workload"):
        judge((), gain=0.01, max_memory=0.05)


def test_a_contradicted_number_beside_the_headline_is_undecided_and_says_why(decided):
    found = verdict(decided("faster"), decided("noisy", "other.py", note="sharing a core 1.20x, but 1.02x apart"))
    assert isinstance(found, Accepted)
    expected = "other.py: undecided, 1.020x (99.5% CI 0.980-1.060, 40 pairs); sharing a core 1.20x, but 1.02x apart"
    assert found.warnings == (expected,)
