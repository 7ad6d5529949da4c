"""Locks of the system's: they end with their holder, however it ends."""

import os
import subprocess
import sys
import threading

import pytest
from perfsmith.optimizer.core.errors import LockHeld, SandboxError
from perfsmith.optimizer.sandbox.locks import measuring_lock, repository_lock

HOLDER = """
import sys, time
from pathlib import Path
from perfsmith.optimizer.sandbox.locks import repository_lock
with repository_lock(Path(sys.argv[1]), "key"):
    print("held", flush=True)
    time.sleep(60)
"""


def enter(lock):
    with lock:
        return True


def test_one_run_a_repository_until_it_is_killed(tmp_path):
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE)
    try:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(LockHeld, match=f"process {holder.pid}") as caught:
            enter(repository_lock(tmp_path, "key"))
        assert caught.value.exit_code == 7
        assert enter(repository_lock(tmp_path, "another"))
    finally:
        holder.kill()
        holder.wait()
    assert enter(repository_lock(tmp_path, "key"))


@pytest.mark.parametrize("other_state", ["state", "state-of-another-user"])
def test_one_measurement_a_machine_and_others_are_told_once_that_they_wait(tmp_path, other_state):
    told, second = [], threading.Event()

    def wait():
        with measuring_lock(tmp_path / other_state, lambda: (told.append("waits"), second.set()), tmp_path / "all"):
            told.append("measures")

    with measuring_lock(tmp_path / "state", lambda: told.append("never"), tmp_path / "all"):
        other = threading.Thread(target=wait)
        other.start()
        assert second.wait(20)
        told.append("first is done")
    other.join(20)
    assert told == ["waits", "first is done", "measures"]


def test_a_state_folder_that_cannot_be_written_says_what_to_do(tmp_path):
    (tmp_path / "locks").write_text("in the way")
    with pytest.raises(SandboxError, match="cannot write") as caught:
        enter(repository_lock(tmp_path, "key"))
    assert caught.value.code == "state_not_writable"
    assert "XDG_STATE_HOME" in caught.value.hint


MEASURER = """
import sys, time
from pathlib import Path
from perfsmith.optimizer.sandbox.locks import measuring_lock
with measuring_lock(Path(sys.argv[1]), lambda: None, Path(sys.argv[2])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_measurement_that_is_killed_holds_nobody_up(tmp_path):
    everybody, told = tmp_path / "all", []
    command = [sys.executable, "-c", MEASURER, str(tmp_path / "one"), str(everybody)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"held\n"
        killer = threading.Timer(0.2, holder.kill)
        with measuring_lock(tmp_path / "two", lambda: (told.append("waits"), killer.start()), everybody):
            told.append("measures")
    assert told == ["waits", "measures"]


@pytest.mark.parametrize("way", ["link", "folder", "fifo", "none"])
def test_a_shared_place_that_cannot_be_had_leaves_the_lock_of_the_state_folder(tmp_path, way):
    everybody = tmp_path / "all"
    match way:
        case "link":
            (tmp_path / "precious").write_text("kept")
            everybody.symlink_to(tmp_path / "precious")
        case "folder":
            everybody.mkdir()
        case "fifo":
            os.mkfifo(everybody)
        case _:
            everybody = tmp_path / "nowhere" / "all"
    assert enter(measuring_lock(tmp_path / "state", lambda: None, everybody))
    assert (tmp_path / "state" / "locks" / "measuring.lock").exists()


def test_the_shared_lock_can_be_taken_by_who_may_only_read_it(tmp_path):
    everybody = tmp_path / "all"
    everybody.touch(0o444)
    assert enter(measuring_lock(tmp_path / "state", lambda: None, everybody))
