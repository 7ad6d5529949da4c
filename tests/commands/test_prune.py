"""`runs prune`: what goes and what stays."""

import time
from pathlib import Path

import pytest
from perfsmith.cli import run
from perfsmith.optimizer.core.events import RunFinished, RunStarted
from perfsmith.optimizer.core.goal import Goal
from perfsmith.optimizer.core.recording import Recording
from perfsmith.optimizer.core.values import Repo
from perfsmith.optimizer.sandbox.checkout import open_checkout
from perfsmith.optimizer.sandbox.locks import repository_lock
from perfsmith.optimizer.sandbox.private import open_private, repository_key
from perfsmith.optimizer.store.kept import KeptFacts
from perfsmith.optimizer.store.ledger import Ledger, in_use
from perfsmith.optimizer.store.runs import ledger_path

IDS = [f"20261120-141{number}-0000" for number in range(5)]


@pytest.fixture
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "perfsmith"


def told(state, repo, number):
    """A finished run's ledger, still open."""
    ledger = Ledger(ledger_path(state / "runs", IDS[number]), IDS[number], lambda: float(number))
    about = Repo(root=repo.root, revision="0" * 40, python=Path("/usr/bin/python3"), source=("src",))
    goal = Goal(workloads=(), suite=None)
    ledger.record(RunStarted(repo=about, goal=goal, command="optimize", model="rules", version="0"))
    ledger.record(RunFinished(ending="done", seconds=1.0))
    return ledger


def test_old_runs_go_but_for_those_in_use_and_those_with_a_branch(repository, state, capsys):
    repo = repository({"a.py": "a = 1\n"})
    ledgers = [told(state, repo, number) for number in range(5)]
    for number in (0, 2, 3, 4):
        ledgers[number].close()
    repo.git("branch", f"perfsmith/{IDS[2]}")
    for number in (0, 2):
        repo.git("update-ref", f"refs/perfsmith/{IDS[number]}/1", "HEAD")
    assert run(["runs", "prune", "--repo", str(repo.root), "--keep", "1"]) == 0
    ledgers[1].close()
    assert sorted(place.name for place in (state / "runs").iterdir()) == [IDS[1], IDS[2], IDS[4]]
    assert repo.git("for-each-ref", "--format=%(refname)", "refs/perfsmith") == f"refs/perfsmith/{IDS[2]}/1"
    said = capsys.readouterr().out
    assert "2 runs removed" in said
    assert "the 1 newest" in said
    assert "1 older ones whose branch is there" in said
    assert "1 that are going on" in said


def test_a_private_repository_goes_with_its_checkout_and_its_facts_with_it(repository, state, tmp_path):
    here, gone = repository({"a.py": "a = 1\n"}), repository({"a.py": "a = 1\n"}, name="gone")
    kept, lost = (open_private(open_checkout(repo.root), state).folder for repo in (here, gone))
    facts = [state / "facts" / folder.name for folder in (kept, lost)]
    for folder in facts:
        KeptFacts(folder=folder, about="", clock=time.time, say=pytest.fail).store(Recording(), "a fact")
    gone.root.rename(tmp_path / "elsewhere")
    assert run(["runs", "prune", "--repo", str(here.root)]) == 0
    assert (kept.exists(), lost.exists()) == (True, False)
    assert [folder.exists() for folder in facts] == [True, False]


def test_nothing_is_pruned_moved_or_taken_back_while_a_run_works(repository, state, capsys):
    repo = repository({"a.py": "a = 1\n"})
    told(state, repo, 0).close()
    with repository_lock(state, repository_key(open_checkout(repo.root))):
        for command in (["runs", "prune", "--repo", str(repo.root)], ["apply", "-C", str(repo.root)]):
            assert run(command) == 7
            assert "another run works on this repository" in capsys.readouterr().err


def test_a_ledger_is_in_use_as_long_as_its_writer_lives(repository, state):
    ledger = told(state, repository({"a.py": "a = 1\n"}), 0)
    path = ledger_path(state / "runs", IDS[0])
    assert in_use(path)
    ledger.close()
    assert not in_use(path)
    assert not in_use(path.parent / "absent")
