"""py-spy: samples the workload and its children from outside; nothing is put into the target.

Low overhead, works as an ordinary user because it is the parent of what it watches, and is refused only
where ptrace is (`Unavailable`). Project: https://github.com/benfred/py-spy.
"""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from ..optimizer import stacks
from ..optimizer.core.ports import Completed, Profiler, Sandbox
from ..optimizer.core.values import Frame, Profile, Stack, Workload
from ._runs import Runs, Unavailable, job, read_reply, repeated, scratch

_REFUSED = (
    "permission denied",
    "operation not permitted",
    "os error 1)",
    "os error 13)",
    "requires root",
    "no python processes found",  # what it watches always is one: it just could not look
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PySpy:
    """Options of `[profilers.pyspy]`."""

    python: Path = Path(sys.executable)
    """The target's interpreter; only used to start the workload's shell."""
    rate: int = 100
    """Samples per second; at 200 the cost comes near 15 % on workloads of a quarter of a second."""
    min_seconds: float = 10.0
    """CPU seconds to sample: the workload is repeated until it has used them."""
    native: bool = False
    """Also show frames of C extensions (costs about a quarter more CPU time)."""
    executable: str = ""
    """Path of py-spy; found when empty."""

    def profile(self, sandbox: Sandbox, workload: Workload) -> Profile:
        """Sample the workload. Raises `Unavailable` where ptrace is refused, `TargetError` if it fails."""
        with scratch() as folder:
            repetition = repeated(workload, self.python, folder, self.min_seconds)
            output = folder / "stacks.json"
            done = sandbox.run(job(repetition, folder, self.record(output)))
            runs = read_reply(repetition, done, workload)
            if runs is None or not output.exists():
                raise _refusal(done)
            return self._profile(output.read_bytes(), runs, sandbox, workload, str(folder))

    def record(self, output: Path) -> tuple[str, ...]:
        """The command line that goes before what is to be sampled."""
        wanted = ("--rate", str(self.rate), "--subprocesses", "--full-filenames", "--format", "speedscope")
        native = ("--native",) if self.native else ()
        return (self.executable or _find(), "record", *wanted, *native, "--output", str(output), "--")

    def _profile(self, data: bytes, runs: Runs, sandbox: Sandbox, workload: Workload, ours: str) -> Profile:
        """`ours` is the folder of the process that repeats the workload, which is sampled while it is forking."""
        sampled = stacks.read_speedscope(data, rate=self.rate)
        kept = tuple(s for s in sampled.stacks if not any(f.path.startswith(f"{ours}/") for f in s.frames))
        return Profile(
            workload=workload.name,
            profiler="pyspy",
            seconds=runs.cpu,
            root=str(sandbox.root),
            stacks=tuple(Stack(frames=_absolute(stack.frames, sandbox.root), count=stack.count) for stack in kept),
        )


def _find() -> str:
    beside = Path(sys.executable).parent / "py-spy"
    found = str(beside) if beside.exists() else shutil.which("py-spy")
    if found is None:
        raise Unavailable("py-spy is not installed", code="profiler_missing", hint="pip install py-spy")
    return found


def _absolute(frames: tuple[Frame, ...], root: Path) -> tuple[Frame, ...]:
    """A script that was started by a relative path is shown by that path."""
    return tuple(
        Frame(name=frame.name, path=str(root / frame.path), line=frame.line) if frame.path.endswith(".py") else frame
        for frame in frames
    )


def _refusal(done: Completed) -> Unavailable:
    said = done.tail(30)
    if any(word in said.lower() for word in _REFUSED):
        hint = "allow ptrace (in a container: --cap-add SYS_PTRACE), or use the profiler 'sampler'"
        return Unavailable("py-spy may not look into other processes here", code="ptrace_refused", hint=hint)
    first = next((line for line in said.splitlines() if line.startswith("Error")), said[-200:] or "it said nothing")
    return Unavailable(f"py-spy failed: {first}", code="profiler_failed", hint="use the profiler 'sampler'")


PLUGIN: type[Profiler] = PySpy
