"""`perfsmith runs resume` keeps to what a run was started with, and asks for nothing that older ledgers do not hold."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from perfsmith.commands.runs import asked_again
from perfsmith.commands.target import conditions
from perfsmith.optimizer.core.events import RunStarted
from perfsmith.optimizer.core.goal import Budget, Conditions, Goal
from perfsmith.optimizer.core.values import Repo, Workload
from perfsmith.optimizer.settings import Settings, load
from perfsmith.optimizer.store.ledger import Ledger
from perfsmith.optimizer.store.runs import ledger_path

RUN = "20261120-1415-9f3a"
HERE = "http://127.0.0.1:9/v1"
FILES = {"pkg.py": "def f():\n    return 1\n", "bench.py": "import pkg\npkg.f()\n"}


def started(root=Path("/r"), revision="r0", **more):
    repo = Repo(root=root, revision=revision, python=Path(sys.executable), source=("pkg.py",))
    goal = Goal(
        workloads=(Workload(name="bench.py", command="python bench.py"),),
        suite=None,
        budget=Budget(usd=2.0),
        quarantine=("auto",),
    )
    return RunStarted(repo=repo, goal=goal, command="optimize", model="openai/m", version="0", **more)


def test_every_option_that_was_given_holds_again():
    given = Settings(
        api_base=HERE, record="answers", offline=True, show_prompt=True, strength=True, require_gain=True, model="m"
    )
    start = started(conditions=conditions(given))
    again = load(asked_again(start, {"seed": None}).options, {}, project=None, user=None).settings
    assert (again.api_base, again.record, again.offline) == (HERE, str(Path("answers").absolute()), True)
    assert again.show_prompt
    assert again.strength
    assert again.require_gain
    assert (again.budget, again.quarantine) == (Budget(usd=2.0), ("auto",))
    now = {"budget": "3usd", "api-base": "http://[::1]:8/v1"}
    changed = load(asked_again(start, now).options, {}, project=None, user=None).settings
    assert (changed.budget, changed.api_base, changed.offline) == (Budget(usd=3.0), "http://[::1]:8/v1", True)


def test_the_address_is_kept_that_a_variable_named(monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", HERE)
    assert conditions(Settings()) == Conditions(api_base=HERE)


@pytest.fixture
def resumed(repository, tmp_path):
    """Resumes a run that was killed right after it had begun; `old` is how earlier versions wrote it down."""
    repo = repository(FILES)
    ledger = ledger_path(tmp_path / "state/perfsmith/runs", RUN)
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")}

    def run(*arguments, old=False, **kept):
        start = started(repo.root, repo.git("rev-parse", "HEAD"), conditions=Conditions(**kept))
        with Ledger(ledger, RUN, time.time) as file:
            file.record(start)
        if old:
            event = json.loads(ledger.read_text())
            del event["conditions"]
            ledger.write_text(json.dumps(event, separators=(",", ":")) + "\n")
        command = [sys.executable, "-m", "perfsmith", "runs", "resume", "--json", *arguments]
        done = subprocess.run(command, cwd=repo.root, env=env, capture_output=True, text=True, check=False)
        return json.loads(done.stdout)

    return run


def test_a_run_that_was_offline_stays_offline(resumed):
    error = resumed("--api-base", "http://example.org/v1", offline=True, api_base=HERE)
    assert (error["exit"], error["code"]) in ((4, "offline"), (2, "offline_needs_walls"))


def test_a_run_of_an_earlier_version_goes_on(resumed):
    error = resumed("--model", "replay:/nowhere", old=True)
    assert "/nowhere" in error["message"], error
