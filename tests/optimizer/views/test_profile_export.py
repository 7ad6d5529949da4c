"""Profiles as files and as the document for scripts."""

import json

import pytest
from perfsmith.optimizer.core.errors import UsageError
from perfsmith.optimizer.core.values import Frame, Hotspot, ImportCost, Profile, Stack, Unit
from perfsmith.optimizer.views.profile_export import KINDS, export, profile_document, read_profile

UNIT = Unit(name="Class.work", path="src/pkg/mod.py", first=3, last=9, start=20, end=200, indent="    ")
SPOT = Hotspot(rank=1, unit=UNIT, symbol="pkg.mod:Class.work", own=0.31, total=0.5)
PROFILE = Profile(
    workload="python bench.py",
    profiler="pyspy",
    seconds=0.05,
    root="/repo",
    stacks=(
        Stack(frames=(Frame(name="<module>", path="/repo/bench.py", line=1),), count=40),
        Stack(frames=(Frame(name="Class.work", path="/repo/src/pkg/mod.py", line=4),), count=10),
    ),
    imports=(ImportCost(module="typing", own=0.004, total=0.006),),
    warnings=("careful",),
)


@pytest.mark.parametrize("kind", ["speedscope", "collapsed", "pstats"])
def test_what_is_exported_is_read_again(tmp_path, kind):
    path = tmp_path / "profile"
    path.write_bytes(export(PROFILE, kind))
    found = read_profile(path, "/repo")
    assert found.root == "/repo"
    assert {(stack.frames, stack.count) for stack in found.stacks} == {
        (stack.frames, stack.count) for stack in PROFILE.stacks
    }
    assert bool(found.warnings) == (kind == "collapsed")


def test_the_document_is_the_interfaces():
    document = json.loads(profile_document(PROFILE, (SPOT,)))
    assert document["schema"] == "perfsmith/profile/1"
    assert document["samples"] == 50
    assert document["hotspots"] == [
        {
            "rank": 1,
            "symbol": "pkg.mod:Class.work",
            "path": "src/pkg/mod.py",
            "line": 3,
            "own": 0.31,
            "total": 0.5,
            "ceiling": 2.0,
        }
    ]
    assert document["imports"] == [{"module": "typing", "own_s": 0.004, "total_s": 0.006}]
    assert document["warnings"] == ["careful"]
    assert json.loads(export(PROFILE, "json", (SPOT,))) == document


def test_unknown_kinds_and_unreadable_files_say_what_to_do(tmp_path):
    with pytest.raises(UsageError) as caught:
        export(PROFILE, "svg")
    assert all(kind in caught.value.hint for kind in KINDS)
    (tmp_path / "x").write_text("hello\n")
    with pytest.raises(UsageError) as caught:
        read_profile(tmp_path / "x", "/repo")
    assert caught.value.code == "profile_unreadable"


def test_a_file_without_source_paths_is_doubted(tmp_path):
    (tmp_path / "x").write_text("main;work 3\n")
    assert any("names no source files" in warning for warning in read_profile(tmp_path / "x", "/repo").warnings)
