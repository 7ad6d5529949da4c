"""What a killed run leaves outside of its trees: scratch folders and processes that went on."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from perfsmith.optimizer.core.errors import SandboxError
from perfsmith.optimizer.sandbox.orphans import MARK, end_orphans
from perfsmith.optimizer.sandbox.ownership import own_mark
from perfsmith.optimizer.sandbox.scratch import scratch_folder, sweep_scratch

DEAD = f"999999999-5-{own_mark().split('-')[2]}-"
"""The mark of a process of this machine that is gone."""
RUN = """
import sys
from pathlib import Path
from perfsmith.optimizer.sandbox.process import run_process
script = f"setsid sleep 61 & echo $! > {sys.argv[1]}; sleep 61"
run_process(("/bin/sh", "-c", script), cwd=Path("/"), env={}, timeout=60)
"""


def alive(pid):
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and " Z " not in stat.read_text()


def test_processes_of_a_killed_run_are_ended_and_no_others(tmp_path):
    note = tmp_path / "note"
    run = subprocess.Popen([sys.executable, "-c", RUN, str(note)])
    other = subprocess.Popen(["sleep", "60"], env={MARK: own_mark() + "abc"})
    try:
        while not (note.exists() and note.read_text().strip()):
            time.sleep(0.01)
        pid = int(note.read_text())
        end_orphans()
        assert alive(pid), "its run still works"
        run.kill()
        run.wait()
        end_orphans()
        for _ in range(500):
            if not alive(pid):
                break
            time.sleep(0.01)
        assert not alive(pid)
        assert alive(other.pid)
    finally:
        run.kill()
        other.kill()
        other.wait()


@pytest.mark.parametrize("value", ["", "1", "deadbeefdeadbeef", "999999999", "999999999-5", DEAD, DEAD + "../x"])
def test_who_uses_the_same_variable_for_something_else_is_left_alone(value):
    with subprocess.Popen(["sleep", "60"], env={MARK: value}) as other:
        try:
            end_orphans()
            assert other.poll() is None
            assert alive(other.pid)
        finally:
            other.kill()


def test_scratch_folders_of_killed_runs_are_swept_and_links_are_not_followed(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    (tmp_path / f"perfsmith-{DEAD}tests-x").mkdir()
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").write_text("x")
    (tmp_path / f"perfsmith-{DEAD}link-x").symlink_to(tmp_path / "precious")
    (tmp_path / "perfsmith-demo-abc").mkdir()
    with scratch_folder("tests") as own:
        assert sweep_scratch() == 1
        assert own.is_dir()
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == [f"perfsmith-{DEAD}link-x", "perfsmith-demo-abc", "precious"]
    assert (tmp_path / "precious" / "file").exists()


def test_no_room_for_temporary_files_says_so_and_never_uses_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "missing"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SandboxError, match="temporary folder") as caught, scratch_folder("tests"):
        pass
    assert (caught.value.exit_code, caught.value.code) == (3, "no_temporary_folder")
    assert list(tmp_path.iterdir()) == []
