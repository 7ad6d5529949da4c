"""What a command may use: limits that only runaway or hostile code meets, the same at every level of walls."""

import os
import shutil
import signal
from dataclasses import dataclass
from math import ceil
from pathlib import Path

_MIB = 1 << 20
_GIB = 1 << 30
_LEAST_MEMORY = 512 * _MIB
_UNKNOWN_MEMORY = 8 * _GIB
_CPU_SLACK = 10
_SHELLS = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on one command and all that it starts. Bytes, or numbers of things."""

    memory: int
    """Resident, of all its processes together."""
    processes: int
    file: int
    """Size of any one file."""
    disk: int
    """Growth of its tree, private home and private temporary folder."""
    open_files: int


def default_limits() -> Limits:
    """Generous ones for this machine: three quarters of its memory, 512 processes, 16 GiB on disk, 4 in one file."""
    memory = max(_LEAST_MEMORY, machine_memory() * 3 // 4)
    return Limits(memory=memory, processes=512, file=4 * _GIB, disk=16 * _GIB, open_files=65536)


def machine_memory() -> int:
    """Bytes of memory of this machine."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return _UNKNOWN_MEMORY


def temporary_bytes() -> int:
    """Size of a private temporary folder that lies in memory."""
    return max(_LEAST_MEMORY, machine_memory() // 8)


def disk_bytes(limits: Limits, folder: Path) -> int:
    """Growth that is allowed where `folder` lies: at most half of what was free, for the ledger needs some, too."""
    return min(limits.disk, shutil.disk_usage(folder).free // 2)


def kernel_limits(limits: Limits, timeout: float) -> str:
    """Those that the kernel holds for each process, as the launcher reads them: `NAME=VALUE,…`, names of `RLIMIT_`.

    Data is not bounded below the machine's own memory: programs reserve more than they use.
    """
    cpu = ceil(timeout) * (os.cpu_count() or 1) + _CPU_SLACK
    values = {
        "CORE": 0,
        "FSIZE": limits.file,
        "NOFILE": limits.open_files,
        "CPU": cpu,
        "DATA": max(limits.memory, machine_memory()),
    }
    return ",".join(f"{name}={value}" for name, value in values.items())


def exceeded_by(code: int, limits: Limits) -> str:
    """The kernel's limit that a command died of, in words; empty for none. A shell tells a signal as 128 and more."""
    number = code - _SHELLS if code > _SHELLS else -code
    if number == getattr(signal, "SIGXFSZ", -1):
        return f"wrote a file larger than {size(limits.file)}"
    if number == getattr(signal, "SIGXCPU", -1):
        return "used more CPU time than its deadline and all cores allow"
    return ""


def size(count: int) -> str:
    """Bytes for a person."""
    return f"{count / _GIB:.1f} GiB" if count >= _GIB else f"{count / _MIB:.0f} MiB"
