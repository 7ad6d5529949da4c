"""What `make crash` does 200 times, a few times: kill -9 in the middle of a run, look around, resume."""

import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

CRASH = Path(__file__).parents[2] / "benchmarks" / "crash" / "run.py"
POINTS = ["reply_received", "candidate_judged"]


@pytest.fixture
def crash(monkeypatch):
    """The benchmark's own script."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    about = importlib.util.spec_from_file_location("crash_run", CRASH)
    module = importlib.util.module_from_spec(about)
    monkeypatch.setitem(sys.modules, about.name, module)
    about.loader.exec_module(module)
    return module


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs /proc, to see which processes are left")
def test_a_run_that_is_killed_again_and_again_comes_to_its_end_and_harms_nothing(crash, tmp_path):
    chain = crash.play(tmp_path / "chain", 1, Counter(), POINTS, len(POINTS))
    assert chain.wrong == []
    assert [kill["alive"] for kill in chain.kills] == [[]] * len(chain.kills)
    assert chain.kills
    assert crash.outcome(chain)["verdicts"]


PATCH = """\
--- a/src/words.py
+++ b/src/words.py
@@ -4,3 +4,3 @@
 def first_seen(words):
-    seen = []
+    seen = list()
     for word in words:
"""


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs /proc, to see which processes are left")
def test_a_verification_that_is_killed_harms_nothing_and_the_next_one_comes_to_its_end(crash, tmp_path):
    crash.sample.make(tmp_path)
    root, folder = tmp_path / "repo", tmp_path / "state"
    (tmp_path / "tmp").mkdir()
    (tmp_path / "change.patch").write_text(PATCH)
    before = crash.state.users_things(root)
    env = {**os.environ, "XDG_STATE_HOME": str(folder), "TMPDIR": str(tmp_path / "tmp")}
    words = ["verify", str(tmp_path / "change.patch"), "-C", str(root), "--python", sys.executable]
    words += ["--tests", "python check.py", "--workload", "python bench.py", "--jsonl"]
    command, pipe = [sys.executable, "-m", "perfsmith", *words], subprocess.PIPE
    for number, mark in enumerate((b'"candidate_proposed"', b'"base_timed"', b'"check":"tests"')):
        process = subprocess.Popen(command, env=env, stdout=pipe, stderr=pipe, start_new_session=True)
        assert any(mark in line for line in process.stdout), process.stderr.read()
        time.sleep(0.02 * number)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        assert crash.state.users_things(root) == before
        assert crash.state.orphans([str(tmp_path)], crash.PATIENCE) == []
    done = subprocess.run(command, env=env, capture_output=True, check=False)
    assert done.returncode in (1, 5), done.stderr
    assert b'"run_finished"' in done.stdout
    assert crash.state.users_things(root) == before
    assert crash.state.left_over(folder, tmp_path / "tmp", root) == []
