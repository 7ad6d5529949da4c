"""Level `bubblewrap`: namespaces made by the program `bwrap` (https://github.com/containers/bubblewrap)."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..limits import temporary_bytes
from ..process import run_process
from ..syscalls import in_namespaces, known
from ..walls import FILTER, HOME, PLAN, PROMISES, Level, Promise, View, Wrapped, hidden_folders, outermost

_SYSTEM = ("/run/current-system", "/run/opengl-driver")
"""Where NixOS keeps its programs: inside a folder that is hidden."""
_ADVICE = "install bubblewrap (Debian, Ubuntu: apt install bubblewrap) and allow user namespaces"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubblewrap:
    """Read-only root, private /tmp and homes, own pids, no network but loopback, no system services."""

    program: str
    hidden: tuple[Path, ...]
    """Folders replaced by empty ones: temporary folders, homes, and where services have their sockets."""
    room: int = 0
    """Bytes that each of them may hold; 0 where `bwrap` is too old to say."""
    level: str = "bubblewrap"
    moves: bool = True

    @property
    def promises(self) -> frozenset[Promise]:
        """All, but for the size of temporary folders with an old `bwrap`, and keys where no filter can be made."""
        less: list[Promise] = [*([] if self.room else ["room"]), *([] if known() else ["keys"])]
        return frozenset(PROMISES) - frozenset(less)

    def wrap(self, argv: Sequence[str], view: View) -> Wrapped:
        """Options are read from a descriptor: a command line has an end."""
        options = ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
        for folder in (*outermost(self.hidden), *((Path("/dev/shm"),) if self.room else ())):
            size = ["--size", str(self.room)] if self.room else []
            options += [*size, "--tmpfs", str(folder)]
        for name in _SYSTEM:
            options += ["--ro-bind-try", name, name]
        options += ["--dir", str(HOME)]
        for mount in view.mounts:
            kind = "--bind" if mount.writable else "--ro-bind"
            options += [kind, str(mount.outside), str(mount.inside)]
        for path in view.shut:
            nothing = ["--tmpfs", str(path), "--remount-ro", str(path)]
            options += nothing if path.is_dir() else ["--ro-bind", os.devnull, str(path)]
        options += ["--unshare-all", "--die-with-parent", "--cap-drop", "ALL", "--chdir", str(view.cwd)]
        plan = b"".join(os.fsencode(word) + b"\0" for word in options)
        calls = in_namespaces()
        filtered = ("--seccomp", FILTER) if calls else ()
        return Wrapped(argv=(self.program, *filtered, "--args", PLAN, "--", *argv), plan=plan, filter=calls)


def _open(own: Sequence[Path]) -> Bubblewrap | str:
    program = shutil.which("bwrap")
    if program is None:
        return "bubblewrap is not installed (Debian, Ubuntu: apt install bubblewrap)"
    told = run_process((program, "--help"), cwd=Path("/"), env={"PATH": os.defpath}, timeout=20.0)
    sized = b"--size" in told.stdout + told.stderr
    return Bubblewrap(program=program, hidden=hidden_folders(*own), room=temporary_bytes() if sized else 0)


PLUGIN = Level(rank=10, open=_open, promises=frozenset(PROMISES), advice=_ADVICE)
