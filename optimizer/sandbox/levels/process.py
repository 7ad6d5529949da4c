"""Level `process`: no walls for files or network; own session, limits and a clean environment are all there is."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..walls import Level, Promise, View, Wrapped

_PROMISES: frozenset[Promise] = frozenset(["loopback", "ends"])


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessOnly:
    """Commands run as they are; a launcher and a watchdog see to their end."""

    level: str = "process"
    moves: bool = False
    hidden: tuple[Path, ...] = ()
    promises: frozenset[Promise] = _PROMISES

    def wrap(self, argv: Sequence[str], view: View) -> Wrapped:
        """`argv` itself."""
        del view
        return Wrapped(argv=tuple(argv))


def _open(own: Sequence[Path]) -> ProcessOnly:
    del own
    return ProcessOnly()


PLUGIN = Level(rank=90, open=_open, promises=_PROMISES, advice="it works everywhere")
