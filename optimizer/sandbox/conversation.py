"""A conversation with a worker: lines over pipes, with deadlines, and the worker's time read from outside of it.

CPU time is that of the kernel's clock of the whole process (`clock_getcpuclockid(3)`): nanoseconds, with all threads,
those that have ended included, and exact while the worker waits for a question. What its children used is added, in
clock ticks (10 ms) once they have ended. Behind walls with numbers of their own for processes, the worker is found as
the launcher's first child; it speaks before any code of the target has been loaded, so that nothing can stand in for
it. Where the system has no such clocks, CPU time is 0, and only wall time by our own clock is left.
"""

import contextlib
import os
import select
import time
from dataclasses import dataclass, field
from typing import Literal

from ..core.errors import SandboxError
from ..core.ports import Answer, Spent
from .family import children, descendants, fields, text
from .process import Started

_CHUNK = 1 << 16
_WORDS = 1 << 14
State = Literal["said", "late", "ended"]
_TICK = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """What a worker and its descendants have used so far. Seconds."""

    cpu: float = 0.0
    delay: float = 0.0
    children: int = 0


@dataclass(slots=True, kw_only=True)
class Talk:
    """One worker; implements `core.ports.Conversation`."""

    process: Started
    launcher: str
    """Path of the launcher, whose first child is the worker."""
    limit: int
    """Bytes; a longer line ends the conversation."""
    said: bytearray = field(default_factory=bytearray)
    words: bytearray = field(default_factory=bytearray)
    worker: int = 0
    parent: int = 0
    last: Clock = Clock()

    def ask(self, line: bytes, timeout: float) -> Answer:
        """Send a line, wait for one; CPU time counts from the last answer on, so that none of it is ever left out."""
        waited, start = _own_delay(), time.monotonic()
        with contextlib.suppress(BrokenPipeError):  # what it wrote before it ended is still to be read
            rest = line + b"\n"
            while rest:
                rest = rest[os.write(self.process.stdin, rest) :]
        heard, state = self._line(start + timeout)
        wall = time.monotonic() - start
        if not self.worker:
            self.parent, self.worker = find_worker(self.process.pid, self.launcher)
        waited = _own_delay() - waited
        now = clock(self.parent, self.worker)
        cpu, delay = max(0.0, now.cpu - self.last.cpu), max(0.0, now.delay - self.last.delay)
        wall = max(wall - waited, min(wall, cpu + delay))
        self.last = now
        return Answer(line=heard, state=state, spent=Spent(wall=wall, cpu=cpu, delay=delay, children=now.children))

    def peak(self) -> int:
        """Largest resident set of the worker so far, in bytes."""
        for line in text(f"/proc/{self.worker}/status").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        return 0

    def last_words(self) -> str:
        """The end of what it wrote on standard error."""
        lines = bytes(self.words).decode("utf-8", "replace").strip().splitlines()
        return "\n".join(lines[-12:])

    def _line(self, deadline: float) -> tuple[bytes, State]:
        poll = select.poll()
        for fd in (self.process.stdout, self.process.stderr):
            poll.register(fd, select.POLLIN)
        while True:
            end = self.said.find(b"\n")
            if end >= 0:
                line = bytes(self.said[:end])
                del self.said[: end + 1]
                return line, "said"
            left = deadline - time.monotonic()
            if left <= 0:
                return b"", "late"
            for fd, _ in poll.poll(left * 1000):
                if not self._read(fd):
                    poll.unregister(fd)
                    if fd == self.process.stdout:
                        return b"", "ended"

    def _read(self, fd: int) -> bool:
        data = os.read(fd, _CHUNK)
        if fd == self.process.stderr:
            self.words += data
            del self.words[:-_WORDS]
            return bool(data)
        self.said += data
        if len(self.said) > self.limit:
            raise SandboxError(
                f"a worker answered with more than {self.limit} bytes",
                code="worker_talks",
                hint="report this: its answers are meant to be short",
            )
        return bool(data)


def find_worker(pid: int, launcher: str) -> tuple[int, int]:
    """(the launcher's number, that of its first child), as we see them; 0 for both where there is no such process."""
    found = pid
    while True:
        inner = [child for child in children(found) if launcher in text(f"/proc/{child}/cmdline")]
        if not inner:
            break
        found = inner[0]
    workers = children(found) if launcher in text(f"/proc/{found}/cmdline") else []
    return (found, workers[0]) if workers else (0, 0)


def clock(launcher: int, worker: int) -> Clock:
    """What the worker, its descendants and what it left to the launcher have used; all zero where nobody can say."""
    if not worker:
        return Clock()
    family = descendants(launcher)
    waited = sum(_waited(pid) for pid in {worker, *family})
    cpu = sum(_cpu(pid) for pid in {worker, *family}) + waited
    delay = text(f"/proc/{worker}/schedstat").split()
    others = len([pid for pid in family if pid != worker])
    return Clock(
        cpu=cpu, delay=int(delay[1]) / 1e9 if len(delay) > 1 else 0.0, children=others + int(_waited(worker) > 0)
    )


def _own_delay() -> float:
    """Seconds that we were ready and had no core: an answer may lie there for so long before we see it."""
    found = text("/proc/thread-self/schedstat").split()
    return int(found[1]) / 1e9 if len(found) > 1 else 0.0


def _cpu(pid: int) -> float:
    """Seconds on the process's own CPU clock, all threads included."""
    try:
        return time.clock_gettime_ns((~pid << 3) | 2) / 1e9  # as the kernel numbers clocks: CPUCLOCK_SCHED of a process
    except (OSError, AttributeError, OverflowError):
        return 0.0


def _waited(pid: int) -> float:
    """Seconds of children that it has waited for."""
    found = fields(pid)
    return (int(found[13]) + int(found[14])) * _TICK if len(found) > 14 else 0.0
