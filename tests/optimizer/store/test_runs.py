"""Runs are found again by id, prefix or `last`."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from perfsmith.optimizer.core.errors import UsageError
from perfsmith.optimizer.core.events import Committed, FinalMeasured, RunFinished, RunStarted
from perfsmith.optimizer.core.goal import Goal
from perfsmith.optimizer.core.values import Repo
from perfsmith.optimizer.core.verdicts import Proof, Speedup, WorkloadResult
from perfsmith.optimizer.store.ledger import Ledger
from perfsmith.optimizer.store.runs import find_run, find_runs, ledger_path, new_run_id

SPEEDUP = Speedup(ratio=1.4, low=1.3, high=1.5, confidence=0.99, pairs=40)


def begin(root, run, at, *events, repo="/repo"):
    started = RunStarted(
        repo=Repo(root=Path(repo), revision="4be1c02", python=Path("/bin/python"), source=("src",)),
        goal=Goal(workloads=(), suite=None),
        command="optimize",
        model="rules",
        version="0.1.0",
    )
    with Ledger(ledger_path(root, run), run, lambda: at) as ledger:
        for event in (started, *events):
            ledger.record(event)


@pytest.fixture
def root(tmp_path):
    result = WorkloadResult(name="bench", before_s=1.4, after_s=1.0, metric="cpu", speedup=SPEEDUP, cpu=0.7, memory=1.0)
    kept = Committed(candidate="a", sha="c0ffee1", subject="perf(wrap): x", ref="refs/perfsmith/x", branch="b")
    final = FinalMeasured(base="a", head="b", proof=Proof(workloads=(result,)))
    begin(tmp_path, "20261120-1415-9f3a", 100.0, kept, final, RunFinished(ending="done", seconds=1))
    begin(tmp_path, "20261120-1415-7777", 150.0, RunFinished(ending="budget", seconds=1), repo="/other")
    begin(tmp_path, "20261121-0900-0001", 200.0)
    (tmp_path / "stray").mkdir()
    return tmp_path


def test_a_run_is_named_by_its_minute_and_some_randomness():
    assert new_run_id(datetime(2026, 11, 20, 14, 15, tzinfo=UTC), b"\x9f\x3a") == "20261120-1415-9f3a"


def test_runs_come_newest_first_with_what_became_of_them(root):
    last, other, first = find_runs(root)
    assert (last.id, last.ending, last.kept, last.speedup) == ("20261121-0900-0001", None, 0, None)
    assert (other.id, other.ending, other.repo) == ("20261120-1415-7777", "budget", Path("/other"))
    assert (first.ending, first.kept, first.speedup, first.started) == ("done", 1, SPEEDUP, 100.0)
    assert (first.command, first.model) == ("optimize", "rules")


def test_runs_of_one_repository(root):
    assert [run.id for run in find_runs(root, Path("/other"))] == ["20261120-1415-7777"]


def test_a_resumed_run_is_open_again(root):
    begin(root, "20261120-1415-9f3a", 300.0)
    assert find_run(root, "20261120-1415-9f3a").ending is None
    assert find_run(root, "20261120-1415-9f3a").started == 100.0


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("last", "20261121-0900-0001"),
        ("20261121", "20261121-0900-0001"),
        ("20261120-1415-9", "20261120-1415-9f3a"),
        ("20261120-1415-7777", "20261120-1415-7777"),
    ],
)
def test_a_run_is_found_by_what_a_person_types(root, text, found):
    assert find_run(root, text).id == found


@pytest.mark.parametrize(
    ("text", "code"), [("20261120", "ambiguous_run"), ("nope", "unknown_run"), ("", "unknown_run")]
)
def test_what_is_not_found_says_what_to_do(root, text, code):
    with pytest.raises(UsageError) as caught:
        find_run(root, text)
    assert caught.value.code == code
    assert caught.value.hint


def test_no_runs_at_all(tmp_path):
    with pytest.raises(UsageError) as caught:
        find_run(tmp_path / "absent", "last")
    assert caught.value.code == "no_runs"
