"""Memory that belongs to no process: files in memory (memfd_create(2)) and private temporary folders (tmpfs)."""

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from .family import text

_BLOCK = 512


def shared_bytes() -> int:
    """What of this machine's memory holds such files, whosever they are; 0 where the system does not say."""
    return _kibibytes("/proc/meminfo", "Shmem:")


def file_bytes(family: Iterable[int], own: frozenset[str]) -> int:
    """What processes hold open of files in memory, and what lies in their temporary folders; each counts once.

    `own` are file systems that we see ourselves: what lies there is not theirs alone.
    """
    files: dict[tuple[int, int], int] = {}
    folders: dict[str, int] = {}
    for pid in family:
        files |= _open_files(pid)
        for device, place in _temporary(pid):
            if device not in own and device not in folders:
                folders[device] = _used(f"/proc/{pid}/root{place}")
    return sum(files.values()) + sum(folders.values())


def temporary_devices() -> frozenset[str]:
    """Temporary folders in memory that we see."""
    return frozenset(device for device, _ in _temporary(os.getpid()))


def mapped_bytes(pid: int) -> int:
    """What of a process's proportional share lies in files in memory."""
    return _kibibytes(f"/proc/{pid}/smaps_rollup", "Pss_Shmem:")


def _kibibytes(file: str, name: str) -> int:
    found = (line.split()[1] for line in text(file).splitlines() if line.startswith(name))
    return int(next(found, "0")) * 1024


def _open_files(pid: int) -> dict[tuple[int, int], int]:
    found: dict[tuple[int, int], int] = {}
    with contextlib.suppress(OSError):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                if str(descriptor.readlink()).startswith("/memfd:"):
                    about = descriptor.stat()
                    found[about.st_dev, about.st_ino] = about.st_blocks * _BLOCK
    return found


def _temporary(pid: int) -> list[tuple[str, str]]:
    """(device, place) of each tmpfs that a process sees; proc(5), mountinfo."""
    lines = (line.partition(" - ") for line in text(f"/proc/{pid}/mountinfo").splitlines())
    return [(words[2], words[4]) for head, _, tail in lines if tail.startswith("tmpfs ") for words in [head.split()]]


def _used(place: str) -> int:
    try:
        about = os.statvfs(place)
    except OSError:
        return 0
    return (about.f_blocks - about.f_bfree) * about.f_frsize
