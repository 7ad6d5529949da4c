"""What commands are shown of the world outside their tree: no more of hidden folders than they need, and no secrets."""

import os
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .hiding import covered, forms, holds_hidden
from .installations import prefixes
from .secret_files import is_private, search

_PACKAGES = frozenset(["site-packages", "dist-packages"])
_PROJECT = ("pyproject.toml", "setup.py", "setup.cfg")
_DEPTH = 3
"""A project's modules lie in its own folder, or in `src`, or in `src/python`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What commands need of the world outside: what they name, and more."""

    commands: tuple[str, ...] = ()
    """All that will be run."""
    typed: tuple[str, ...] = ()
    """Those of them that are the user's own: only they may name what lies in hidden folders."""
    paths: tuple[Path, ...] = ()
    """What must be visible though no command names it: where the interpreter imports from."""


NOTHING = Outside()


def exposed(outside: Outside, root: Path, hidden: tuple[Path, ...]) -> tuple[Path, ...]:
    """What is shown; nothing that lies around the root, for the user's own checkout is to be seen by nobody."""
    found = (*mentioned(outside.commands, root, hidden, outside.typed), *outside.paths)
    return tuple(path for path in dict.fromkeys(found) if not _below(root, path))


def secrets_in(
    shown: tuple[Path, ...], installed: tuple[Path, ...], outside: Outside, root: Path, hidden: tuple[Path, ...]
) -> tuple[Path, ...]:
    """What looks secret beside what is needed of hidden folders; a file that the user named is meant to be seen."""
    places = [path for path in shown if covered(path, hidden) and not _below(path, root)]
    found = search(path for path in places if not any(_below(path, place) for place in installed)).found
    named = {path for command in outside.typed for path in _named(command, root)}
    return tuple(path for path in found if path not in named and not _below(path, root))


def mentioned(
    commands: Iterable[str], root: Path, hidden: tuple[Path, ...], typed: Iterable[str] = ()
) -> tuple[Path, ...]:
    """Files and folders outside the root that commands name, and that the walls would hide.

    Of hidden folders only what `typed` commands, the user's own, name; a repository's would show whatever it likes. A
    script's whole folder is shown, for it may read what lies beside it, unless that would show a hidden folder; of an
    interpreter, what it needs. What leads back into the root through a link is left out: it would show the user's own
    checkout instead of the tree.
    """
    own = frozenset(typed)
    named = ((path, command in own) for command in commands for path in _named(command, root))
    return tuple(dict.fromkeys(place for path, told in named for place in _shown(path, root, hidden, typed=told)))


def read_outside(
    commands: Iterable[str], root: Path, hidden: tuple[Path, ...], typed: Iterable[str] = ()
) -> tuple[Path, ...]:
    """The same as far as it may change what the commands do: of an interpreter its packages, not its installation."""
    own, found = frozenset(typed), dict[Path, None]()
    for command in commands:
        for path in _named(command, root):
            packages = (path, *path.parent.parent.glob("lib*/python*/site-packages"))
            shown = packages if _is_interpreter(path) else _shown(path, root, hidden, typed=command in own)
            found |= dict.fromkeys(shown)
    return tuple(found)


def import_folders(
    folders: Iterable[Path], installed: tuple[Path, ...], hidden: tuple[Path, ...]
) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Folders that an interpreter says it imports from, as (those that may be shown, those that may not).

    Any .pth file can name any folder. Of hidden ones those may be shown that belong to its installations, hold
    installed packages, or belong to a project (an editable install of one).
    """
    there = [folder for folder in folders if folder.is_dir()]
    shown = tuple(folder for folder in there if _importable(folder, installed, hidden))
    return shown, tuple(folder for folder in there if folder not in shown)


def _importable(folder: Path, installed: tuple[Path, ...], hidden: tuple[Path, ...]) -> bool:
    if not covered(folder, hidden):
        return not holds_hidden(folder, hidden)
    if any(form.is_relative_to(place) for form in forms(folder)[-1:] for place in installed):
        return not holds_hidden(folder, hidden)
    if holds_hidden(folder, hidden) or is_private(folder, hidden):
        return False
    real = folder.resolve()
    above = [place for place in (real, *real.parents)[:_DEPTH] if not holds_hidden(place, hidden)]
    return bool(_PACKAGES.intersection(real.parts)) or any(
        (place / name).is_file() for place in above for name in _PROJECT
    )


def _named(command: str, root: Path) -> list[Path]:
    paths = (Path(word) for word in _words(command))
    return [path for path in paths if path.is_absolute() and path.exists() and not _leads_into(path, root)]


def _is_interpreter(path: Path) -> bool:
    return path.name.startswith(("python", "pypy")) and path.is_file()


def _leads_into(path: Path, root: Path) -> bool:
    real, real_root = path.parent.resolve() / path.name, root.resolve()
    return _below(path, root) or _below(root, path) or _below(real, real_root) or _below(real_root, real)


def _shown(path: Path, root: Path, hidden: tuple[Path, ...], *, typed: bool) -> tuple[Path, ...]:
    if _is_interpreter(path):
        return prefixes(path, hidden)
    folder = path if path.is_dir() else path.parent
    shown = path if holds_hidden(folder, hidden) or _below(root, folder) else folder
    refused = covered(shown, hidden) and (not typed or is_private(shown, hidden))
    return () if refused or holds_hidden(shown, hidden) else (shown,)


def _words(command: str) -> list[str]:
    """The words of a command; of `NAME=a:b` and `--option=a` the values."""
    try:
        words = shlex.split(command)
    except ValueError:
        words = command.split()
    return [part for word in words for part in word.rpartition("=")[2].split(os.pathsep)]


def _below(path: Path, folder: Path) -> bool:
    return path == folder or folder in path.parents
