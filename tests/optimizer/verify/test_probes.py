"""What stays behind: settings, patched modules, state that grows, threads, work moved to the import."""

import sys

import pytest
from perfsmith.optimizer.core.goal import Goal
from perfsmith.optimizer.core.values import Workload
from perfsmith.optimizer.core.verdicts import Failed, Passed, Skipped
from perfsmith.optimizer.verify.probes import Probes, Watched, compared
from perfsmith.optimizer.verify.watched import Seen

SOURCE = """\
import re

KNOWN = {"a": 1}
CALLS = []


class Counter:
    limit = 3

    def __init__(self):
        self.seen = []

    def add(self, word):
        self.seen.append(word)


DEFAULT = Counter()


def score(text):
    CALLS.append(text)
    return sum(KNOWN.get(letter, 0) for letter in text)
"""
FILES = {
    "src/pkg/__init__.py": "from .words import score\n",
    "src/pkg/words.py": SOURCE,
    "bench.py": "from pkg import score\nfor n in range(50):\n    score('banana' * n)\n",
}
GOAL = Goal(workloads=(Workload(name="bench", command=f"PYTHONPATH=src {sys.executable} bench.py"),), suite=None)


@pytest.fixture(scope="module")
def base(tmp_path_factory, new_repository, base_in):
    folder = tmp_path_factory.mktemp("probes")
    return base_in(folder / "state", new_repository(folder / "repo", FILES))


@pytest.fixture(scope="module")
def judge(base, candidate, climb):
    rung = Probes(record=lambda event: None)

    def run(after, goal=GOAL):
        return climb(rung, candidate(base, {"src/pkg/words.py": after}), base, goal)

    return run


def in_score(code):
    return SOURCE.replace("    CALLS.append(text)\n", f"    CALLS.append(text)\n    {code}\n")


