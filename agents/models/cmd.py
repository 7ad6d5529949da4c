"""Any program that reads the prompt on standard input and writes its answer to standard output."""

from collections.abc import Callable
from dataclasses import dataclass

from ...optimizer.core.errors import ModelError
from ...optimizer.core.ports import Clock, Completed, Model
from ...optimizer.core.values import Prompt, Reply

Runner = Callable[[str, bytes, float], Completed]
"""Runs a command line with these bytes on standard input and this many seconds of time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command line as a model; a coding agent's CLI is one too."""

    command: str
    run: Runner
    clock: Clock
    timeout: float = 1800.0

    @property
    def name(self) -> str:
        """The id as it was given."""
        return f"cmd:{self.command}"

    def reply(self, prompt: Prompt) -> Reply:
        """What the program printed; raises `ModelError` if it failed, was too slow, or printed nothing."""
        started = self.clock()
        done = self.run(self.command, prompt.render().encode("utf-8", "replace"), self.timeout)
        said = done.stderr.decode("utf-8", "replace").strip()
        tail = "\n".join(said.splitlines()[-8:])
        if done.timed_out:
            raise self._failed(f"did not answer within {self.timeout:g} s", "model_slow", tail)
        if done.code != 0:
            raise self._failed(f"ended with exit status {done.code}", "command_failed", tail)
        text = done.stdout.decode("utf-8", "replace")
        if not text.strip():
            raise self._failed("answered nothing", "empty_reply", tail)
        return Reply(text=text, model=self.name, seconds=self.clock() - started)

    def _failed(self, what: str, code: str, tail: str) -> ModelError:
        message = f"`{self.command}` {what}" + (f":\n{tail}" if tail else "")
        return ModelError(message, code=code, hint="it must read the prompt on standard input and print its answer")


PLUGIN: type[Model] = Command
