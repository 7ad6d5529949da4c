"""Workloads and machines that behave badly, played from a script: no false number, and nobody is blamed by chance."""

import random
from dataclasses import replace
from itertools import islice

import pytest
from perfsmith.optimizer.core.errors import CandidateError, TargetError
from perfsmith.optimizer.core.ports import Completed
from perfsmith.optimizer.core.values import Workload
from perfsmith.optimizer.measure.command import CommandMeter, seconds_asleep
from perfsmith.optimizer.measure.symptoms import advice

WORKLOAD = Workload(name="bench.py", command="python bench.py", timeout=77.0)


def crash():
    return Completed(code=1, stdout=b"", stderr=b"ValueError: boom\n", seconds=0.1)


@pytest.fixture
def take(scripted):
    def run(base, candidate, pairs, **options):
        log = []
        before = scripted(name="A", log=log, script=base)
        after = scripted(name="B", log=log, script=candidate)
        meter = CommandMeter(cores=2, **options)
        return list(islice(meter.rounds(before, after, WORKLOAD, 1), pairs)), log

    return run


class Asleep:
    """A clock of suspensions: the machine sleeps for `seconds` once, in the run with that number."""

    def __init__(self, log_length, at, seconds):
        self.log_length, self.at, self.seconds = log_length, at, seconds

    def __call__(self):
        return self.seconds if self.log_length() > self.at else 0.0


@pytest.mark.parametrize("at", [8, 9])
def test_a_pair_in_which_the_machine_slept_is_run_again_whichever_side_it_hit(scripted, finish, at):
    log, said = [], []

    def slow_there(_number, _job):
        return finish(0.5) if len(log) - 1 == at else finish()

    trees = [scripted(name=name, log=log, script=slow_there) for name in "AB"]
    meter = CommandMeter(cores=2, say=said.append, asleep=Asleep(lambda: len(log), at, 41.0))
    rounds = list(islice(meter.rounds(*trees, WORKLOAD, 1), 10))
    assert len(log) == 2 * (1 + 10 + 1)
    assert all(max(round_.before.wall, round_.after.wall) < 0.2 for round_ in rounds)
    (told,) = said
    assert told.startswith("bench.py: the machine slept for 41.0 s; 1 of ")


def test_a_machine_that_stays_awake_loses_no_pair(take, finish):
    said = []
    rounds, log = take(lambda *_: finish(), lambda *_: finish(), 6, say=said.append, asleep=lambda: 7200.0)
    assert (len(rounds), len(log), said) == (6, 14, [])


def test_the_clock_of_suspensions_stands_still_while_the_machine_is_awake():
    first = seconds_asleep()
    assert abs(seconds_asleep() - first) < 0.01


def failing(seed, share, finish):
    rng = random.Random(seed)
    return lambda _number, _job: crash() if rng.random() < share else finish()


def test_a_workload_that_fails_one_time_in_ten_is_seldom_the_candidates_fault(take, finish):
    """Both sides are the same. Asked once more, the base shows it nearly always; a first pair of failures is 1 %."""
    told = []
    for seed in range(300):
        try:
            take(failing(2 * seed, 0.1, finish), failing(2 * seed + 1, 0.1, finish), 20)
        except (CandidateError, TargetError) as error:
            told.append(error.code)
    assert set(told) == {"crashed", "workload_failed"}
    assert told.count("crashed") <= 12


def test_a_candidate_that_fails_now_and_then_is_refused_once_the_base_has_shown_that_it_does_not(take, finish):
    log = []
    with pytest.raises(CandidateError, match="fails in 2 of 8 runs") as caught:
        take(lambda *_: log.append(1) or finish(), lambda number, _job: crash() if number in (2, 7) else finish(), 30)
    assert caught.value.reason == "crashed"
    assert len(log) >= 30


def test_a_candidate_that_has_never_succeeded_is_refused_at_once(take, finish):
    log = []
    with pytest.raises(CandidateError, match="fails in 2 of 2 runs"):
        take(lambda *_: log.append(1) or finish(), lambda *_: crash(), 30)
    assert len(log) <= 2


def test_how_often_the_base_fails_is_said(take, finish):
    with pytest.raises(TargetError, match="failed in 2 of 7 runs on the base") as caught:
        take(lambda number, _job: crash() if number in (3, 6) else finish(), lambda *_: finish(), 30)
    assert "every time" in caught.value.hint
    assert "ValueError: boom" in caught.value.hint


def test_timings_of_its_own_are_no_result_even_where_they_are_all_it_prints(take, finish):
    rng = random.Random(5)

    def timed(factor):
        return lambda *_: finish(stdout=f"{factor * rng.uniform(0.1, 0.2):.6f}\n".encode())

    rounds, _ = take(timed(1.0), timed(0.5), 20)
    assert len(rounds) == 20


def test_of_too_much_output_the_kept_part_is_compared(take, finish):
    much = finish(stdout=b"line 1\n" * 1_200_000, truncated=True)
    other = replace(much, stdout=b"line 2\n" + much.stdout[7:])
    rounds, _ = take(lambda *_: much, lambda *_: much, 5)
    assert len(rounds) == 5
    with pytest.raises(CandidateError, match="prints something else"):
        take(lambda *_: much, lambda *_: other, 8)


@pytest.mark.parametrize(
    ("said", "fix"),
    [
        ("EOFError: EOF when reading a line", "standard input"),
        ("urllib.error.URLError: <urlopen error [Errno -3] Temporary failure in name resolution>", "no network"),
        ("OSError: [Errno 101] Network is unreachable", "no network"),
        ("OSError: [Errno 28] No space left on device: 'out'", "disk is full"),
        ("OSError: [Errno 30] Read-only file system: '/etc/x'", "its tree"),
        ("MemoryError", "memory"),
        ("ValueError: boom", ""),
    ],
)
def test_last_words_that_point_to_the_way_it_is_run(said, fix):
    assert (fix in advice(f"Traceback\n{said}\n")) if fix else (advice(said) == "")
