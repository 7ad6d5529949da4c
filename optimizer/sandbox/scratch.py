"""Scratch folders for commands, and reading what is left there, where a hostile one may have left anything."""

import contextlib
import errno
import os
import shutil
import stat
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ..core.errors import SandboxError
from .ownership import own_mark, still_alive

LARGEST = 256 << 20
"""Bytes; a report beyond this is no report."""
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
LEAST = 16 << 20
"""Bytes without which nothing is begun."""
_NOTHING = 256 << 10
_NAME = "perfsmith-"


def temporary_root() -> Path:
    """Where temporary files go. Never the current folder, which may be the user's checkout."""
    return Path(os.environ.get("TMPDIR") or "/tmp")


def no_room(folder: Path, left: int = _NOTHING) -> bool:
    """Whether fewer than `left` bytes are free where a folder lies. File systems that tell no sizes have room."""
    try:
        usage = shutil.disk_usage(folder)
    except OSError:
        return False
    return usage.total > 0 and usage.free < left


@contextmanager
def with_room(folder: Path) -> Generator[None]:
    """Around anything that is judged by what it leaves: a full disk is nobody's mistake. Raises `SandboxError`."""
    if no_room(folder, LEAST):
        raise full(folder)
    yield
    if no_room(folder):
        raise full(folder)


def full(folder: Path) -> SandboxError:
    """A disk is full: which one, and what to do."""
    return SandboxError(
        f"no space left in {folder}",
        code="disk_full",
        hint="make room there, or point XDG_STATE_HOME and TMPDIR elsewhere; a run goes on with: perfsmith runs resume",
    )


def no_temporary(error: OSError) -> SandboxError:
    """A temporary file or folder cannot be made."""
    root = temporary_root()
    return SandboxError(
        f"cannot write in the temporary folder {root}: {error.strerror}",
        code="disk_full" if error.errno in FULL else "no_temporary_folder",
        hint="free some space there, or point TMPDIR to a folder that can be written",
    )


def no_state(where: str, error: OSError) -> SandboxError:
    """Something in the state folder cannot be written."""
    return SandboxError(
        f"cannot write {where}: {error.strerror}",
        code="disk_full" if error.errno in FULL else "state_not_writable",
        hint="free some space, or point XDG_STATE_HOME to a folder that can be written",
    )


@contextmanager
def scratch_folder(kind: str) -> Generator[Path]:
    """A private folder, gone at the end; if we are killed, the next start removes it. Raises `SandboxError`."""
    root = temporary_root()
    try:
        folder = TemporaryDirectory(prefix=f"{_NAME}{own_mark()}{kind}-", dir=root, ignore_cleanup_errors=True)
    except OSError as error:
        raise no_temporary(error) from error
    with folder as name, with_room(root):
        yield Path(name).resolve()


def sweep_scratch() -> int:
    """Remove scratch folders of processes that were killed; returns how many there were. Nothing of other users."""
    swept = 0
    with contextlib.suppress(OSError):
        for place in temporary_root().glob(f"{_NAME}*-*-*"):
            mark = place.name.removeprefix(_NAME)
            if mark[:1].isdigit() and _is_own_folder(place) and not still_alive(mark):
                shutil.rmtree(place, ignore_errors=True)
                swept += 1
    return swept


def _is_own_folder(place: Path) -> bool:
    try:
        about = place.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(about.st_mode) and about.st_uid == os.getuid()


def read_left(path: Path) -> bytes | None:
    """Contents of a plain file; None where there is none, or a link, a pipe, a device, or more than `LARGEST`."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    about = os.fstat(file)
    if not stat.S_ISREG(about.st_mode) or about.st_size > LARGEST:
        os.close(file)
        return None
    with os.fdopen(file, "rb") as stream:
        return stream.read(LARGEST)
