"""The walls around all that runs of the target: bubblewrap where a real probe of it works, else process limits."""

import os
import shutil
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..core.errors import UsageError
from .process import run_process
from .scratch import scratch_folder

LEVELS = ("bubblewrap", "process")
_SYSTEM = ("/run/current-system", "/run/opengl-driver")
"""Where NixOS keeps its programs: inside a folder that is hidden."""
HOME = Path("/tmp/home")
"""The home that commands see inside: empty, and gone with each of them."""
_PROBE_SECONDS = 20.0
_ELSEWHERE = "/etc/perfsmith-probe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """Something outside that is visible inside, at `inside`."""

    outside: Path
    inside: Path
    writable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a command sees: where it starts, and what is mounted, in order."""

    cwd: Path
    mounts: tuple[Mount, ...] = ()


class Walls(Protocol):
    """One level of isolation."""

    @property
    def level(self) -> str: ...

    @property
    def hidden(self) -> tuple[Path, ...]:
        """Folders that commands find empty, but for what is mounted there."""
        ...

    @property
    def moves(self) -> bool:
        """Whether a private tree can be shown at the path of the user's own checkout."""
        ...

    def wrap(self, argv: Sequence[str], view: View) -> tuple[str, ...]:
        """The command line that runs `argv` inside."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessOnly:
    """No walls for files or network: own session, limits and a clean environment are all there is."""

    level: str = "process"
    moves: bool = False
    hidden: tuple[Path, ...] = ()

    def wrap(self, argv: Sequence[str], view: View) -> tuple[str, ...]:
        del view
        return tuple(argv)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubblewrap:
    """Read-only root, private /tmp and homes, own pids, no network but loopback, no system services."""

    program: str
    hidden: tuple[Path, ...]
    """Folders replaced by empty ones: temporary folders, homes, and where services have their sockets."""
    level: str = "bubblewrap"
    moves: bool = True

    def wrap(self, argv: Sequence[str], view: View) -> tuple[str, ...]:
        options = ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
        for folder in self.hidden:
            options += ["--tmpfs", str(folder)]
        for folder in _SYSTEM:
            options += ["--ro-bind-try", folder, folder]
        options += ["--dir", str(HOME)]
        for mount in view.mounts:
            kind = "--bind" if mount.writable else "--ro-bind"
            options += [kind, str(mount.outside), str(mount.inside)]
        options += ["--unshare-all", "--die-with-parent", "--cap-drop", "ALL", "--chdir", str(view.cwd)]
        return (self.program, *options, "--", *argv)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The level that is used, and why not a stronger one."""

    walls: Walls
    why: str = ""


def choose(wanted: str, home: Path) -> Choice:
    """The strongest level whose probe works, or the wanted one.

    Raises `UsageError` when the wanted level is unknown or does not work here: it is never silently weakened.
    """
    if wanted == "process":
        return Choice(walls=ProcessOnly(), why="asked for")
    if wanted not in ("auto", "bubblewrap"):
        raise UsageError(
            f"unknown sandbox level '{wanted}'",
            code="unknown_sandbox",
            hint=f"known: auto, {', '.join(LEVELS)}",
        )
    program = shutil.which("bwrap")
    why = "bubblewrap is not installed (Debian, Ubuntu: apt install bubblewrap)"
    if program is not None:
        walls = Bubblewrap(program=program, hidden=hidden_folders(home))
        why = probe(walls)
        if not why:
            return Choice(walls=walls)
    if wanted == "bubblewrap":
        raise UsageError(f"sandbox level bubblewrap does not work here: {why}", code="sandbox_unavailable", hint=why)
    return Choice(walls=ProcessOnly(), why=why)


def hidden_folders(home: Path) -> tuple[Path, ...]:
    """Existing folders that a command may not look into, outer ones first.

    `/run` is one of them: a read-only mount does not keep anyone from talking to a service through its socket.
    """
    wanted = [Path(name) for name in ("/tmp", "/var/tmp", "/home", "/root", "/run", "/var/run")]
    return tuple(sorted({folder.resolve() for folder in (*wanted, home) if folder.is_dir()} - {Path("/")}))


def probe(walls: Walls) -> str:
    """What is wrong with these walls, empty when nothing: real attempts to write outside, to connect and to read."""
    with scratch_folder("probe") as folder, socket.socket() as server:
        canary = folder / "canary"
        canary.write_text("secret")
        server.bind(("127.0.0.1", 0))
        server.listen(1)
        port = server.getsockname()[1]
        inside = folder / "inside"
        inside.mkdir()
        script = (
            f"test -e {canary} && echo read; echo x > {folder}/escaped;"
            f" if test ! -e {_ELSEWHERE}; then echo x > {_ELSEWHERE} && rm {_ELSEWHERE} && echo wrote; fi;"
            f" (exec 3<>/dev/tcp/127.0.0.1/{port}) && echo connected; echo done"
        )
        view = View(cwd=inside, mounts=(Mount(outside=inside, inside=inside, writable=True),))
        shell = shutil.which("bash") or "/bin/sh"
        done = run_process(
            walls.wrap((shell, "-c", script), view),
            cwd=folder,
            env={"PATH": os.defpath},
            timeout=_PROBE_SECONDS,
        )
        said = done.stdout.decode("utf-8", "replace").split()
        escaped = (folder / "escaped").exists()
    if said[-1:] != ["done"]:
        return f"the probe did not run: {done.tail(2) or 'no output'}"
    return "the probe broke out" if escaped or len(said) > 1 else ""
