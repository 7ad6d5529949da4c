"""Checkouts in a state that a person left them in for a moment."""

import json
import sys

import pytest
from perfsmith.cli import run
from perfsmith.commands.target import Asked, open_target

FILES = {"src/words.py": "def f(x):\n    return x\n", "notes.txt": "one\n"}
OPTIONS = {"python": sys.executable, "tests": "true", "workload": ["true"], "sandbox": "process", "trust": True}


@pytest.fixture
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "state" / "perfsmith"


@pytest.mark.parametrize(("operation", "called"), [("merge", "a merge"), ("rebase", "a rebase"), ("pick", None)])
def test_in_the_middle_of_something_no_run_is_started_and_nothing_moves(repository, state, capsys, operation, called):
    repo = repository(FILES)
    repo.git("checkout", "--quiet", "-b", "other")
    repo.commit({"notes.txt": "theirs\n"})
    repo.git("checkout", "--quiet", "main")
    repo.commit({"notes.txt": "ours\n"})
    repo.git("cherry-pick" if operation == "pick" else operation, "other", check=False)
    before = repo.git("status", "--porcelain=v1", "--branch"), repo.git("for-each-ref"), repo.git("rev-parse", "HEAD")
    options = ["--python", sys.executable, "--tests", "true", "--workload", "true", "--sandbox", "process"]
    assert run(["optimize", "-C", str(repo.root), "--model", "rules", *options, "--json"]) == 3
    said = capsys.readouterr()
    document = json.loads(said.out)
    assert (document["exit"], document["code"]) == (3, "unfinished_operation")
    assert f"{called or 'a cherry-pick'} is going on in {repo.root}" in document["message"]
    assert "finish or abort it first" in document["hint"]
    assert said.err.count("perfsmith: ") == 1
    assert list((state / "runs").iterdir()) == []
    assert before == (
        repo.git("status", "--porcelain=v1", "--branch"),
        repo.git("for-each-ref"),
        repo.git("rev-parse", "HEAD"),
    )


def test_submodules_that_are_not_there_are_named_with_what_to_do(repository, state, tmp_path):
    part = repository({"data.txt": "1\n"}, name="part")
    whole = repository(FILES, name="whole")
    whole.git("submodule", "--quiet", "add", f"file://{part.root}", "vendor/part")
    whole.commit({})
    asked = Asked(command="verify", repo=whole.root, options=OPTIONS)
    assert not [text for text in open_target(asked).warnings if "submodule" in text]
    whole.git("clone", "--quiet", str(whole.root), str(tmp_path / "clone"))
    asked = Asked(command="verify", repo=tmp_path / "clone", options=OPTIONS)
    (warning,) = [text for text in open_target(asked).warnings if "submodule" in text]
    assert "(vendor/part)" in warning
    assert "git submodule update --init" in warning
    assert state.is_dir()
