"""Loads the sampling payload into the Python processes that a workload starts, and reads what they wrote."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile

from ..optimizer import stacks
from ..optimizer.core.errors import TargetError
from ..optimizer.core.ports import Sandbox
from ..optimizer.core.values import Frame, Profile, Workload
from ._runs import HARNESS, Runs, Unavailable, job, read_reply, repeated, scratch

_ASSIGNMENT = re.compile(r"\bPYTHONPATH=")


def profile(
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
        weighed = list(_reports(out, sandbox.root, rate))
    if not weighed:
        raise _silence(workload)
    found = Profile(
        workload=workload.name,
        profiler=kind,
        seconds=runs.cpu,
        root=str(sandbox.root),
        stacks=stacks.gather(weighed),
    )
    return found, runs


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


def _reports(out: Path, root: Path, rate: int) -> Iterator[tuple[tuple[Frame, ...], float]]:
    for file in sorted(out.glob("*.json")):
        try:
            for frames, weight in json.loads(file.read_bytes())["stacks"]:
                yield tuple(_frame(frame, root) for frame in frames), float(weight) * rate / 1e6
        except (ValueError, TypeError, KeyError) as error:
            raise TargetError(
                f"the workload left an unreadable profile: {error}",
                code="profile_unreadable",
                hint="a process of the workload may have damaged it; try the profiler 'pyspy'",
            ) from error


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
