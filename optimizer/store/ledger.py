"""The ledger: everything that happened in a run, one line an event, appended and never changed.

Screen, report, JSON and resume are readers of it. A `kill -9` can cost at most the line that was
being written; what a user would miss (a verdict, a commit, the end) is on the disk before the run
goes on.
"""

import errno
import fcntl
import os
import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from ..core.errors import SandboxError
from ..core.events import (
    Applied,
    CandidateJudged,
    CandidateProposed,
    Committed,
    Entry,
    Event,
    FinalMeasured,
    RunFinished,
    RunStarted,
    Undone,
    Warned,
)
from ..core.ports import Attempt
from ..core.values import Candidate
from .codec import LedgerError, decode, encode, kind_of

Listener = Callable[[Entry], object]
"""Called with every entry once it is written."""

_IMPORTANT = (RunStarted, CandidateJudged, Committed, FinalMeasured, Applied, Undone, RunFinished)
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Ledger:
    """The open ledger of one run. Safe to record into from several threads."""

    def __init__(self, path: Path, run: str, clock: Callable[[], float], listeners: Sequence[Listener] = ()) -> None:
        """Open for appending, creating folders and file for this user only.

        `clock` gives seconds since the epoch. Raises `SandboxError` if the file cannot be written.
        """
        self._path = path
        self._run = run
        self._clock = clock
        self._listeners = tuple(listeners)
        self._lock = threading.RLock()
        self._unwritten = b""
        self._seq = max((entry.seq for entry in read(path)), default=0) if path.exists() else 0
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._unwritten = b"" if _ends_clean(path) else b"\n"
            with suppress(OSError):  # file systems without locks
                fcntl.flock(self._file, fcntl.LOCK_SH | fcntl.LOCK_NB)  # ends with us, however we end: see `in_use`
        except OSError as error:
            raise _trouble(path, error) from error

    def record(self, event: Event) -> None:
        """Append the event, then tell the listeners.

        Raises `SandboxError` (`disk_full`) when the line cannot be written; nothing written before
        is harmed, and the line is kept and written with the next one that finds room.
        """
        with self._lock:
            self._seq += 1
            entry = Entry(seq=self._seq, at=self._clock(), run=self._run, event=event)
            self._unwritten += encode(entry).encode() + b"\n"
            try:
                self._write()
                if isinstance(event, _IMPORTANT):
                    os.fsync(self._file)
            except OSError as error:
                raise _trouble(self._path, error) from error
            for listener in self._listeners:
                listener(entry)

    def close(self) -> None:
        """Let go of the file; recording is over."""
        os.close(self._file)

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()

    def _write(self) -> None:
        """All that is unwritten, or nothing: half a line is taken back."""
        good = os.fstat(self._file).st_size
        left = self._unwritten
        try:
            while left:
                left = left[os.write(self._file, left) :]
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._file, good)
            raise
        self._unwritten = b""


def read(path: Path, kinds: Collection[str] = ()) -> tuple[Entry, ...]:
    """The entries of a ledger, oldest first; only those of some kinds, if given, which is faster.

    A last line that was cut off is left out. Any other line that cannot be read stands as a
    `Warned`, so that a reader knows that something is missing. Raises `SandboxError` if the file
    itself cannot be read.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise _trouble(path, error) from error
    entries: list[Entry] = []
    for number, raw in enumerate(lines, start=1):
        line = raw.decode("utf-8", "replace")
        if not line or (kinds and kind_of(line) not in kinds):
            continue
        if number > 1 and raw == lines[number - 2]:
            continue  # written twice: Ctrl-C fell between writing it and taking note of that
        try:
            entries.append(decode(line))
        except LedgerError as error:
            if number < len(lines):
                entries.append(_stand_in(f"line {number} of {path.name} was left out: {error}", entries))
    return tuple(entries)


def in_use(path: Path) -> bool:
    """Whether some process is recording into a ledger."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(file)
    return False


def history(entries: Iterable[Entry], hotspot: str) -> tuple[Attempt, ...]:
    """What was tried on a hotspot (by `Hotspot.id`) and judged, in order of the verdicts."""
    proposed: dict[str, Candidate] = {}
    attempts: list[Attempt] = []
    for entry in entries:
        match entry.event:
            case CandidateProposed(candidate=candidate) if candidate.hotspot == hotspot:
                proposed[candidate.id] = candidate
            case CandidateJudged(candidate=name, verdict=verdict) if name in proposed:
                attempts.append(Attempt(candidate=proposed.pop(name), verdict=verdict))
            case _:
                pass
    return tuple(attempts)


def _stand_in(message: str, before: Sequence[Entry]) -> Entry:
    last = before[-1] if before else None
    return Entry(
        seq=last.seq + 1 if last else 1,
        at=last.at if last else 0.0,
        run=last.run if last else "",
        event=Warned(message=message),
    )


def _ends_clean(path: Path) -> bool:
    """Whether the last line is whole; an earlier run may have died while writing it."""
    with path.open("rb") as file:
        if file.seek(0, os.SEEK_END) == 0:
            return True
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def _trouble(path: Path, error: OSError) -> SandboxError:
    if error.errno in _FULL:
        hint = f"free some space under {path.parent}; nothing is lost, continue with: perfsmith runs resume"
        return SandboxError("no space left to record the run", code="disk_full", hint=hint)
    hint = f"check that {path.parent} is a folder that you may write"
    return SandboxError(f"{path.name}: {error.strerror}", code="ledger_io", hint=hint)
