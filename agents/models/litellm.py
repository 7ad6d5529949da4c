"""Hosted providers through litellm, which is imported at the first question because that takes seconds."""

import importlib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ...optimizer.core.errors import ModelError
from ...optimizer.core.ports import Clock, Model
from ...optimizer.core.values import Prompt, Reply
from ._retry import PassingTrouble, Retries
from ._status import brief, refusal, seconds_to_wait
from ._window import tokens_in

_NO_KEY = re.compile(r"missing .{0,20}(credentials|api.?key)", re.IGNORECASE)
"""litellm reports some missing keys as errors of the server."""
_OLLAMA = ("ollama/", "ollama_chat/")


@dataclass(frozen=True, slots=True, kw_only=True)
class LiteLLM:
    """Any litellm model id, `provider/name`. Its own retries are off: ours count."""

    model: str
    api_base: str = ""
    api_key: str = ""
    retries: Retries
    clock: Clock
    timeout: float = 600.0
    """Seconds; litellm hands it to its HTTP client."""
    max_tokens: int = 8192
    temperature: float | None = None
    local: bool = False
    """Costs nothing."""

    @property
    def name(self) -> str:
        """The model's id in messages and trailers."""
        return self.model

    def reply(self, prompt: Prompt) -> Reply:
        """One answer; raises `ModelError` after the retries."""
        started = self.clock()
        return self.retries.run(lambda: self._ask(prompt, started))

    def worst_usd(self, prompt: Prompt) -> float | None:
        """What an answer may cost at most by litellm's price list; None if it has no price for the model."""
        if self.local:
            return 0.0
        prices = self._prices()
        inside, outside = prices.get("input_cost_per_token"), prices.get("output_cost_per_token")
        if not isinstance(inside, float | int) or not isinstance(outside, float | int):
            return None
        return tokens_in(prompt) * inside + self.max_tokens * outside

    def _prices(self) -> dict[str, object]:
        try:
            return dict(_library().get_model_info(self.model))
        except Exception:  # noqa: BLE001  litellm raises a bare Exception for a model that it does not know
            return {}

    def _ask(self, prompt: Prompt, started: float) -> Reply:
        library = _library()
        messages = [{"role": message.role, "content": message.text} for message in prompt.messages]
        try:
            chunks = list(library.completion(messages=messages, **self._options(prompt)))
            whole = library.stream_chunk_builder(chunks, messages=messages)
        except Exception as error:  # litellm raises whatever its providers and its own bugs do
            raise _translated(error, self.model) from error
        text = _text_of(chunks)
        if not text.strip():
            raise PassingTrouble(f"{self.model} answered nothing", code="empty_reply", hint="use another model")
        usage = getattr(whole, "usage", None)
        details = getattr(usage, "prompt_tokens_details", None)
        return Reply(
            text=text,
            model=self.model,
            tokens_in=getattr(usage, "prompt_tokens", None),
            tokens_out=getattr(usage, "completion_tokens", None),
            tokens_cached=getattr(details, "cached_tokens", None),
            usd=self._cost(library, whole),
            seconds=self.clock() - started,
        )

    def _options(self, prompt: Prompt) -> dict[str, object]:
        options: dict[str, object] = {
            "model": self.model,
            "stream": True,
            "stream_options": {"include_usage": True},
            "max_tokens": self.max_tokens,
            "timeout": self.timeout,
            "num_retries": 0,
            "max_retries": 0,
            "drop_params": True,
            "api_base": self.api_base or None,
            "api_key": self.api_key or None,
            "temperature": self.temperature,
        }
        if self.model.startswith(_OLLAMA):
            # Ollama cuts a prompt that is longer than its default window without a word.
            options["num_ctx"] = -(-(tokens_in(prompt) + self.max_tokens) // 4096) * 4096
        return {key: value for key, value in options.items() if value is not None}

    def _cost(self, library: Any, whole: object) -> float | None:
        if self.local:
            return 0.0
        try:
            return float(library.completion_cost(completion_response=whole, model=self.model))
        except Exception:  # noqa: BLE001  no price for this model: the cost is unknown
            return None


def _library() -> Any:
    """litellm with its network look-ups, advertisements and telemetry off."""
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    library: Any = importlib.import_module("litellm")
    library.suppress_debug_info = True
    library.telemetry = False
    return library


def _text_of(chunks: Iterable[Any]) -> str:
    choices = (choice for chunk in chunks for choice in chunk.choices[:1])
    return "".join(choice.delta.content or "" for choice in choices)


def _translated(error: Exception, name: str) -> ModelError:
    """litellm's error as ours."""
    kind, said = type(error).__name__, brief(str(error))
    if kind == "ContextWindowExceededError":
        hint = "the model's context window is too small for this prompt"
        return ModelError(f"{name}: {said}", code="window_too_small", hint=hint)
    if kind == "Timeout":
        return PassingTrouble(f"{name} fell silent: {said}", code="model_slow", hint="a smaller model may help")
    if kind in {"APIConnectionError", "MidStreamFallbackError"}:
        hint = "is the server or the network up? --model rules needs neither"
        return PassingTrouble(f"{name} cannot be reached: {said}", code="model_unreachable", hint=hint)
    status = 401 if _NO_KEY.search(said) else getattr(error, "status_code", None)
    if isinstance(status, int):
        return refusal(status, said, name, wait=_wait_of(error))
    return ModelError(f"{name}: {kind}: {said}", code="model_refused", hint="is the model id one that litellm knows?")


def _wait_of(error: Exception) -> float | None:
    own: Any = getattr(getattr(error, "response", None), "headers", None)
    headers: Any = getattr(error, "litellm_response_headers", None) or own
    return seconds_to_wait(headers.get("retry-after"), headers.get("date")) if headers is not None else None


PLUGIN: type[Model] = LiteLLM
