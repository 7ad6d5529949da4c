"""Folders for trees, in the state folder: made, removed, and swept when a process was killed that had made some."""

import contextlib
import secrets
import shutil
from pathlib import Path

from .ownership import own_mark, still_alive
from .scratch import no_state


def new_place(state: Path) -> Path:
    """A name for a new folder, with our process's identity in it, so that a later start can sweep it.

    Nothing is made yet, so that whoever is stopped at any point from now on knows what to remove.
    """
    return state / "trees" / f"{own_mark()}{secrets.token_hex(4)}"


def made(place: Path) -> Path:
    """The folder. Raises `SandboxError` where it cannot be made."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.mkdir(mode=0o700)
    except OSError as error:
        raise no_state(f"in {place.parent}", error) from error
    return place


def sweep_places(state: Path) -> int:
    """Remove trees of processes that are gone; returns how many there were."""
    stale = [place for place in _places(state) if not still_alive(place.name)]
    for place in stale:
        remove(place)
    return len(stale)


def remove_own(state: Path) -> None:
    """Remove trees that this process has left for later use."""
    for place in _places(state):
        if place.name.startswith(own_mark()):
            remove(place)


def _places(state: Path) -> list[Path]:
    trees = state / "trees"
    return list(trees.iterdir()) if trees.is_dir() else []


def remove(place: Path) -> None:
    """Remove a tree even where tests took away permissions; links are removed, never followed."""

    def allow(function: object, path: str, _: object) -> None:
        with contextlib.suppress(OSError):
            Path(path).parent.chmod(0o700)
            if not Path(path).is_symlink():
                Path(path).chmod(0o700)
            if callable(function):
                function(path)

    shutil.rmtree(place, onerror=allow)
