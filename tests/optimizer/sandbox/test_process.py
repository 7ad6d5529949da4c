"""The process runner: real processes that hang, shout, hide, fork and are killed."""

import os
import sys
import time
from pathlib import Path

import pytest
from perfsmith.optimizer.core.errors import SandboxError
from perfsmith.optimizer.sandbox.process import run_process

ENV = {"PATH": os.environ["PATH"]}
DAEMON = """
import os, signal, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        for fd in range(3):
            os.close(fd)
        with open({note!r}, "w") as file:
            file.write(str(os.getpid()))
        {then}
        time.sleep(60)
    os._exit(0)
while not os.path.exists({note!r}) or not os.path.getsize({note!r}):
    time.sleep(0.01)
{last}
"""


def run(*argv, timeout=20.0, **more):
    return run_process(argv, cwd=Path("/"), env=more.pop("env", ENV), timeout=timeout, **more)


def python(script, **more):
    return run(sys.executable, "-c", script, **more)


def runs(pid):
    """Whether a process is alive; a zombie is not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def gone(pid):
    """Whether it is dead now or in a moment: a killed process takes a while to be torn down."""
    for _ in range(200):
        if not runs(pid):
            return True
        time.sleep(0.01)
    return False


def test_code_and_both_streams_come_back():
    done = run("/bin/sh", "-c", "echo out; echo err >&2; exit 3")
    assert (done.code, done.stdout, done.stderr, done.ok) == (3, b"out\n", b"err\n", False)
    assert run("/bin/sh", "-c", "kill -9 $$").code == -9


def test_what_cannot_be_started_is_our_trouble():
    with pytest.raises(SandboxError, match="cannot start /no/such/program: No such file") as caught:
        run("/no/such/program")
    assert caught.value.code == "cannot_start"


def test_the_deadline_ends_it_and_all_it_started():
    done = run("/bin/sh", "-c", "sleep 61 & echo $!; sleep 62", timeout=0.4)
    assert done.timed_out
    assert not done.ok
    assert gone(int(done.stdout))


def test_output_is_capped_and_said_to_be():
    done = python("import sys; sys.stdout.write('x' * 300_000); sys.stderr.write('y' * 10)", output_limit=1000)
    assert (len(done.stdout), done.stderr, done.truncated) == (1000, b"y" * 10, True)
    assert not python("print('x' * 999)", output_limit=1000).truncated


def test_large_standard_input_is_fed_while_output_is_read():
    data = os.urandom(3 << 20)
    done = run("cat", stdin=data)
    assert done.stdout == data


def test_a_reader_that_stops_early_harms_nothing():
    assert run("head", "-c", "1", stdin=b"x" * (2 << 20)).stdout == b"x"


def test_without_input_the_standard_input_is_at_its_end():
    assert python("import sys; print(repr(sys.stdin.read()))").stdout == b"''\n"


def test_a_process_that_closes_its_outputs_is_waited_for():
    done = python("import os, time; os.close(1); os.close(2); time.sleep(0.3); os._exit(5)")
    assert (done.code, done.timed_out) == (5, False)


def test_one_that_closes_its_outputs_still_has_its_deadline():
    assert python("import os, time; os.close(1); os.close(2); time.sleep(60)", timeout=0.4).timed_out


def test_a_child_that_writes_on_does_not_keep_the_result():
    done = run("/bin/sh", "-c", "yes & exit 0", timeout=60.0, output_limit=100)
    assert (done.code, done.timed_out) == (0, False)
    assert done.seconds < 30


def test_a_silent_child_that_holds_the_pipes_does_not_keep_the_result():
    done = run("/bin/sh", "-c", "sleep 61 & echo $!", timeout=60.0)
    assert done.seconds < 30
    assert gone(int(done.stdout))


@pytest.mark.parametrize("last", ["pass", "time.sleep(60)"])
def test_a_daemon_that_ignores_signals_is_gone(tmp_path, last):
    note = tmp_path / "pid"
    python(DAEMON.format(note=str(note), then="pass", last=last), timeout=3.0)
    assert gone(int(note.read_text()))


def test_at_the_deadline_the_tree_is_killed_even_where_it_drops_its_environment(tmp_path):
    note = tmp_path / "pid"
    script = f"""
import os, subprocess, sys, time
child = subprocess.Popen(["/bin/sh", "-c", "echo $$ > {note}; exec sleep 61"], env={{}}, start_new_session=True)
time.sleep(60)
"""
    assert python(script, timeout=1.5).timed_out
    assert gone(int(note.read_text()))


def test_other_peoples_processes_stay():
    other = os.posix_spawn("/bin/sleep", ["sleep", "61"], {"PS_TREE": "another"})
    try:
        run("/bin/sh", "-c", "sleep 61 & sleep 62", timeout=0.3)
        assert runs(other)
    finally:
        os.kill(other, 9)
        os.waitpid(other, 0)


def test_only_the_given_environment_is_inherited(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary")
    said = run("env", env={"PATH": os.environ["PATH"], "A": "1"}).stdout.decode().split()
    names = {word.partition("=")[0] for word in said}
    assert names == {"PATH", "A", "PS_TREE"}
