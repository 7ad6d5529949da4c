"""What `make crash` does 200 times, a few times: kill -9 in the middle of a run, look around, resume."""

import importlib.util
import sys
from collections import Counter
from pathlib import Path

import pytest

CRASH = Path(__file__).parents[2] / "benchmarks" / "crash" / "run.py"
POINTS = ["base_tested", "reply_received", "candidate_judged"]


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
