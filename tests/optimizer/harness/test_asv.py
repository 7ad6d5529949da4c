"""Benchmarks written for asv, run by the harness file as the target's interpreter runs it."""

import subprocess
import sys
from pathlib import Path

import pytest

HARNESS = Path(__file__).parents[3] / "optimizer" / "harness" / "asv.py"
SUITE = """
import os
from .shared import note

def setup(*parameters):
    note("module setup")

def time_plain():
    note("plain")

def track_size():
    note("track")

class Keys:
    params = [[1, 2], ["a"]]
    param_names = ["size", "word"]

    def setup_cache(self):
        note("cache")
        return "cached"

    def setup(self, cached, size, word):
        if size == 2:
            raise NotImplementedError
        note("setup %s %s %s" % (cached, size, word))

    def teardown(self, cached, size, word):
        note("teardown")

    def time_get(self, cached, size, word):
        note("get %s %s" % (size, word))

    def time_other(self, cached, size, word):
        note("other")

class Each:
    number = 1

    def setup(self):
        note("fresh")

    def time_used_up(self):
        note("used")

class Inherits(Each):
    pass

class Slow:
    params = 3, 4

    def time_it(self, size):
        note("slow %d" % size)
        open("left-here", "w").close()
"""
SHARED = """
def note(text):
    with open(NOTES, "a") as file:
        file.write(text + "\\n")
"""


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "benchmarks"
    folder.mkdir()
    notes = tmp_path / "notes"
    (folder / "suite.py").write_text(SUITE)
    (folder / "shared.py").write_text(f"NOTES = {str(notes)!r}\n{SHARED}")

    def go(calls, *names):
        notes.write_text("")
        words = [sys.executable, str(HARNESS), "benchmarks", str(calls), *names]
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
        return done, notes.read_text().splitlines()

    return go


def test_a_function_is_called_as_often_as_told(run):
    done, notes = run(3, "suite.time_plain")
    assert (done.returncode, done.stdout) == (0, "1 of 1 benchmarks, 3 calls each\n"), done.stderr
    assert notes == ["module setup", "plain", "plain", "plain"]


def test_parameters_cache_set_up_and_what_does_not_apply(run):
    done, notes = run(2, "suite.Keys.time_get")
    assert done.stdout == "1 of 2 benchmarks, 2 calls each\n", done.stderr
    assert notes[:6] == ["cache", "module setup", "setup cached 1 a", "get 1 a", "get 1 a", "teardown"]
    assert "get 2 a" not in notes


def test_one_combination_of_parameters(run):
    assert run(1, "suite.Keys.time_get(1, 'a')")[1].count("get 1 a") == 1
    assert run(1, "suite.Slow.time_it(4)")[1] == ["module setup", "slow 4"]
    done, _ = run(1, "suite.Slow.time_it(5)")
    assert done.returncode == 2
    assert "no such combination" in done.stderr


def test_number_sets_up_again_before_each_call(run):
    _, notes = run(3, "suite.Each")
    assert notes == ["module setup", "fresh", "used"] * 3


def test_a_class_and_a_module_are_all_that_is_timed_in_them(run):
    assert set(run(1, "suite.Keys")[1]) >= {"get 1 a", "other"}
    done, notes = run(1, "suite")
    assert done.stdout == "7 of 9 benchmarks, 1 calls each\n", done.stderr
    assert "track" not in notes
    assert notes.count("used") == 2


def test_it_runs_in_a_folder_of_its_own(run, tmp_path):
    run(1, "suite.Slow")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["benchmarks", "notes"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("suite.track_size", "suite.track_size is no time_ benchmark; known: suite.Each.time_used_up"),
        ("suite.nothing", "is no time_ benchmark"),
        ("other.time_it", "there is no such module"),
    ],
)
def test_what_is_no_benchmark_is_said(run, name, said):
    done, notes = run(1, name)
    assert done.returncode == 2
    assert said in done.stderr
    assert notes == []


def test_a_benchmark_that_fails_fails(run):
    done, _ = run(1, "suite.Keys.time_get", "suite.missing")
    assert done.returncode == 2
