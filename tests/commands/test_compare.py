"""`perfsmith compare` on a real repository: both kinds of rounds, and going on after an interruption."""

import fcntl
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from perfsmith.optimizer.sandbox.choice import levels, opened

SLOW = "def total(n):\n    s = 0\n    for i in range(n):\n        s += i\n    return s\n"
FAST = "def total(n):\n    return sum(range(n))\n"
FILES = {"pkg/__init__.py": SLOW, "bench.py": "from pkg import total\nprint(total(400_000))\n"}


@pytest.fixture
def compare(repository, tmp_path):
    """Runs perfsmith in a repository whose working tree is faster than its commit."""
    repo = repository(FILES)
    (repo.root / "pkg/__init__.py").write_text(FAST)
    folders = {f"XDG_{name}_HOME": str(tmp_path / name.lower()) for name in ("STATE", "CONFIG", "CACHE", "DATA")}

    def start(*arguments):
        env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), **folders}
        command = [sys.executable, "-m", "perfsmith", *arguments, "--json"]
        return subprocess.Popen(command, cwd=repo.root, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(*arguments):
        with start(*arguments) as process:
            said, _ = process.communicate()
        return process.returncode, json.loads(said)

    run.start = start
    run.repo = repo.root
    run.locks = tmp_path / "state/perfsmith/locks"
    run.ledger = lambda: next((tmp_path / "state/perfsmith/runs").glob("*/ledger.jsonl"))
    return run


def cut(ledger: Path, rounds: int):
    """As after kill -9, when so many rounds had been taken."""
    kept = []
    for line in ledger.read_text().splitlines(keepends=True):
        taken = sum('"kind":"round_measured"' in one for one in kept)
        if '"kind":"round_measured"' in line and taken == rounds:
            break
        kept.append(line)
    ledger.write_text("".join(kept))
    return kept


def measured(ledger: Path):
    entries = [json.loads(line) for line in ledger.read_text().splitlines()]
    return [entry for entry in entries if entry["kind"] == "round_measured"]


def test_an_interrupted_comparison_goes_on_with_the_rounds_it_has(compare):
    code, whole = compare(
        "compare", "HEAD", "--workload", "python bench.py", "--python", sys.executable, "--sandbox", "process"
    )
    assert code == 0, whole
    [result] = whole["workloads"]
    assert (whole["base"], whole["head"], result["verdict"]) == ("HEAD", "working tree", "faster")
    before = cut(compare.ledger(), 7)
    for problem in ("nothing_to_resume", "another_machine"):
        other = before[0].replace('"id":"', '"id":"not-')
        compare.ledger().write_text("".join(before[:1] if problem == "nothing_to_resume" else [other, *before[1:]]))
        code, error = compare("runs", "resume")
        assert (code, error["code"]) == (2, problem)
        assert "perfsmith compare" in error["hint"]
    compare.ledger().write_text("".join(before))
    (compare.repo / "pkg/__init__.py").write_text("raise SystemExit('somebody went on working')\n")
    code, resumed = compare("runs", "resume")
    assert code == 0, resumed
    assert (resumed["base"], resumed["head"]) == ("HEAD", "working tree")
    assert resumed["workloads"][0]["verdict"] == "faster"
    assert compare.ledger().read_text().startswith("".join(before)), "what was recorded stays"
    for kind in ("together", "apart"):
        numbers = [
            one["number"]
            for one in measured(compare.ledger())
            if one["phase"] == "comparison" and (one["round"]["order"] == "together") == (kind == "together")
        ]
        assert numbers == list(range(1, len(numbers) + 1)), "counted on, none twice"
    code, error = compare("runs", "resume")
    assert (code, error["code"]) == (2, "run_finished")


REMEMBERS = """import os


def total(n):
    try:
        with open("answer.txt") as file:
            return int(file.read())
    except OSError:
        pass
    s = 0
    for i in range(n):
        s += i
    try:
        with open("answer.txt", "w") as file:
            file.write(str(s))
    except OSError:
        pass
    return s
"""


def test_what_one_run_leaves_in_its_tree_is_no_gain_for_the_next(compare, tmp_path):
    problem = opened(levels()["bubblewrap"], tmp_path)
    if isinstance(problem, str):
        pytest.skip(f"bubblewrap does not work here: {problem}")
    (compare.repo / "pkg/__init__.py").write_text(REMEMBERS)
    asked = ("compare", "HEAD", "--workload", "python bench.py", "--python", sys.executable)
    code, found = compare(*asked, "--sandbox", "bubblewrap")
    assert code == 0, found
    [result] = found["workloads"]
    assert result["verdict"] != "faster"
    assert result["speedup"]["ratio"] < 1.1
    assert not any("write into" in warning for warning in found["warnings"])


def test_where_nothing_keeps_runs_from_writing_that_is_said(compare):
    asked = ("compare", "HEAD", "HEAD", "--workload", "python bench.py", "--python", sys.executable)
    code, found = compare(*asked, "--sandbox", "process")
    assert code == 0, found
    assert any("sandbox level process: runs can write into their tree" in warning for warning in found["warnings"])


def test_workloads_are_timed_when_nobody_else_measures(compare):
    compare.locks.mkdir(parents=True)
    with (compare.locks / "measuring.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        asked = ("compare", "HEAD", "--workload", "python bench.py", "--python", sys.executable)
        with compare.start(*asked, "--sandbox", "process") as process:
            try:
                end = time.monotonic() + 30
                while time.monotonic() < end and "another measurement is going on" not in told(compare):
                    time.sleep(0.05)
                assert "another measurement is going on" in told(compare)
                assert "base_timed" not in told(compare)
            finally:
                process.kill()


def told(compare):
    ledgers = compare.locks.parent.glob("runs/*/ledger.jsonl")
    return "".join(ledger.read_text() for ledger in ledgers)
