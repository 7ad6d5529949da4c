"""What discovery looks at: the tracked files of one project, what its configuration files say, what was found."""

import configparser
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Generic, TypeVar, cast

from ..core.values import Guess

T = TypeVar("T")
Table = Mapping[str, object]
Read = Callable[[str], bytes]
"""Contents of a tracked file by its path from the root of the target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found(Generic[T]):
    """Something that was found out (or told), and how to say so."""

    value: T
    guess: Guess


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """The tracked files of one project; all paths are POSIX strings from the project's folder."""

    files: frozenset[str]
    read: Read
    """Reads by paths from the root of the target, as `Base.read` does."""
    folder: str = ""
    """The project's folder from the root of the target; empty when they are the same."""

    def text(self, path: str) -> str:
        """A file's text, undecodable bytes replaced; empty for a file that is not tracked."""
        if path not in self.files:
            return ""
        return self.read(self.rooted(path)).decode("utf-8-sig", "replace")

    def rooted(self, path: str) -> str:
        """The same path from the root of the target."""
        return f"{self.folder}/{path}" if self.folder else path

    def toml(self, path: str = "pyproject.toml") -> Table:
        """A TOML file's contents; empty where it is missing or broken (settings say so aloud)."""
        try:
            return tomllib.loads(self.text(path))
        except tomllib.TOMLDecodeError:
            return {}

    def ini(self, path: str) -> configparser.RawConfigParser:
        """An INI file's contents; what cannot be parsed is left out."""
        parser = configparser.RawConfigParser(strict=False)
        try:
            parser.read_string(self.text(path))
        except configparser.Error:
            parser.clear()
        return parser

    def has_folder(self, folder: str) -> bool:
        """Some tracked file lies under it."""
        return any(path.startswith(f"{folder}/") for path in self.files)

    def python_files(self) -> tuple[str, ...]:
        """All *.py, the shallowest first."""
        return by_depth(path for path in self.files if path.endswith(".py"))


def tree_of(files: Iterable[str], read: Read, folder: str = "") -> Tree:
    """The project in `folder` of a target whose tracked files are `files`."""
    start = f"{folder}/" if folder else ""
    return Tree(
        files=frozenset(path.removeprefix(start) for path in files if path.startswith(start)),
        read=read,
        folder=folder,
    )


def by_depth(paths: Iterable[str]) -> tuple[str, ...]:
    """The shallowest first, then by name."""
    return tuple(sorted(paths, key=lambda path: (path.count("/"), path)))


def table_at(table: Table, *keys: str) -> Table:
    """The table under a chain of keys; empty where there is none."""
    for key in keys:
        value = table.get(key)
        table = cast("Table", value) if isinstance(value, dict) else {}
    return table


def text_at(table: Table, *keys: str) -> str:
    """The text under a chain of keys; empty where there is none."""
    value = table_at(table, *keys[:-1]).get(keys[-1])
    return value if isinstance(value, str) else ""


def texts_at(table: Table, *keys: str) -> tuple[str, ...]:
    """The texts of the list (or the one text) under a chain of keys."""
    value = table_at(table, *keys[:-1]).get(keys[-1])
    items = [value] if isinstance(value, str) else value
    return (
        tuple(item for item in cast("list[object]", items) if isinstance(item, str)) if isinstance(items, list) else ()
    )


def tables_at(table: Table, *keys: str) -> tuple[Table, ...]:
    """The tables of the list under a chain of keys."""
    value = table_at(table, *keys[:-1]).get(keys[-1])
    items = cast("list[object]", value) if isinstance(value, list) else []
    return tuple(cast("Table", item) for item in items if isinstance(item, dict))


_MARKERS = ("pyproject.toml", "setup.py", "setup.cfg")


def find_project(files: Iterable[str], targets: Iterable[str] = ()) -> Found[str]:
    """The folder of the project to work on, empty for the root of the target.

    Nearest marker file above the named targets; without any, the root's own, else the only project
    there is. Several projects and no target: the root, said so.
    """
    tracked = frozenset(files)
    projects = {parent(path) for path in tracked if path.rpartition("/")[2] in _MARKERS}
    homes = {_home(path, projects) for target in targets if (path := _target_file(target, tracked))}
    if len(homes) == 1:
        folder, how = homes.pop(), "nearest project above the target"
    elif "" in projects or not projects:
        folder, how = "", "root of the repository"
    elif len(projects) == 1:
        folder, how = projects.copy().pop(), "the only project in the repository"
    else:
        folder, how = "", f"{len(projects)} projects here: name a TARGET in one of them"
    return Found(value=folder, guess=Guess(what="project", value=folder or ".", how=how, option="TARGET"))


def parent(path: str) -> str:
    """The folder of a path, empty for the top."""
    return path.rpartition("/")[0]


def _home(path: str, projects: set[str]) -> str:
    above = (str(folder) for folder in PurePosixPath(path).parents)
    return next((folder for folder in above if folder in projects), "")


def _target_file(target: str, files: frozenset[str]) -> str:
    """The tracked file of `file.py::func`, `file.py:120` or `pkg.mod:func`; empty if there is none or no one."""
    name = target.partition(":")[0]
    if name.endswith(".py"):
        return name if name in files else ""
    stem = name.replace(".", "/")
    hits = [path for path in files if f"/{path}".endswith((f"/{stem}.py", f"/{stem}/__init__.py"))]
    return hits[0] if len(hits) == 1 else ""
