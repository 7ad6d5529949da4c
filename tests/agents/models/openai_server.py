"""A real OpenAI-compatible server on loopback that does what a test's script says, one step per request."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CODE = "why: count in C\n\n```python\ndef f(x):\n    return x\n```\n"


@dataclass
class Server:
    """The steps still to do, and what was asked so far."""

    url: str = ""
    steps: list[Callable] = field(default_factory=list)
    bodies: list[dict] = field(default_factory=list)
    headers: list[dict] = field(default_factory=list)


@contextmanager
def serving() -> Iterator[Server]:
    """Runs the server in a thread; the last step is repeated."""
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.bodies.append(json.loads(body) | {"path": self.path})
            state.headers.append(dict(self.headers))
            step = state.steps.pop(0) if len(state.steps) > 1 else state.steps[0]
            self.close_connection = True
            with suppress(OSError):  # the client may have gone
                step(self)

        def log_message(self, *args) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def send(handler, status: int, data: bytes, kind: str = "application/json", **headers: str) -> None:
    """A plain answer."""
    handler.send_response(status)
    for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(data)


def error(status: int, message: str, **headers: str) -> Callable:
    """An error in the format that OpenAI's own server uses."""
    data = json.dumps({"error": {"message": message, "type": "x", "code": None}}).encode()
    return lambda handler: send(handler, status, data, **headers)


def plain(data: bytes, kind: str = "application/json") -> Callable:
    """Whatever bytes, with status 200."""
    return lambda handler: send(handler, 200, data, kind)


def whole(text: str | None, finish: str = "stop") -> Callable:
    """An answer in one document, as servers send that cannot stream."""
    return plain(
        json.dumps(
            {
                "id": "1",
                "object": "chat.completion",
                "created": 1,
                "model": "m",
                "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}],
                "usage": {"prompt_tokens": 12, "completion_tokens": 5, "total_tokens": 17},
            }
        ).encode()
    )


def stream(
    text: str, *, finish: str | None = "stop", done: bool = True, usage: bool = True, pause: float = 0
) -> Callable:
    """An answer in small pieces; without `finish` and `done` the connection is cut in the middle of it."""

    def step(handler) -> None:
        _head(handler)
        for start in range(0, len(text), 7):
            _event(handler, _chunk({"content": text[start : start + 7]}))
            time.sleep(pause)
        if finish is not None:
            _event(handler, _chunk({}, finish))
        if usage:
            counts = {"prompt_tokens": 40, "completion_tokens": 9, "total_tokens": 49}
            counts |= {"prompt_tokens_details": {"cached_tokens": 30}}
            _event(handler, {**_chunk({}), "choices": [], "usage": counts})
        if done:
            _write(handler, b"data: [DONE]\n\n")
            handler.wfile.write(b"0\r\n\r\n")

    return step


def stream_error(message: str) -> Callable:
    """An answer that turns into an error."""

    def step(handler) -> None:
        _head(handler)
        _event(handler, _chunk({"content": "why: "}))
        _event(handler, {"error": {"message": message, "code": 500}})
        handler.wfile.write(b"0\r\n\r\n")

    return step


def silence(seconds: float) -> Callable:
    """Nothing for a while, then an answer."""

    def step(handler) -> None:
        time.sleep(seconds)
        stream(CODE)(handler)

    return step


def hang_up(handler) -> None:
    """No answer at all."""
    handler.connection.close()


def _head(handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "text/event-stream; charset=utf-8")
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    _write(handler, b": hello\n\n")


def _chunk(delta: dict, finish: str | None = None) -> dict:
    choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
    return {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices}


def _event(handler, document: dict) -> None:
    _write(handler, b"data: " + json.dumps(document).encode() + b"\n\n")


def _write(handler, data: bytes) -> None:
    """Two network packets per event, so that readers meet halves."""
    middle = len(data) // 2
    for part in (data[:middle], data[middle:]):
        handler.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
        handler.wfile.flush()
