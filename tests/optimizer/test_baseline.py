"""What is said of a workload after its first runs on the untouched base: scripted ones, then real ones."""

from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pytest
from perfsmith.optimizer.baseline import Timed, time_base
from perfsmith.optimizer.budget import Purse
from perfsmith.optimizer.core.errors import BudgetSpent, TargetError
from perfsmith.optimizer.core.events import Warned
from perfsmith.optimizer.core.goal import Budget
from perfsmith.optimizer.core.ports import Completed, Usage
from perfsmith.optimizer.core.values import Workload

GOOD = Completed(
    code=0,
    stdout=b"",
    stderr=b"",
    seconds=0.3,
    usage=Usage(wall=0.3, cpu=0.298, delay=0.0, peak=1 << 20, leftovers=0),
)


@dataclass
class Base:
    """Answers runs in turn; the last answer again and again."""

    answers: list
    ran: int = 0
    commands: list = field(default_factory=list)

    @contextmanager
    def fork(self, edits=()):
        yield self

    def run(self, job):
        self.ran += 1
        self.commands.append(job.command)
        return self.answers[min(self.ran, len(self.answers)) - 1]


def taking(wall, **usage):
    return replace(GOOD, seconds=wall, usage=replace(GOOD.usage, wall=wall, cpu=wall, **usage))


def timed(*answers):
    told = []
    found = time_base(Base(list(answers)), (Workload(name="bench.py", command="python bench.py"),), told.append)
    return found, [event.message for event in told if isinstance(event, Warned)]


def test_a_good_workload_has_nothing_said_against_it():
    found, warnings = timed(GOOD)
    assert (found.seconds, found.cpu_bound, warnings) == (0.3, frozenset({"bench.py"}), [])


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (taking(0.0009), "most of it the start of its process"),
        (taking(300.0), "a decision takes about 90:00"),
        (taking(300.0), "measured against itself for about 130:00"),
        (taking(0.3, leftovers=2), "leaves 2 processes behind"),
        (replace(GOOD, truncated=True), "prints more than 8.0 MiB"),
    ],
)
def test_what_a_person_should_know_of_it_is_said(answer, said):
    (warning,) = timed(answer)[1]
    assert said in warning
    assert warning.startswith("bench.py ")


def test_where_it_waits_for_a_core_it_is_cpu_bound_all_the_same():
    assert timed(taking(1.0, delay=0.0))[0].cpu_bound
    crowded = replace(GOOD, usage=replace(GOOD.usage, wall=1.0, cpu=0.3, delay=0.69))
    waiting = replace(GOOD, usage=replace(GOOD.usage, wall=1.0, cpu=0.3, delay=0.1))
    spread = replace(GOOD, usage=replace(GOOD.usage, wall=1.0, cpu=0.9, delay=0.9))
    assert [bool(timed(one)[0].cpu_bound) for one in (crowded, waiting, spread)] == [True, False, False]


FAILED = Completed(code=1, stdout=b"", stderr=b"ValueError: boom", seconds=0.1)


def test_a_failure_now_and_then_is_told_from_one_every_time():
    with pytest.raises(TargetError, match=r"bench\.py fails in 2 of 5 runs on the untouched base") as caught:
        timed(GOOD, FAILED, GOOD, FAILED, GOOD, GOOD)
    assert caught.value.code == "workload_failed"
    with pytest.raises(TargetError, match=r"bench\.py fails on the untouched base, with status 1"):
        timed(FAILED)


def test_a_long_failure_is_not_repeated():
    base = Base([replace(FAILED, seconds=60.0)])
    with pytest.raises(TargetError):
        time_base(base, (Workload(name="b", command="b"),), lambda _: None)
    assert base.ran == 2


def test_a_budget_that_no_decision_fits_into_is_refused_before_anything_is_tried():
    decision = Timed(seconds=300.0, cpu_bound=frozenset()).decision
    assert decision == 18 * 300.0
    with pytest.raises(BudgetSpent, match="takes about 90:00, and the time budget is 10:00") as caught:
        Purse(budget=Budget(seconds=600.0), clock=lambda: 0.0, start=0.0).afford(decision)
    assert caught.value.exit_code == 6
    assert "shorter workload" in caught.value.hint
    Purse(budget=Budget(), clock=lambda: 0.0, start=0.0).afford(decision)


FILES = {
    "sub/data.txt": "12\n",
    "changes.py": "import os\nos.chdir('sub')\nprint(open('data.txt').read())\n",
    "reads.py": "print(int(input()))\n",
    "leaves.py": "import subprocess\nsubprocess.Popen(['sleep', '60'])\n",
    "prints.py": "line = 'x' * 999 + '\\n'\nfor _ in range(9500): print(line, end='')\n",
    "talks.py": "import socket\nsocket.create_connection(('192.0.2.1', 80), timeout=5)\n",
    "src/pkg/__init__.py": "",
}


@pytest.fixture
def run(repository, base_of, walls):
    base = base_of(repository(FILES), walls)

    def one(command):
        told = []
        time_base(base, (Workload(name="it", command=command, timeout=60.0),), told.append)
        return " ".join(event.message for event in told if isinstance(event, Warned))

    return one


def test_a_real_one_that_changes_its_directory_runs_each_time(run):
    run("python changes.py")
    run("cd sub && cat data.txt")


def test_a_real_one_that_reads_standard_input_finds_it_empty_and_is_told_what_to_do(run):
    with pytest.raises(TargetError, match="EOFError") as caught:
        run("python reads.py")
    assert "python bench.py < input.txt" in caught.value.hint
    run("python reads.py < sub/data.txt")


def test_a_real_one_that_leaves_children_is_named(run):
    assert "leaves 1 processes behind" in run("python leaves.py")


def test_a_real_one_that_prints_too_much_is_cut_and_named(run):
    assert "prints more than 8.0 MiB" in run("python prints.py")


def test_a_real_one_that_needs_the_network_is_told_that_there_is_none(run, walls):
    if walls.level != "bubblewrap":
        pytest.skip(f"level {walls.level} does not promise a closed network")
    with pytest.raises(TargetError) as caught:
        run("python talks.py")
    assert "no network" in caught.value.hint
