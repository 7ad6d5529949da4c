"""What the launcher tells of a whole family of processes: waiting for a core, CPU time, and how many there were.

Asserted is only what is true on any machine: two burners on one core wait for each other, a sleeper waits for nobody.
"""

import os
import threading

import pytest
from perfsmith.optimizer.core.cores import usable_cores
from perfsmith.optimizer.core.ports import Job
from perfsmith.optimizer.sandbox.cores import out_of_the_way

BURN = "import time; end = time.process_time() + 0.25\nwhile time.process_time() < end: pass"
FILES = {"burn.py": BURN, "src/pkg/__init__.py": ""}


@pytest.fixture
def tree(repository, base_of, walls):
    with base_of(repository(FILES), walls).fork() as tree:
        yield tree


def usage(tree, command, **more):
    done = tree.run(Job(command=command, timeout=60.0, metered=True, **more))
    assert done.ok, done.tail()
    return done.usage


def test_the_waiting_of_a_shells_children_is_added_up(tree):
    core = usable_cores()[-1:]
    found = usage(tree, "cd . && { python burn.py & python burn.py & wait; }", cores=core)
    assert found.cpu >= 0.5
    assert found.delay >= 0.25 * found.cpu
    assert found.tasks >= 3


def test_the_waiting_of_threads_is_added_up(tree):
    script = (
        "import hashlib, threading\n"
        "def work(): hashlib.pbkdf2_hmac('sha256', b'x', b'y', 300000)\n"
        "both = [threading.Thread(target=work) for _ in 'ab']\n"
        "for one in both: one.start()\n"
        "for one in both: one.join()\n"
    )
    found = usage(tree, ("python", "-c", script), cores=usable_cores()[-1:])
    assert found.delay >= 0.25 * found.cpu
    assert found.tasks >= 3


def test_sleeping_is_no_waiting_for_a_core(tree):
    found = usage(tree, "cd . && sleep 0.4 && sleep 0.4")
    assert found.delay <= found.wall - 0.5
    assert found.cpu + found.delay <= found.wall - 0.7


def test_work_of_children_that_nobody_reaps_is_counted(tree):
    script = (
        "import signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
        "subprocess.Popen([sys.executable, 'burn.py'])\n"
        "time.sleep(0.05)\n"
        "import os\n"
        "try: os.wait()\n"
        "except ChildProcessError: pass\n"
    )
    assert usage(tree, ("python", "-c", script)).cpu >= 0.2


def test_signals_are_as_a_shell_would_have_them(tree):
    """The launcher waits for a signal of its own; the command must not inherit that it is blocked."""
    done = tree.run(Job(command=("python", "-c", "import signal; print(signal.pthread_sigmask(0, []))"), timeout=30.0))
    assert done.stdout == b"set()\n"


@pytest.mark.skipif(len(usable_cores()) < 2, reason="one core only: there is no other one to stay away from")
def test_our_own_threads_leave_the_last_core_while_something_is_measured(tree):
    everything = set(usable_cores())
    stop = threading.Event()
    other = threading.Thread(target=stop.wait)
    other.start()
    with out_of_the_way():
        assert os.sched_getaffinity(0) == everything - {max(everything)}
        assert os.sched_getaffinity(other.native_id) == everything - {max(everything)}
        shown = tree.run(Job(command=("python", "-c", "import os; print(os.sched_getaffinity(0))"), timeout=30.0))
        assert shown.stdout.decode().strip() == str(everything)
    assert os.sched_getaffinity(0) == everything
    stop.set()
    other.join()
