"""A few real SIGKILLs at journal points of one run; `make crash` does hundreds, at random ones too."""

import importlib.util
import sys
from pathlib import Path

import pytest

CRASH = Path(__file__).resolve().parent.parent / "benchmarks" / "crash"
POINTS = (("profiled", "main"), ("prompt_sent", "group"), ("screened", "main"), ("candidate_judged", "all"))
LAST = ("committed", "group")


@pytest.fixture
def crash(monkeypatch):
    """The benchmark's own script, for one test."""
    monkeypatch.syspath_prepend(str(CRASH))
    known = set(sys.modules)
    about = importlib.util.spec_from_file_location("crash_run", CRASH / "run.py")
    module = importlib.util.module_from_spec(about)
    monkeypatch.setitem(sys.modules, "crash_run", module)
    about.loader.exec_module(module)
    yield module
    for name in set(sys.modules) - known:
        del sys.modules[name]


def test_a_run_that_is_killed_five_times_ends_as_if_it_had_not_been(crash, tmp_path):
    chain = crash.Chain(folder=tmp_path, number=1, targets=("words:ranked",), candidates=1)
    (tmp_path / "tmp").mkdir()
    crash.sample.make(tmp_path)
    before = crash.state.users_things(chain.root)
    for kind, mode in (*POINTS, LAST):
        process = chain.start(resume=bool(chain.kills))
        plan = {"kind": kind, "late": 0.0}
        assert crash.wait_for(chain, process, plan), f"it ended before {kind}: {crash.said(chain)}"
        crash.kill(chain, process, mode)
        crash.look(chain, before, plan, mode)
        crash.asked_again(chain, crash.state.read_ledger(chain.home))
    assert not any(kill["alive"] for kill in chain.kills)
    crash.finish(chain, chain.start(resume=True))
    assert crash.ended(chain, before).wrong == []
    came = crash.outcome(chain)
    assert [reason for _, reason in came["verdicts"]] == ["faster"]
    assert (len(came["trees"]), came["calls"], came["tips"]) == (1, len(chain.calls()), came["trees"])
    assert [kill["plan"]["kind"] for kill in chain.kills] == [kind for kind, _ in (*POINTS, LAST)]
