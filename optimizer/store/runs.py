"""Which runs there were: one folder each, found again by id, by a prefix, or as `last`."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ..core.errors import UsageError
from ..core.events import Committed, Ending, Entry, FinalMeasured, RunFinished, RunStarted
from ..core.verdicts import Speedup
from .ledger import read

_TELLING = frozenset({"run_started", "committed", "final_measured", "run_finished"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """One line of `perfsmith runs list`."""

    id: str
    ledger: Path
    repo: Path
    command: str
    model: str
    started: float
    """Seconds since the epoch."""
    ending: Ending | None
    """None while it goes on, or when it was killed."""
    kept: int
    speedup: Speedup | None
    """Of the first workload, from the final measurement."""


def new_run_id(now: datetime, randomness: bytes) -> str:
    """`20261120-1415-9f3a`: when it began and, in hex, the bytes that tell two of one minute apart."""
    return f"{now:%Y%m%d-%H%M}-{randomness.hex()}"


def ledger_path(root: Path, run: str) -> Path:
    """Where the ledger of a run lies."""
    return root / run / "ledger.jsonl"


def find_runs(root: Path, repo_root: Path | None = None) -> tuple[RunSummary, ...]:
    """All runs, newest first; only those of one repository, if given. Folders that hold no run are passed over."""
    found = [_summary(path) for path in sorted(root.glob("*/ledger.jsonl"))]
    runs = [run for run in found if run is not None and repo_root in (None, run.repo)]
    return tuple(sorted(runs, key=lambda run: (run.started, run.id), reverse=True))


def find_run(root: Path, text: str, repo_root: Path | None = None) -> RunSummary:
    """The run of that id, of that unique beginning of an id, or the `last` one. Raises `UsageError`."""
    runs = find_runs(root, repo_root)
    if not runs:
        raise UsageError("there are no runs yet", code="no_runs", hint="start one with: perfsmith optimize")
    if text == "last":
        return runs[0]
    matching = [run for run in runs if run.id == text] or [run for run in runs if text and run.id.startswith(text)]
    if len(matching) == 1:
        return matching[0]
    if not matching:
        raise UsageError(f"there is no run '{text}'", code="unknown_run", hint="list them with: perfsmith runs list")
    some = ", ".join(run.id for run in matching[:3])
    raise UsageError(
        f"'{text}' may mean {len(matching)} runs",
        code="ambiguous_run",
        hint=f"type more of the id, e.g. one of: {some}",
    )


def summarize(entries: tuple[Entry, ...], ledger: Path) -> RunSummary | None:
    """What a list shows of a run; None if it never started."""
    started: tuple[Entry, RunStarted] | None = None
    ending: Ending | None = None
    kept = 0
    speedup: Speedup | None = None
    for entry in entries:
        match entry.event:
            case RunStarted() as event:
                started, ending = started or (entry, event), None
            case Committed():
                kept += 1
            case FinalMeasured(proof=proof):
                speedup = proof.workloads[0].speedup if proof.workloads else None
            case RunFinished():
                ending = entry.event.ending
            case _:
                pass
    if started is None:
        return None
    first, event = started
    return RunSummary(
        id=first.run,
        ledger=ledger,
        repo=event.repo.root,
        command=event.command,
        model=event.model,
        started=first.at,
        ending=ending,
        kept=kept,
        speedup=speedup,
    )


def _summary(path: Path) -> RunSummary | None:
    return summarize(read(path, _TELLING), path)
