"""Locks that end with their holder, however it ends: one run a repository, one measurement a machine."""

import fcntl
import os
import stat
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from ..core.errors import LockHeld, SandboxError
from .scratch import FULL, full

EVERYBODY = Path("/tmp/perfsmith-measuring.lock")
"""The same for all users of a machine, whatever their `TMPDIR` is."""


@contextmanager
def repository_lock(state: Path, key: str) -> Generator[None]:
    """Held by the one run that may keep commits of a repository. Raises `LockHeld`."""
    with _opened(state / "locks" / f"{key}.lock") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(file, 20, 0).decode("utf-8", "replace").strip()
            raise LockHeld(
                f"another run works on this repository (process {holder or 'unknown'})",
                code="run_in_progress",
                hint="wait for it or end it; profile, verify and compare work meanwhile",
            ) from None
        os.truncate(file, 0)
        os.pwrite(file, str(os.getpid()).encode(), 0)
        yield


@contextmanager
def measuring_lock(state: Path, waiting: Callable[[], None], everybody: Path = EVERYBODY) -> Generator[None]:
    """Held while something is timed, on the whole machine; `waiting` is told when another process holds it.

    Two locks, in this order: one in the state folder, and one in a place that all users and state folders share. The
    second is left out where that place cannot be had, such as in a container of its own.
    """
    told: list[None] = []

    def wait() -> None:
        if not told:
            told.append(None)
            waiting()

    with ExitStack() as stack:
        _take(stack.enter_context(_opened(state / "locks" / "measuring.lock")), wait)
        shared = _open_shared(everybody)
        if shared is not None:
            stack.callback(os.close, shared)
            _take(shared, wait)
        yield


def _take(file: int, waiting: Callable[[], None]) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        waiting()
        fcntl.flock(file, fcntl.LOCK_EX)


def _open_shared(path: Path) -> int | None:
    """A file that anyone may have made: opened for reading, which is enough to lock it, and never through a link."""
    for flags in (os.O_RDONLY, os.O_RDONLY | os.O_CREAT | os.O_EXCL, os.O_RDONLY):
        with suppress(OSError):
            file = os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, 0o644)
            if stat.S_ISREG(os.fstat(file).st_mode):
                return file
            os.close(file)
    return None


@contextmanager
def _opened(path: Path) -> Generator[int]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno in FULL:
            raise full(path.parent) from error
        raise SandboxError(
            f"cannot write {path}: {error.strerror}",
            code="state_not_writable",
            hint="point XDG_STATE_HOME to a folder that can be written",
        ) from error
    try:
        yield file
    finally:
        os.close(file)
