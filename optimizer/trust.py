"""Trust: what a repository brings along is run without walls only after its user has said yes to it, once."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .core.errors import UsageError
from .core.ports import Asker

_FOLDER = "trust"


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """Commands that come from a repository and not from its user, and the files that say them."""

    commands: tuple[tuple[str, str], ...]
    """What each is for, and the command."""
    sources: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    """Path → contents."""

    @property
    def key(self) -> str:
        """The same for the same commands from the same contents."""
        digest = hashlib.sha256()
        parts = [text.encode("utf-8", "surrogateescape") for pair in self.commands for text in pair]
        for path in sorted(self.sources):
            parts += [path.encode("utf-8", "surrogateescape"), self.sources[path]]
        for part in (str(len(self.commands)).encode(), *parts):
            digest.update(b"%d:" % len(part) + part)
        return digest.hexdigest()


def answers(state: Path, repository: str) -> Path:
    """The file with the keys that the user said yes to; `repository` is the name of its private one."""
    return state / _FOLDER / repository


def settle(brought: Brought, *, root: Path, why: str, known: Path, told: bool, asker: Asker) -> None:
    """Return where the user trusts these commands: said earlier (in the file `known`), now, or by an option (`told`).

    `why` there are no walls is part of the question. Raises `UsageError` (`not_trusted`) otherwise.
    """
    if not brought.commands or brought.key in _kept(known):
        return
    answer = True if told else asker.confirm(question(brought, root, why))
    if not answer:
        raise UsageError(
            f"{root} brings its own commands, and nothing would wall them off: {_listed(brought, '; ')}"
            + (" - and they were not trusted" if answer is False else ""),
            code="not_trusted",
            hint="read them; then --trust says yes, once for these commands; or get walls: perfsmith doctor",
        )
    known.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with known.open("a", encoding="ascii") as stream:
        stream.write(f"{brought.key}\n")


def question(brought: Brought, root: Path, why: str) -> str:
    """What the user is told before they answer."""
    return "\n".join(
        [
            f"{root} brings commands of its own, and no walls are in use here (sandbox level process):",
            f"  {_listed(brought, f'{chr(10)}  ')}",
            "They, and the code that they run, can read and change whatever you can, and use the network.",
            *([f"No walls: {_shown(why)}"] if why else []),
        ]
    )


def _listed(brought: Brought, separator: str) -> str:
    return separator.join(f"{what}: {_shown(command)}" for what, command in brought.commands)


def _shown(text: str) -> str:
    """With nothing in it that could hide a part on a terminal."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def _kept(known: Path) -> frozenset[str]:
    return frozenset(known.read_text("ascii", "replace").split()) if known.is_file() else frozenset()
