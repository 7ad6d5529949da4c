"""Runs a command with the watching payload inside its Python processes, and reads what they noted at their end."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile
from typing import cast

from ..core.ports import Completed, Job, Sandbox
from ..sandbox.scratch import read_left, scratch_folder
from ..sandbox.trees import HARNESS

_ASSIGNMENT = re.compile(r"\bPYTHONPATH=")
_OUTPUT = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the Python processes of one command noted together; all empty when none of them could."""

    processes: int
    changed: Mapping[str, str]
    """Setting of the process → what it was set to."""
    patched: frozenset[str]
    state: Mapping[str, str]
    """`module.path` → summary of what it holds."""
    daemons: int
    trouble: tuple[str, ...]
    """What could not be looked at, and why."""
    code: int
    timed_out: bool
    cpu: float
    """CPU seconds of the command, the start of the interpreter and the payload included."""
    leftovers: int


def watch(
    sandbox: Sandbox,
    command: str | tuple[str, ...],
    files: Iterable[str],
    *,
    timeout: float,
    path: tuple[str, ...] = (),
) -> Seen:
    """Run a command in a tree. `files` are the sources whose state is looked at, `path` more folders for modules."""
    with scratch_folder("watch") as folder:
        hook, out = _prepare(folder, [str(sandbox.root / file) for file in files])
        folders = ":".join([str(hook), *(str(sandbox.root / part) for part in path)])
        entered = _ASSIGNMENT.sub(f"PYTHONPATH={hook}:", command) if isinstance(command, str) else command
        done = sandbox.run(
            Job(
                command=entered,
                timeout=timeout,
                env=(("PYTHONPATH", folders), ("PYTHONHASHSEED", "0"), ("PYTHONDONTWRITEBYTECODE", "1")),
                scratch=folder,
                output_limit=_OUTPUT,
                metered=True,
            )
        )
        return _together([_read(file) for file in sorted(out.glob("*.json"))], done)


def _prepare(folder: Path, files: list[str]) -> tuple[Path, Path]:
    hook, out = folder / "hook", folder / "out"
    hook.mkdir()
    out.mkdir()
    copyfile(HARNESS / "watch.py", hook / "sitecustomize.py")
    (hook / "watch.json").write_text(json.dumps({"out": str(out), "files": files}))
    return hook, out


def _read(file: Path) -> Mapping[str, object]:
    try:
        found = json.loads(read_left(file) or b"{}")
    except ValueError:
        return {}
    return cast("Mapping[str, object]", found) if isinstance(found, dict) else {}


def _together(reports: list[Mapping[str, object]], done: Completed) -> Seen:
    """One view of all processes; of states the last process that has one counts."""
    changed, state, patched, daemons = dict[str, str](), dict[str, str](), set[str](), 0
    trouble = list[str]()
    for report in reports:
        changed |= cast("dict[str, str]", report.get("changed", {}))
        state |= cast("dict[str, str]", report.get("state", {}))
        patched |= set(cast("list[str]", report.get("patched", [])))
        daemons += cast("int", report.get("daemons", 0))
        trouble += cast("list[str]", report.get("trouble", ["report: it cannot be read"]))
    return Seen(
        processes=len(reports),
        changed=changed,
        patched=frozenset(patched),
        state=state,
        daemons=daemons,
        trouble=tuple(dict.fromkeys(trouble)),
        code=done.code,
        timed_out=done.timed_out,
        cpu=done.usage.cpu if done.usage else 0.0,
        leftovers=done.usage.leftovers if done.usage else 0,
    )
