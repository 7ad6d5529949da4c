"""Which walls are used: the strongest whose probe holds here, or the wanted ones; never silently weaker ones."""

import os
import shutil
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..core import plugins
from ..core.errors import UsageError
from .process import run_process
from .scratch import scratch_folder
from .walls import PROMISES, Level, Mount, Promise, View, Walls, laid

_FOLDER = "optimizer.sandbox.levels"
_PROBE_SECONDS = 20.0
_ELSEWHERE = "/etc/perfsmith-probe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The level that is used, and why not a stronger one."""

    walls: Walls
    why: str = ""


def levels() -> dict[str, Level]:
    """All levels by name: those that `auto` tries, strongest first, then those that are only asked for."""
    found: dict[str, Level] = {name: plugins.load(_FOLDER, name) for name in plugins.names(_FOLDER)}
    return dict(sorted(found.items(), key=lambda item: (item[1].rank == 0, item[1].rank)))


def choose(wanted: str, home: Path, *own: Path) -> Choice:
    """The strongest level whose probe holds, or the wanted one.

    What lies in the home, and in folders that are the user's `own` as well, is hidden.
    Raises `UsageError` when the wanted level is unknown or does not work here: it is never silently weakened.
    """
    known = levels()
    if wanted != "auto":
        return Choice(walls=_wanted(wanted, known, (home, *own)), why="asked for" if wanted == "process" else "")
    refused: list[str] = []
    for name, level in known.items():
        if level.rank:
            walls = opened(level, home, *own)
            if not isinstance(walls, str):
                return Choice(walls=walls, why=_why(refused, walls))
            refused.append(f"{name}: {walls}")
    raise AssertionError("level process always opens")


def _wanted(wanted: str, known: dict[str, Level], own: Sequence[Path]) -> Walls:
    if wanted not in known:
        raise UsageError(
            f"unknown sandbox level '{wanted}'", code="unknown_sandbox", hint=f"known: auto, {', '.join(known)}"
        )
    walls = opened(known[wanted], *own)
    if isinstance(walls, str):
        hint = f"{known[wanted].advice}; or let perfsmith choose: --sandbox auto"
        raise UsageError(f"sandbox level {wanted} does not work here: {walls}", code="sandbox_unavailable", hint=hint)
    return walls


def _why(refused: list[str], walls: Walls) -> str:
    if not refused:
        return ""
    said = "; ".join(refused)
    return f"{said}; better walls: {levels()['bubblewrap'].advice}" if walls.level == "process" else said


def opened(level: Level, *own: Path) -> Walls | str:
    """The walls of a level, probed; or why they cannot be had on this machine."""
    walls = level.open(own)
    if isinstance(walls, str) or not {"writes", "reads", "network"} & walls.promises:
        return walls
    return probe(walls) or walls


def table(known: dict[str, Level] | None = None) -> str:
    """What each level promises, as Markdown for the documents."""
    columns = known or levels()
    rows = ["| | " + " | ".join(columns) + " |", "|---|" + "---|" * len(columns)]
    for promise, words in PROMISES.items():
        marks = ("yes" if promise in level.promises else "no" for level in columns.values())
        rows.append(f"| {words} | " + " | ".join(marks) + " |")
    rows.append("| tested here | " + " | ".join("yes" if level.tested else "no" for level in columns.values()) + " |")
    return "\n".join(rows) + "\n"


def probe(walls: Walls) -> str:
    """What is wrong with these walls, empty when nothing: real attempts to write outside, to connect and to read."""
    with scratch_folder("probe") as folder, socket.socket() as server:
        (folder / "canary").write_text("secret")
        (folder / "inside").mkdir()
        server.bind(("127.0.0.1", 0))
        server.listen(1)
        said, tail = _attempted(walls, folder, server.getsockname()[1])
        escaped = (folder / "escaped").exists()
    if said[-1:] != ["done"]:
        return f"the probe did not run: {tail or 'no output'}"
    broke: set[Promise] = set()
    broke |= {"reads"} if "secret" in said else set()
    broke |= {"network"} if "connected" in said else set()
    broke |= {"writes"} if escaped or "wrote" in said else set()
    return "the probe broke out" if broke & walls.promises else ""


def _attempted(walls: Walls, folder: Path, port: int) -> tuple[list[str], str]:
    script = (
        f"cat {folder}/canary 2>/dev/null && echo; echo x > {folder}/escaped;"
        f" if test ! -e {_ELSEWHERE}; then echo x > {_ELSEWHERE} && rm {_ELSEWHERE} && echo wrote; fi;"
        f" (exec 3<>/dev/tcp/127.0.0.1/{port}) && echo connected; echo done"
    )
    inside = folder / "inside"
    view = View(cwd=inside, mounts=(Mount(outside=inside, inside=inside, writable=True),))
    shell = shutil.which("bash") or "/bin/sh"
    with laid(walls.wrap((shell, "-c", script), view)) as (argv, needed):
        done = run_process(argv, cwd=folder, env={"PATH": os.defpath}, timeout=_PROBE_SECONDS, pass_fds=needed)
    return done.stdout.decode("utf-8", "replace").split(), done.tail(2)
