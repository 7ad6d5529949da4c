from itertools import islice

import pytest
from perfsmith.optimizer.core.errors import CandidateError, SandboxError, TargetError
from perfsmith.optimizer.core.ports import Completed, Meter, Usage
from perfsmith.optimizer.core.values import Workload
from perfsmith.optimizer.measure.command import CommandMeter, implausible, without_shell

WORKLOAD = Workload(name="bench.py", command="python bench.py", timeout=77.0)
METER: Meter = CommandMeter(cores=2)


@pytest.fixture
def bench(scripted):
    """Base, candidate and the common log of their jobs."""
    log = []

    def build(base=None, candidate=None):
        trees = [scripted(name=name, log=log) for name in "AB"]
        for tree, script in zip(trees, (base, candidate), strict=True):
            tree.script = script or tree.script
        return (*trees, log)

    return build


def take(trees, pairs, seed=1, meter=METER):
    before, after, *_ = trees
    return list(islice(meter.rounds(before, after, WORKLOAD, seed), pairs))


def test_rounds_are_abba_after_one_warm_up_pair(bench):
    *trees, log = bench()
    rounds = take(trees, 40)
    ran = "".join(name for name, _ in log)
    assert ran[:2] == "AB"
    blocks = [ran[start : start + 4] for start in range(2, len(ran), 4)]
    assert set(blocks) == {"ABBA", "BAAB"}
    assert [round_.order for round_ in rounds] == [ran[start : start + 2] for start in range(2, len(ran), 2)]


def test_a_pair_shares_its_hash_seed_and_pairs_differ(bench):
    *trees, log = bench()
    rounds = take(trees, 12)
    seeds = [dict(job.env)["PYTHONHASHSEED"] for _, job in log]
    pairs = list(zip(seeds[::2], seeds[1::2], strict=True))
    assert all(first == second for first, second in pairs)
    assert len(set(seeds)) == 13
    assert [str(round_.seed) for round_ in rounds] == [first for first, _ in pairs[1:]]
    assert all(0 < int(seed) < 2**32 for seed in seeds)


def test_bytecode_is_written_by_the_warm_up_only(bench):
    *trees, log = bench()
    take(trees, 3)
    assert ["PYTHONDONTWRITEBYTECODE" in dict(job.env) for _, job in log] == [False] * 2 + [True] * 6
    assert dict(log[2][1].env)["PYTHONDONTWRITEBYTECODE"] == "1"


def test_a_workload_that_needs_not_write_cannot_write_but_for_the_first_run_of_the_base(bench, tmp_path):
    """The candidate's bytecode is not its own work: it is compiled where the base's lies."""
    *trees, log = bench()
    trees[0].folder = tmp_path
    (tmp_path / "src" / "__pycache__").mkdir(parents=True)
    (tmp_path / "src" / "__pycache__" / "a.pyc").touch()
    take(trees, 2, meter=CommandMeter(cores=2, frozen=frozenset(["bench.py"])))
    assert [(name, job.frozen) for name, job in log[:3]] == [("A", False), ("B", False), ("B", True)]
    assert log[1][1].command == ("python", "-I", "-m", "compileall", "-q", "-l", "src")
    assert {job.frozen for _, job in log[2:]} == {True}


def test_every_run_has_another_padding(bench):
    *trees, log = bench()
    take(trees, 20)
    lengths = [len(dict(job.env)["ENV_PADDING"]) for _, job in log]
    assert len(set(lengths)) > 30
    assert max(lengths) <= 4095


def test_runs_are_metered_and_use_the_workloads_command(bench):
    *trees, log = bench()
    take(trees, 2)
    assert {job.command for _, job in log} == {"exec python bench.py"}
    assert all(job.metered for _, job in log)


def test_the_same_seed_gives_the_same_session_and_another_seed_another(bench):
    sessions = []
    for seed in (1, 1, 2):
        *trees, log = bench()
        log.clear()
        take(trees, 10, seed=seed)
        sessions.append([(name, job.env) for name, job in log])
    assert sessions[0] == sessions[1] != sessions[2]


def test_readings_are_the_launchers_of_the_right_side(bench, finish):
    trees = bench(lambda _n, _job: finish(0.2, peak=7, delay=0.001), lambda _n, _job: finish(0.1, peak=9))
    for round_ in take(trees, 4):
        assert (round_.before.wall, round_.before.peak, round_.before.delay) == (0.2, 7, 0.001)
        assert (round_.after.wall, round_.after.peak, round_.after.cpu) == (0.1, 9, 0.99 * 0.1)


