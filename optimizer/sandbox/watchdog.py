"""Watches a command and all that it started: memory, number of processes, growth on disk; kills what has too much.

The kernel's own limits are no help: that of processes does not bind root and counts the user's others, that of memory
is one for each process and counts what is only reserved. A look costs a few small files for each process of the tree.
"""

import contextlib
import os
import shutil
import signal
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path

from .family import born, children, text
from .limits import Limits, disk_bytes, size
from .unmapped import file_bytes, mapped_bytes, shared_bytes, temporary_devices

_EVERY = 0.1
"""Seconds between two looks."""
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_BLOCK = 512
_CLOCK_SLACK = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """What is watched over."""

    limits: Limits
    folder: Path | None = None
    """Where the command may write to the disk; None for nowhere."""


@dataclass(slots=True, kw_only=True)
class Watch:
    """What a watchdog has seen."""

    exceeded: str = ""
    """The limit that was exceeded, in words; everything has been killed then."""
    seen: dict[int, str] = field(default_factory=dict[int, str])
    """Descendants at the last look, with the time each was born."""


@contextlib.contextmanager
def watching(pid: int, guard: Guard | None) -> Generator[Watch]:
    """Look after a process and its descendants during the block. Without a guard, or a /proc, nobody does."""
    watch = Watch()
    if guard is None or not Path("/proc/self/stat").exists():
        yield watch
        return
    room = _room(guard.folder, guard.limits) if guard.folder else None
    memory = _Memory(most=guard.limits.memory, shared=shared_bytes(), own=temporary_devices())
    over = threading.Event()
    thread = threading.Thread(target=_look_on, args=(pid, guard.limits, memory, room, watch, over), daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        over.set()
        thread.join()


def _room(folder: Path, limits: Limits) -> "_Room":
    now = time.time() - _CLOCK_SLACK  # noqa: TID251 - compared with what the file system says
    return _Room(folder=folder, most=disk_bytes(limits, folder), free=_free(folder), since=now)


@dataclass(slots=True, kw_only=True)
class _Room:
    """The folder that may grow, watched by what is free beside it: to walk it each time would disturb."""

    folder: Path
    most: int
    free: int
    since: float
    """Time of the last change, by the file system's clock, before which nothing counts."""

    def used_up(self) -> bool:
        """Whether too much was written; the folder is walked only when the disk has lost as much since last time."""
        now = _free(self.folder)
        if self.free - now < self.most:
            return False
        self.free = now + self.most // 2
        return written_bytes(self.folder, self.since) > self.most


@dataclass(frozen=True, slots=True, kw_only=True)
class _Memory:
    """What processes have in memory, files there included that no process has mapped."""

    most: int
    shared: int
    """Bytes of such files on the whole machine at the start."""
    own: frozenset[str]

    def used_up(self, family: list[int]) -> bool:
        """Whether it is too much; what is slow to find out is asked only where the quick answers leave it open."""
        if sum(map(_resident, family)) + max(0, shared_bytes() - self.shared) <= self.most:
            return False
        mapped = sum(map(mapped_bytes, family))
        files = max(mapped, file_bytes(family, self.own))  # a file that is mapped is in both
        return sum(map(_proportional, family)) - mapped + files > self.most


def written_bytes(folder: Path, since: float) -> int:
    """Bytes on disk of the files below a folder that changed since then; links are not followed."""
    total = 0
    for place, _, files in os.walk(folder):
        for name in files:
            with contextlib.suppress(OSError):
                about = os.lstat(os.path.join(place, name))  # noqa: PTH118 - as quick as can be
                total += about.st_blocks * _BLOCK if about.st_ctime >= since else 0
    return total


def _free(folder: Path) -> int:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0


def _look_on(
    pid: int, limits: Limits, memory: _Memory, room: _Room | None, watch: Watch, over: threading.Event
) -> None:
    while not over.wait(_EVERY):
        family = _family(pid, limits.processes)
        watch.seen = {other: watch.seen.get(other) or born(other) for other in family}
        watch.exceeded = _exceeded([pid, *family], limits, memory, room)
        if watch.exceeded:
            _end(pid)
            return


def _family(pid: int, most: int) -> list[int]:
    """Descendants, as many as are needed to know that they are too many."""
    found = children(pid)
    for other in found:
        if len(found) > most:
            break
        found += children(other)
    return found


def _exceeded(family: list[int], limits: Limits, memory: _Memory, room: _Room | None) -> str:
    if len(family) > limits.processes:
        return f"started more than {limits.processes} processes"
    if memory.used_up(family):
        return f"used more than {size(limits.memory)} of memory"
    if room is not None and room.used_up():
        return f"wrote more than {size(room.most)} to the disk"
    return ""


def _resident(pid: int) -> int:
    """Bytes in memory, what it shares with others included."""
    words = text(f"/proc/{pid}/statm").split()
    return int(words[1]) * _PAGE if len(words) > 1 else 0


def _proportional(pid: int) -> int:
    """Bytes in memory, of what is shared only its part; slow to find out."""
    for line in text(f"/proc/{pid}/smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return _resident(pid)


def _end(pid: int) -> None:
    """Stop them first: who is stopped starts no others."""
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for other in [*_family(pid, 1 << 20), pid]:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(other, number)
