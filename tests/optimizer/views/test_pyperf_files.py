"""Rounds as pyperf's files: read by pyperf's own commands."""

import json
import subprocess
import sys
from pathlib import Path

import pyperf
import pytest
from perfsmith.optimizer.core.events import ConfirmationStarted, Entry, RoundMeasured, RunStarted
from perfsmith.optimizer.core.goal import Goal
from perfsmith.optimizer.core.machine import Machine
from perfsmith.optimizer.core.values import Repo, Workload
from perfsmith.optimizer.core.verdicts import Reading, Round
from perfsmith.optimizer.views.pyperf_files import files
from perfsmith.optimizer.views.rounds import series

MACHINE = Machine(python="3.12.4", sandbox="bubblewrap", id="a81c")
GOAL = Goal(workloads=(Workload(name="bench.py", command="python bench.py --big"),), suite=None)
REPO = Repo(root=Path("/r"), revision="4be1c02", python=Path("/r/.venv/bin/python"), source=("src",))


def start(command="verify"):
    return RunStarted(repo=REPO, goal=GOAL, command=command, model="", version="0.1", machine=MACHINE)


def rounds(*, subject="c1", phase="confirmation", order="AB", count=9, ratio=2.0, workload="bench.py"):
    for number in range(1, count + 1):
        wall = 0.4 + number / 1000
        before = Reading(wall=wall, cpu=0.9 * wall, delay=0.0, peak=20 << 20)
        after = Reading(wall=wall / ratio, cpu=0.9 * wall / ratio, delay=0.0, peak=21 << 20)
        pair = Round(before=before, after=after, order=order, seed=number)
        yield RoundMeasured(candidate=subject, workload=workload, phase=phase, round=pair, number=number)


def ledger(*events):
    return tuple(Entry(seq=seq, at=1.7e9 + seq, run="run-1", event=event) for seq, event in enumerate(events, 1))


def pyperf_says(*arguments):
    done = subprocess.run([sys.executable, "-m", "pyperf", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def written(tmp_path):
    def write(*events, here=""):
        for name, text in files(ledger(*events), here).items():
            (tmp_path / name).write_text(text)
        return sorted(path.name for path in tmp_path.iterdir())

    return write


def test_both_kinds_of_rounds_are_kept_apart():
    found = series(ledger(start(), *rounds(count=4), *rounds(order="together", count=8), *rounds(count=4)))
    assert [(one.kind, one.metric, len(one.rounds)) for one in found] == [("apart", "wall", 8), ("together", "cpu", 8)]
    assert found[0].ratios == pytest.approx([2.0] * 8)


def test_a_second_confirmation_is_a_series_of_its_own():
    again = ConfirmationStarted(candidate="c1", alpha=0.001)
    events = [again, *rounds(count=2), again, *rounds(count=3, workload="other"), again, *rounds(count=4)]
    found = [(one.workload, one.attempt, len(one.rounds)) for one in series(ledger(start(), *events))]
    assert found == [("bench.py", 1, 2), ("other", 1, 3), ("bench.py", 2, 4)]


def test_pyperf_reads_what_was_measured(written, tmp_path):
    assert written(start(), *rounds(), *rounds(order="together")) == ["after.json", "before.json"]
    before, after = str(tmp_path / "before.json"), str(tmp_path / "after.json")
    shown = pyperf_says("show", before)
    assert all(name in shown for name in ("bench.py:", "bench.py (cpu):", "bench.py (cpu, sharing a core):"))
    assert "Mean +- std dev: 405 ms" in shown
    assert "bench.py" in pyperf_says("hist", before, after)
    assert "Number of run with values: 9" in pyperf_says("stats", after)
    assert "perfsmith_run: run-1" in pyperf_says("metadata", after)
    assert "2.00x faster" in pyperf_says("compare_to", before, after)
    pyperf_says("check", before)


def test_every_run_says_where_it_comes_from(written, tmp_path):
    written(start(), *rounds(count=2))
    suite = pyperf.BenchmarkSuite.load(str(tmp_path / "after.json"))
    bench = suite.get_benchmark("bench.py")
    assert bench.get_values() == pytest.approx([0.401 / 2, 0.402 / 2])
    first, second = bench.get_runs()
    told = first.get_metadata()
    expected = {
        "command": "python bench.py --big",
        "python_version": "3.12.4",
        "perfsmith_version": "0.1",
        "perfsmith_sandbox": None,
        "perfsmith_side": "after",
        "perfsmith_order": "AB",
        "command_max_rss": 21 << 20,
    }
    assert {name: told.get(name) for name in expected} == expected
    assert second.get_metadata()["perfsmith_hash_seed"] == 2
    assert "cpu_count" not in told, "nothing is said about a machine that may be another one"


def test_the_machine_is_described_where_the_run_was_made_on_it(written, tmp_path):
    written(start(), *rounds(count=2), here="a81c")
    told = pyperf.BenchmarkSuite.load(str(tmp_path / "before.json")).get_metadata()
    assert told["cpu_count"] > 0
    assert not {"load_avg_1min", "uptime", "mem_max_rss"} & set(told), "facts of the moment of writing"


def test_a_run_of_the_loop_has_a_pair_of_files_for_each_candidate(written, tmp_path):
    events = [*rounds(phase="screening", count=4), *rounds(count=8), *rounds(subject="final", phase="final")]
    names = written(start("optimize"), *events)
    assert names == ["after.json", "before.json", "c1-after.json", "c1-before.json"]
    told = json.loads((tmp_path / "c1-before.json").read_text())
    names = [one["metadata"]["name"] for one in told["benchmarks"]]
    assert names == ["bench.py (screening)", "bench.py (cpu, screening)", "bench.py", "bench.py (cpu)"]


def test_the_base_against_itself_has_files_of_its_own(written):
    names = written(start(), *rounds(), *rounds(subject="4be1c02", phase="floor"))
    assert names == ["after.json", "before.json", "floor-after.json", "floor-before.json"]


def test_nothing_measured_is_no_file_and_a_clock_that_stands_still_no_benchmark():
    assert files(ledger(start()), "") == {}
    still = Reading(wall=0.1, cpu=0.0, delay=0.0, peak=0)
    pair = Round(before=still, after=still, order="AB", seed=1)
    event = RoundMeasured(candidate="c", workload="w", phase="confirmation", round=pair, number=1)
    told = json.loads(files(ledger(start(), event), "")["before.json"])
    assert [one.get("metadata", told["metadata"])["name"] for one in told["benchmarks"]] == ["w"]
