"""What every profiler must do, run for each file in `profilers`."""

import sys
from pathlib import Path

import pytest
from perfsmith.optimizer.core.errors import TargetError
from perfsmith.optimizer.core.plugins import load, names
from perfsmith.optimizer.core.values import Workload
from perfsmith.optimizer.select import hotspots
from perfsmith.profilers import Unavailable


@pytest.fixture(params=names("profilers"))
def profiler(request):
    options = {} if request.param == "cprofile" else {"rate": 200}
    return load("profilers", request.param)(python=Path(sys.executable), min_seconds=0.5, **options)


def profiled(profiler, sandbox, workload):
    try:
        return profiler.profile(sandbox, workload)
    except Unavailable as refusal:
        pytest.skip(f"{refusal}")


def ranked(profile, sandbox):
    return [spot.unit.name for spot in hotspots(profile, lambda path: (sandbox.folder / path).read_bytes(), bool)]


def test_the_hot_function_comes_first_and_the_loop_is_seen_above_it(profiler, sandbox, workload):
    profile = profiled(profiler, sandbox, workload)
    spots = hotspots(profile, lambda path: (sandbox.folder / path).read_bytes(), bool)
    assert spots[0].unit.name == "hot"
    assert spots[0].own > 0.5
    main = next(spot for spot in spots if spot.unit.name == "main")
    assert main.total >= spots[0].own > main.own


def test_the_profile_says_what_it_stands_for(profiler, sandbox, workload):
    profile = profiled(profiler, sandbox, workload)
    assert profile.root == str(sandbox.root)
    assert profile.workload == "work"
    assert 0 < profile.samples / profiler.rate < profile.seconds * 1.5
    assert not [frame for stack in profile.stacks for frame in stack.frames if frame.path.endswith("repeat.py")]


def test_children_of_children_are_followed(profiler, sandbox):
    (sandbox.folder / "parent.py").write_text(
        "import subprocess, sys\nsubprocess.run([sys.executable, 'work.py'], check=True)\n"
    )
    workload = Workload(name="child", command=f"true; {sys.executable} parent.py && true", timeout=60)
    assert ranked(profiled(profiler, sandbox, workload), sandbox)[0] == "hot"


def test_a_command_that_sets_its_own_module_path_is_profiled_too(profiler, sandbox):
    workload = Workload(name="own", command=f'env PYTHONPATH="$PWD" {sys.executable} -m work', timeout=60)
    assert ranked(profiled(profiler, sandbox, workload), sandbox)[0] == "hot"


def test_a_failing_workload_is_the_targets_fault_and_its_words_are_told(profiler, sandbox):
    workload = Workload(name="bad", command=f"{sys.executable} -c 'raise SystemExit(\"no data file\")'", timeout=60)
    with pytest.raises(TargetError) as caught:
        profiled(profiler, sandbox, workload)
    assert caught.value.code == "workload_fails"
    assert "no data file" in str(caught.value)
