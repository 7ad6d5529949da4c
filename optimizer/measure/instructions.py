"""A second opinion on small claims: instructions that both sides execute, counted by valgrind, whatever the load.

With a fixed hash seed, counts repeat to a thousandth, but they know nothing of caches and waiting. So they are never
evidence for a claim: agreement is mentioned, and only a strong contradiction holds a claim back. Method: cachegrind
without its cache simulation (Nethercote and Seward 2007), about 30 times slower than the command plus 2 s.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ..core.events import StepStarted, Warned
from ..core.ports import Job, Record, Sandbox
from ..core.units import ratio
from ..core.values import Workload
from .command import without_shell
from .session import Decision
from .stats import median_seconds

SMALL: Final = 1.10
"""Claims from here on need no second opinion."""
AGAINST: Final = 1.02
"""So many times the base's instructions contradict a claim of less time."""
_SECONDS: Final = 60.0
_START: Final = 2.0
_SLOWDOWN: Final = 50.0
_SEED: Final = "1"
_TOTAL: Final = b"summary:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Instructions:
    """Asks valgrind about a decision; implements `attempt.SecondOpinion`."""

    program: Path
    record: Record
    folder: Callable[[str], AbstractContextManager[Path]]
    """Makes a folder that commands may write, gone at the end."""
    read: Callable[[Path], bytes | None]
    """Reads what a command has left there, where anything may lie."""

    def __call__(self, found: Decision, before: Sandbox, after: Sandbox, workload: Workload) -> Decision:
        """The decision with what was counted, or held back as `noisy`; unchanged where nothing was to be asked.

        Asked of claims below 1.10x in CPU time; left out, with a note, where one side would take a minute or fails.
        """
        if found.kind != "faster" or found.metric != "cpu" or found.speedup.ratio >= SMALL:
            return found
        if _START + _SLOWDOWN * median_seconds([one.before for one in found.rounds], "cpu") > _SECONDS:
            return self._left_out(found, "counting would take more than a minute")
        self.record(StepStarted(what=f"counting instructions on {workload.name}"))
        counts: list[int] = []
        for side in (before, after):
            count = self._count(side, workload)
            if count is None:
                return self._left_out(found, "it does not run to its end under valgrind within a minute")
            counts.append(count)
        return weighed(found, counts[0], counts[1])

    def _count(self, sandbox: Sandbox, workload: Workload) -> int | None:
        """Of the command and all its descendants; None where it failed or took too long."""
        with self.folder("count") as folder:
            command = valgrind(self.program, folder, workload.command)
            env = (("PYTHONHASHSEED", _SEED), ("PYTHONDONTWRITEBYTECODE", "1"))
            done = sandbox.run(Job(command=command, timeout=_SECONDS, env=env, scratch=folder))
            counts = [total(self.read(file) or b"") for file in sorted(folder.glob("*.counts"))]
        return sum(counts) if done.ok and counts and min(counts) > 0 else None

    def _left_out(self, found: Decision, why: str) -> Decision:
        self.record(Warned(message=f"{found.workload}: instructions were not counted: {why}"))
        return found


def valgrind(program: Path, folder: Path, command: str) -> tuple[str, ...]:
    """The command line that counts; a file a process."""
    options = ("--tool=cachegrind", "--cache-sim=no", "--trace-children=yes", "--quiet")
    files = (f"--cachegrind-out-file={folder}/%p.counts", f"--log-file={folder}/%p.log")
    return (str(program), *options, *files, "/bin/sh", "-c", without_shell(command))


def total(text: bytes) -> int:
    """Instructions of one process, from cachegrind's file; 0 where it was cut off."""
    last = text.rstrip().rpartition(b"\n")[2].split()
    return int(last[1]) if len(last) > 1 and last[0] == _TOTAL and last[1].isdigit() else 0


def weighed(found: Decision, before: int, after: int) -> Decision:
    """What the counts mean for a claim of less time."""
    fewer = before / after
    if after > AGAINST * before:
        note = f"{ratio(found.speedup.ratio)} by the clock, but {after / before:.3f} times the instructions"
        hint = "measure on a quieter machine or with --patient; memory and caches are not in these counts"
        return replace(found, kind="noisy", note=note, hint=hint)
    if fewer > 1:
        return replace(found, opinion=f"corroborated by instruction counts ({fewer:.3f}x fewer)")
    return replace(found, opinion=f"instruction counts show no gain ({fewer:.3f}x)")
