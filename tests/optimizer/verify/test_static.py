"""The rung itself: what it says, in which words, and what it knows of the repository."""

import pytest
from perfsmith.optimizer.core.goal import Goal
from perfsmith.optimizer.core.values import Workload
from perfsmith.optimizer.core.verdicts import Failed, Passed
from perfsmith.optimizer.verify.static import Static

SOURCE = "def score(text):\n    return text.count('a')\n"
FILES = {
    "src/pkg/__init__.py": "",
    "src/pkg/words.py": SOURCE,
    "src/pkg/newer.py": "match = 1\n",
    "tests/test_words.py": "from pkg.words import score\n\ndef test():\n    assert score('the quick brown fox') == 0\n",
    "bench_words.py": "import pkg.words\n",
}


@pytest.fixture(scope="module")
def base(tmp_path_factory, new_repository, base_in):
    folder = tmp_path_factory.mktemp("static")
    return base_in(folder / "state", new_repository(folder / "repo", FILES))


@pytest.fixture(scope="module")
def judge(base, candidate, climb):
    def run(after, path="src/pkg/words.py", **goal):
        goal = Goal(
            workloads=(Workload(name="w", command="python bench_words.py 'sesquipedalian'"),), suite=None, **goal
        )
        return climb(Static(), candidate(base, {path: after}), base, goal)

    return run


def test_an_honest_change_passes_without_a_word(judge):
    outcome = judge(SOURCE.replace("'a'", '"a"').replace("return", "total ="))
    assert outcome == Passed(check="static", seconds=outcome.seconds)


def test_evidence_is_the_place_and_the_line(judge):
    outcome = judge("import time\ntime.time = int\n" + SOURCE)
    assert isinstance(outcome, Failed)
    assert outcome.reason == "cheating"
    assert outcome.evidence.startswith("src/pkg/words.py:2: time.time = int\n")


def test_what_the_walls_forbid_is_a_violation_and_comes_first(judge):
    outcome = judge("import os, socket\nos.environ['CI']\nsocket.socket()\n" + SOURCE)
    assert outcome.reason == "sandbox_violation"
    assert "network" in outcome.message
    assert "os.environ" in outcome.evidence


def test_tests_and_benchmarks_are_not_imported(judge):
    outcome = judge("import bench_words\n" + SOURCE)
    assert outcome.reason == "cheating"
    assert "bench_words" in outcome.message
    assert isinstance(judge("import pkg.newer\n" + SOURCE), Passed)


@pytest.mark.parametrize("text", ["the quick brown fox", "'sesquipedalian'"])
def test_data_of_tests_and_commands_must_not_decide(judge, text):
    after = f"def score(text):\n    if text == {text!r}:\n        text = ''\n    return text.count('a')\n"
    assert judge(after).reason == "cheating"
    assert isinstance(judge(after.replace(text.strip("'"), "some other longer text")), Passed)


def test_a_new_file_is_new_from_end_to_end(judge):
    assert judge("import gc\ngc.disable()\n", path="src/pkg/fast.py").reason == "cheating"
    assert isinstance(judge("def fast(x):\n    return x\n", path="src/pkg/fast.py"), Passed)


def test_what_cannot_be_read_is_said(judge):
    outcome = judge("def score(text:\n")
    assert isinstance(outcome, Passed)
    assert "src/pkg/words.py" in outcome.warnings[0]


def test_the_goal_decides_about_caches(judge):
    after = "from functools import lru_cache\n@lru_cache(64)\n" + SOURCE
    assert judge(after).reason == "cheating"
    outcome = judge(after, cache="allow")
    assert isinstance(outcome, Passed)
    assert "lru_cache on score" in outcome.warnings[0]
