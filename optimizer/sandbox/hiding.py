"""How places lie to the folders that walls hide: within one, or around one. Links are looked through."""

import os
from pathlib import Path


def forms(path: Path) -> tuple[Path, ...]:
    """A place as it is spelled, and with its links resolved."""
    return tuple(dict.fromkeys((Path(os.path.normpath(path)), path.resolve())))


def covered(path: Path, hidden: tuple[Path, ...]) -> bool:
    """Whether it lies in a hidden folder."""
    return any(form.is_relative_to(folder) for form in forms(path) for folder in hidden)


def holds_hidden(path: Path, hidden: tuple[Path, ...]) -> bool:
    """Whether to show it would show something that is to stay hidden."""
    return any(folder.is_relative_to(form) for form in forms(path) for folder in hidden)
