"""What a model server's HTTP status means, and what the user can do about it."""

import re
from email.utils import parsedate_to_datetime

from ...optimizer.core.errors import ModelError
from ._retry import PassingTrouble

_BUSY = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529})
_WINDOW = re.compile(r"context.{0,12}(length|window|size)|too (long|many tokens)|n_ctx|exceed.{0,20}context", re.I)
_QUOTA = re.compile(r"insufficient_quota|exceeded your current quota|credit balance|billing", re.I)
_HINTS = {
    400: "the server does not take this request: is the model id right?",
    401: "set PERFSMITH_API_KEY, or the provider's own key variable",
    402: "the account has no credit left",
    403: "this key may not use this model",
    404: "is the model id right, and does the address end in /v1?",
    413: "the prompt is too large for this server",
    429: "the server is busy or the account's rate is used up: wait, or use another model",
}


def refusal(status: int, said: str, name: str, *, wait: float | None = None) -> ModelError:
    """The error for an HTTP status; `PassingTrouble` if asking again may help."""
    message = f"{name} answered with HTTP {status}" + (f": {said}" if said else "")
    if _WINDOW.search(said) and status in {400, 413, 422, 500}:
        hint = "the model's context window is too small for this prompt: load it with a larger one"
        return ModelError(message, code="window_too_small", hint=hint)
    if status == 429 and _QUOTA.search(said):
        return ModelError(message, code="model_refused", hint=_HINTS[402])
    hint = _HINTS.get(status, "see the server's log")
    if status in _BUSY:
        return PassingTrouble(message, code="model_busy", hint=hint, wait=wait)
    return ModelError(message, code="model_refused", hint=hint)


def seconds_to_wait(header: str | None, date: str | None) -> float | None:
    """`Retry-After` in seconds: a number, or a time to compare with the server's own `Date`; None if unreadable."""
    if header is None:
        return None
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(header) - parsedate_to_datetime(date or "")).total_seconds())
    except (ValueError, TypeError):
        return None


def brief(text: str, limit: int = 300) -> str:
    """One line of a server's answer, for messages."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
