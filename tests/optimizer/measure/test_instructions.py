"""Instruction counts as a second opinion: what they may say, when they are asked, and that they repeat."""

import shutil
import sys
from pathlib import Path

import pytest
from perfsmith.optimizer.core.events import Warned
from perfsmith.optimizer.core.values import Workload
from perfsmith.optimizer.core.verdicts import Speedup
from perfsmith.optimizer.measure.instructions import Instructions, total, valgrind, weighed
from perfsmith.optimizer.measure.judge import judge
from perfsmith.optimizer.measure.session import Decision
from perfsmith.optimizer.sandbox.scratch import read_left, scratch_folder

WORKLOAD = Workload(name="bench.py", command="python bench.py")


@pytest.fixture
def claim(simulated):
    def make(ratio=1.05, kind="faster", metric="cpu"):
        rounds = tuple(round_ for round_, _ in zip(simulated(), range(8), strict=False))
        speedup = Speedup(ratio=ratio, low=ratio - 0.01, high=ratio + 0.01, confidence=0.99, pairs=8)
        return Decision(workload="bench.py", kind=kind, metric=metric, speedup=speedup, correlation=0.0, rounds=rounds)

    return make


@pytest.mark.parametrize(
    ("before", "after", "kind", "said"),
    [
        (1_050_000, 1_000_000, "faster", "corroborated by instruction counts (1.050x fewer)"),
        (1_000_000, 1_000_000, "faster", "no gain (1.000x)"),
        (1_000_000, 1_019_000, "faster", "no gain (0.981x)"),
        (1_000_000, 1_021_000, "noisy", ""),
    ],
)
def test_agreement_is_a_word_and_only_a_strong_contradiction_holds_a_claim_back(claim, before, after, kind, said):
    found = weighed(claim(), before, after)
    assert found.kind == kind
    assert said in found.opinion
    verdict = judge([found], gain=0.01, max_memory=0.05)
    assert verdict.reason == kind
    if kind == "noisy":
        assert "1.021 times the instructions" in verdict.message
        assert verdict.evidence


class Side:
    """A tree in which valgrind would find so many instructions."""

    def __init__(self, count, finish, **ending):
        self.count, self.finish, self.ending, self.jobs = count, finish, ending, []

    def run(self, job):
        self.jobs.append(job)
        if self.count is not None:
            (job.scratch / "11.counts").write_text(f"events: Ir\nfn=(below)\n1 5\nsummary: {self.count - 5}\n")
            (job.scratch / "12.counts").write_text("events: Ir\nsummary: 5\n")
        return self.finish(**self.ending)


def asked(found, before, after):
    events = []
    opinion = Instructions(
        program=Path("/usr/bin/valgrind"), record=events.append, folder=scratch_folder, read=read_left
    )
    return opinion(found, before, after, WORKLOAD), [event.message for event in events if isinstance(event, Warned)]


def test_all_processes_of_both_sides_are_counted_with_one_hash_seed(claim, finish):
    before, after = Side(1100, finish), Side(1000, finish)
    found, warned = asked(claim(), before, after)
    assert "1.100x fewer" in found.opinion
    assert warned == []
    assert before.jobs[0].env == after.jobs[0].env
    assert ("PYTHONHASHSEED", "1") in before.jobs[0].env
    assert before.jobs[0].command[:2] == ("/usr/bin/valgrind", "--tool=cachegrind")
    assert before.jobs[0].timeout <= 60


@pytest.mark.parametrize("changes", [{"ratio": 1.1}, {"kind": "not_faster"}, {"kind": "noisy"}, {"metric": "wall"}])
def test_what_needs_no_second_opinion_is_not_asked_about(claim, finish, changes):
    side = Side(10, finish)
    found = claim(**changes)
    assert asked(found, side, side) == (found, [])
    assert side.jobs == []


def test_a_command_that_would_take_minutes_is_left_out_and_said_so(claim, finish):
    long = claim()
    rounds = tuple(type(one)(before=times(one.before), after=one.after, order="AB", seed=1) for one in long.rounds)
    side = Side(10, finish)
    slow = Decision(workload="w", kind="faster", metric="cpu", speedup=long.speedup, correlation=0.0, rounds=rounds)
    found, warned = asked(slow, side, side)
    assert (found, side.jobs) == (slow, [])
    assert "more than a minute" in warned[0]


def times(reading):
    return type(reading)(wall=reading.wall * 20, cpu=reading.cpu * 20, delay=0.0, peak=1)


@pytest.mark.parametrize("ending", [{"code": 1}, {"timed_out": True}])
def test_a_command_that_valgrind_cannot_run_is_left_out_and_said_so(claim, finish, ending):
    found, warned = asked(claim(), Side(10, finish, **ending), Side(10, finish))
    assert found == claim()
    assert "does not run to its end" in warned[0]
    assert asked(claim(), Side(None, finish), Side(10, finish))[1]


@pytest.mark.parametrize(
    ("text", "count"), [(b"events: Ir\nsummary: 42\n", 42), (b"events: Ir\nfn=x\n1 2\n", 0), (b"", 0)]
)
def test_only_a_whole_file_counts(text, count):
    assert total(text) == count


@pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind is not installed")
def test_real_counts_repeat_and_follow_the_work(repository, base_of, walls):
    script = "import sys\nn = 0\nfor i in range(int(sys.argv[1])): n += i\nprint(n)\n"
    base = base_of(repository({"b.py": script}), walls)
    program = Path(shutil.which("valgrind")).resolve()
    opinion = Instructions(program=program, record=lambda _event: None, folder=scratch_folder, read=read_left)
    work = f"{Path(sys.executable).resolve()} -I -S b.py"
    with base.fork() as tree:
        first, again, more = (opinion._count(tree, Workload(name="b", command=f"{work} {n}")) for n in (5, 5, 100_005))
    assert first == pytest.approx(again, rel=5e-3)
    assert 5 * 100_000 < more - first < 5_000 * 100_000


def test_the_command_line_names_a_file_for_each_process():
    command = valgrind(Path("/v"), Path("/s"), "python bench.py")
    assert "--cachegrind-out-file=/s/%p.counts" in command
    assert command[-3:] == ("/bin/sh", "-c", "exec python bench.py")
