"""Level `landlock`: an allow-list of files by Landlock, no sockets by seccomp; needs no namespaces, but Linux 6.2.

Landlock closes files, it does not cover them: that a file exists can be seen, and permissions and times of files that
are the user's own can be changed. It tells TCP ports apart, but not addresses, no other protocol; so no socket can be
made at all, but for pairs: there is no loopback, nor are there semaphores and memory shared by name (/dev/shm).
"""

import base64
import ctypes
import json
import os
import platform
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..syscalls import known, without_namespaces
from ..walls import PLAN, Level, Promise, View, Wrapped, hidden_folders

_SCRIPT = Path(__file__).resolve().parents[2] / "harness" / "landlock.py"
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts")
_CREATE_RULESET = 444
_TRUNCATE_ABI = 3
_SIGNALS_ABI = 6
_ALWAYS: frozenset[Promise] = frozenset(["writes", "reads", "network", "services", "keys", "frozen"])
_NEWEST: frozenset[Promise] = frozenset([*_ALWAYS, "processes", "ends"])
"""Signals stop at the wall since Linux 6.12: before, a command could kill the guard that ends what it leaves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Landlock:
    """Everything can be read but homes, temporary folders and the user's checkout; the tree can be written."""

    hidden: tuple[Path, ...]
    promises: frozenset[Promise]
    level: str = "landlock"
    moves: bool = False

    def wrap(self, argv: Sequence[str], view: View) -> Wrapped:
        """What a mount would cover is shut; what it would show is opened where it lies."""
        covered = [mount.inside.resolve() for mount in view.mounts if mount.inside != mount.outside]
        shut = frozenset([*self.hidden, Path("/dev"), *covered])
        shown = [mount.outside for mount in view.mounts if not mount.writable]
        secret = frozenset(form for path in view.shut for form in (path, path.resolve()))
        mixed = [place for place in shown if _holds(place, secret)]
        opened = (path for place in shown for path in (_open_below(place, secret) if place in mixed else (place,)))
        plan = {
            "read": [str(path) for path in (*_open_below(Path("/"), shut), *opened)],
            "list": [str(place) for place in mixed],
            "write": [str(mount.outside) for mount in view.mounts if mount.writable],
            "filter": base64.b64encode(without_namespaces()).decode(),
            "devices": [f"/dev/{name}" for name in _DEVICES],
        }
        line = (sys.executable, "-I", "-S", str(_SCRIPT), PLAN, *argv)
        return Wrapped(argv=line, plan=json.dumps(plan).encode())


def _open_below(folder: Path, shut: frozenset[Path]) -> Iterator[Path]:
    """What can be read of a folder: a rule opens all below, so the way to what is shut is taken step by step.

    Links are left out: a rule would open what they lead to, and that has a rule of its own where it may be read.
    """
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        path = Path(entry.path)
        if entry.is_symlink() or path in shut:
            continue
        if any(path in other.parents for other in shut):
            yield from _open_below(path, shut)
        else:
            yield path


def _holds(place: Path, secret: frozenset[Path]) -> bool:
    return any(form in path.parents for path in secret for form in (place, place.resolve()))


def landlock_version() -> int:
    """Version of Landlock's interface in this kernel; 0 where there is none."""
    if not sys.platform.startswith("linux"):
        return 0
    call = ctypes.CDLL(None).syscall
    call.restype = ctypes.c_long
    return max(0, call(_CREATE_RULESET, None, ctypes.c_size_t(0), 1))


def _open(own: Sequence[Path]) -> Landlock | str:
    version = landlock_version()
    if version < _TRUNCATE_ABI:
        return "this kernel has no Landlock that keeps files from being truncated (Linux 6.2)"
    if not known():
        return f"the socket filter is not written for {platform.machine()}"
    return Landlock(hidden=hidden_folders(*own), promises=_NEWEST if version >= _SIGNALS_ABI else _ALWAYS)


PLUGIN = Level(rank=30, open=_open, promises=_NEWEST, advice="use Linux 6.2 with Landlock switched on (6.12 for all)")
