"""Any server that speaks the OpenAI chat format, through the standard library alone."""

import http.client
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPResponse

from ...optimizer.core.errors import ModelError
from ...optimizer.core.ports import Clock, Model
from ...optimizer.core.values import Prompt, Reply
from ._loopback import is_loopback
from ._retry import PassingTrouble, Retries
from ._status import refusal, seconds_to_wait
from ._wire import Answer, body_of, empty, error_text, read_stream, read_whole

_LARGEST = 8 << 20
"""Bytes of an answer that are read at most."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the key to another host: it is an error instead."""

    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAICompatible:
    """A model behind `POST {api_base}/chat/completions`, streamed."""

    model: str
    """The name that the server knows it by."""
    api_base: str
    api_key: str = ""
    retries: Retries
    clock: Clock
    idle: float = 300.0
    """Seconds without a byte after which the connection counts as cut."""
    timeout: float = 1800.0
    """Seconds for one whole answer."""
    max_tokens: int = 8192
    temperature: float | None = None
    usd: float | None = None
    """What an answer costs where that is known: 0 for a local server."""

    @property
    def name(self) -> str:
        """The model's id in messages and trailers."""
        return self.model

    def reply(self, prompt: Prompt) -> Reply:
        """One answer; raises `ModelError` after the retries."""
        started = self.clock()
        return self.retries.run(lambda: self._ask(prompt, started, usage=True))

    def worst_usd(self, prompt: Prompt) -> float | None:
        """What an answer may cost at most: nothing on this machine, unknown elsewhere."""
        return self.usd

    def _ask(self, prompt: Prompt, started: float, *, usage: bool) -> Reply:
        body = body_of(self.model, prompt, self.max_tokens, self.temperature, usage=usage)
        try:
            answer = self._send(body)
        except ModelError as error:
            if usage and error.code == "model_refused" and "stream_options" in str(error):
                return self._ask(prompt, started, usage=False)
            raise
        text = "".join(answer.text)
        if not text.strip():
            raise empty(answer, self._title)
        return Reply(
            text=text,
            model=self.model,
            tokens_in=answer.tokens_in,
            tokens_out=answer.tokens_out,
            tokens_cached=answer.tokens_cached,
            usd=self.usd,
            seconds=self.clock() - started,
        )

    @property
    def _title(self) -> str:
        return f"{self.model} at {self.api_base}"

    def _send(self, body: bytes) -> Answer:
        try:
            with self._open(self._request(body)) as response:
                return self._read(response)
        except urllib.error.HTTPError as error:
            raise self._refused(error) from error
        except TimeoutError as error:
            raise self._slow() from error
        except urllib.error.URLError as error:
            raise self._slow() if isinstance(error.reason, TimeoutError) else self._unreachable(error.reason) from error
        except (http.client.HTTPException, OSError) as error:
            raise PassingTrouble(
                f"the connection to {self._title} was cut: {error!r}",
                code="connection_cut",
                hint="see the server's log",
            ) from error

    def _request(self, body: bytes) -> urllib.request.Request:
        headers = {"Content-Type": "application/json", "Accept": "text/event-stream, application/json"}
        if self.api_key:
            headers["Authorization"] = f"Bearer {self.api_key}"
        url = f"{self.api_base.rstrip('/')}/chat/completions"
        return urllib.request.Request(url, data=body, headers=headers, method="POST")

    def _open(self, request: urllib.request.Request) -> HTTPResponse:
        """Proxies of the environment hold for other machines only."""
        proxies = urllib.request.ProxyHandler({} if is_loopback(self.api_base) else None)
        return urllib.request.build_opener(proxies, _NoRedirect).open(request, timeout=self.idle)

    def _read(self, response: HTTPResponse) -> Answer:
        lines = self._lines(response)
        if response.headers.get_content_type() == "text/event-stream":
            return read_stream(lines, self._title)
        data = b"\n".join(lines)
        if data.lstrip().startswith((b"data:", b":")):
            return read_stream(data.split(b"\n"), self._title)
        return read_whole(data, self._title)

    def _lines(self, response: HTTPResponse) -> Iterator[bytes]:
        """Lines as they come in; checks the deadline and the size at every piece."""
        deadline = self.clock() + self.timeout
        size, rest = 0, b""
        while piece := response.read1(1 << 16):
            size += len(piece)
            if size > _LARGEST:
                raise ModelError(
                    f"{self._title} does not stop talking", code="model_refused", hint="lower --max-tokens"
                )
            if self.clock() > deadline:
                raise self._slow()
            *lines, rest = (rest + piece).split(b"\n")
            yield from lines
        if response.length:
            raise http.client.IncompleteRead(rest, response.length)
        yield rest

    def _refused(self, error: urllib.error.HTTPError) -> ModelError:
        wait = seconds_to_wait(error.headers.get("Retry-After"), error.headers.get("Date"))
        if 300 <= error.code < 400:
            said = f"it redirects to {error.headers.get('Location', 'nowhere')}, which is not followed"
            return refusal(error.code, said, self._title)
        try:
            said = error_text(error.read(1 << 16))
        except (http.client.HTTPException, OSError):
            said = ""
        return refusal(error.code, said, self._title, wait=wait)

    def _slow(self) -> ModelError:
        return PassingTrouble(
            f"{self._title} fell silent", code="model_slow", hint="a smaller model, or more time for it, may help"
        )

    def _unreachable(self, reason: object) -> ModelError:
        message = f"{self.api_base} cannot be reached: {reason}"
        hint = "is the server running, and does it listen at this address? see --api-base"
        if isinstance(reason, ConnectionError):
            return PassingTrouble(message, code="model_unreachable", hint=hint)
        return ModelError(message, code="model_unreachable", hint=hint)


PLUGIN: type[Model] = OpenAICompatible
