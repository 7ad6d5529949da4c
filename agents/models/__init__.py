"""Models by their id; a back end is imported only when an id asks for it."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ...optimizer.core.errors import ModelError, UsageError
from ...optimizer.core.goal import Budget
from ...optimizer.core.ports import Clock, Completed, Model, Record
from ._loopback import is_loopback
from ._metered import Metered, Purse
from ._recorded import Recorded
from ._retry import Retries
from ._window import Windowed

_OPENAI_SHAPED = frozenset({"openai", "hosted_vllm", "lm_studio", "llamafile", "openai_like", "custom_openai"})
"""Prefixes that name the format and not the model: they are dropped for a server of one's own."""
_OTHER_SHAPES = frozenset(
    {"anthropic", "azure", "azure_ai", "bedrock", "cohere", "gemini", "huggingface", "ollama", "ollama_chat"}
    | {"replicate", "sagemaker", "vertex_ai", "watsonx"}
)
"""Prefixes whose servers speak another format than OpenAI's, whatever their address."""
_OLLAMA_BASE = "http://127.0.0.1:11434"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How models are reached: address, key and limits, and the effects that they need."""

    api_base: str = ""
    api_key: str = ""
    offline: bool = False
    """Nothing beyond loopback."""
    max_tokens: int = 8192
    """Tokens of one answer, thinking included."""
    temperature: float | None = None
    """None leaves it to the server."""
    window: int | None = None
    """Context window in tokens, where it is known."""
    run: Callable[[str, bytes, float], Completed] | None = None
    """For `cmd:`: runs a command line with standard input and a time limit."""
    show: Callable[[str], None] | None = None
    read: Callable[[], str] | None = None
    """For `paste`."""
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random
    clock: Clock = time.monotonic


def connect(model_id: str, access: Access) -> Model:
    """The model behind an id. Raises `UsageError` for an id that is none and `ModelError` if it may not be reached.

    `rules` is no model: it is the strategy `rewrite`, and asked for elsewhere.
    """
    kind, colon, rest = model_id.partition(":")
    if model_id == "paste":
        return _paste(access)
    if colon and kind == "cmd":
        return _command(rest.strip(), access)
    if colon and kind == "replay":
        from .replay import Replay

        return Replay.load(Path(rest).expanduser())
    if not model_id.strip() or model_id == "rules" or model_id != model_id.strip():
        raise UsageError(
            f"'{model_id}' names no model",
            code="unknown_model",
            hint="rules, cmd:COMMAND LINE, paste, replay:FILE, any litellm id, or a server's model with --api-base URL",
        )
    prefix, slash, name = model_id.partition("/")
    if access.api_base and prefix not in _OTHER_SHAPES:
        return _openai_compatible(name if slash and prefix in _OPENAI_SHAPED else model_id, access)
    return _litellm(model_id, access)


def wrapped(model: Model, *, access: Access, budget: Budget, purse: Purse, record: Record, save: Path | None) -> Model:
    """A model with its checks around it: window, budget, recording to a file."""
    inner = Metered(model=model, budget=budget, purse=purse, record=record, max_tokens=access.max_tokens)
    outer = Windowed(model=inner, window=access.window, reserve=min(2048, access.max_tokens))
    return outer if save is None else Recorded(model=outer, path=save)


def _paste(access: Access) -> Model:
    from .paste import Paste

    if access.show is None or access.read is None:
        raise UsageError("`paste` needs a terminal", code="no_terminal", hint="run it in a terminal, or use `cmd:`")
    return Paste(show=access.show, read=access.read, clock=access.clock)


def _command(command: str, access: Access) -> Model:
    from .cmd import Command

    if not command or access.run is None:
        raise UsageError(
            "`cmd:` needs a command line", code="unknown_model", hint='for example --model "cmd:llm -m NAME"'
        )
    return Command(command=command, run=access.run, clock=access.clock)


def _openai_compatible(name: str, access: Access) -> Model:
    from .openai_compatible import OpenAICompatible

    _check_address(access.api_base)
    _check_offline(name, access, access.api_base)
    return OpenAICompatible(
        model=name,
        api_base=access.api_base,
        api_key=access.api_key,
        retries=Retries(sleep=access.sleep, jitter=access.jitter),
        clock=access.clock,
        max_tokens=access.max_tokens,
        temperature=access.temperature,
        usd=0.0 if is_loopback(access.api_base) else None,
    )


def _litellm(model_id: str, access: Access) -> Model:
    from .litellm import LiteLLM

    ollama = model_id.startswith(("ollama/", "ollama_chat/"))
    base = access.api_base or (_OLLAMA_BASE if ollama and access.offline else "")
    _check_offline(model_id, access, base)
    return LiteLLM(
        model=model_id,
        api_base=base,
        api_key=access.api_key,
        retries=Retries(sleep=access.sleep, jitter=access.jitter),
        clock=access.clock,
        max_tokens=access.max_tokens,
        temperature=access.temperature,
        local=is_loopback(base) or ollama,
    )


def _check_address(base: str) -> None:
    if not base.startswith(("http://", "https://")):
        raise UsageError(
            f"'{base}' is no address of a server", code="api_base", hint="for example http://127.0.0.1:8080/v1"
        )


def _check_offline(name: str, access: Access, base: str) -> None:
    if access.offline and not is_loopback(base):
        raise ModelError(
            f"--offline forbids {name}: it is not on this machine",
            code="offline",
            hint="name a local server with --api-base, or use --model rules",
        )
