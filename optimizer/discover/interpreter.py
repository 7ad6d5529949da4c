"""Which Python the target runs with: told, active, or where the project's tools keep it."""

import os
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Protocol

from ..core.errors import PerfsmithError, TargetError, UsageError
from ..core.values import Guess
from .environments import Environ, Place, active, conventional, on_path, pyenv
from .tree import Found

_OLDEST = (3, 6)
_CHOOSE = "choose another with --python (an interpreter, or a folder of an environment)"


class Facts(Protocol):
    """What an interpreter says about itself when it is started outside the target's tree."""

    @property
    def version(self) -> str:
        """As in `3.12.4`."""
        ...

    @property
    def executable(self) -> str:
        """Its `sys.executable`."""
        ...

    @property
    def prefix(self) -> str:
        """Its `sys.prefix`."""
        ...

    @property
    def path(self) -> tuple[str, ...]:
        """Its `sys.path`, with what .pth files add."""
        ...


Ask = Callable[[Path], Facts | None]
"""Starts an interpreter and returns its facts; None if it does not start or is no Python."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Python:
    """The target's interpreter: where it is and what it says about itself."""

    path: Path
    facts: Facts

    def home_of(self, module: str) -> Path | None:
        """The folder (or file) a top-level module is imported from, not counting the tree; None if nowhere."""
        return _first_home(module, tuple(Path(folder) for folder in self.facts.path))


def find_python(
    option: str | None,
    config: str | None,
    root: Path,
    environ: Environ,
    ask: Ask,
    *,
    project: str = "",
    own: Path = Path(sys.prefix),
) -> Found[Python]:
    """The interpreter to run the target with.

    Order: the option, the project's configuration, the active environment if it lies in the
    repository, the project's own environments, the active environment, .python-version, PATH. `own`
    is the environment perfsmith runs in: it is taken only if it belongs to the project, is active,
    or nothing else is found. Raises `UsageError` for an option or key that names no Python, and
    `TargetError` when a project's environment is broken or there is no Python at all.
    """
    if option is not None:
        return _told(option, (Path.cwd(), root), "--python", environ, ask)
    if config is not None:
        return _told(config, (root / project, root), "[tool.perfsmith] python", environ, ask)
    folders = tuple(dict.fromkeys((root / project, root)))
    for place in _of_project(folders, environ):
        return _settle(place, root, ask)
    return _elsewhere(folders, environ, ask, own)


def _told(text: str, bases: tuple[Path, ...], place: str, environ: Environ, ask: Ask) -> Found[Python]:
    """An interpreter by file, environment folder, or name on PATH."""
    for base in bases:
        path = _without_dots((base / Path(text).expanduser()).absolute())
        if os.path.lexists(path):
            return _settle(Place(path=path, how=f"set by {place}"), bases[-1], ask, UsageError)
    if os.sep not in text:
        for folder in environ.get("PATH", "").split(os.pathsep):
            if folder and os.access(Path(folder) / text, os.X_OK):
                return _settle(Place(path=Path(folder) / text, how=f"set by {place}"), bases[-1], ask, UsageError)
    raise UsageError(f"{place}: there is no {text}", code="python_not_found", hint=_CHOOSE)


def _without_dots(path: Path) -> Path:
    """The same place with no `..` in it; the last part may be a link, for so environments name their Python."""
    if ".." not in path.parts:
        return path
    return path.resolve() if path.name == ".." else path.parent.resolve() / path.name


def _of_project(folders: tuple[Path, ...], environ: Environ) -> Iterator[Place]:
    root = folders[-1].resolve()
    yield from (place for place in active(environ) if place.path.resolve().is_relative_to(root))
    for folder in folders:
        yield from conventional(folder, environ)


def _elsewhere(folders: tuple[Path, ...], environ: Environ, ask: Ask, own: Path) -> Found[Python]:
    """The first that starts; a Python of perfsmith's own that is merely on PATH comes last."""
    last: Found[Python] | None = None
    versions = chain.from_iterable(pyenv(folder, environ) for folder in folders)
    for place in chain(active(environ), versions, on_path(environ)):
        try:
            found = _settle(place, folders[-1], ask)
        except TargetError:
            continue
        if not _same(found.value.facts.prefix, own):
            return found
        if "active" in place.how:
            return _with_how(found, f"{place.how}, which is perfsmith's own")
        last = last or _with_how(found, "perfsmith's own interpreter: nothing else was found")
    if last is None:
        raise TargetError("there is no Python to run the project with", code="no_python", hint=_CHOOSE)
    return last


def _settle(place: Place, root: Path, ask: Ask, kind: type[PerfsmithError] = TargetError) -> Found[Python]:
    """The interpreter at a place, asked for its facts."""
    path = _executable(place.path)
    if not path.exists():
        why = "points nowhere" if path.is_symlink() else "is missing"
        raise _broken(place, root, f"its interpreter {path.relative_to(place.path.parent)} {why}", kind)
    facts = ask(path)
    if facts is None:
        raise _broken(place, root, f"{path} does not start as a Python", kind)
    if _numbers(facts.version) < _OLDEST:
        raise kind(
            f"{path} is Python {facts.version}: the oldest supported is 3.6", code="python_too_old", hint=_CHOOSE
        )
    if place.how.endswith("on PATH"):  # a shim of a version manager is a script: take what it stands for
        path = Path(facts.executable)
        place = Place(path=path, how=place.how)
    shown = f"{_shown(place.path, root)} ({facts.version})"
    guess = Guess(what="python", value=shown, how=place.how, option="--python")
    return Found(value=Python(path=path, facts=facts), guess=guess)


def _broken(place: Place, root: Path, why: str, kind: type[PerfsmithError]) -> PerfsmithError:
    shown = _shown(place.path, root)
    return kind(
        f"the environment {shown} is broken: {why}",
        code="broken_interpreter",
        hint=f"create {shown} again, or {_CHOOSE}",
    )


def _executable(path: Path) -> Path:
    """The interpreter of an environment folder; a file is one itself. Symlinks stay: they make the environment."""
    if not path.is_dir():
        return path
    names = ("bin/python", "bin/python3", "Scripts/python.exe", "python.exe")
    return next((path / name for name in names if os.path.lexists(path / name)), path / names[0])


def _with_how(found: Found[Python], how: str) -> Found[Python]:
    guess = Guess(what=found.guess.what, value=found.guess.value, how=how, option=found.guess.option)
    return Found(value=found.value, guess=guess)


def _same(one: str, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2] if part.isdigit())


def _shown(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def _first_home(module: str, folders: tuple[Path, ...]) -> Path | None:
    for folder in folders:
        package = folder / module
        if package.is_dir() or (folder / f"{module}.py").is_file():
            return package if package.is_dir() else folder / f"{module}.py"
        if binary := next(folder.glob(f"{module}.*.so"), None):
            return binary
    finders = (finder for folder in folders for finder in sorted(folder.glob("__editable__*_finder.py")))
    for finder in finders:  # setuptools' editable installs that no .pth can express
        mapping = re.search(rf"""['"]{re.escape(module)}['"]: ['"]([^'"]+)['"]""", finder.read_text(errors="replace"))
        if mapping:
            return Path(mapping[1])
    return None
