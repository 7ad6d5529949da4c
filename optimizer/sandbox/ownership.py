"""Names of temporary things say whose they are, so that a later start can remove what a killed process left."""

import hashlib
import os
from functools import lru_cache
from pathlib import Path


def own_mark() -> str:
    """The beginning of a name: our process's number and start, which together are never used twice on one machine."""
    return f"{os.getpid()}-{_started(os.getpid())}-{_here()}-"


def still_alive(name: str) -> bool:
    """Whether the process runs that gave a thing a name with its `own_mark`.

    What another machine, or another container, made in a folder that is shared counts as alive: its numbers say
    nothing here.
    """
    pid, _, rest = name.partition("-")
    started, _, rest = rest.partition("-")
    if not pid.isdigit() or not started.isdigit():
        return False
    return rest.partition("-")[0] != _here() or (started == _started(int(pid)) and _exists(int(pid)))


@lru_cache(maxsize=1)
def _here() -> str:
    """Four hex digits for where process numbers mean the same: the machine and its space of processes."""
    try:
        space = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        space = ""
    return hashlib.sha256(f"{os.uname().nodename}\0{space}".encode()).hexdigest()[:4]


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _started(pid: int) -> str:
    """When a process started, in clock ticks since boot; `0` where unknown."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return "0"
