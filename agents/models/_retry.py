"""Asks again after trouble that passes: busy servers, cut connections, empty answers."""

from collections.abc import Callable
from dataclasses import dataclass

from ...optimizer.core.errors import ModelError
from ...optimizer.core.values import Reply

LONGEST_WAIT = 120.0
"""Seconds; a server that asks for more is not waited for."""


class PassingTrouble(ModelError):
    """A failure that may be gone when asked again; `wait` is what the server asked for, in seconds."""

    def __init__(self, message: str, *, code: str, hint: str, wait: float | None = None) -> None:
        super().__init__(message, code=code, hint=hint)
        self.wait = wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """How often, and how to wait: exponential back-off with jitter, or what `Retry-After` says."""

    sleep: Callable[[float], None]
    jitter: Callable[[], float]
    """A random number from 0 to 1."""
    attempts: int = 5
    first_wait: float = 0.5

    def run(self, ask: Callable[[], Reply]) -> Reply:
        """The first answer; raises the last `PassingTrouble` if there is none, everything else at once."""
        for attempt in range(self.attempts - 1):
            try:
                return ask()
            except PassingTrouble as trouble:
                if trouble.wait is not None and trouble.wait > LONGEST_WAIT:
                    raise
                backoff = self.first_wait * 2**attempt * (0.75 + self.jitter() / 2)
                self.sleep(backoff if trouble.wait is None else trouble.wait)
        return ask()
