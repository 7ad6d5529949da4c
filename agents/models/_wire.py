"""The OpenAI chat format on the wire: one request body, one streamed or plain answer."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import cast

from ...optimizer.core.errors import ModelError
from ...optimizer.core.values import Prompt
from ._retry import PassingTrouble
from ._status import brief, refusal

Json = dict[str, "object"]


@dataclass(slots=True, kw_only=True)
class Answer:
    """An answer as it comes in."""

    text: list[str] = field(default_factory=list[str])
    finish: str = ""
    tokens_in: int | None = None
    tokens_out: int | None = None
    tokens_cached: int | None = None
    done: bool = False
    """The server said that this is all."""


def body_of(model: str, prompt: Prompt, max_tokens: int, temperature: float | None, *, usage: bool) -> bytes:
    """The request; asks for a stream, and for token counts at its end."""
    body: Json = {
        "model": model,
        "messages": [{"role": message.role, "content": message.text} for message in prompt.messages],
        "max_tokens": max_tokens,
        "stream": True,
    }
    if temperature is not None:
        body["temperature"] = temperature
    if usage:
        body["stream_options"] = {"include_usage": True}
    return json.dumps(body).encode()


def read_stream(lines: Iterable[bytes], name: str) -> Answer:
    """An answer from server-sent events. Raises `ModelError` if they end early or are something else."""
    answer = Answer()
    for data in _events(lines):
        if data == b"[DONE]":
            answer.done = True
            return answer
        _take(_object(data, name), answer, "delta", name)
    if not answer.done:
        raise PassingTrouble(
            f"{name} ended its answer early", code="connection_cut", hint="see the server's log; is it out of memory?"
        )
    return answer


def read_whole(data: bytes, name: str) -> Answer:
    """An answer from one JSON document, of a server that does not stream."""
    document = _object(data, name)
    answer = Answer()
    _take(document, answer, "message", name)
    if "choices" not in document:
        raise _strange(data, name)
    answer.done = True
    return answer


def error_text(data: bytes) -> str:
    """What the body of an error says, in one line."""
    try:
        document = json.loads(data)
    except ValueError:
        return brief(data.decode("utf-8", "replace"))
    inner = _dict(document).get("error", document)
    said = inner if isinstance(inner, str) else _dict(inner).get("message") or _dict(document).get("message") or inner
    code = _dict(inner).get("code")
    return brief(f"{said} ({code})" if isinstance(code, str) else str(said))


def empty(answer: Answer, name: str) -> ModelError:
    """The error for an answer without text."""
    if answer.finish == "length":
        hint = (
            "it was cut at the reply limit before any text: a thinking model needs its thinking off or a larger limit"
        )
        return ModelError(f"{name} answered nothing", code="empty_reply", hint=hint)
    if answer.finish == "content_filter":
        return ModelError(f"{name} refused: content filter", code="model_refused", hint="use another model")
    return PassingTrouble(f"{name} answered nothing", code="empty_reply", hint="ask again, or use another model")


def _events(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The data of each event; comments and other fields are skipped."""
    for line in lines:
        stripped = line.strip()
        if stripped.startswith(b"data:"):
            yield stripped[5:].strip()


def _take(document: Json, answer: Answer, part: str, name: str) -> None:
    if error := document.get("error") or (document.get("object") == "error" and document):
        code = _dict(error).get("code")
        raise refusal(code if isinstance(code, int) else 500, error_text(json.dumps(document).encode()), name)
    choices = document.get("choices")
    if isinstance(choices, list) and choices:
        choice = _dict(cast("list[object]", choices)[0])
        text = _dict(choice.get(part)).get("content")
        if isinstance(text, str):
            answer.text.append(text)
        finish = choice.get("finish_reason")
        if isinstance(finish, str):
            answer.finish, answer.done = finish, True
    _count(_dict(document.get("usage")), answer)


def _count(usage: Json, answer: Answer) -> None:
    answer.tokens_in = _number(usage.get("prompt_tokens"), answer.tokens_in)
    answer.tokens_out = _number(usage.get("completion_tokens"), answer.tokens_out)
    details = _dict(usage.get("prompt_tokens_details"))
    answer.tokens_cached = _number(details.get("cached_tokens"), answer.tokens_cached)


def _object(data: bytes, name: str) -> Json:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _strange(data, name) from error
    if not isinstance(document, dict):
        raise _strange(data, name)
    return cast("Json", document)


def _strange(data: bytes, name: str) -> ModelError:
    return ModelError(
        f"{name} does not answer in the OpenAI format: {brief(data.decode('utf-8', 'replace'), 120)}",
        code="not_openai",
        hint="is --api-base right? it usually ends in /v1",
    )


def _dict(value: object) -> Json:
    return cast("Json", value) if isinstance(value, dict) else {}


def _number(value: object, otherwise: int | None) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise
