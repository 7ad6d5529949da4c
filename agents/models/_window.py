"""Keeps prompts inside a model's context window, and notices when a server cut one in silence."""

from dataclasses import dataclass

from ...optimizer.core.errors import ModelError
from ...optimizer.core.ports import Model
from ...optimizer.core.values import Prompt, Reply

_CHARACTERS_PER_TOKEN = 3.2
_CHECKED_FROM = 2000
_CUT_BELOW = 0.4


def tokens_in(prompt: Prompt) -> int:
    """An estimate of a prompt's tokens, on the high side for code and English."""
    characters = sum(len(message.text) + 16 for message in prompt.messages)
    return round(characters / _CHARACTERS_PER_TOKEN) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Windowed:
    """A model with a check before and after: is there room, and was everything read?"""

    model: Model
    window: int | None = None
    """Tokens of prompt and answer together; None where it is unknown."""
    reserve: int = 2048
    """Tokens kept free for the answer."""

    @property
    def name(self) -> str:
        """The wrapped model's."""
        return self.model.name

    def reply(self, prompt: Prompt) -> Reply:
        """The model's answer; raises `ModelError` if the prompt does not fit or was not read whole."""
        sent = tokens_in(prompt)
        if self.window is not None and sent + self.reserve > self.window:
            over = sent + self.reserve - self.window
            raise ModelError(
                f"the prompt (about {sent} tokens) and its answer ({self.reserve}) are {over} tokens too many for "
                f"the window of {self.window} of {self.name}",
                code="window_too_small",
                hint="load the model with a larger context window",
            )
        reply = self.model.reply(prompt)
        if sent >= _CHECKED_FROM and reply.tokens_in is not None and 0 < reply.tokens_in < sent * _CUT_BELOW:
            raise ModelError(
                f"{self.name} read {reply.tokens_in} tokens of about {sent}: the server cut the prompt",
                code="window_too_small",
                hint="load the model with a larger context window (for Ollama: num_ctx)",
            )
        return reply
