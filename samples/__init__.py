"""Small projects that perfsmith can be tried on; they are carried as plain files and never imported."""

from importlib.resources import files
from pathlib import Path

from ..optimizer.core.errors import UsageError


def sample_folder(name: str = "shoplog") -> Path:
    """The folder of a bundled project, to be copied without `__pycache__`; raises `UsageError` for an unknown one."""
    home = Path(str(files(__package__ or "")))
    known = sorted(path.parent.name for path in home.glob("*/pyproject.toml"))
    if name not in known:
        raise UsageError(f"there is no sample '{name}'", code="unknown_sample", hint=f"known: {', '.join(known)}")
    return home / name
