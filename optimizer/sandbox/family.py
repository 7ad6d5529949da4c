"""Who started whom, read from /proc: children, descendants, and names for processes that are never used twice."""

from pathlib import Path


def children(pid: int) -> list[int]:
    """Child processes, whichever thread started them, in the order of their start; zombies included."""
    tasks = Path(f"/proc/{pid}/task")
    try:
        threads = sorted(int(entry.name) for entry in tasks.iterdir())
        return [int(word) for thread in threads for word in (tasks / f"{thread}/children").read_text().split()]
    except (OSError, ValueError):
        return _children_by_parent(pid)


def _children_by_parent(pid: int) -> list[int]:
    """The same for kernels that keep no such list."""
    return sorted(other for other in pids() if fields(other)[1:2] == [str(pid)])


def descendants(pid: int) -> list[int]:
    """Children and theirs, outer ones first; zombies included."""
    found = children(pid)
    for other in found:
        found += children(other)
    return found


def alive(pid: int) -> bool:
    """Whether there is such a process, and it is no zombie."""
    state = fields(pid)[:1]
    return bool(state) and state[0] not in "ZX"


def born(pid: int) -> str:
    """When a process started, in clock ticks since boot: with its number a name that is never used twice."""
    return "".join(fields(pid)[19:20])


def session(pid: int) -> int:
    """The session that a process belongs to; 0 where nobody can say."""
    found = fields(pid)[3:4]
    return int(found[0]) if found else 0


def pids() -> list[int]:
    """All processes that can be seen."""
    proc = Path("/proc")
    return [int(entry.name) for entry in proc.iterdir() if entry.name.isdigit()] if proc.is_dir() else []


def fields(pid: int) -> list[str]:
    """Fields of `/proc/PID/stat` from the third one, the state, on; none where there is no such process."""
    return text(f"/proc/{pid}/stat").rpartition(")")[2].split()


def text(path: str) -> str:
    """Contents of a file; empty where it cannot be read."""
    try:
        return Path(path).read_text("utf-8", "replace")
    except OSError:
        return ""
