import os
import threading
import time
from dataclasses import replace
from itertools import islice

import pytest
from perfsmith.optimizer.core.errors import CandidateError
from perfsmith.optimizer.core.values import Workload
from perfsmith.optimizer.measure.command import CommandMeter, quiet_core
from perfsmith.optimizer.measure.looks import SINGLE_ALPHA
from perfsmith.optimizer.measure.session import Terms
from perfsmith.optimizer.measure.together import confirm_together, settle

TERMS = Terms(alpha=SINGLE_ALPHA)
WORKLOAD = Workload(name="bench.py", command="python bench.py")


def stopped_clock():
    return 0.0


def decided(together, apart, terms=TERMS):
    return confirm_together("bench.py", iter(together), iter(apart), terms, stopped_clock)


def test_rounds_that_share_a_core_decide_and_alternating_ones_vouch(simulated):
    together, apart = simulated(speedup=1.05, noise=0.004), simulated(speedup=1.05, noise=0.02)
    decision = decided(together, apart)
    assert (decision.kind, decision.metric) == ("faster", "cpu")
    assert 1.01 < decision.speedup.low < 1.05 < decision.speedup.high
    assert decision.speedup.pairs == together.taken == 8
    assert len(decision.rounds) == apart.taken == 8


def test_nothing_gained_costs_only_the_first_alternating_rounds(simulated):
    together, apart = simulated(speedup=1.0, noise=0.004), simulated(speedup=1.0, noise=0.02)
    decision = decided(together, apart)
    assert decision.kind == "not_faster"
    assert apart.taken == 4


def test_a_contradiction_is_noisy(simulated):
    decision = decided(simulated(speedup=1.2, noise=0.004), simulated(speedup=1.0, noise=0.004))
    assert decision.kind == "noisy"
    assert "one after the other" in decision.note
    assert decision.speedup.low < 1 < decision.speedup.high < 1.1


def test_what_was_accepted_and_is_contradicted_shows_the_alternating_number(simulated):
    together, apart = simulated(speedup=1.2, noise=0.004), simulated(speedup=1.0, noise=0.004)
    decision = settle("bench.py", iter(together), iter(apart), TERMS, stopped_clock)
    assert decision.kind == "noisy"
    assert decision.speedup.ratio == pytest.approx(1.0, abs=0.01)


def test_where_both_are_faster_but_not_alike_the_alternating_number_is_shown(simulated):
    decision = decided(simulated(speedup=1.6, noise=0.004), simulated(speedup=1.3, noise=0.004))
    assert decision.kind == "faster"
    assert decision.speedup.ratio == pytest.approx(1.3, rel=0.02)
    assert "1.6" in decision.note


def test_less_cpu_time_but_a_longer_wait_is_slower(simulated):
    apart = simulated(speedup=1.2, noise=0.004, wall_speedup=0.8)
    decision = decided(simulated(speedup=1.2, noise=0.004), apart)
    assert (decision.kind, decision.metric) == ("slower", "wall")


def test_a_fixed_number_of_rounds_shows_what_was_accepted(simulated):
    together, apart = simulated(speedup=1.3, noise=0.004), simulated(speedup=1.3, noise=0.02)
    decision = settle("bench.py", iter(together), iter(apart), TERMS, stopped_clock)
    assert decision.kind == "faster"
    assert decision.speedup.pairs == together.taken == 16
    assert decision.speedup.confidence == pytest.approx(0.99)


def test_without_a_shared_core_the_alternating_rounds_are_settled(simulated):
    apart = simulated(speedup=1.3, noise=0.01)
    assert settle("bench.py", None, iter(apart), TERMS, stopped_clock).speedup.pairs == apart.taken == 16


@pytest.mark.parametrize(("seconds", "rounds"), [(1.0, 16), (2.1, 10), (60.0, 8)])
@pytest.mark.parametrize("shared", [True, False], ids=["sharing a core", "alternating"])
def test_settling_ends_with_its_time_and_keeps_every_round_that_was_taken(simulated, seconds, rounds, shared):
    simulations = simulated(speedup=1.3, noise=0.004), simulated(speedup=1.3, noise=0.01)
    now = [0.0]

    def passing(taken):
        for round_ in taken:
            now[0] += seconds
            yield round_

    kinds = [passing(one) for one in simulations]
    decision = settle("bench.py", kinds[0] if shared else None, kinds[1], TERMS, lambda: now[0])
    taken = simulations[0 if shared else 1].taken
    assert decision.speedup.pairs == taken == rounds


def test_both_sides_run_at_the_same_time_on_one_core(scripted):
    log, running, most = [], [], []
    lock = threading.Lock()

    def overlapping(finish):
        def run(number, job):
            with lock:
                running.append(job)
                most.append(len(running))
            time.sleep(0.02)
            with lock:
                running.remove(job)
            return finish(number, job)

        return run

    trees = [scripted(name=name, log=log) for name in "AB"]
    for tree in trees:
        tree.script = overlapping(tree.script)
    rounds = list(islice(CommandMeter(cores=2, together=True).rounds(*trees, WORKLOAD, 1), 3))
    assert [round_.order for round_ in rounds] == ["together"] * 3
    assert max(most) == 2
    counted = [job for _, job in log if "PYTHONDONTWRITEBYTECODE" in dict(job.env)]
    assert {job.cores for job in counted} == {quiet_core()}
    assert quiet_core()[0] in os.sched_getaffinity(0)


def test_alternating_runs_of_one_core_stay_on_the_quiet_one(scripted):
    log = []
    trees = [scripted(name=name, log=log) for name in "AB"]
    meter = CommandMeter(cores=2, pinned=frozenset({WORKLOAD.name}))
    list(islice(meter.rounds(*trees, WORKLOAD, 1), 2))
    assert {job.cores for _, job in log} == {quiet_core()}
    log.clear()
    list(islice(meter.rounds(*trees, replace(WORKLOAD, name="uses two"), 1), 2))
    assert {job.cores for _, job in log} == {()}


def test_a_candidate_that_fails_beside_the_base_is_refused(scripted):
    log = []
    trees = [scripted(name=name, log=log) for name in "AB"]
    good = trees[1].script

    def fails_when_counted(number, job):
        done = good(number, job)
        return replace(done, code=3) if "PYTHONDONTWRITEBYTECODE" in dict(job.env) else done

    trees[1].script = fails_when_counted
    with pytest.raises(CandidateError, match="fails"):
        list(islice(CommandMeter(cores=2, together=True).rounds(*trees, WORKLOAD, 1), 3))
