"""Locks of the system's: they end with their holder, however it ends."""

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


def test_one_measurement_a_machine_and_others_are_told_that_they_wait(tmp_path):
    told, second = [], threading.Event()

    def wait():
        with measuring_lock(tmp_path, lambda: (told.append("waits"), second.set())):
            told.append("measures")

    with measuring_lock(tmp_path, lambda: told.append("never")):
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
