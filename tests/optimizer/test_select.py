"""The ranking of hotspots and the finding of targets."""

import pytest
from perfsmith.optimizer.core.errors import UsageError
from perfsmith.optimizer.core.values import Frame, Profile, Stack
from perfsmith.optimizer.select import hotspot_of, hotspots, import_share, module_name, resolve_target

SOURCE = b"""\
import re

def driver(items):
    out = []
    for item in items:
        out.append(small(item))
    return out

def small(item):
    return [x + 1 for x in item]

def thin(items):
    return driver(items)

class Box:
    limit = sorted(range(9))

    def put(self, item):
        def inner():
            return item
        return inner()

    @property
    def size(self):
        return 1

    @size.setter
    def size(self, value):
        pass
"""
FILES = {
    "src/pkg/mod.py": SOURCE,
    "src/pkg/__init__.py": b"def top():\n    pass\n",
    "src/other/mod.py": b"def top():\n    pass\n",
    "tests/test_mod.py": b"def helper():\n    pass\n",
    "bench.py": b"",
}
LINES = {"driver": 6, "small": 10, "thin": 13, "put": 21, "inner": 20}


def editable(path):
    return path.startswith("src/")


def read(path):
    if path not in FILES:
        raise FileNotFoundError(path)
    return FILES[path]


def frame(name):
    """`driver` is the repository's; `/x/y.py:f` is any other."""
    if ":" in name:
        path, _, function = name.rpartition(":")
        return Frame(name=function, path=path.replace("_importlib", " importlib"), line=1)
    return Frame(name=name, path="/repo/src/pkg/mod.py", line=LINES[name])


def profile(*stacks):
    taken = tuple(Stack(frames=tuple(map(frame, names.split())), count=count) for names, count in stacks)
    return Profile(workload="w", profiler="p", seconds=1.0, root="/repo", stacks=taken)


def rank(*stacks):
    return hotspots(profile(*stacks), read, editable)


BENCH = "/repo/bench.py:<module>"


def test_of_a_huge_repository_only_the_files_of_the_profile_are_read():
    asked = set()
    taken = profile((f"{BENCH} driver small", 3), ("/usr/lib/python3.11/json/x.py:dumps", 1))
    assert hotspots(taken, lambda path: asked.add(path) or read(path), editable)
    assert asked == {"src/pkg/mod.py"}


def test_time_in_foreign_code_belongs_to_the_function_that_called_it():
    (spot,) = rank((f"{BENCH} small /usr/lib/python3.11/json/x.py:dumps <frozen_codecs>:encode", 3), (f"{BENCH}", 1))
    assert (spot.symbol, spot.own, spot.total, spot.rank) == ("pkg.mod:small", 0.75, 0.75, 1)
    assert spot.ceiling == pytest.approx(4.0)


def test_the_function_that_runs_is_first_a_loop_around_it_second_a_thin_wrapper_last():
    spots = rank((f"{BENCH} thin driver small", 60), (f"{BENCH} thin driver", 10), (f"{BENCH} put", 15))
    assert [spot.unit.name for spot in spots] == ["small", "driver", "Box.put", "thin"]
    assert spots[3].total == pytest.approx(70 / 85)
    assert spots[3].own == 0


def test_recursion_counts_once():
    (spot,) = rank((f"{BENCH} driver driver driver", 4))
    assert (spot.own, spot.total) == (1.0, 1.0)


def test_a_callback_into_the_code_that_drives_the_workload_is_nobodys_own():
    (spot,) = rank((f"{BENCH} driver /repo/bench.py:callback", 9), (f"{BENCH} driver", 1))
    assert (spot.own, spot.total) == (0.1, 1.0)


def test_imports_are_left_out_and_their_share_is_known():
    machinery = "<frozen_importlib._bootstrap>:_find_and_load"
    stacks = ((f"{BENCH} driver {machinery}", 3), (f"{BENCH} driver", 1))
    (spot,) = rank(*stacks)
    assert (spot.own, spot.total) == (0.25, 1.0)
    assert import_share(profile(*stacks)) == 0.75


