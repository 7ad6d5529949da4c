"""Loads the sampling payload into the Python processes that a workload starts, and reads what they wrote."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile
from typing import Any

from ..optimizer import stacks
from ..optimizer.core.errors import TargetError
from ..optimizer.core.ports import Sandbox
from ..optimizer.core.values import Frame, Profile, Stack, Workload
from ._runs import HARNESS, Runs, Unavailable, job, read_reply, repeated, scratch

_ASSIGNMENT = re.compile(r"\bPYTHONPATH=")


def take(
    kind: str, sandbox: Sandbox, workload: Workload, python: Path, *, rate: int, seconds: float
) -> tuple[Profile, Runs]:
    """A profile taken from inside. Raises `TargetError` when no process of the workload reported."""
    with scratch() as folder:
        hook, out = prepare(folder, kind, rate)
        entered = Workload(name=workload.name, command=enter(workload.command, hook), timeout=workload.timeout)
        repetition = repeated(entered, python, folder, seconds)
        done = sandbox.run(job(repetition, folder, PYTHONPATH=str(hook)))
        runs = read_reply(repetition, done, workload)
        if runs is None:
            raise Unavailable(f"the workload could not be started:\n{done.tail()}", code="profiler_failed")
        found = list(_reports(out, sandbox.root, rate))
    if not found:
        raise _silence(workload)
    profile = Profile(
        workload=workload.name,
        profiler=kind,
        seconds=runs.cpu,
        root=str(sandbox.root),
        stacks=stacks.gather((stack.frames, stack.count) for stack in found),
    )
    return profile, runs


def prepare(folder: Path, kind: str, rate: int) -> tuple[Path, Path]:
    """The folder that goes on the module path, and the one that processes report to."""
    hook, out = folder / "hook", folder / "out"
    hook.mkdir()
    out.mkdir()
    copyfile(HARNESS / "sample.py", hook / "sitecustomize.py")
    (hook / "sample.json").write_text(json.dumps({"kind": kind, "rate": rate, "out": str(out)}))
    return hook, out


def enter(command: str, hook: Path) -> str:
    """The command with the hook on the module path also where it sets `PYTHONPATH` itself."""
    return _ASSIGNMENT.sub(f"PYTHONPATH={hook}:", command)


def _reports(out: Path, root: Path, rate: int) -> Iterator[Stack]:
    for file in sorted(out.glob("*.json")):
        try:
            yield from _stacks(json.loads(file.read_bytes()), root, rate)
        except (ValueError, TypeError, KeyError, IndexError) as error:
            raise TargetError(
                f"the workload left an unreadable profile: {error}",
                code="profile_unreadable",
                hint="a process of the workload may have damaged it; try the profiler 'pyspy'",
            ) from error


def _stacks(report: dict[str, list[Any]], root: Path, rate: int) -> tuple[Stack, ...]:
    """The stacks of one process; the payload's docstring says what a report holds."""
    if "stacks" in report:
        weighed = report["stacks"]
        return stacks.gather(
            (tuple(_frame(frame, root) for frame in frames), float(weight) * rate / 1e6) for frames, weight in weighed
        )
    calls = [
        stacks.Calls(
            function=_frame(row[:3], root),
            own=float(row[3]) / 1e6,
            callers=tuple(
                stacks.Caller(function=_frame(other[:3], root), own=float(other[3]) / 1e6, total=float(other[4]) / 1e6)
                for other in callers
            ),
        )
        for row, callers in report["calls"]
    ]
    return stacks.from_calls(calls, rate)


def _frame(frame: list[str | int], root: Path) -> Frame:
    name, path, line = frame
    place = str(root / str(path)) if str(path).endswith(".py") else str(path)
    return Frame(name=str(name), path=place, line=int(line))


def _silence(workload: Workload) -> TargetError:
    return TargetError(
        f"no Python process of the workload '{workload.name}' reported to the sampler",
        code="nothing_sampled",
        hint="it starts Python with -S, -I or -E, with a cleaned environment, or not at all; "
        "allow ptrace and use the profiler 'pyspy', or profile it yourself and give the file with --from",
    )
