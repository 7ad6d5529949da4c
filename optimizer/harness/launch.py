"""Starts one command and reports what it, and all it started, used: run as
`launch.py FD CORES LIMITS COMMAND...`.

Standard library only, valid from Python 3.6 on, imported by nobody. A small process of its own,
because a child's peak memory includes its parent's at the moment of the fork, and because time must
be read where the command cannot reach. The report is one line of JSON on file descriptor FD, which
the command does not inherit; FD may be `REPORT:READY:GO`, see `wait_at`. It tells code, wall, cpu
and delay in seconds, peak in bytes, leftovers, tasks. LIMITS are those of setrlimit(2),
`NAME=VALUE,...`, for the command alone; `-` for none.

Delay is the time that the command and its descendants, all their threads, were ready to run and
had no core. The system tells it of living processes and of those not yet reaped only, so it is
looked up now and then: what is missed at the end of a descendant makes it too small, never too large.
"""

import os
import resource
import select
import sys
import time

try:
    import _signal as signal  # without its enumerations, which take longer to load than all else here
except ImportError:
    import signal


def process_control():
    """The system's `prctl` (Linux); elsewhere something that does nothing."""
    try:
        import ctypes

        return ctypes.CDLL(None).prctl
    except (ImportError, OSError, AttributeError):
        return lambda *arguments: None


def become_reaper(prctl):
    """Inherit orphans, end with our parent, and hide our own descriptors from the command."""
    signal.signal(signal.SIGTERM, end_all)
    prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
    prctl(1, signal.SIGTERM, 0, 0, 0)  # PR_SET_PDEATHSIG
    prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE off: /proc/PID/fd and memory are closed to the command


def end_all(number, frame):
    """Our parent has ended, or somebody wants us to: nothing stays behind."""
    sweep()
    os._exit(128 + number)


def nobody_listens(fd):
    """Whether the other end of our report is closed: who started us has ended before we could ask to be told."""
    poll = select.poll()
    poll.register(fd, select.POLLERR)
    return any(event & select.POLLERR for _, event in poll.poll(0))


def limit(limits):
    """Bound ourselves, where the system knows the limit and allows as much."""
    for part in limits.split(",") if limits != "-" else []:
        name, value = part.split("=")
        kind = getattr(resource, "RLIMIT_" + name, None)
        if kind is None:
            continue
        hard = resource.getrlimit(kind)[1]
        wanted = int(value) if hard == resource.RLIM_INFINITY else min(int(value), hard)
        try:
            resource.setrlimit(kind, (wanted, wanted))
        except (OSError, ValueError):
            pass


def become_command(argv, prctl, mask, limits):
    """Never returns. Signals are as a shell would have them: Python ignores some, and that is inherited."""
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        limit(limits)
        for name in ("SIGPIPE", "SIGXFSZ"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG: if we are killed, so is the command
        os.execvp(argv[0], argv)
    except OSError as error:
        os.write(2, ("%s: %s\n" % (argv[0], error.strerror)).encode())
    finally:
        os._exit(127)


LEAST_PAUSE, MOST_PAUSE, PAUSE_SHARE = 0.005, 0.25, 0.03


class Family:
    """The tasks of a command and its descendants: seconds on a core, and seconds of waiting for one."""

    def __init__(self, pid):
        self.pid = pid
        self.tasks = {}
        self.gone = []

    def look(self):
        """Read the accounts of all tasks that are alive, or dead and not yet reaped."""
        pending = [str(self.pid)]
        while pending:
            process = pending.pop()
            try:
                threads = os.listdir("/proc/%s/task" % process)
            except OSError:
                continue
            for thread in threads:
                self.account("/proc/%s/task/%s" % (process, thread), thread)
                pending += content("/proc/%s/task/%s/children" % (process, thread)).split()

    def account(self, place, thread):
        fields = content(place + "/schedstat").split()
        if len(fields) < 2:
            return
        used = int(fields[0]) / 1e9, int(fields[1]) / 1e9
        before = self.tasks.get(thread)
        if before and used < before:  # the number was given to another one
            self.gone.append(before)
        self.tasks[thread] = used

    def total(self, which):
        return sum(used[which] for used in self.tasks.values()) + sum(used[which] for used in self.gone)

    def size(self):
        return max(1, len(self.tasks) + len(self.gone))


def content(path):
    try:
        with open(path) as file:
            return file.read()
    except (OSError, ValueError):
        return ""


def wait_for(pid, family, clock):
    """Until the command has ended, but is not reaped."""
    if not hasattr(os, "waitid"):
        return
    start = clock()
    looking = hasattr(signal, "sigtimedwait") and os.path.isdir("/proc/self/task")
    while looking and os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
        family.look()
        pause = max(LEAST_PAUSE, PAUSE_SHARE * (clock() - start))
        signal.sigtimedwait([signal.SIGCHLD], min(MOST_PAUSE, pause))
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    family.look()


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
    (fd, *gate), cores = [int(one) for one in sys.argv[1].split(":")], sys.argv[2]
    limits, argv = sys.argv[3], sys.argv[4:]
    for one in (fd, *gate):
        os.set_inheritable(one, False)
    prctl = process_control()
    become_reaper(prctl)
    if nobody_listens(fd):
        os._exit(1)
    stay_on(cores)
    if gate:
        wait_at(*gate)
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
    clock = time.monotonic
    start = clock()
    pid = os.fork()
    if pid == 0:
        become_command(argv, prctl, mask, limits)
    family = Family(pid)
    wait_for(pid, family, clock)
    status = os.waitpid(pid, 0)[1]
    wall = clock() - start
    leftovers = sweep()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    unit = 1 if sys.platform == "darwin" else 1024
    code = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
    report = {
        "code": code,
        "wall": wall,
        "cpu": max(used.ru_utime + used.ru_stime, family.total(0)),
        "delay": family.total(1),
        "peak": used.ru_maxrss * unit,
        "leftovers": leftovers,
        "tasks": family.size(),
    }
    told = ", ".join('"%s": %r' % (name, value) for name, value in report.items())  # numbers are the same in JSON
    os.write(fd, ("{%s}" % told).encode())


main()
