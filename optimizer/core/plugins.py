"""Plug-ins: the file's name is the plug-in's name, `PLUGIN` in it is the plug-in."""

from importlib import import_module
from importlib.resources import files
from typing import Any

from .errors import UsageError

_PACKAGE = __name__.partition(".optimizer.")[0]


def names(folder: str) -> tuple[str, ...]:
    """Names of the plug-ins in a folder of this package, e.g. `profilers` or `agents.rules`."""
    entries = files(_PACKAGE).joinpath(*folder.split(".")).iterdir()
    return tuple(sorted(entry.name[:-3] for entry in entries if entry.name.endswith(".py") and entry.name[0] != "_"))


def load(folder: str, name: str) -> Any:
    """The plug-in of that name; imports that one file. Raises `UsageError` naming the known ones."""
    if name not in names(folder):
        known = ", ".join(names(folder))
        raise UsageError(f"there is no '{name}' in {folder}", code="unknown_plugin", hint=f"known: {known}")
    return import_module(f"{_PACKAGE}.{folder}.{name}").PLUGIN