@pytest.mark.parametrize(("base_seconds", "limit"), [(0.1, 10.0), (4.0, 20.05)])
def test_the_candidates_time_limit_comes_from_the_base(bench, finish, base_seconds, limit):
    *trees, log = bench(lambda _n, _job: finish(base_seconds))
    take(trees, 3)
    assert {job.timeout for name, job in log if name == "A"} == {77.0}
    assert [job.timeout for name, job in log if name == "B"] == pytest.approx([limit] * 4)


def timed_out(seconds):
    return Completed(code=-9, stdout=b"", stderr=b"still at it\n", seconds=seconds, timed_out=True)


def test_a_base_that_times_out_is_the_targets_trouble(bench):
    with pytest.raises(TargetError) as caught:
        take(bench(lambda _n, _job: timed_out(77.0)), 1)
    assert caught.value.code == "workload_timed_out"
    assert caught.value.hint


def test_a_candidate_that_times_out_is_dropped_at_once(bench, finish):
    *trees, log = bench(None, lambda n, _job: finish() if n < 3 else timed_out(10.0))
    with pytest.raises(CandidateError) as caught:
        take(trees, 9)
    assert caught.value.reason == "timed_out"
    assert "still at it" in caught.value.evidence
    assert sum(name == "B" for name, _ in log) == 4


def beyond():
    said = "used more than 1.0 GiB of memory"
    return Completed(code=-9, stdout=b"", stderr=b"", seconds=0.1, exceeded=said)


def test_a_limit_is_a_violation_of_the_candidate_and_the_targets_trouble_at_the_base(bench):
    with pytest.raises(CandidateError) as refused:
        take(bench(None, lambda _n, _job: beyond()), 1)
    assert (refused.value.reason, "more than 1.0 GiB" in str(refused.value)) == ("sandbox_violation", True)
    with pytest.raises(TargetError) as caught:
        take(bench(lambda _n, _job: beyond()), 1)
    assert caught.value.code == "limit_exceeded"


def crash(code=1):
    return Completed(code=code, stdout=b"", stderr=b"ValueError: boom\n", seconds=0.1)


def test_a_base_that_fails_twice_is_the_targets_trouble_and_shows_its_words(bench):
    with pytest.raises(TargetError) as caught:
        take(bench(lambda _n, _job: crash(3)), 1)
    assert caught.value.code == "workload_failed"
    assert "exit status 3" in str(caught.value)
    assert "ValueError: boom" in caught.value.hint


def test_one_crash_of_the_base_costs_a_new_seed_and_no_round(bench, finish):
    *trees, log = bench(lambda n, _job: crash() if n == 4 else finish())
    rounds = take(trees, 10)
    assert len(rounds) == 10
    assert sum(name == "A" for name, _ in log) == 12
    seeds = [dict(job.env)["PYTHONHASHSEED"] for name, job in log if name == "A"]
    assert len(set(seeds)) == 12


@pytest.mark.parametrize(("code", "said"), [(1, "exit status 1"), (-11, "killed by SIGSEGV"), (-99, "signal 99")])
def test_a_candidate_that_crashes_twice_is_refused(bench, finish, code, said):
    with pytest.raises(CandidateError) as caught:
        take(bench(None, lambda n, _job: crash(code) if n in {2, 7} else finish()), 30)
    assert caught.value.reason == "crashed"
    assert said in str(caught.value)
    assert "ValueError: boom" in caught.value.evidence


def test_a_candidate_may_crash_as_often_as_the_base_and_once_more(bench, finish):
    trees = bench(lambda n, _job: crash() if n == 2 else finish(), lambda n, _job: crash() if n in {3, 6} else finish())
    assert len(take(trees, 12)) == 12


def test_another_result_is_wrong_behavior_once_the_base_has_shown_what_is_stable(bench, finish):
    *trees, log = bench(None, lambda _n, _job: finish(stdout=b"digest cd34\n"))
    rounds = iter(METER.rounds(*trees, WORKLOAD, 1))
    with pytest.raises(CandidateError) as caught:
        list(islice(rounds, 8))
    assert caught.value.reason == "wrong_behavior"
    assert "ab12" in caught.value.evidence
    assert "cd34" in caught.value.evidence
    assert sum(name == "A" for name, _ in log) == 5


def test_what_changes_with_the_hour_is_seen_in_the_base_before_anyone_is_blamed(bench, finish):
    log = []

    def script(_n, _job):
        hour = 12 if len(log) < 30 else 13
        return finish(stdout=f"it is {hour} o'clock\n".encode())

    base, candidate, log = bench(script, script)
    assert len(take((base, candidate), 30)) == 30


