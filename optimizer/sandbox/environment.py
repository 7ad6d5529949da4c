"""What a command of the target's inherits: an allow-list of variables."""

import os
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
