"""Reads what commands left in a scratch folder, where a hostile one may have left anything."""

import os
import stat
from pathlib import Path

LARGEST = 256 << 20
"""Bytes; a report beyond this is no report."""


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