def test_a_timing_that_varies_is_no_result(bench, finish):
    def script(factor):
        return lambda n, _job: finish(stdout=f'{{"seconds": {factor * (0.11 + n / 1000):.3f}, "sum": 7}}'.encode())

    assert len(take(bench(script(1), script(0.5)), 12)) == 12


@pytest.mark.parametrize(
    ("usage", "why"),
    [
        ({"wall": 0.0}, "0.000 s wall"),
        ({"wall": 0.9}, "0.900 s inside"),
        ({"cpu": 0.6}, "0.600 s CPU within"),
        ({"cpu": -0.1}, "-0.100 s CPU"),
    ],
)
def test_a_time_that_cannot_be_is_not_counted(bench, finish, usage, why):
    with pytest.raises(CandidateError) as caught:
        take(bench(None, lambda _n, _job: finish(**usage)), 3)
    assert caught.value.reason == "noisy"
    assert why in str(caught.value)
    with pytest.raises(SandboxError, match="cannot be believed") as broken:
        take(bench(lambda _n, _job: finish(**usage)), 3)
    assert broken.value.code == "clock"


def test_one_such_time_costs_a_round_that_is_run_again(bench, finish):
    *trees, log = bench(None, lambda n, _job: finish(wall=5.0) if n == 4 else finish())
    rounds = take(trees, 8)
    assert all(round_.after.wall < 1 for round_ in rounds)
    assert sum(name == "B" for name, _ in log) == 10


@pytest.mark.parametrize(
    ("base", "candidate", "why"),
    [
        ({"code": 3}, {}, "the base failed: exit status 3; 1 of 5"),
        ({}, {"code": 3}, "the changed code failed: exit status 3; 1 of 5"),
        ({"wall": 9.0}, {}, "the base's time cannot be believed: 9.000 s inside 0.133 s; 1 of 5"),
        ({}, {"wall": 9.0}, "its time cannot be believed: 9.000 s inside 0.133 s; 1 of 5"),
    ],
    ids=["base crashes", "candidate crashes", "clock of the base", "clock of the candidate"],
)
def test_a_pair_that_is_taken_again_is_counted_and_said(bench, finish, base, candidate, why):
    said = []

    def fourth(changes):
        return lambda number, _job: finish(**changes) if number == 4 else finish()

    trees = bench(fourth(base), fourth(candidate))
    assert len(take(trees, 8, meter=CommandMeter(cores=2, say=said.append))) == 8
    assert said == [f"bench.py: {why} pairs so far do not count"]


def test_a_run_that_claims_less_than_our_clock_saw_is_not_believed(bench, finish):
    with pytest.raises(CandidateError) as caught:
        take(bench(lambda _n, _job: finish(2.0), lambda _n, _job: short()), 3)
    assert caught.value.reason == "noisy"
    assert "it claims" in str(caught.value)


def short():
    usage = Usage(wall=0.1, cpu=0.1, delay=0.0, peak=1, leftovers=0)
    return Completed(code=0, stdout=b"digest ab12\n", stderr=b"", seconds=2.0, usage=usage)


def test_work_left_to_processes_that_stay_is_cheating(bench, finish):
    with pytest.raises(CandidateError) as caught:
        take(bench(None, lambda _n, _job: finish(leftovers=1)), 3)
    assert caught.value.reason == "cheating"
    assert len(take(bench(lambda _n, _job: finish(leftovers=1), lambda _n, _job: finish(leftovers=1)), 3)) == 3


def test_a_sandbox_that_does_not_meter_is_said_to(bench):
    unmetered = Completed(code=0, stdout=b"", stderr=b"", seconds=0.1)
    with pytest.raises(SandboxError) as caught:
        take(bench(lambda _n, _job: unmetered), 1)
    assert caught.value.code == "not_metered"


def test_a_plausible_usage_has_nothing_against_it():
    usage = Usage(wall=1.0, cpu=1.9, delay=0.0, peak=1, leftovers=0)
    assert implausible(usage, 1.1, 2, launch=0.1) is None
    assert implausible(usage, 1.1, 1)


@pytest.mark.parametrize("command", ["python bench.py", "./run --n=3 'a b' > out", "python $HOME/x.py *.txt"])
def test_a_simple_command_takes_the_shells_place(command):
    assert without_shell(command) == f"exec {command}"


@pytest.mark.parametrize(
    "command",
    [
        "cd x && python bench.py",
        "a; b",
        "a | b",
        "a &",
        "X=1 python y",
        "for i in 1 2",
        "time python x",
        "(a)",
        "a\nb",
        "",
    ],
)
def test_what_needs_the_shell_keeps_it(command):
    assert without_shell(command) == command
