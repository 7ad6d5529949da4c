"""How what git does not carry gets into a tree: shown where it lies, or copied; and what of it cannot be had."""

import contextlib
import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ..core.units import size
from .checkout import carried
from .hiding import covered
from .installations import is_installation
from .secret_files import MOST_LOOKED_AT, is_private, search
from .walls import Walls

_ROOM = 64 << 20
"""Bytes that are copied into every tree at most."""
_FILES = 20_000
"""And files."""
_MOUNTS = 256
"""So many are always shown: each takes a command line some time to start."""
_MOST_SHUT = 200
_MOST_MOUNTS = 1_000
"""`bwrap` takes 9,000 words, three a mount, and gets slower with every one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """Names relative to the root of the target."""

    shown: tuple[str, ...] = ()
    """Bound or linked, read-only where the walls can."""
    copied: tuple[str, ...] = ()
    """Every tree has a copy of its own."""
    secret: frozenset[Path] = frozenset()
    """Files and folders in them that nobody gets to see; absolute."""
    notes: tuple[str, ...] = ()
    """What a person should know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Extent:
    size: int = 0
    files: int = 0

    def __add__(self, other: "_Extent") -> "_Extent":
        return _Extent(size=self.size + other.size, files=self.files + other.files)

    @property
    def fits(self) -> bool:
        """Small enough to be copied each time."""
        return self.size <= _ROOM and self.files <= _FILES


def share_out(root: Path, names: tuple[str, ...], walls: Walls) -> Sharing:
    """Where walls keep it from being written it is shown, unless there is too much to mount; else copied if small.

    Environments are never copied: their interpreter finds itself where it lies.
    """
    walled = "writes" in walls.promises
    inner = tuple(folder for folder in walls.hidden if root.resolve() in folder.parents)
    names = tuple(name for name in names if not covered(root / name, inner))
    left = tuple(name for name in names if walled and _leads_to_hidden(root, name, walls))
    seen = search(root / name for name in names if name not in left)
    many = _with_many_secrets(root, names, seen.found) if walled else ()
    names = tuple(name for name in names if name not in (*left, *many))
    found = _unwalled(root, names) if not walled else _many(root, names)
    cut = tuple(path.relative_to(root).as_posix() for path in seen.cut) if walled else ()
    notes = (*found.notes, *_hidden_notes(left, many, cut))
    return replace(found, secret=frozenset((*seen.found, *inner)), notes=notes)


def _with_many_secrets(root: Path, names: tuple[str, ...], secrets: tuple[Path, ...]) -> tuple[str, ...]:
    """Names of folders with more secrets than can be shut one by one."""
    beyond = secrets[_MOST_SHUT:]
    return tuple(name for name in names if any(path.is_relative_to(root / name) for path in beyond))


def _hidden_notes(left: tuple[str, ...], many: tuple[str, ...], cut: tuple[str, ...]) -> Iterator[str]:
    if left:
        note = f"links into folders that stay hidden lead nowhere for commands: {_some(left)}"
        yield f"{note}; what they need must lie in the checkout"
    if many:
        yield f"commands do not see {_some(many)}: more than {_MOST_SHUT} files there look like secrets"
    if cut:
        yield (
            f"not all of {_some(cut)} was searched for files that look like secrets (more than {MOST_LOOKED_AT}); "
            "commands can read those: keep them out of the checkout"
        )


def _leads_to_hidden(root: Path, name: str, walls: Walls) -> bool:
    """Into a hidden folder, but for an environment; or to what is not carried either, such as the repository itself."""
    inside = root.resolve()
    real = (root / name).resolve()
    if real == inside / name:
        return False
    if real.is_relative_to(inside):
        return not carried(inside, real.relative_to(inside).as_posix())
    return covered(real, walls.hidden) and (not is_installation(real) or is_private(real, walls.hidden))


def _unwalled(root: Path, names: tuple[str, ...]) -> Sharing:
    copied = tuple(name for name in names if _can_be_copied(root / name))
    if not _extent(root, copied).fits:
        copied = ()
    shown = tuple(name for name in names if name not in set(copied))
    if not shown:
        return Sharing(copied=copied)
    note = f"what runs can write to {_some(shown)} of the checkout: there are no walls, and no copies are made of "
    return Sharing(shown=shown, copied=copied, notes=(f"{note}environments, links and more than {size(_ROOM)}",))


