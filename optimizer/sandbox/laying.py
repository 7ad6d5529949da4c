"""Lays trees out, and in large repositories uses one again: what was changed in it is put back.

Each change of a file, or of its attributes, sets the time of its inode's last change (ctime), which no process can
choose. So a file whose inode and ctime are those that the checkout left has its contents, too; everything else is
removed and checked out anew. With 200,000 files that takes a second where a fresh checkout takes ten.
"""

import contextlib
import os
import shutil
import stat
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from time import sleep
from typing import cast

from .places import made, new_place, remove
from .private import PrivateRepository
from .scratch import with_room

MANY = 2_000
"""Files of a tree: with fewer a fresh one is laid out about as quickly."""
_TICK = 0.02
"""Seconds: ctimes move on in ticks of the kernel's; a change in the tick of the checkout could not be told from it."""
_IDLE = 3
"""Trees that are kept: of base, candidate and one more."""
PRIVATE = ("home", "tmp")

Stamp = tuple[int, int, int]
"""Mode, inode and ctime in nanoseconds; of a folder its attributes, for its ctime tells of its entries."""


@dataclass(slots=True, kw_only=True)
class Laid:
    """A tree as it was checked out, in a place of its own."""

    place: Path
    tree: str
    seen: dict[str, Stamp]

    @property
    def folder(self) -> Path:
        """Where its files are."""
        return self.place / "tree"


@dataclass(frozen=True, slots=True, kw_only=True)
class Laying:
    """How trees of one repository get to their places."""

    private: PrivateRepository
    state: Path
    again: bool
    """Whether trees may be used again: only where nothing can write into one that does not run in it at that time."""
    idle: list[Laid] = field(default_factory=list[Laid])

    @contextlib.contextmanager
    def out(self, tree: str) -> Generator[Path]:
        """The folder with its files, beside a private home and temporary folder; nobody else has it meanwhile."""
        laid = self._restored(tree)
        place, whole = laid.place if laid else new_place(self.state), None
        try:
            with with_room(place if laid else made(place)):
                for name in PRIVATE if laid else ("tree", *PRIVATE):
                    (place / name).mkdir()
                if laid is None:
                    self.private.check_out(tree, place / "tree")
                    laid = self._looked_at(place, tree)
                yield place / "tree"
                whole = laid
        finally:
            self._leave(place, whole)

    def _looked_at(self, place: Path, tree: str) -> Laid | None:
        seen = look(place / "tree") if self.again else {}
        if len(seen) < MANY:
            return None
        sleep(_TICK)
        return Laid(place=place, tree=tree, seen=seen)

    def _leave(self, place: Path, laid: Laid | None) -> None:
        if laid is not None and len(self.idle) < _IDLE:
            self.idle.append(laid)
        else:
            remove(place)

    def _restored(self, tree: str) -> Laid | None:
        """One that was used before, as a fresh checkout would be; the nearest one first. None where there is none."""
        self.idle.sort(key=lambda one: one.tree == tree)
        while self.idle:
            laid, whole = self.idle.pop(), False
            try:
                with contextlib.suppress(OSError):
                    self._restore(laid, tree)
                    whole = True
            finally:
                if not whole:
                    remove(laid.place)
            if whole:
                return laid
        return None

    def _restore(self, laid: Laid, tree: str) -> None:
        """Raises `OSError` where something cannot be put back."""
        for name in PRIVATE:
            remove(laid.place / name)
        now = look(laid.folder)
        other = {path for path in now.keys() | laid.seen.keys() if now.get(path) != laid.seen.get(path)}
        swept = {path for path in other if not _stays(path, now, laid)}
        edited = self.private.differing(laid.tree, tree)
        _remove_all(laid.folder, swept.union(edited), now)
        _remove_empty(laid.folder, edited)
        self.private.check_out(tree, laid.folder, swept.union(edited))
        touched = {one for path in other.union(edited) for one in (path, *_above(path))}
        for path in touched:
            laid.seen.pop(path, None)
        laid.seen.update(_stamps(laid.folder, touched))
        laid.tree = tree
        sleep(_TICK)


def look(folder: Path) -> dict[str, Stamp]:
    """Every entry of a tree, relative to it. Links are not followed. Raises `OSError` where a folder cannot be read."""
    found: dict[str, Stamp] = {}
    waiting = [""]
    while waiting:
        above = waiting.pop()
        with os.scandir(folder / above) as entries:
            for entry in entries:
                path = f"{above}{entry.name}"
                found[path] = _stamp(entry.path, entry.stat(follow_symlinks=False))
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(f"{path}/")
    return found


def _stamp(path: str, about: os.stat_result) -> Stamp:
    folder = stat.S_ISDIR(about.st_mode)
    return about.st_mode, about.st_ino, _attributes(path) if folder else about.st_ctime_ns


def _attributes(path: str) -> int:
    """A number for the extended attributes of a folder: what is made in it may inherit them."""
    names = os.listxattr(path, follow_symlinks=False)
    return hash(tuple((name, os.getxattr(path, name, follow_symlinks=False)) for name in sorted(names)))


def _stamps(folder: Path, paths: Iterable[str]) -> dict[str, Stamp]:
    """Of those that exist."""
    found: dict[str, Stamp] = {}
    for path in paths:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            found[path] = _stamp(str(folder / path), (folder / path).lstat())
    return found


def _above(path: str) -> list[str]:
    """Folders that a path is in, the innermost first, without the tree itself."""
    return [str(one) for one in PurePosixPath(path).parents][:-1]


def _stays(path: str, now: Mapping[str, Stamp], laid: Laid) -> bool:
    """Whether it is a folder, then and now; its mode is put back. Raises `OSError` where more than that has changed."""
    stamps = now.get(path), laid.seen.get(path)
    if any(one is None or not stat.S_ISDIR(one[0]) for one in stamps):
        return False
    (_, _, attributes), (mode, _, before) = cast("tuple[Stamp, Stamp]", stamps)
    if attributes != before:
        raise OSError(f"the attributes of {path} have changed")
    (laid.folder / path).chmod(stat.S_IMODE(mode))
    return True


def _remove_all(folder: Path, paths: Iterable[str], now: Mapping[str, Stamp]) -> None:
    """The outermost first: what is below a folder goes with it."""
    gone: set[str] = set()
    for path in sorted(paths):
        about = now.get(path)
        if about is None or gone.intersection(_above(path)):
            continue
        if stat.S_ISDIR(about[0]):
            shutil.rmtree(folder / path)
            gone.add(path)
        else:
            (folder / path).unlink()


def _remove_empty(folder: Path, paths: Iterable[str]) -> None:
    """Folders in which nothing is left of these."""
    for path in paths:
        for one in _above(path):
            try:
                (folder / one).rmdir()
            except OSError:
                break
