"""Answers from a file that was recorded earlier; see docs/reference/replies.md."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from ...optimizer.core.errors import ModelError, UsageError
from ...optimizer.core.ports import Model
from ...optimizer.core.values import Prompt, Reply
from ._recorded import SCHEMA, thread_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One recorded answer; empty hashes in a file written by hand."""

    reply: Reply
    prompt: str = ""
    thread: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """Gives each recorded answer once: by prompt, else the next of the conversation, else the next at all."""

    path: Path
    lines: tuple[Line, ...]
    used: set[int] = field(default_factory=set[int])

    @classmethod
    def load(cls, path: Path) -> "Replay":
        """Reads a file; raises `UsageError` naming the line that cannot be read."""
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"cannot read {path}: {error}", code="replay_file", hint="name a recorded file") from error
        rows = enumerate(text.split("\n"), 1)
        return cls(path=path, lines=tuple(_line(row, path, number) for number, row in rows if row.strip()))

    @property
    def name(self) -> str:
        """`replay:` and the file's name, without its folder."""
        return f"replay:{self.path.name}"

    def worst_usd(self, prompt: Prompt) -> float:
        """Nothing: it was paid when it was recorded."""
        return 0.0

    def reply(self, prompt: Prompt) -> Reply:
        """The recorded answer, at no cost; raises `ModelError` when there is none left."""
        sha, thread = prompt.sha, thread_of(prompt)
        matches: list[Callable[[Line], bool]] = [lambda line: line.prompt == sha, lambda line: line.thread == thread]
        if not any(line.thread == thread for line in self.lines):
            matches.append(lambda _: True)
        for matching in matches:
            for number, line in enumerate(self.lines):
                if number not in self.used and matching(line):
                    self.used.add(number)
                    return replace(line.reply, usd=0.0, seconds=0.0)
        raise ModelError(
            f"{self.path} has no answer left for this prompt",
            code="replay_exhausted",
            hint="record a longer run, or ask for fewer candidates",
        )


def _line(row: str, path: Path, number: int) -> Line:
    try:
        parsed: object = json.loads(row)
    except (ValueError, RecursionError) as error:
        raise _unreadable(path, number, f"not JSON: {error}") from error
    values = cast("dict[str, object]", parsed) if isinstance(parsed, dict) else {}
    text = values.get("text")
    if not isinstance(text, str):
        raise _unreadable(path, number, "it has no text")
    if values.get("schema", SCHEMA) != SCHEMA:
        raise _unreadable(path, number, f"its schema is {values['schema']!r} and not {SCHEMA!r}")
    reply = Reply(
        text=text,
        model=_string(values.get("model")) or "replay",
        tokens_in=_count(values.get("tokens_in")),
        tokens_out=_count(values.get("tokens_out")),
        tokens_cached=_count(values.get("tokens_cached")),
    )
    return Line(reply=reply, prompt=_string(values.get("prompt_sha")), thread=_string(values.get("thread")))


def _unreadable(path: Path, number: int, why: str) -> UsageError:
    return UsageError(f"line {number} of {path} is no recorded answer: {why}", code="replay_file")


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


PLUGIN: type[Model] = Replay