def test_module_and_class_bodies_and_decorators_are_no_functions():
    taken = Profile(
        workload="w",
        profiler="p",
        seconds=1.0,
        root="/repo",
        stacks=tuple(
            Stack(frames=(Frame(name=name, path="/repo/src/pkg/mod.py", line=line),), count=1)
            for name, line in (("<module>", 3), ("Box", 18), ("Box", 16), ("Box", 23))
        ),
    )
    assert hotspots(taken, read, editable) == ()


def test_a_comprehension_belongs_to_its_function_and_a_nested_def_to_the_outer_one():
    def one(name, line):
        return Frame(name=name, path="/repo/src/pkg/mod.py", line=line)

    stacks = tuple(
        Stack(frames=(frame,), count=1)
        for frame in (one("small.<locals>.<listcomp>", 10), one("Box.put", 19), one("Box.put.<locals>.inner", 20))
    )
    taken = Profile(workload="w", profiler="p", seconds=1.0, root="/repo", stacks=stacks)
    assert {spot.unit.name for spot in hotspots(taken, read, editable)} == {"small", "Box.put", "Box.put.inner"}


def test_what_may_not_be_edited_or_is_not_there_is_left_out():
    assert (
        rank(("/repo/tests/test_mod.py:helper", 5), ("/repo/src/gone.py:f", 5), ("/elsewhere/src/pkg/mod.py:x", 5))
        == ()
    )
    assert rank(("/repo/.venv/lib/python3.11/site-packages/src/pkg/mod.py:driver", 5)) == ()


def test_limit_and_ranks():
    spots = hotspots(profile((f"{BENCH} small", 2), (f"{BENCH} driver", 1)), read, editable, 1)
    assert [(spot.rank, spot.unit.name) for spot in spots] == [(1, "small")]


@pytest.mark.parametrize(
    ("path", "name"),
    [("src/pkg/mod.py", "pkg.mod"), ("pkg/__init__.py", "pkg"), ("mod.py", "mod"), ("src/pkg/__init__.py", "pkg")],
)
def test_module_names(path, name):
    assert module_name(path) == name


@pytest.mark.parametrize(
    ("text", "path", "name"),
    [
        ("pkg.mod:driver", "src/pkg/mod.py", "driver"),
        ("pkg:top", "src/pkg/__init__.py", "top"),
        ("src/pkg/mod.py::Box.put", "src/pkg/mod.py", "Box.put"),
        ("./src/pkg/mod.py::put", "src/pkg/mod.py", "Box.put"),
        ("pkg/mod.py:6", "src/pkg/mod.py", "driver"),
        ("src/pkg/mod.py:20", "src/pkg/mod.py", "Box.put.inner"),
    ],
)
def test_targets_are_found(text, path, name):
    unit = resolve_target(text, tuple(FILES), read)
    assert (unit.path, unit.name) == (path, name)


@pytest.mark.parametrize(
    ("text", "code", "hint"),
    [
        ("pkg.mod:drivr", "target_not_found", "pkg.mod:driver"),
        ("pkg.mood:driver", "target_not_found", "pkg.mod"),
        ("src/pkg/mod.py:1", "target_not_found", "src/pkg/mod.py:3 driver"),
        ("mod.py::top", "target_ambiguous", "src/other/mod.py"),
        ("pkg.mod:Box.size", "target_ambiguous", "src/pkg/mod.py:23, src/pkg/mod.py:27"),
        ("driver", "target_not_found", "pkg.mod:func"),
        ("pkg.mod:", "target_not_found", "pkg.mod:func"),
    ],
)
def test_a_target_that_is_not_one_thing_says_what_was_near(text, code, hint):
    with pytest.raises(UsageError) as caught:
        resolve_target(text, tuple(FILES), read)
    assert caught.value.code == code
    assert hint in caught.value.hint


def test_a_named_target_gets_the_shares_of_the_profile():
    unit = resolve_target("pkg.mod:driver", tuple(FILES), read)
    spot = hotspot_of(unit, profile((f"{BENCH} driver small", 3), (f"{BENCH}", 1)), read, editable)
    assert (spot.rank, spot.own, spot.total, spot.symbol) == (0, 0.0, 0.75, "pkg.mod:driver")
