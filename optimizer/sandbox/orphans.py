"""Ends what a killed run left running: its processes carry its number and start in their environment."""

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

from .ownership import still_alive

MARK = "PS_TREE"
"""Every child inherits this variable: the mark of the process that started it, then digits of its own."""


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
    return "-".join(mark.split("-")[:3])


def _marked() -> Iterator[tuple[int, str]]:
    """Processes of ours that carry a mark, with the process that it names."""
    needle = f"{MARK}=".encode()
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, UnicodeDecodeError):
            for entry in (place / "environ").read_bytes().split(b"\0"):
                if entry.startswith(needle):
                    yield int(place.name), _owner(entry[len(needle) :].decode("ascii"))