def _many(root: Path, names: tuple[str, ...]) -> Sharing:
    """Of too many the smallest files are copied; folders, and what is large, are shown as far as that goes."""
    if len(names) <= _MOUNTS:
        return Sharing(shown=names)
    files = [name for name in names if stat.S_ISREG(_mode(root / name))]
    files.sort(key=lambda name: (root / name).lstat().st_size)
    copied: set[str] = set()
    used = _Extent()
    for name in files[: len(names) - _MOUNTS]:
        used += _extent(root, (name,))
        if not used.fits:
            break
        copied.add(name)
    rest = [name for name in names if name not in copied]
    rest.sort(key=lambda name: name in files)
    left = rest[_MOST_MOUNTS:]
    note = f"{len(left)} ignored files are missing in the trees that commands run in ({_some(tuple(left))})"
    notes = (f"{note}: more than {size(_ROOM)} in too many files; put them into a folder of their own",) if left else ()
    shown = set(rest[:_MOST_MOUNTS])
    return Sharing(
        shown=tuple(name for name in names if name in shown),
        copied=tuple(name for name in names if name in copied),
        notes=notes,
    )


def copy_in(root: Path, folder: Path, names: tuple[str, ...], secret: frozenset[Path] = frozenset()) -> None:
    """Copies in a tree, without what is `secret`; what the tree has already stays."""
    for name in names:
        place = _place(folder, name)
        if place is not None:
            _copy(root / name, place, secret)


def link_in(root: Path, folder: Path, names: tuple[str, ...]) -> None:
    """Links in a tree; what the tree has already stays."""
    for name in names:
        place = _place(folder, name)
        if place is not None:
            with contextlib.suppress(OSError):
                place.rmdir()  # a submodule's place is an empty folder
            with contextlib.suppress(FileExistsError):
                place.symlink_to(root / name)


def make_points(root: Path, folder: Path, names: tuple[str, ...]) -> None:
    """Makes something to mount on in a tree: the first command may find it frozen."""
    for name in names:
        place = _place(folder, name)
        if place is not None and not os.path.lexists(place):
            place.mkdir() if (root / name).is_dir() else place.touch()


def _place(folder: Path, name: str) -> Path | None:
    """Where it goes; None where a link, or a file, of the tree's own is in the way."""
    place = folder / name
    if not place.parent.resolve().is_relative_to(folder.resolve()):
        return None
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        return None
    return place


def _copy(source: Path, place: Path, secret: frozenset[Path]) -> None:
    """Plain files, folders and links; nothing else, and nothing that has gone meanwhile."""
    mode = 0 if source in secret else _mode(source)
    if stat.S_ISDIR(mode) and not place.is_symlink() and (place.is_dir() or not place.exists()):
        place.mkdir(exist_ok=True)
        for path in source.iterdir():
            _copy(path, place / path.name, secret)
    elif not os.path.lexists(place):
        if stat.S_ISLNK(mode):
            place.symlink_to(source.readlink())
        elif stat.S_ISREG(mode):
            with contextlib.suppress(FileNotFoundError, PermissionError):
                shutil.copy2(source, place, follow_symlinks=False)


def _can_be_copied(path: Path) -> bool:
    return not path.is_symlink() and not (path / "pyvenv.cfg").exists()


def _extent(root: Path, names: tuple[str, ...]) -> _Extent:
    """Of all together; counting ends where it is too much."""
    found = _Extent()
    for name in names:
        for path in _files(root / name):
            with contextlib.suppress(OSError):
                found += _Extent(size=path.lstat().st_size, files=1)
            if not found.fits:
                return found
    return found


def _files(path: Path) -> Iterator[Path]:
    if not stat.S_ISDIR(_mode(path)):
        yield path
        return
    for place, _, names in os.walk(path):
        yield from (Path(place, name) for name in names)


def _mode(path: Path) -> int:
    try:
        return path.lstat().st_mode
    except OSError:
        return 0


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
