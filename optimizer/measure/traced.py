"""Peak of what Python code allocates, by tracemalloc, in runs of their own: it costs several times the time.

It shows objects, where the peak of a process shows what its allocators got from the system, in steps. Nothing is
decided by it: the number is written by a process that the candidate's code runs in.
"""

import re
import shlex
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..core.events import StepStarted
from ..core.ports import Job, Record, Sandbox
from ..core.values import Workload
from ..core.verdicts import PythonPeak

_HARNESS: Final = Path(__file__).resolve().parent.parent / "harness" / "traced.py"
_SECONDS: Final = 600.0
_SEED: Final = "1"
_START = re.compile(
    r"(?P<before>(?:cd\s+\S+\s+&&\s+)?(?:env\s+)?(?:\w+=\S*\s+)*)"
    r"(?P<python>(?:\S*/)?python[\d.]*)(?P<flags>(?:\s+-(?:[bBdEIOqsSuvx]+|[XW]\s*\S+))*)\s+(?P<rest>(?:-m\s+\S|[^-\s]).*)"
)
"""A command of one Python script or module, as people and discovery write it."""
_SHELL = frozenset("|&;<>()`\n")
_PLAIN: Final = "only a command of the form `python script.py …` or `python -m module …` can be traced"
_NO_PEAK: Final = "it failed or took too long under tracemalloc, or left no peak"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracing:
    """Runs a workload once in each tree, under tracemalloc."""

    record: Record
    folder: Callable[[str], AbstractContextManager[Path]]
    """Makes a folder that commands may write, gone at the end."""
    read: Callable[[Path], bytes | None]
    """Reads what a command has left there, where anything may lie."""

    def __call__(self, before: Sandbox, after: Sandbox, workload: Workload) -> PythonPeak:
        """Both peaks, or a note why there are none. Bytes."""
        if traced(workload.command, Path("out")) is None:
            return PythonPeak(workload=workload.name, note=_PLAIN)
        self.record(StepStarted(what=f"tracing what {workload.name} allocates"))
        first = self._peak(before, workload.command)
        second = None if first is None else self._peak(after, workload.command)
        if first is None or second is None:
            side = "base" if first is None else "candidate"
            return PythonPeak(workload=workload.name, note=f"{side}: {_NO_PEAK}")
        return PythonPeak(workload=workload.name, before=first, after=second)

    def _peak(self, sandbox: Sandbox, command: str) -> int | None:
        with self.folder("traced") as folder:
            out = folder / "peak"
            line = traced(command, out)
            assert line is not None
            env = (("PYTHONHASHSEED", _SEED), ("PYTHONDONTWRITEBYTECODE", "1"))
            done = sandbox.run(Job(command=line, timeout=_SECONDS, env=env, scratch=folder))
            said = (self.read(out) or b"").decode("ascii", "replace")
        return int(said) if done.ok and said.isdigit() and len(said) < 20 else None


def traced(command: str, out: Path) -> str | None:
    """The same command under the harness, which writes to `out`; None where it is not one script or module."""
    found = _START.fullmatch(command.strip())
    if found is None or _SHELL.intersection(found["rest"] + found["python"]):
        return None
    harness = f"{shlex.quote(str(_HARNESS))} {shlex.quote(str(out))}"
    return f"{found['before']}{found['python']}{found['flags']} {harness} {found['rest']}"
