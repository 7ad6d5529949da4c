"""What stays behind: settings, patched modules, state that grows, threads, work moved to the import."""

import sys

import pytest
from perfsmith.optimizer.core.goal import Goal
from perfsmith.optimizer.core.values import Workload
from perfsmith.optimizer.core.verdicts import Failed, Passed, Skipped
from perfsmith.optimizer.verify.probes import Probes, Watched, compared, watched
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


def together(imported="", called=(), after=""):
    """The source with code at its start, in `score`, and at its end."""
    return imported + in_score("\n    ".join(called) or "pass") + after


class Look:
    """What a comparison says, all of it."""

    def run(self, trial):
        modules, files = {"pkg.words": "src"}, frozenset(trial.base.files())
        before, after = (watched(tree, trial, modules, files) for tree in (trial.before, trial.after))
        return compared(before, after, trial.goal)


SETTINGS = together(
    "import gc, signal\ngc.disable()\nsignal.signal(signal.SIGALRM, print)\n",
    ["__import__('sys').setrecursionlimit(99999)"],
)
PATCHES = together(
    "import time, textwrap\ntime.perf_counter = lambda: 0.0\ntextwrap.indent = lambda *a: ''\n",
    ["exec('import time as t; t.sleep = t.time')", "__builtins__['sorted'] = list"],
)
STATE = together(
    "from functools import lru_cache\nHELD, BOX, LAST = {}, [{}], None\n",
    [
        "global LAST",
        "globals()['HELD'][text] = 1",
        "BOX[0][text] = 1",
        "Counter.limit += 1",
        "score.last[text] = 1",
        "LAST = text",
        "by_default(text), cached(text), kept(text)",
    ],
    """
score.last = {}


def by_default(text, held={}):
    held[text] = 1


@lru_cache(None)
def cached(text):
    return 1


def keeping(call):
    held = {}

    def inner(text):
        held[text] = call(text)

    return inner


kept = keeping(len)
""",
)


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (SETTINGS, ["gc.isenabled is False", "sys.getrecursionlimit is 99999", "signal 14 is print"]),
        (PATCHES, ["time.perf_counter", "time.sleep", "builtins.sorted", "textwrap.indent"]),
        (
            STATE,
            [
                *["pkg.words.HELD is", "pkg.words.BOX is", "pkg.words.LAST is", "pkg.words.Counter.limit is"],
                *["pkg.words.score.last is", "by_default (default 0) is", "cached (cached calls) is"],
                "kept (variable held) is",
            ],
        ),
    ],
)
def test_each_thing_that_stays_behind_is_named(base, candidate, climb, after, words):
    refused = climb(Look(), candidate(base, {"src/pkg/words.py": after}), base, GOAL).refused
    for word in words:
        assert [text for text in refused if word in text], word
    others = [
        text for text in refused if not any(word.removesuffix(" is").rpartition(".")[2] in text for word in words)
    ]
    assert others == []


CACHED = SOURCE.replace("def score", "from functools import lru_cache\n@lru_cache\ndef score")
THREAD = in_score("import threading, time; threading.Thread(target=time.sleep, args=(9,), daemon=True).start()")


@pytest.mark.parametrize(
    ("after", "word"),
    [
        (CACHED, "cached calls"),
        (in_score("__import__('os')._exit(0)"), "by force"),
        (THREAD, "threads still run"),
        (in_score("import subprocess; subprocess.Popen(['sleep', '30'])"), "outlive"),
    ],
)
def test_what_stays_behind_is_refused(judge, after, word):
    outcome = judge(after)
    assert isinstance(outcome, Failed)
    assert outcome.reason == "cheating"
    assert word in outcome.evidence


HONEST = {
    "constants, patterns, imports": "import bisect, heapq\n_SET = frozenset('abc')\n_ROW = {n: n for n in range(99)}\n"
    "_FIND = __import__('re').compile('a').findall\n"
    + in_score("memo = {}; memo[text] = Counter(); memo[text].add(1)"),
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
    allowed = judge(CACHED, Goal(workloads=GOAL.workloads, suite=None, cache="allow"))
    assert "cached calls" in allowed.warnings[0]
    allowed = judge(THREAD, Goal(workloads=GOAL.workloads, suite=None, parallel="allow"))
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


def tree(imported, workload, **more):
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
    found = compared(tree(0.02, 1.0), tree(imported, workload), GOAL)
    assert (bool(found.refused), bool(found.warnings)) == (refused, warned)


def test_what_the_base_changes_too_is_no_fault_of_the_candidate():
    both = {"changed": {"gc.isenabled": "False"}, "patched": frozenset({"time.time"})}
    assert compared(tree(0.02, 1.0, **both), tree(0.02, 1.0, **both), GOAL).refused == ()
    assert len(compared(tree(0.02, 1.0), tree(0.02, 1.0, **both), GOAL).refused) == 2
