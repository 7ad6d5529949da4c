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
_NAME = "perfsmith-"


def temporary_root() -> Path:
    """Where temporary files go. Never the current folder, which may be the user's checkout."""
    return Path(os.environ.get("TMPDIR") or "/tmp")


@contextmanager
def scratch_folder(kind: str) -> Generator[Path]:
    """A private folder, gone at the end; if we are killed, the next start removes it. Raises `SandboxError`."""
    root = temporary_root()
    try:
        folder = TemporaryDirectory(prefix=f"{_NAME}{own_mark()}{kind}-", dir=root, ignore_cleanup_errors=True)
    except OSError as error:
        raise SandboxError(
            f"cannot make a temporary folder in {root}: {error.strerror}",
            code="disk_full" if error.errno in FULL else "no_temporary_folder",
            hint="free some space there, or point TMPDIR to a folder that can be written",
        ) from error
    with folder as name:
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
