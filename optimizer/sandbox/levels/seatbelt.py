"""Level `seatbelt`: macOS's own sandbox, by a profile made from the same view; untested."""

import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..walls import Level, Promise, View, Wrapped, hidden_folders

_PROMISES: frozenset[Promise] = frozenset(
    ["writes", "attributes", "reads", "network", "services", "keys", "processes", "frozen"]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seatbelt:
    """Everything can be read but homes, temporary folders and the user's checkout; the tree can be written."""

    program: str
    hidden: tuple[Path, ...]
    level: str = "seatbelt"
    moves: bool = False
    promises: frozenset[Promise] = _PROMISES

    def wrap(self, argv: Sequence[str], view: View) -> Wrapped:
        """The last rule that fits decides, so what is shown comes after what is shut."""
        return Wrapped(argv=(self.program, "-p", "\n".join(self._profile(view)), *argv))

    def _profile(self, view: View) -> Iterator[str]:
        covered = tuple(mount.inside for mount in view.mounts if mount.inside != mount.outside)
        yield "(version 1)"
        yield "(allow default)"
        yield "(deny network*)"
        yield "(deny signal)"
        yield "(allow signal (target same-sandbox))"
        yield "(deny process-info* (target others))"
        yield "(deny mach-lookup)"
        yield "(deny file-write*)"
        yield '(allow file-write* (literal "/dev/null") (literal "/dev/zero") (literal "/dev/tty"))'
        for folder in (*self.hidden, *covered):
            yield f"(deny file-read-data (subpath {_quoted(folder)}))"
        for mount in view.mounts:
            kinds = "file-read* file-write*" if mount.writable else "file-read*"
            yield f"(allow {kinds} (subpath {_quoted(mount.outside)}))"
        for path in view.shut:
            yield f"(deny file-read-data (subpath {_quoted(path)}))"


def _quoted(path: Path) -> str:
    return json.dumps(str(path.resolve()), ensure_ascii=False)


def _open(own: Sequence[Path]) -> Seatbelt | str:
    program = shutil.which("sandbox-exec")
    if program is None or sys.platform != "darwin":
        return "sandbox-exec is macOS's"
    users, temporary = Path("/Users"), Path("/private/var/folders")
    more = [folder for folder in (users, temporary) if folder.is_dir()]
    return Seatbelt(program=program, hidden=(*hidden_folders(*own), *more))


PLUGIN = Level(rank=40, open=_open, promises=_PROMISES, advice="use macOS", tested=False)
