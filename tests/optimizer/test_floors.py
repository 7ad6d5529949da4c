"""A claim stands only where the base does not differ from itself; the base is asked once."""

import math
import random
from dataclasses import replace

import pytest
from perfsmith.optimizer.attempt import attempt
from perfsmith.optimizer.core.errors import CandidateError, TargetError
from perfsmith.optimizer.core.events import FloorMeasured, RoundMeasured
from perfsmith.optimizer.core.verdicts import Accepted, Inconclusive, Reading, Round
from perfsmith.optimizer.floors import Floors
from perfsmith.optimizer.measure.judge import judge

from .test_loop import BENCH, FakeMeter, Stage, idea


class Leaning(FakeMeter):
    """The second tree always looks faster, whatever is in it: by 10 % of its time."""

    def rounds(self, before, after, workload, seed):
        for round_ in super().rounds(before, after, workload, seed):
            quick = replace(round_.after, cpu=round_.after.cpu / 1.1, wall=round_.after.wall / 1.1)
            yield replace(round_, after=quick)


class Unsteady(FakeMeter):
    """The base is refused as its own candidate."""

    def rounds(self, before, after, workload, seed):
        if before.ideas == after.ideas:
            raise CandidateError("wrong_behavior", "the workload prints something else", evidence="line 1")
        yield from super().rounds(before, after, workload, seed)


def told(stage, phase):
    return [event for event in stage.of(RoundMeasured) if event.phase == phase]


def judged(stage, name):
    return attempt(idea(name), stage.base, stage.bench)


def leaning(stage, meter):
    stage.bench = replace(stage.bench, meter=meter({"a": 1.3}))
    return stage


def test_a_claim_comes_after_twelve_pairs_of_the_base_against_itself():
    stage = Stage(speeds={"a": 1.3})
    assert isinstance(judged(stage, "a"), Accepted)
    assert len(told(stage, "floor")) == 12
    (event,) = stage.of(FloorMeasured)
    assert (event.base, event.floor.workload, event.floor.pairs) == ("r0", BENCH.name, 12)
    assert not event.floor.biased
    assert stage.base.open == []


def test_a_refused_candidate_costs_no_such_pair():
    stage = Stage(speeds={"a": 0.9, "b": 1.0})
    for name in "ab":
        assert judged(stage, name).outcome == "rejected"
    assert told(stage, "floor") == []


def test_the_base_is_asked_once_and_the_next_base_again():
    stage = Stage(speeds={"a": 1.3, "b": 1.3, "c": 1.3})
    for name in "ab":
        assert isinstance(judged(stage, name), Accepted)
    assert len(told(stage, "floor")) == 12
    stage.base = stage.base.commit(idea("a").edits, "a")
    assert isinstance(judged(stage, "c"), Accepted)
    assert [event.base for event in stage.of(FloorMeasured)] == ["r0", "r0+a"]


def test_a_base_that_differs_from_itself_forbids_the_claim_and_shows_no_number():
    stage = leaning(Stage(), Leaning)
    for _ in range(2):
        verdict = judged(stage, "a")
        assert isinstance(verdict, Inconclusive)
        assert verdict.reason == "noisy"
        assert "as fast as itself" in verdict.message
        assert "another workload" in verdict.evidence
        assert verdict.proof is None
    assert len(told(stage, "floor")) == 12


def test_a_base_that_is_refused_as_its_own_candidate_forbids_the_claim():
    verdict = judged(leaning(Stage(), Unsteady), "a")
    assert (verdict.outcome, verdict.reason) == ("inconclusive", "noisy")
    assert "differs from run to run" in verdict.message


def test_a_base_that_fails_is_the_targets_trouble():
    def rounds():
        raise TargetError("failed twice", code="workload_failed")
        yield

    with pytest.raises(TargetError, match="failed twice"):
        Floors(record=print, gain=0.01).against(Stage().base, "bench", "cpu", together=False, rounds=rounds)


def same_code(seed):
    rng = random.Random(seed)
    while True:
        cpu = [0.5 * math.exp(rng.gauss(0, 0.01)) for _ in "AB"]
        before, after = (Reading(wall=seconds, cpu=seconds, delay=0.0, peak=1) for seconds in cpu)
        yield Round(before=before, after=after, order="AB", seed=1)


def test_claims_are_seldom_forbidden_without_a_reason():
    """0.5 % by design: at most 15 of 1000 is three standard errors above that."""
    forbidden = 0
    for seed in range(1000):
        floors = Floors(record=lambda _: None, gain=0.01)
        against = floors.against(Stage().base, "bench", "cpu", together=False, rounds=lambda seed=seed: same_code(seed))
        forbidden += against is not None
    assert forbidden <= 12


def test_the_believed_workload_carries_the_verdict_and_the_other_is_named(decided_faster):
    biased = replace(decided_faster("b"), kind="noisy", note="looks faster than itself", hint="…", biased=True)
    verdict = judge([biased, decided_faster("a")], gain=0.01, max_memory=0.05)
    assert isinstance(verdict, Accepted)
    assert [result.name for result in verdict.proof.workloads] == ["a"]
    assert verdict.warnings == ("b: looks faster than itself",)


@pytest.fixture
def decided_faster():
    from perfsmith.optimizer.core.verdicts import Speedup
    from perfsmith.optimizer.measure.session import Decision

    def build(name):
        rounds = tuple(round_ for round_, _ in zip(same_code(1), range(8), strict=False))
        speedup = Speedup(ratio=1.4, low=1.3, high=1.5, confidence=0.99, pairs=8)
        return Decision(workload=name, kind="faster", metric="cpu", speedup=speedup, correlation=0.0, rounds=rounds)

    return build
