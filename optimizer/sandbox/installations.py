"""Where an interpreter really lives: its environment, and the installations behind it. What says so is not trusted."""

import os
from collections.abc import Iterator
from pathlib import Path

from .hiding import covered, forms, holds_hidden
from .secret_files import is_private

_MOST_LINKS = 20
_PROGRAMS = frozenset(["bin", "Scripts", "condabin"])
_PARTS = ("bin", "lib", "lib64", "include", "pyvenv.cfg")
_SHARED_WITH = (".git", "pyproject.toml", "setup.py", "setup.cfg")
"""Signs of a folder that is more than an environment: somebody's project."""
_MANAGED = ("versions", "installs")
"""Folders of version managers (pyenv, asdf, mise) beside their `shims`."""


def prefixes(python: Path, hidden: tuple[Path, ...] = ()) -> tuple[Path, ...]:
    """Folders that an interpreter lives in: its own environment and the installations behind it, links resolved.

    Links and a `pyvenv.cfg` may lead anywhere. So of hidden folders only those are shown that hold an installation,
    and of one that holds more (`~` of `~/bin/python`, a project) only its parts; of a script, itself.
    """
    links = _links(python)
    found: dict[Path, None] = {}
    for link in links:
        home = link.parent.parent
        if link == links[-1] or (home / "pyvenv.cfg").is_file():
            found |= dict.fromkeys(_of_home(home, link, hidden))
        else:
            found |= dict.fromkeys(_of_link(link, links[-1], hidden))
    for home in _bases(python.parent.parent):
        found |= dict.fromkeys(_of_home(home, None, hidden))
    return tuple(found)


def is_installation(folder: Path) -> bool:
    """Whether a folder holds a Python: an environment, or a standard library."""
    marks = (folder / "pyvenv.cfg").is_file() or (folder / "conda-meta").is_dir()
    return marks or any(folder.glob("lib*/*/os.py"))


def _manages(folder: Path) -> bool:
    return any((folder / name).is_dir() for name in _MANAGED)


def _is_script(path: Path) -> bool:
    return path.is_file() and not path.is_symlink() and os.access(path, os.X_OK)


def _links(python: Path) -> list[Path]:
    """The program, and what each link leads to; the end is last."""
    found = [python]
    while found[-1].is_symlink() and len(found) < _MOST_LINKS:
        found.append(found[-1].parent / found[-1].readlink())
    return found


def _of_home(home: Path, program: Path | None, hidden: tuple[Path, ...]) -> Iterator[Path]:
    for form in forms(home):
        if form == Path("/"):
            continue
        if not covered(form, hidden) and not holds_hidden(form, hidden):
            yield from (form,) if form.is_dir() else ()
        elif is_installation(form):
            yield from _parts(form, hidden)
        elif program is not None and program.parent.name == "shims" and _manages(form) and not is_private(form, hidden):
            yield form
        elif program is not None and _is_script(program) and not is_private(program, hidden):
            yield form / program.relative_to(home)


def _parts(home: Path, hidden: tuple[Path, ...]) -> Iterator[Path]:
    """The whole folder where it is an installation and nothing else."""
    if is_private(home, hidden):
        return
    more = holds_hidden(home, hidden) or home.name == ".local" or any((home / name).exists() for name in _SHARED_WITH)
    if not more:
        yield home
        return
    yield from (path for name in _PARTS if (path := home / name).exists() and not holds_hidden(path, hidden))


def _of_link(link: Path, end: Path, hidden: tuple[Path, ...]) -> Iterator[Path]:
    """The folder of programs that a link lies in, where the link is a Python's."""
    home = end.parent.parent
    genuine = is_installation(home) or not covered(home, hidden)
    if link.parent.name == "shims":
        yield from _of_home(link.parent.parent, link, hidden)
    for form in forms(link.parent):
        open_already = not covered(form, hidden)
        if open_already or (genuine and link.parent.name in _PROGRAMS and not is_private(form, hidden)):
            yield from (form,) if form.is_dir() and not holds_hidden(form, hidden) else ()


def _bases(environment: Path) -> list[Path]:
    """The `home` of a virtual environment, and of that one's own base where environments are stacked."""
    found: list[Path] = []
    home = _home_of(environment)
    while home is not None and home not in found:
        found.append(home)
        home = _home_of(home)
    return found


def _home_of(environment: Path) -> Path | None:
    configuration = environment / "pyvenv.cfg"
    text = configuration.read_text("utf-8", "replace") if configuration.is_file() else ""
    for line in text.splitlines():
        key, _, value = line.partition("=")
        if key.strip() == "home" and Path(value.strip()).is_absolute():
            return Path(value.strip()).parent
    return None
