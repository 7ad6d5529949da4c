"""Runs a workload over and over under a profiler, in a sandbox, and says what the runs used."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile

from ..optimizer.core.errors import TargetError
from ..optimizer.core.ports import Completed, Job
from ..optimizer.core.values import Workload
from ..optimizer.sandbox.scratch import scratch_folder

HARNESS = Path(__file__).parent.parent / "optimizer" / "harness"
_PATIENCE = 4.0
"""Wall seconds per CPU second asked for, so that a workload that waits ends too."""


class Unavailable(TargetError):
    """This profiler cannot look into the workload here; another one may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """What the runs of a workload used together. Seconds."""

    count: int
    cpu: float
    wall: float
    python: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeated:
    """The command that repeats a workload, and where it will say what the runs used."""

    command: tuple[str, ...]
    reply: Path
    timeout: float


@contextmanager
def scratch() -> Generator[Path]:
    """A folder that the target may write, gone at the end."""
    with scratch_folder("profile") as folder:
        yield folder


def repeated(workload: Workload, python: Path, folder: Path, seconds: float) -> Repeated:
    """A Python process that runs the workload until it has used so many CPU seconds, at least once."""
    script = folder / "repeat.py"
    copyfile(HARNESS / "repeat.py", script)
    reply = folder / "repeat.json"
    limits = (str(seconds), str(seconds * _PATIENCE))
    return Repeated(
        command=(str(python), "-I", "-S", str(script), str(reply), *limits, workload.command),
        reply=reply,
        timeout=workload.timeout + seconds * _PATIENCE + 30,
    )


def read_reply(repetition: Repeated, done: Completed, workload: Workload) -> Runs | None:
    """What the runs used; None when the profiler stopped them. Raises `TargetError` when the workload fails."""
    if done.timed_out:
        raise TargetError(
            f"the workload '{workload.name}' did not end in {repetition.timeout:.0f} s while it was profiled",
            code="workload_timed_out",
            hint="give a smaller workload, or a longer limit for it",
        )
    if not repetition.reply.exists():
        return None
    answer = json.loads(repetition.reply.read_bytes())
    if answer["code"] != 0:
        raise TargetError(
            f"the workload '{workload.name}' ended with status {answer['code']}:\n{done.tail()}",
            code="workload_fails",
            hint="run the command in the repository's root and make it work first",
        )
    python = (int(answer["python"][0]), int(answer["python"][1]))
    return Runs(count=int(answer["runs"]), cpu=float(answer["cpu"]), wall=float(answer["wall"]), python=python)


def environment(**values: str) -> tuple[tuple[str, str], ...]:
    """Variables as a `Job` takes them."""
    return tuple(sorted(values.items()))


def job(repetition: Repeated, folder: Path, prefix: tuple[str, ...] = (), **values: str) -> Job:
    """The job that runs a repetition, behind `prefix` where a profiler starts it."""
    expose = (Path(prefix[0]),) if prefix else ()
    return Job(
        command=(*prefix, *repetition.command),
        timeout=repetition.timeout,
        env=environment(**values),
        expose=expose,
        scratch=folder,
    )
