"""Level `container`: podman with this machine's own folders, read-only; only when it is asked for, and untested.

Docker is no choice: its client hands no descriptor on to the command, and the launcher's account, which no command may
write, comes back on one.
"""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..limits import default_limits, temporary_bytes
from ..walls import HOME, PROMISES, Level, Promise, View, Wrapped, hidden_folders, outermost

_OWN = frozenset(Path(name) for name in ("/proc", "/sys", "/dev"))
_DESCRIPTORS = 61
"""Podman hands on 3 to 63, so that it need not know which are used; it refuses to start unless all of them are open."""
_OPENED = 'for ((n = 3; n < 64; n++)); do [[ -e /proc/self/fd/$n ]] || eval "exec $n</dev/null"; done; exec "$0" "$@"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A container without an image: its root is this machine's, read-only, homes and temporary folders empty."""

    program: str
    hidden: tuple[Path, ...]
    room: int
    memory: int
    processes: int
    level: str = "container"
    moves: bool = True
    promises: frozenset[Promise] = frozenset(PROMISES)

    def wrap(self, argv: Sequence[str], view: View) -> Wrapped:
        """`podman run` with the options that make a wall."""
        options = ["run", "--rm", "--init", "--quiet", "--interactive", "--network", "none", "--cap-drop", "all"]
        options += ["--security-opt", "no-new-privileges", "--security-opt", "label=disable"]
        options += ["--userns", "keep-id"] if os.getuid() else []
        options += ["--read-only", "--read-only-tmpfs=false", "--env-host", "--preserve-fds", str(_DESCRIPTORS)]
        options += ["--pids-limit", str(self.processes), "--memory", str(self.memory), "--log-driver", "none"]
        for folder in (*outermost(self.hidden), Path("/dev/shm")):
            options += ["--mount", f"type=tmpfs,destination={folder},tmpfs-size={self.room},tmpfs-mode=0755"]
        options += ["--mount", f"type=tmpfs,destination={HOME},tmpfs-size={self.room}"]
        for mount in view.mounts:
            access = "rw" if mount.writable else "ro"
            options += ["--volume", f"{mount.outside}:{mount.inside}:{access},rbind"]
        for path in view.shut:
            empty = ["--mount", f"type=tmpfs,destination={path},tmpfs-size=4096,ro=true"]
            options += empty if path.is_dir() else ["--volume", f"{os.devnull}:{path}:ro"]
        options += ["--workdir", str(view.cwd), "--rootfs", "/"]
        return Wrapped(argv=("bash", "-c", _OPENED, self.program, *options, *argv))


def _open(own: Sequence[Path]) -> Container | str:
    program = shutil.which("podman")
    if program is None or shutil.which("bash") is None:
        return "podman is not installed" if program is None else "bash is not installed"
    limits = default_limits()
    return Container(
        program=program,
        hidden=hidden_folders(*own),
        room=temporary_bytes(),
        memory=limits.memory,
        processes=limits.processes,
    )


PLUGIN = Level(rank=0, open=_open, promises=frozenset(PROMISES), advice="install podman and catatonit", tested=False)
