"""What a command of the target's inherits: an allow-list of variables, and the folders that its interpreter needs."""

import os
import shlex
from collections.abc import Iterable
from pathlib import Path

_INHERITED = ("LANG", "LC_ALL", "LC_CTYPE", "TZ")


def environment(python: Path, *, home: Path, temporary: Path) -> dict[str, str]:
    """Variables for a command; no keys, no tokens. The target interpreter's folder comes first on PATH."""
    found = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    path = [str(python.parent), *os.environ.get("PATH", os.defpath).split(os.pathsep)]
    found |= {
        "PATH": os.pathsep.join(dict.fromkeys(entry for entry in path if entry)),
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "PYTHONNOUSERSITE": "1",
    }
    if (python.parent.parent / "pyvenv.cfg").is_file():
        found["VIRTUAL_ENV"] = str(python.parent.parent)
    found.setdefault("LANG", "C.UTF-8")
    return found


def prefixes(python: Path, hidden: tuple[Path, ...] = ()) -> tuple[Path, ...]:
    """Folders that an interpreter lives in: its own environment and the installations behind it, links resolved.

    Never more than is needed: of a folder that holds a hidden one (`~` of `~/bin/python`) only the programs are shown.
    """
    pending: list[Path] = []
    link = python
    for _ in range(20):
        environment_or_end = (link.parent.parent / "pyvenv.cfg").is_file() or not link.is_symlink()
        pending.append(link.parent.parent if environment_or_end else link.parent)
        if not link.is_symlink():
            break
        link = link.parent / link.readlink()
    pending += _homes(python.parent.parent / "pyvenv.cfg")
    found: dict[Path, None] = {}
    for folder in pending:
        for form in (Path(os.path.normpath(folder)), folder.resolve()):
            shown = form if not holds_hidden(form, hidden) else form / "bin"
            if shown.is_dir() and shown != Path("/"):
                found[shown] = None
    return tuple(found)


def holds_hidden(folder: Path, hidden: tuple[Path, ...]) -> bool:
    """Whether to show a folder would show something that is to stay hidden."""
    return any(_below(other, folder) for other in hidden)


def _homes(configuration: Path) -> list[Path]:
    """The `home` of a virtual environment, and of that one's own base where environments are stacked."""
    if not configuration.is_file():
        return []
    for text in configuration.read_text("utf-8", "replace").splitlines():
        key, _, value = text.partition("=")
        if key.strip() == "home":
            base = Path(value.strip()).parent
            return [base, *_homes(base / "pyvenv.cfg")]
    return []


def mentioned(commands: Iterable[str], root: Path, hidden: tuple[Path, ...]) -> tuple[Path, ...]:
    """Files and folders outside the root that commands name, and that the walls would hide.

    A script's whole folder is shown, for it may read what lies beside it, unless that would show a hidden folder; of an
    interpreter, what it needs. What leads back into the root through a link is left out: it would show the user's own
    checkout instead of the tree.
    """
    named = _named(commands, root)
    return tuple(dict.fromkeys(place for path in named for place in _shown(path, root, hidden)))


def read_outside(commands: Iterable[str], root: Path, hidden: tuple[Path, ...]) -> tuple[Path, ...]:
    """The same as far as it may change what the commands do: of an interpreter its packages, not its installation."""
    found: dict[Path, None] = {}
    for path in _named(commands, root):
        program = _is_interpreter(path)
        packages = (path, *path.parent.parent.glob("lib*/python*/site-packages"))
        found |= dict.fromkeys(packages if program else _shown(path, root, hidden))
    return tuple(found)


def _named(commands: Iterable[str], root: Path) -> list[Path]:
    paths = (Path(word) for command in commands for word in _words(command))
    return [path for path in paths if path.is_absolute() and path.exists() and not _leads_into(path, root)]


def _is_interpreter(path: Path) -> bool:
    return path.name.startswith(("python", "pypy")) and path.is_file()


def _leads_into(path: Path, root: Path) -> bool:
    real, real_root = path.parent.resolve() / path.name, root.resolve()
    return _below(path, root) or _below(root, path) or _below(real, real_root) or _below(real_root, real)


def _shown(path: Path, root: Path, hidden: tuple[Path, ...]) -> tuple[Path, ...]:
    if _is_interpreter(path):
        return prefixes(path, hidden)
    folder = path if path.is_dir() else path.parent
    shown = path if holds_hidden(folder, hidden) or _below(root, folder) else folder
    return () if holds_hidden(shown, hidden) else (shown,)


def _words(command: str) -> list[str]:
    """The words of a command; of `NAME=a:b` and `--option=a` the values."""
    try:
        words = shlex.split(command)
    except ValueError:
        words = command.split()
    return [part for word in words for part in word.rpartition("=")[2].split(os.pathsep)]


def _below(path: Path, folder: Path) -> bool:
    return path == folder or folder in path.parents
