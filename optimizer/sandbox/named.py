"""Files and folders as people name them: what is too long to be a name, or odd otherwise, names nothing."""

from pathlib import Path

_SHOWN = 80


def names_file(path: Path) -> bool:
    """Whether it is a file; `Path.is_file` raises for names that the system refuses."""
    try:
        return path.is_file()
    except OSError:
        return False


def names_folder(path: Path) -> bool:
    """Whether it is a folder."""
    try:
        return path.is_dir()
    except OSError:
        return False


def shown(name: object) -> str:
    """A name for a message, which it should not fill."""
    text = str(name)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
