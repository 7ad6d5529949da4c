"""Writes every answer of a model to a JSONL file that `replay:FILE` can read; see docs/reference/replies.md."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from ...optimizer.core.errors import UsageError
from ...optimizer.core.ports import Model
from ...optimizer.core.values import Prompt, Reply

SCHEMA = "perfsmith/reply/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A model whose answers are appended to a file, one line each, as soon as they are there."""

    model: Model
    path: Path

    @property
    def name(self) -> str:
        """The wrapped model's."""
        return self.model.name

    def reply(self, prompt: Prompt) -> Reply:
        """The model's answer; raises `UsageError` if it cannot be written down."""
        reply = self.model.reply(prompt)
        line = json.dumps(_line(prompt, reply)) + "\n"
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(line)
        except OSError as error:
            raise UsageError(
                f"cannot record to {self.path}: {error.strerror}", code="record_file", hint="name another file"
            ) from error
        return reply


def thread_of(prompt: Prompt) -> str:
    """The same for all turns of one conversation: a hash of its first message."""
    first = prompt.messages[0].text if prompt.messages else ""
    return hashlib.sha256(first.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _line(prompt: Prompt, reply: Reply) -> dict[str, str | int | float | None]:
    return {
        "schema": SCHEMA,
        "prompt_sha": prompt.sha,
        "thread": thread_of(prompt),
        "template": prompt.template,
        "model": reply.model,
        "text": reply.text,
        "tokens_in": reply.tokens_in,
        "tokens_out": reply.tokens_out,
        "tokens_cached": reply.tokens_cached,
        "usd": reply.usd,
        "seconds": reply.seconds,
    }
