"""Starts one command and reports what it, and all it started, used: run as `launch.py FD CORES COMMAND...`.

Standard library only, valid from Python 3.6 on, imported by nobody. A small process of its own,
because a child's peak memory includes its parent's at the moment of the fork, and because time must
be read where the command cannot reach. The report is one line of JSON on file descriptor FD, which
the command does not inherit; FD may be `REPORT:READY:GO`, see `wait_at`. It tells code, wall, cpu and delay in seconds, peak in bytes, leftovers.
"""

import json
import os
import resource
import signal
import sys
import time


def process_control():
    """The system's `prctl` (Linux); elsewhere something that does nothing."""
    try:
        import ctypes

        return ctypes.CDLL(None).prctl
    except (ImportError, OSError, AttributeError):
        return lambda *arguments: None


def become_reaper(prctl):
    """Inherit orphans, end with our parent, and hide our own descriptors from the command."""
    prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
    prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG
    prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE off: /proc/PID/fd and memory are closed to the command


def become_command(argv, prctl):
    """Never returns. Signals are as a shell would have them: Python ignores some, and that is inherited."""
    try:
        for name in ("SIGPIPE", "SIGXFSZ"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), signal.SIG_DFL)
        prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG: if we are killed, so is the command
        os.execvp(argv[0], argv)
    except OSError as error:
        os.write(2, ("%s: %s\n" % (argv[0], error.strerror)).encode())
    finally:
        os._exit(127)


def run_queue_delay(pid):
    try:
        with open("/proc/%d/schedstat" % pid) as file:
            return int(file.read().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


def children():
    """Children of ours, as (number, still running): what the command left behind."""
    mine = os.getpid()
    found = []
    for entry in os.listdir("/proc") if os.path.isdir("/proc") else []:
        if not entry.isdigit():
            continue
        try:
            with open("/proc/%s/stat" % entry) as file:
                fields = file.read().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == mine:
            found.append((int(entry), fields[0] not in "ZX"))
    return found


def sweep():
    """Kill and reap what outlived the command, and count it; a killed parent hands us its children in turn.

    An orphan that has ended by itself only waits to be reaped: it outlived nothing.
    """
    count = 0
    while True:
        left = children()
        if not left:
            return count
        for pid, running in left:
            try:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                count += running
            except OSError:
                pass


def stay_on(cores):
    """Run on these cores only, `1` or `0,1`; `-` leaves the choice to the system. A wish, where it cannot be had."""
    if cores != "-" and hasattr(os, "sched_setaffinity"):
        try:
            os.sched_setaffinity(0, [int(core) for core in cores.split(",")])
        except OSError:
            pass


def wait_at(ready, go):
    """Say that we could start, and wait until others can; an end of file opens the gate, too."""
    os.write(ready, b".")
    os.read(go, 1)


def main():
    (fd, *gate), cores, argv = [int(one) for one in sys.argv[1].split(":")], sys.argv[2], sys.argv[3:]
    for one in (fd, *gate):
        os.set_inheritable(one, False)
    prctl = process_control()
    become_reaper(prctl)
    stay_on(cores)
    if gate:
        wait_at(*gate)
    clock = time.monotonic
    start = clock()
    pid = os.fork()
    if pid == 0:
        become_command(argv, prctl)
    delay = 0.0
    if hasattr(os, "waitid"):
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        delay = run_queue_delay(pid)
    status = os.waitpid(pid, 0)[1]
    wall = clock() - start
    leftovers = sweep()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    unit = 1 if sys.platform == "darwin" else 1024
    code = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
    report = {
        "code": code,
        "wall": wall,
        "cpu": used.ru_utime + used.ru_stime,
        "delay": delay,
        "peak": used.ru_maxrss * unit,
        "leftovers": leftovers,
    }
    os.write(fd, json.dumps(report).encode())


main()
