"""Writes every answer of a model to a JSONL file that `replay:FILE` can read; see docs/reference/replies.md."""

import errno
import hashlib
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ...optimizer.core.errors import SandboxError, UsageError
from ...optimizer.core.ports import Model
from ...optimizer.core.values import Prompt, Reply

SCHEMA = "perfsmith/reply/1"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


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
        """The model's answer; raises `UsageError` if it cannot be written down, `SandboxError` on a full disk."""
        reply = self.model.reply(prompt)
        try:
            _append(self.path, (json.dumps(_line(prompt, reply)) + "\n").encode())
        except OSError as error:
            if error.errno in _FULL:
                hint = "make room, or name another file; the answers before this one are there"
                raise SandboxError(f"no space left for {self.path}", code="disk_full", hint=hint) from error
            raise UsageError(
                f"cannot record to {self.path}: {error.strerror}", code="record_file", hint="name another file"
            ) from error
        return reply


def _append(path: Path, line: bytes) -> None:
    """The whole line or nothing of it: half a line would spoil the file for `replay`."""
    with path.open("ab", buffering=0) as file:
        end, left = file.seek(0, os.SEEK_END), line
        try:
            while left:
                left = left[file.write(left) or 0 :]
        except OSError:
            with suppress(OSError):
                file.truncate(end)
            raise


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
