"""Names of temporary things say whose they are, so that a later start can remove what a killed process left."""

import os
from pathlib import Path


def own_mark() -> str:
    """The beginning of a name: our process's number and start, which together are never used twice."""
    return f"{os.getpid()}-{_started(os.getpid())}-"


def still_alive(name: str) -> bool:
    """Whether the process runs that gave a thing a name with its `own_mark`."""
    pid, _, rest = name.partition("-")
    return pid.isdigit() and rest.partition("-")[0] == _started(int(pid)) and _exists(int(pid))


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
