"""What is kept of a target between runs, and what all of it depends on."""

import time
from hashlib import sha256
from pathlib import Path

from ..optimizer.core.events import Warned
from ..optimizer.core.ports import Record
from ..optimizer.sandbox.environment import environment
from ..optimizer.sandbox.exposure import read_outside
from ..optimizer.sandbox.private import repository_key
from ..optimizer.sandbox.stamp import stamp
from ..optimizer.sandbox.walls import HOME
from ..optimizer.store.kept import FOLDER, KeptFacts
from .target import Target, commands, import_path

_OWN = Path(__file__).resolve().parent.parent / "optimizer"


def kept_facts(target: Target, record: Record) -> KeptFacts | None:
    """None where the environment is too large to see whether it is still the same."""
    around = _surroundings(target)
    if around is None:
        return None
    return KeptFacts(
        folder=target.state / FOLDER / repository_key(target.checkout),
        about=around,
        clock=time.time,  # noqa: TID251 - the age of files, no durations
        say=lambda message: record(Warned(message=message)),
    )


def walled(target: Target) -> bool:
    """Whether what is kept is out of reach of the target's own code, which could write itself an answer."""
    return "writes" in target.choice.walls.promises


def _surroundings(target: Target) -> str | None:
    """Whatever of the machine may change what the base does, and whoever asks.

    Our own code, the interpreter and its packages, what git does not carry or only as a pointer, what commands name
    outside of the checkout, the variables that they inherit, the level of the walls. Tests, workloads and revision
    belong to the question.
    """
    root, hidden = target.checkout.root, target.choice.walls.hidden
    python = target.python.path
    around = target.base.surroundings
    ignored = (root / name for name in (*around.carried.shown, *around.carried.copied))
    large = (around.large.store,) if around.large.names else ()
    packages = (path for path in import_path(target.python, target.choice) if not _known_already(path, root))
    outside = read_outside(commands(target.goal), root, hidden, target.typed)
    seen = stamp((python, *packages, *ignored, *large, *outside))
    if seen is None:
        return None
    variables = environment(python, home=HOME, temporary=Path("/tmp"))
    parts = (
        _own_code(),
        seen,
        str(root),
        str(python),
        target.python.facts.version,
        target.choice.walls.level,
        target.goal.build,
        *around.large.names,
        *(f"{name}={value}" for name, value in sorted(variables.items())),
    )
    return sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()


def _known_already(path: Path, root: Path) -> bool:
    """The standard library comes with the interpreter, and what lies in the checkout is a part of the revision."""
    return (path / "os.py").is_file() or path.is_relative_to(root)


def _own_code() -> str:
    """Another version of ours may ask the same and mean something else."""
    digest = sha256()
    for path in sorted(_OWN.rglob("*.py")):
        digest.update(f"{path.relative_to(_OWN)}\0".encode() + path.read_bytes())
    return digest.hexdigest()
