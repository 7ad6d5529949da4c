"""The plain client against a real server on loopback."""

import itertools
import json
import socket
import subprocess
import sys
from dataclasses import replace

import pytest
from perfsmith.agents.models import Access, connect
from perfsmith.optimizer.core.errors import ModelError, UsageError
from perfsmith.optimizer.core.values import Message, Prompt

PROMPT = Prompt(template="t", messages=(Message(role="user", text="make it fast, größer"),))


class Nap:
    """Sleeps that take no time."""

    def __init__(self):
        self.naps = []

    def __call__(self, seconds):
        self.naps.append(seconds)


@pytest.fixture
def nap():
    return Nap()


@pytest.fixture
def ask(server, nap):
    def asking(*steps, model="openai/m", **options):
        server.steps[:] = steps
        access = Access(api_base=server.url, sleep=nap, jitter=lambda: 0.5, **options)
        return connect(model, access).reply(PROMPT)

    return asking


def test_a_streamed_answer(ask, server, wire):
    reply = ask(wire.stream(wire.CODE), api_key="k1", max_tokens=99, temperature=0.2)
    assert (reply.text, reply.model) == (wire.CODE, "m")
    assert (reply.tokens_in, reply.tokens_out, reply.tokens_cached, reply.usd) == (40, 9, 30, 0.0)
    body = server.bodies[0]
    assert body["messages"] == [{"role": "user", "content": "make it fast, größer"}]
    assert (body["path"], body["model"], body["max_tokens"]) == ("/v1/chat/completions", "m", 99)
    assert (body["stream"], body["temperature"]) == (True, 0.2)
    assert server.headers[0]["Authorization"] == "Bearer k1"


def test_without_a_key_none_is_sent(ask, server, wire):
    ask(wire.stream("x"))
    assert "Authorization" not in server.headers[0]
    assert "temperature" not in server.bodies[0]


@pytest.mark.parametrize(
    ("model", "sent"), [("openai/m", "m"), ("hosted_vllm/Qwen/Q3", "Qwen/Q3"), ("Qwen/Q3", "Qwen/Q3"), ("m:8b", "m:8b")]
)
def test_the_name_that_the_server_gets(ask, server, wire, model, sent):
    ask(wire.stream("x"), model=model)
    assert server.bodies[0]["model"] == sent


def test_an_answer_that_is_not_streamed(ask, wire):
    reply = ask(wire.whole(wire.CODE))
    assert (reply.text, reply.tokens_in, reply.tokens_out, reply.tokens_cached) == (wire.CODE, 12, 5, None)


def test_a_stream_without_counts_or_end_mark_is_still_an_answer(ask, wire):
    reply = ask(wire.stream(wire.CODE, usage=False))
    assert (reply.text, reply.tokens_in) == (wire.CODE, None)


def test_a_server_that_knows_no_stream_options(ask, server, wire):
    assert ask(wire.error(400, "unknown field stream_options"), wire.stream(wire.CODE)).text == wire.CODE
    assert ["stream_options" in body for body in server.bodies] == [True, False]


@pytest.mark.parametrize("status", [401, 402, 403, 404, 400])
def test_a_refusal_is_never_repeated(ask, server, wire, nap, status):
    with pytest.raises(ModelError) as caught:
        ask(wire.error(status, "no such luck"))
    assert (len(server.bodies), nap.naps, caught.value.code) == (1, [], "model_refused")
    assert f"HTTP {status}: no such luck" in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server_is_asked_again(ask, server, wire, nap, status):
    reply = ask(wire.error(status, "busy"), wire.error(status, "busy"), wire.stream(wire.CODE))
    assert (reply.text, len(server.bodies), nap.naps) == (wire.CODE, 3, [0.5, 1.0])


