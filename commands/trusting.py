"""Which commands a repository brings along, and asking its user about them where there are no walls."""

import os
import shlex
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from ..optimizer.core.ports import Asker
from ..optimizer.core.values import Suite, Workload
from ..optimizer.discover.tree import Tree
from ..optimizer.sandbox.choice import Choice
from ..optimizer.settings import Loaded
from ..optimizer.trust import Brought, settle

_CONFIGURATION = (
    *("pyproject.toml", "pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini", "tox.ini", "setup.cfg"),
    *("manage.py", "asv.conf.json"),
)
"""Files that commands are found in, or that make a found command run something else."""
_TESTING = frozenset(["optimize", "demo", "verify"])
"""Subcommands that run the tests, whatever there is to measure."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """The person at the terminal; nobody where input or messages go elsewhere."""

    words: str = "Run them?"
    paused: Callable[[], AbstractContextManager[None]] = nullcontext
    """Takes the status line away meanwhile."""

    def confirm(self, question: str) -> bool | None:
        """Ask on standard error; anything but yes is no."""
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            return None
        with self.paused():
            sys.stderr.write(f"{question}\n{self.words} [y/N] ")
            sys.stderr.flush()
            return sys.stdin.readline().strip().lower() in ("y", "yes")


class Nobody:
    """For `--no-input`."""

    def confirm(self, question: str) -> None:
        """No answer."""
        del question


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Asks where there are no walls; elsewhere everything goes through."""

    loaded: Loaded
    command: str
    """The subcommand that was typed."""
    borrowed: frozenset[str]
    """Settings that were taken from the repository though they stand among the options."""
    root: Path
    choice: Choice
    known: Path
    asker: Asker

    def in_interpreter(self, path: Path, tree: Tree, revision: str) -> None:
        """Asked before an interpreter is started that the repository names or holds. Raises `UsageError`.

        What git carries is asked about in any case; else not where the user named it, or works in its environment.
        """
        root = self.root.resolve()
        inside = [form for form in (path, path.resolve()) if form.is_relative_to(root)]
        carried = any(_carries(tree, form.relative_to(root)) for form in inside)
        theirs = self._brought("python") or (inside and not self._own("python") and not _in_use(path))
        if carried or theirs:
            sources = {"commit": revision.encode()} if carried else _started(path, root)
            self._settle(Brought(commands=(("python", str(path)),), sources=sources))

    def in_commands(
        self, workloads: tuple[Workload, ...], suite: Suite | None, build: str, tree: Tree, project: bytes
    ) -> None:
        """Asked before any of them is run; `project` is its settings file in the working tree. Raises `UsageError`."""
        found: list[tuple[str, str]] = []
        if self._brought("workload"):
            found += [("workload", workload.command) for workload in workloads]
        if suite and self._brought("tests") and (self.command in _TESTING or not workloads):
            found.append(("tests", suite.command))
        if build and self._brought("build"):
            found.append(("build", build))
        if found and self.choice.walls.level == "process":
            sources = {path: tree.text(path).encode() for path in _sources(found, tree)}
            self._settle(Brought(commands=tuple(found), sources={**sources, "the settings": project}))

    def typed(self, workloads: tuple[Workload, ...], suite: Suite | None, build: str) -> tuple[str, ...]:
        """Commands that the user typed, or wrote into variables or their own configuration."""
        found = [workload.command for workload in workloads] if self._own("workload") else []
        found += [suite.command] if suite and self._own("tests") else []
        return (*found, *([build] if build and self._own("build") else []))

    def _own(self, key: str) -> bool:
        return key in self.loaded.origins and not self._brought(key)

    def _brought(self, key: str) -> bool:
        """Whether the repository says it; what we found by ourselves is our own way to run a suite."""
        return self.loaded.origins.get(key) == "project" or key in self.borrowed

    def _settle(self, brought: Brought) -> None:
        if self.choice.walls.level != "process":
            return
        settings = self.loaded.settings
        settle(
            brought,
            root=self.root,
            why=self.choice.why,
            known=self.known,
            told=settings.trust,
            asker=Nobody() if settings.no_input else self.asker,
        )


def _carries(tree: Tree, program: Path) -> bool:
    """Whether git carries a program, given from the root, or something of its environment."""
    home = program.parent.parent.as_posix()
    start = "" if home == "." else f"{home}/"
    places = (program.as_posix(), f"{start}lib/", f"{start}pyvenv.cfg")
    folder = f"{program.parent.as_posix()}/"
    files = [tree.rooted(file) for file in tree.files]
    return any(file.startswith(places) or (folder != "./" and file.startswith(folder)) for file in files)


def _in_use(python: Path) -> bool:
    """Whether the user works in its environment already: activated it, or runs perfsmith there."""
    used = (sys.prefix, os.environ.get("VIRTUAL_ENV"), os.environ.get("CONDA_PREFIX"))
    return any(python.parent.parent.resolve() == Path(one).resolve() for one in used if one)


def _started(python: Path, root: Path) -> dict[str, bytes]:
    """What an interpreter is, and what it runs at its start."""
    real, home = python.resolve(), python.parent.parent
    packages = [*home.glob("lib*/python*/site-packages/*.pth"), *home.glob("lib*/python*/site-packages/*customize.py")]
    files = [path for path in (home / "pyvenv.cfg", *packages) if home != root.parent and path.is_file()]
    program = real.read_bytes() if real.is_relative_to(root) and real.is_file() else str(real).encode()
    return {"program": program, **{str(path): path.read_bytes() for path in files}}


def _sources(found: list[tuple[str, str]], tree: Tree) -> list[str]:
    """Tracked files that the commands are found in, or that they name."""
    words = {word for _, command in found for word in _words(command)}
    named = {path for word in words for path in (word, word.partition("::")[0]) if path in tree.files}
    return sorted(named | {path for path in _CONFIGURATION if path in tree.files})


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        return command.split()
