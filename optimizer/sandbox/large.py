"""Files that git-lfs keeps outside of git: pointers are replaced by what the repository's own store has of them.

Nothing is fetched and no filter is run. A pointer is what the specification of git-lfs says (git-lfs/docs/spec.md).
"""

import re
import shutil
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

_LONGEST = 1024
_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:[^\n]*\n)*?oid sha256:([0-9a-f]{64})\nsize (\d+)\n?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LargeFiles:
    """Which files of the target are in a large-file storage, and where this clone keeps what it has of it."""

    store: Path = Path("/nonexistent")
    names: tuple[str, ...] = ()
    """Relative to the root."""

    def put(self, folder: Path, without: Iterable[str] = ()) -> None:
        """Contents in place of pointers, in a tree; `without` are files that have been written otherwise."""
        for name in set(self.names).difference(without):
            place = folder / name
            found = self._stored(place)
            if found is not None and place.parent.resolve().is_relative_to(folder.resolve()):
                mode = place.stat().st_mode
                place.unlink()
                shutil.copyfile(found, place)
                place.chmod(mode)

    def missing(self, files: Collection[str], read: Callable[[str], bytes]) -> tuple[str, ...]:
        """Names of those of the files that are pointers to what the store does not have."""
        pointers = ((name, read(name)) for name in self.names if name in files)
        return tuple(name for name, data in pointers if _POINTER.fullmatch(data) and self._file(data) is None)

    def _stored(self, place: Path) -> Path | None:
        if place.is_symlink() or not place.is_file() or place.stat().st_size > _LONGEST:
            return None
        return self._file(place.read_bytes())

    def _file(self, pointer: bytes) -> Path | None:
        """Where the store has it; its size must be that of the pointer."""
        found = _POINTER.fullmatch(pointer)
        if found is None:
            return None
        oid = found[1].decode("ascii")
        file = self.store / oid[:2] / oid[2:4] / oid
        return file if file.is_file() and file.stat().st_size == int(found[2]) else None