def test_a_server_that_stays_busy_is_given_up(ask, server, wire, nap):
    with pytest.raises(ModelError) as caught:
        ask(wire.error(429, "slow down"))
    assert (len(server.bodies), nap.naps, caught.value.code) == (5, [0.5, 1.0, 2.0, 4.0], "model_busy")
    assert "slow down" in str(caught.value)


def test_retry_after_in_seconds_and_as_a_date(ask, wire, nap):
    def busy_until(handler):
        handler.date_time_string = lambda: "Wed, 21 Oct 2026 07:28:00 GMT"
        wire.send(handler, 503, b"", Retry_After="Wed, 21 Oct 2026 07:28:09 GMT")

    ask(wire.error(503, "", Retry_After="7"), busy_until, wire.error(503, "", Retry_After="soon"), wire.stream("x"))
    assert nap.naps == [7.0, 9.0, 2.0]


def test_a_server_that_wants_an_hour_is_not_waited_for(ask, server, wire, nap):
    with pytest.raises(ModelError):
        ask(wire.error(429, "come back", Retry_After="3600"))
    assert (len(server.bodies), nap.naps) == (1, [])


def test_an_account_without_credit_is_no_busy_server(ask, server, wire):
    with pytest.raises(ModelError, match="exceeded your current quota"):
        ask(wire.error(429, "You exceeded your current quota"))
    assert len(server.bodies) == 1


@pytest.mark.parametrize("message", ["maximum context length is 4096", "exceeds the available context size"])
def test_a_window_that_is_too_small(ask, server, wire, message):
    with pytest.raises(ModelError) as caught:
        ask(wire.error(400, message))
    assert (caught.value.code, len(server.bodies)) == ("window_too_small", 1)


def test_a_connection_cut_in_the_middle_is_tried_again(ask, server, wire):
    cut = wire.stream(wire.CODE[:30], finish=None, done=False, usage=False)
    assert ask(cut, wire.hang_up, wire.stream(wire.CODE)).text == wire.CODE
    assert len(server.bodies) == 3


def test_a_stream_that_just_ends_was_cut(ask, wire):
    event = b'data: {"choices": [{"delta": {"content": "why: half"}}]}\n\n'
    with pytest.raises(ModelError) as caught:
        ask(wire.plain(event, "text/event-stream"))
    assert caught.value.code == "connection_cut"


def test_a_document_shorter_than_announced_was_cut(ask, wire):
    def half(handler):
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", "9000")
        handler.end_headers()
        handler.wfile.write(b'{"choices": [{"mess')

    assert ask(half, wire.stream(wire.CODE)).text == wire.CODE


def test_an_error_in_the_middle_of_a_stream(ask, server, wire):
    with pytest.raises(ModelError, match="out of memory"):
        ask(wire.stream_error("CUDA out of memory"))
    assert len(server.bodies) == 5


@pytest.mark.parametrize(
    "data",
    [
        b"<html>It works!</html>",
        b'{"message": {"content": "hi"}}',
        b"[1, 2]",
        b'{"choices": [{"del',
        b"",
        b"[" * 100_000,
    ],
)
def test_an_answer_in_another_format(ask, server, wire, data):
    with pytest.raises(ModelError) as caught:
        ask(wire.plain(data))
    assert (caught.value.code, len(server.bodies)) == ("not_openai", 1)
    assert "/v1" in caught.value.hint


def test_broken_json_in_a_stream(ask, wire):
    with pytest.raises(ModelError) as caught:
        ask(wire.plain(b"data: {nonsense\n\n", "text/event-stream"))
    assert caught.value.code == "not_openai"


@pytest.mark.parametrize("text", ["", "  \n", None])
def test_an_empty_choice_is_asked_for_again_and_then_given_up(ask, server, wire, text):
    with pytest.raises(ModelError) as caught:
        ask(wire.whole(text))
    assert (caught.value.code, len(server.bodies)) == ("empty_reply", 5)


def test_no_choice_at_all(ask, wire):
    with pytest.raises(ModelError) as caught:
        ask(wire.plain(b'{"choices": []}'))
    assert caught.value.code == "empty_reply"