PLANTED = {
    "gc": ("import gc\ngc.disable()\n" + SOURCE, "gc.isenabled"),
    "recursion in a call": (in_score("__import__('sys').setrecursionlimit(99999)"), "sys.getrecursionlimit"),
    "signal": ("import signal\nsignal.signal(signal.SIGALRM, print)\n" + SOURCE, "signal 14"),
    "clock": ("import time\ntime.perf_counter = lambda: 0.0\n" + SOURCE, "time.perf_counter"),
    "clock by another way": (in_score("exec('import time as t; t.sleep = t.time')"), "time.sleep"),
    "builtin": (in_score("__builtins__['sorted'] = list"), "builtins.sorted"),
    "module loaded later": ("import textwrap\ntextwrap.indent = lambda *a: ''\n" + SOURCE, "textwrap.indent"),
    "dictionary": (in_score("globals().setdefault('HELD', {})[text] = 1") + "HELD = {}\n", "pkg.words.HELD"),
    "inside a list": (in_score("BOX[0][text] = 1") + "BOX = [{}]\n", "pkg.words.BOX"),
    "class attribute": (in_score("Counter.limit += 1"), "pkg.words.Counter.limit"),
    "function attribute": (in_score("score.last[text] = 1") + "score.last = {}\n", "pkg.words.score.last"),
    "default": (
        SOURCE.replace("(text):", "(text, held={}):").replace("CALLS.append", "held[text] = CALLS.append"),
        "(default 0)",
    ),
    "closure": (
        SOURCE + "def keep(call):\n    held = {}\n    def inner(text):\n        held[text] = call(text)\n"
        "        return held[text]\n    return inner\nscore = keep(score)\n",
        "variable held",
    ),
    "lru_cache": (
        SOURCE.replace("def score", "from functools import lru_cache\n@lru_cache\ndef score"),
        "cached calls",
    ),
    "rebound name": (in_score("global LAST; LAST = text") + "LAST = None\n", "pkg.words.LAST"),
    "exit": (in_score("__import__('os')._exit(0)"), "by force"),
    "thread": (
        in_score("import threading, time; threading.Thread(target=time.sleep, args=(9,), daemon=True).start()"),
        "threads",
    ),
    "process": (in_score("import subprocess; subprocess.Popen(['sleep', '30'])").replace("range", "range"), "outlive"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_what_stays_behind_is_noticed(judge, name):
    after, word = PLANTED[name]
    if name == "default":
        after = after.replace("held[text] = CALLS.append(text)", "held[text] = 1\n    CALLS.append(text)")
    outcome = judge(after)
    assert isinstance(outcome, Failed)
    assert outcome.reason == "cheating"
    assert word in outcome.evidence


HONEST = {
    "nothing": SOURCE.replace("sum(", "0 + sum("),
    "constants": "_SET = frozenset('abc')\n_TABLE = {n: n * n for n in range(99)}\n" + SOURCE,
    "pattern": "_P = re.compile('a').findall\n".join(["import re\n", SOURCE]),
    "local memo": in_score("memo = {}; memo[text] = 1"),
    "own object": in_score("tally = Counter(); tally.add(text)"),
    "new imports": "import bisect, collections, heapq, itertools, operator\n" + SOURCE,
    "renamed state": SOURCE.replace("CALLS", "_CALLS"),
    "warning": in_score("import warnings; warnings.warn('x')"),
}


@pytest.mark.parametrize("name", HONEST)
def test_honest_edits_leave_nothing_behind(judge, name):
    outcome = judge(HONEST[name])
    assert isinstance(outcome, Passed), outcome
    assert outcome.note == "1 processes watched"


def test_the_state_of_an_object_that_the_base_has_is_a_remark(judge):
    outcome = judge(in_score("DEFAULT.extra = text"))
    assert isinstance(outcome, Passed)


def test_policies_turn_state_and_threads_into_warnings(judge):
    cached, thread = PLANTED["lru_cache"][0], PLANTED["thread"][0]
    allowed = judge(cached, Goal(workloads=GOAL.workloads, suite=None, cache="allow"))
    assert "cached calls" in allowed.warnings[0]
    allowed = judge(thread, Goal(workloads=GOAL.workloads, suite=None, parallel="allow"))
    assert "threads" in allowed.warnings[0]


def test_what_no_python_of_the_workload_tells_is_no_proof_and_no_blame(judge):
    goal = Goal(workloads=(Workload(name="shell", command="true"),), suite=None)
    outcome = judge(SOURCE.replace("sum(", "0 + sum("), goal)
    assert isinstance(outcome, Passed)
    assert outcome.note == "no process of the workload could be watched"


def test_a_change_without_a_module_has_nothing_to_watch(base, candidate, climb):
    change = candidate(base, {"src/pkg/__main__.py": "print()\n"})
    assert isinstance(climb(Probes(record=lambda event: None), change, base, GOAL), Skipped)


def seen(cpu, **more):
    given = {
        "processes": 1,
        "changed": {},
        "patched": frozenset(),
        "state": {},
        "daemons": 0,
        "trouble": (),
        "code": 0,
        **more,
    }
    return Seen(timed_out=False, cpu=cpu, leftovers=0, **given)


def watched(imported, workload, **more):
    return Watched(imports=(seen(imported),), workloads={"bench": seen(workload, **more)})


@pytest.mark.parametrize(
    ("imported", "workload", "refused", "warned"),
    [
        (0.03, 0.9, False, False),  # as quick as before
        (0.06, 0.9, False, True),  # noticeable
        (0.30, 0.9, True, False),  # 0.28 s moved to the import, 0.1 s gained
        (0.12, 0.2, False, True),  # 0.1 s for a gain of 0.8 s
    ],
)
def test_work_moved_to_the_import_is_weighed_against_the_gain(imported, workload, refused, warned):
    found = compared(watched(0.02, 1.0), watched(imported, workload), GOAL)
    assert (bool(found.refused), bool(found.warnings)) == (refused, warned)


def test_what_the_base_changes_too_is_no_fault_of_the_candidate():
    both = {"changed": {"gc.isenabled": "False"}, "patched": frozenset({"time.time"})}
    assert compared(watched(0.02, 1.0, **both), watched(0.02, 1.0, **both), GOAL).refused == ()
    assert len(compared(watched(0.02, 1.0), watched(0.02, 1.0, **both), GOAL).refused) == 2
