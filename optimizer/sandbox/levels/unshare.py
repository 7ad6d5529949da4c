"""Level `unshare`: bubblewrap's walls, made by a script of ours; it needs user namespaces and Linux 5.12."""

import base64
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..limits import temporary_bytes
from ..syscalls import in_namespaces, known
from ..walls import HOME, PLAN, PROMISES, Level, Promise, View, Wrapped, hidden_folders, outermost

_SYSTEM = ("/run/current-system", "/run/opengl-driver")
_SCRIPT = Path(__file__).resolve().parents[2] / "harness" / "unshare.py"
_ADVICE = "allow user namespaces (Ubuntu 24.04: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unshare:
    """Read-only root, private /tmp and homes, own pids, no network but loopback, no system services."""

    hidden: tuple[Path, ...]
    room: int
    level: str = "unshare"
    moves: bool = True

    @property
    def promises(self) -> frozenset[Promise]:
        """All, but for keys where no filter of system calls can be made."""
        return frozenset(PROMISES) - (frozenset() if known() else {"keys"})

    def wrap(self, argv: Sequence[str], view: View) -> Wrapped:
        """The script is run by perfsmith's own interpreter, before anything of the target runs."""
        plan = {
            "hidden": [str(folder) for folder in outermost(self.hidden)],
            "system": _SYSTEM,
            "room": self.room,
            "home": str(HOME),
            "mounts": [(str(mount.outside), str(mount.inside), mount.writable) for mount in view.mounts],
            "shut": [str(path) for path in view.shut],
            "filter": base64.b64encode(in_namespaces()).decode(),
            "cwd": str(view.cwd),
        }
        line = (sys.executable, "-I", "-S", str(_SCRIPT), PLAN, *argv)
        return Wrapped(argv=line, plan=json.dumps(plan).encode())


def _open(own: Sequence[Path]) -> Unshare | str:
    if not sys.platform.startswith("linux"):
        return "namespaces are Linux's"
    return Unshare(hidden=hidden_folders(*own), room=temporary_bytes())


PLUGIN = Level(rank=20, open=_open, promises=frozenset(PROMISES), advice=_ADVICE)
