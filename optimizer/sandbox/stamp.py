"""A short text that changes whenever a file below some places is written, added or removed."""

import os
import stat
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path

MOST = 200_000
"""Files and folders that are looked at: one or two seconds."""
_NOT_LOOKED_INTO = frozenset({"__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache"})
"""What tools write while they look."""


def stamp(places: Iterable[Path], most: int = MOST) -> str | None:
    """By names, kinds, sizes and times of writing, links followed; None where there are more than `most` files."""
    digest = sha256()
    for number, (path, state) in enumerate(_below(places)):
        if number >= most:
            return None
        content = "" if stat.S_ISDIR(state.st_mode) else f"{state.st_size} {state.st_mtime_ns}"
        digest.update(f"{path}\0{stat.S_IFMT(state.st_mode)} {content}\0".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _below(places: Iterable[Path]) -> Iterator[tuple[str, os.stat_result]]:
    """Each once, in an order of their own; what cannot be read is as if it were not there."""
    seen: set[str] = set()
    waiting = sorted({str(place) for place in places})
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        try:
            state = os.lstat(path)
            if stat.S_ISLNK(state.st_mode):
                waiting.append(os.path.realpath(path))
            elif stat.S_ISDIR(state.st_mode):
                names = (entry.name for entry in os.scandir(path))
                waiting += sorted(f"{path}/{name}" for name in names if name not in _NOT_LOOKED_INTO)
        except OSError:
            continue
        yield path, state
