"""Locks that end with their holder, however it ends: one run a repository, one measurement a machine."""

import fcntl
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from ..core.errors import LockHeld, SandboxError


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
def measuring_lock(state: Path, waiting: Callable[[], None]) -> Generator[None]:
    """Held while something is timed; `waiting` is told when another process holds it."""
    with _opened(state / "locks" / "measuring.lock") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _opened(path: Path) -> Generator[int]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise SandboxError(
            f"cannot write {path}: {error.strerror}",
            code="state_not_writable",
            hint="point XDG_STATE_HOME to a folder that can be written",
        ) from error
    try:
        yield file
    finally:
        os.close(file)
