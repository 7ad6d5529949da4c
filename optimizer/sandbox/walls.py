"""The walls around all that runs of the target: what a level of them is, what it may promise, what a command sees."""

import contextlib
import os
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from .scratch import temporary_root

HOME = Path("/tmp/home")
"""The home that commands see inside where the tree is moved: empty, and gone with each of them."""
PLAN = "{PLAN}"
"""Stands in a command line for the number of the descriptor that the plan is read from."""
FILTER = "{FILTER}"
"""The same for the filter of system calls."""

Promise = Literal[
    "writes",
    "attributes",
    "reads",
    "network",
    "services",
    "loopback",
    "keys",
    "processes",
    "place",
    "ends",
    "frozen",
    "room",
]
PROMISES: dict[Promise, str] = {
    "writes": "nothing is written outside the tree, its scratch folder, a private home and a private temporary folder",
    "attributes": "permissions and times of files outside cannot be changed",
    "reads": "homes, temporary folders and the user's own checkout cannot be read",
    "network": "no address outside can be reached",
    "services": "no service of the system can be reached through its socket",
    "keys": "keys that the user's session holds in the kernel can be neither read nor asked for",
    "loopback": "a command can talk to a server that it started itself",
    "processes": "processes outside can be neither signalled nor looked into",
    "place": "the tree is found at the path of the user's own checkout",
    "ends": "all that a command started ends with it, daemons included",
    "frozen": "a measured run cannot write into its tree",
    "room": "temporary folders have a size",
}
"""What a level may promise, in words. Limits on memory, processes, files and disk hold at every level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """Something outside that is visible inside, at `inside`."""

    outside: Path
    inside: Path
    writable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a command sees: where it starts, and what is mounted, in order."""

    cwd: Path
    mounts: tuple[Mount, ...] = ()
    shut: tuple[Path, ...] = ()
    """Files and folders inside of what is mounted that cannot be looked into: secrets beside what is needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapped:
    """A command line, and what it reads from the descriptors whose numbers take the places of `PLAN` and `FILTER`."""

    argv: tuple[str, ...]
    plan: bytes = b""
    filter: bytes = b""


class Walls(Protocol):
    """One level of isolation, opened on this machine."""

    @property
    def level(self) -> str: ...

    @property
    def hidden(self) -> tuple[Path, ...]:
        """Folders that commands find empty or shut, but for what is mounted there."""
        ...

    @property
    def moves(self) -> bool:
        """Whether a private tree can be shown at the path of the user's own checkout."""
        ...

    @property
    def promises(self) -> frozenset[Promise]:
        """What holds on this machine: at most what the level promises in general."""
        ...

    def wrap(self, argv: Sequence[str], view: View) -> Wrapped:
        """The command line that runs `argv` inside."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A kind of walls; one file each in `levels/`, named after it."""

    rank: int
    """`auto` tries the lowest first; 0 is taken only when asked for."""
    open: Callable[[Sequence[Path]], "Walls | str"]
    """From the user's own folders, home first, to the walls, or why there are none. A probe decides if they hold."""
    promises: frozenset[Promise]
    """What it promises where the system is new enough."""
    advice: str
    """How to get it, for a person."""
    tested: bool = True


@contextlib.contextmanager
def laid(wrapped: Wrapped) -> Generator[tuple[tuple[str, ...], tuple[int, ...]]]:
    """The command line to start, and the descriptors that it needs. Plans are for Linux, and lie in memory."""
    needed = {PLAN: wrapped.plan, FILTER: wrapped.filter}
    with contextlib.ExitStack() as stack:
        numbers = {word: stack.enter_context(_in_memory(needed[word])) for word in wrapped.argv if word in needed}
        words = tuple(str(numbers[word]) if word in numbers else word for word in wrapped.argv)
        yield words, tuple(numbers.values())


@contextlib.contextmanager
def _in_memory(content: bytes) -> Generator[int]:
    with os.fdopen(os.memfd_create("plan"), "wb") as stream:
        stream.write(content)
        stream.flush()
        stream.seek(0)
        yield stream.fileno()


def hidden_folders(*own: Path) -> tuple[Path, ...]:
    """Existing folders that a command may not look into, outer ones first.

    The user's `own` are a home, and where perfsmith and git keep what is theirs, which may be elsewhere.
    `/run` is one of them: a read-only mount does not keep anyone from talking to a service through its socket.
    """
    wanted = [Path(name) for name in ("/tmp", "/var/tmp", "/home", "/root", "/run", "/var/run")]
    return tuple(
        sorted({folder.resolve() for folder in (*wanted, temporary_root(), *own) if folder.is_dir()} - {Path("/")})
    )


def outermost(folders: Sequence[Path]) -> tuple[Path, ...]:
    """Without those that lie in another one: to hide that is enough."""
    return tuple(folder for folder in folders if not any(other in folder.parents for other in folders))
