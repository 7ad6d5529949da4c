"""Git that never ends, or is met by Ctrl-C: a clear error, nothing left running, and never half a step."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from perfsmith.optimizer.core.errors import SandboxError
from perfsmith.optimizer.sandbox import git as ours
from perfsmith.optimizer.sandbox.family import alive
from perfsmith.optimizer.sandbox.git import GitFailed, git

STUCK = """#!/bin/sh
case "$*" in
  *--porcelain*) sleep 60 & echo $! > {pid}; {how} ;;
  *) exec {real} "$@" ;;
esac
"""
WAITING = {"waits": "wait", "waits and ignores": "trap '' TERM; wait; wait"}


@pytest.fixture
def stuck(tmp_path, monkeypatch):
    """Puts a git first that never answers one question; returns where the number of its child is written."""

    def make(how):
        pid, folder = tmp_path / "pid", tmp_path / "bin"
        folder.mkdir()
        real = next(f"{place}/git" for place in os.environ["PATH"].split(":") if Path(place, "git").is_file())
        (folder / "git").write_text(STUCK.format(pid=pid, how=how, real=real))
        (folder / "git").chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
        return pid

    return make


@pytest.mark.parametrize("how", WAITING.values(), ids=WAITING.keys())
def test_git_that_never_ends_is_stopped_and_said(stuck, repository, monkeypatch, how):
    repo, pid = repository({"a.txt": "a\n"}), stuck(how)
    monkeypatch.setattr(ours, "_PATIENCE", 0.5)
    monkeypatch.setattr("perfsmith.optimizer.sandbox.process._GRACE", 0.3)
    with pytest.raises(SandboxError, match=r"git status in .* did not end within 500 ms") as caught:
        git(repo.root, "status", "--porcelain")
    assert not isinstance(caught.value, GitFailed)
    assert (caught.value.exit_code, caught.value.code) == (3, "git_hangs")
    assert str(repo.root) in caught.value.hint
    assert not alive(int(pid.read_text()))
    assert git(repo.root, "rev-parse", "--is-bare-repository") == b"false\n"


def test_the_limit_leaves_time_for_the_largest_repositories():
    assert ours._PATIENCE >= 600


CALL = """
import sys
from pathlib import Path
from perfsmith.optimizer.sandbox.git import git
try:
    git(Path(sys.argv[1]), "status", "--porcelain")
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


def test_ctrl_c_ends_a_git_that_hangs_and_what_it_started(stuck, repository):
    repo, pid = repository({"a.txt": "a\n"}), stuck("wait")
    command = [sys.executable, "-c", CALL, str(repo.root)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
    end = time.monotonic() + 20
    while not (pid.exists() and pid.read_text().strip()) and time.monotonic() < end:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    assert process.communicate(timeout=20)[0] == b"interrupted\n"
    assert not alive(int(pid.read_text()))
