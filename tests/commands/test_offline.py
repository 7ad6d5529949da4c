"""`--offline` holds for all that is run: the program behind `cmd:`, and the target where there are no walls."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from perfsmith.commands.strategies import cut_off, run_command
from perfsmith.optimizer.sandbox.choice import levels, opened

PROGRAM = """
cat > ~/note
(exec 3<>/dev/tcp/127.0.0.1/$1) 2> /dev/null && echo reached $MY_KEY || echo cut off $MY_KEY
"""


@pytest.fixture
def command(tmp_path, monkeypatch):
    """A program in the user's home that wants to talk to a server on this machine."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("MY_KEY", "mine")
    (tmp_path / "model").write_text(PROGRAM)
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(8)
        yield f"bash ~/model {server.getsockname()[1]}"


@pytest.mark.parametrize("level", ["bubblewrap", "unshare", "landlock"])
def test_a_program_behind_cmd_has_everything_but_the_network(command, level, tmp_path):
    walls = opened(levels()[level], Path.home())
    if isinstance(walls, str):
        pytest.skip(f"{level} does not work here: {walls}")
    said = cut_off(walls)(command, b"a prompt", 60.0)
    assert (said.stdout, said.code) == (b"cut off mine\n", 0), said.stderr
    assert (tmp_path / "note").read_text() == "a prompt"


def test_without_it_the_program_runs_as_the_user_runs_it(command):
    assert run_command(command, b"", 60.0).stdout == b"reached mine\n"


@pytest.mark.parametrize("model", ["rules", "cmd:touch ran; cat"])
def test_where_the_network_stays_open_nothing_is_begun(repository, tmp_path, model):
    repo = repository({"pkg.py": "def f():\n    return 1\n", "bench.py": "import pkg\npkg.f()\n"})
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")}
    words = ("optimize", "--offline", "--sandbox", "process", "--workload", "touch ran", "--model", model, "--json")
    command = [sys.executable, "-m", "perfsmith", *words]
    done = subprocess.run(command, cwd=repo.root, env=env, capture_output=True, text=True, check=False)
    error = json.loads(done.stdout)
    assert (done.returncode, error["exit"], error["code"]) == (2, 2, "offline_needs_walls")
    assert "--sandbox" in error["hint"]
    assert list(repo.root.rglob("ran")) == []
