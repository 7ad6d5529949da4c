"""Ends what a killed run left running: its processes carry its number and start in their environment."""

import contextlib
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

from .ownership import still_alive

MARK = "PS_TREE"
"""Every child inherits this variable: the mark of the process that started it, then digits of its own."""
_OURS = re.compile(r"(\d+-\d+-[0-9a-f]{4})-[0-9a-f]+")


def end_orphans() -> int:
    """Kill processes whose perfsmith is gone; returns how many. Never a process that we ourselves run under."""
    orphans = [pid for pid, owner in _marked() if not still_alive(owner) and owner != _our_owner()]
    for pid in orphans:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    return len(orphans)


def _our_owner() -> str:
    """Where perfsmith is run by perfsmith, as its own target, the outer one is not ours to judge."""
    return _owner(os.environ.get(MARK, ""))


def _owner(mark: str) -> str:
    """The process that a mark names; empty where it is none of ours, though the variable has our name."""
    found = _OURS.fullmatch(mark)
    return found[1] if found else ""


def _marked() -> Iterator[tuple[int, str]]:
    """Processes that carry a mark of ours, with the process that it names."""
    needle = f"{MARK}=".encode()
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            for entry in (place / "environ").read_bytes().split(b"\0"):
                owner = _owner(entry[len(needle) :].decode("ascii", "replace")) if entry.startswith(needle) else ""
                if owner:
                    yield int(place.name), owner
