"""What was found out about a base, kept between runs: one file a fact, typed, bounded in size, number and age.

The folder may be thrown away at any time, by anybody. A file counts only if it was written for this very question, is
whole and young; else it is as if it were not there. Several runs may read and write at once.
"""

import os
import stat
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from .codec import LedgerError, from_text, to_text

T = TypeVar("T")
LARGEST = 32 << 20
"""Bytes of one fact before it is packed; a larger one is not kept."""
_QUICKLY = 1
"""Level of packing: texts about calls repeat themselves so much that no more is needed."""
ROOM = 256 << 20
"""Bytes of all facts of all repositories; the oldest go first."""
AGE = 30 * 86400.0
"""Seconds. Nobody can list all that a base depends on, the date for one."""
_WRITING = 3600.0
"""Seconds after which a file that was not written to its end belongs to nobody."""
_READING = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
FOLDER = "facts"
"""In the state folder; inside it one folder a repository."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFacts:
    """The facts of one repository; implements `core.ports.Kept`."""

    folder: Path
    about: str
    """What every fact depends on; other parts of a question are added to it."""
    clock: Callable[[], float]
    """Seconds since the epoch."""
    say: Callable[[str], object]
    """Told once when nothing can be kept."""
    said: list[str] = field(default_factory=list[str])

    def load(self, shape: type[T], *about: str) -> T | None:
        """A fact; None where it is not there, too old, torn, or of something else."""
        key = self._key(shape, about)
        try:
            with os.fdopen(os.open(self._place(key), _READING), "rb") as file:
                if not _usable(os.fstat(file.fileno()), self.clock()):
                    return None
                head, _, packed = file.read(LARGEST + 1).partition(b"\n")
            text = zlib.decompressobj().decompress(packed, LARGEST) if head == _head(key, packed) else b""
            return from_text(shape, text.decode("ascii")) if text else None
        except (OSError, UnicodeDecodeError, LedgerError, zlib.error):
            return None

    def store(self, value: object, *about: str) -> None:
        """Written beside and moved into place, so that nobody reads a part of it; for this user only."""
        key = self._key(type(value), about)
        text = to_text(value).encode("ascii")
        if len(text) > LARGEST - 1024:
            return
        packed = zlib.compress(text, _QUICKLY)
        draft = self._place(key).with_suffix(f".{os.getpid()}-{os.urandom(4).hex()}")
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                with os.fdopen(
                    os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb"
                ) as file:
                    file.write(_head(key, packed) + b"\n" + packed)
                draft.replace(self._place(key))
            finally:
                draft.unlink(missing_ok=True)
            tidy(self.folder.parent, self.clock())
        except OSError as error:
            if not self.said:
                self.said.append(f"what is found out about the base cannot be kept in {self.folder}: {error.strerror}")
                self.say(f"{self.said[0]}; the next run finds it out again")

    def _key(self, shape: type, about: tuple[str, ...]) -> str:
        parts = (self.about, shape.__name__, *about)
        digest = sha256()
        for part in parts:
            data = part.encode("utf-8", "surrogateescape")
            digest.update(len(data).to_bytes(8, "big") + data)
        return digest.hexdigest()

    def _place(self, key: str) -> Path:
        return self.folder / f"{key[:32]}.json"


def tidy(folder: Path, now: float, room: int = ROOM) -> None:
    """Remove what is too old, what is left of runs that were killed, and the oldest where there is too much."""
    found: list[tuple[float, int, Path]] = []
    for place in folder.rglob("*"):
        with suppress(FileNotFoundError):
            state = place.lstat()
            if not stat.S_ISDIR(state.st_mode):
                found.append((state.st_mtime, state.st_size, place))
    used = 0
    for written, size, place in sorted(found, reverse=True):
        whole = place.suffix == ".json"
        used += size if whole else 0
        if abs(now - written) > (AGE if whole else _WRITING) or (whole and used > room):
            used -= size if whole else 0
            place.unlink(missing_ok=True)


def _usable(state: os.stat_result, now: float) -> bool:
    return stat.S_ISREG(state.st_mode) and state.st_size <= LARGEST and abs(now - state.st_mtime) <= AGE


def _head(key: str, packed: bytes) -> bytes:
    """Says what the file answers, and what is in it."""
    return f"{key} {sha256(packed).hexdigest()}".encode("ascii")