def test_thinking_that_used_up_the_answer(ask, server, wire):
    with pytest.raises(ModelError) as caught:
        ask(wire.whole("", "length"))
    assert len(server.bodies) == 1
    assert "thinking" in caught.value.hint


def test_strange_fields_are_no_crash(ask, wire):
    odd = {"choices": ["x"], "usage": {"prompt_tokens": "many", "prompt_tokens_details": None}}
    with pytest.raises(ModelError):
        ask(wire.plain(json.dumps(odd).encode()))


def test_a_slow_answer_is_no_cut_connection(ask, wire):
    assert ask(wire.stream(wire.CODE, pause=0.01)).text == wire.CODE


def model_with(server, **limits):
    model = connect("m", Access(api_base=server.url, sleep=lambda _: None))
    return replace(model, **limits)


def test_a_silent_server_is_given_up(server, wire):
    server.steps[:] = [wire.silence(1.0)]
    with pytest.raises(ModelError) as caught:
        model_with(server, idle=0.05).reply(PROMPT)
    assert caught.value.code == "model_slow"


def test_a_server_that_drips_forever_is_given_up(server, wire):
    server.steps[:] = [wire.stream("x" * 500)]
    with pytest.raises(ModelError) as caught:
        model_with(server, timeout=60.0, clock=itertools.count(0, 25).__next__).reply(PROMPT)
    assert caught.value.code == "model_slow"


def test_a_server_that_does_not_stop_talking(server, wire):
    server.steps[:] = [wire.plain(b" " * (9 << 20))]
    with pytest.raises(ModelError, match="does not stop"):
        model_with(server).reply(PROMPT)


def test_a_redirect_is_not_followed(ask, server, wire):
    with pytest.raises(ModelError, match=r"redirects to http://elsewhere\.example/"):
        ask(lambda handler: wire.send(handler, 302, b"", Location="http://elsewhere.example/"), api_key="secret")
    assert len(server.bodies) == 1


def test_nobody_listens(nap):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
    with pytest.raises(ModelError) as caught:
        connect("m", Access(api_base=base, sleep=nap)).reply(PROMPT)
    assert caught.value.code == "model_unreachable"
    assert len(nap.naps) == 4
    assert "--api-base" in caught.value.hint


def test_a_proxy_of_the_environment_is_not_used_for_loopback(server, wire, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    server.steps[:] = [wire.stream(wire.CODE)]
    assert model_with(server).reply(PROMPT).text == wire.CODE


def test_offline_means_loopback(server, wire):
    server.steps[:] = [wire.stream(wire.CODE)]
    assert connect("m", Access(api_base=server.url, offline=True)).reply(PROMPT).text == wire.CODE
    for base in ("http://10.0.0.1:8000/v1", "https://api.example.com/v1", "http://127.0.0.1.example.com/v1"):
        with pytest.raises(ModelError) as caught:
            connect("m", Access(api_base=base, offline=True))
        assert caught.value.code == "offline"


@pytest.mark.parametrize("base", ["localhost:8080", "file:///etc/passwd", "ftp://127.0.0.1/"])
def test_an_address_that_is_none(base):
    with pytest.raises(UsageError):
        connect("m", Access(api_base=base))


def test_litellm_is_not_loaded(server, wire):
    server.steps[:] = [wire.stream(wire.CODE)]
    program = (
        "import sys\n"
        "from perfsmith.agents.models import Access, connect\n"
        "from perfsmith.optimizer.core.values import Message, Prompt\n"
        f"model = connect('openai/m', Access(api_base={server.url!r}))\n"
        "print(model.reply(Prompt(template='', messages=(Message(role='user', text='x'),))).tokens_in)\n"
        "print([name for name in ('litellm', 'openai', 'httpx', 'pydantic') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split("\n")[:2] == ["40", "[]"]
