"""litellm's own client against the same server; skipped where litellm cannot be imported."""

import importlib.util

import pytest
from perfsmith.agents.models import Access, connect
from perfsmith.agents.models._metered import Priced
from perfsmith.agents.models._retry import Retries
from perfsmith.agents.models.litellm import LiteLLM
from perfsmith.optimizer.core.errors import ModelError
from perfsmith.optimizer.core.values import Message, Prompt

pytestmark = pytest.mark.skipif(importlib.util.find_spec("litellm") is None, reason="litellm is not installed")
PROMPT = Prompt(template="t", messages=(Message(role="user", text="make it fast"),))


@pytest.fixture
def naps():
    return []


@pytest.fixture
def ask(server, naps):
    def asking(*steps, **limits):
        server.steps[:] = steps
        model = LiteLLM(
            model="openai/m",
            api_base=server.url,
            api_key="k1",
            retries=Retries(sleep=naps.append, jitter=lambda: 0.5, attempts=3),
            clock=lambda: 0.0,
            local=True,
            **limits,
        )
        return model.reply(PROMPT)

    return asking


def test_a_streamed_answer(ask, server, wire, capsys):
    reply = ask(wire.stream(wire.CODE))
    assert (reply.text, reply.model, reply.usd) == (wire.CODE, "openai/m", 0.0)
    assert (reply.tokens_in, reply.tokens_out, reply.tokens_cached) == (40, 9, 30)
    assert server.bodies[0]["messages"] == [{"role": "user", "content": "make it fast"}]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_refusal_is_never_repeated(ask, server, wire, naps, capsys, status):
    with pytest.raises(ModelError) as caught:
        ask(wire.error(status, "no such luck"))
    assert (caught.value.code, len(server.bodies), naps) == ("model_refused", 1, [])
    assert "no such luck" in str(caught.value)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server_is_asked_again(ask, server, wire, naps, status):
    assert ask(wire.error(status, "busy"), wire.stream(wire.CODE)).text == wire.CODE
    assert (len(server.bodies), naps) == (2, [0.5])


def test_retry_after(ask, wire, naps):
    ask(wire.error(429, "busy", Retry_After="7"), wire.stream(wire.CODE))
    assert naps == [7.0]


def test_a_server_that_stays_busy_is_given_up(ask, server, wire):
    with pytest.raises(ModelError) as caught:
        ask(wire.error(500, "broken"))
    assert (caught.value.code, len(server.bodies)) == ("model_busy", 3)


def test_a_cut_connection_is_tried_again(ask, server, wire):
    cut = wire.stream(wire.CODE[:30], finish=None, done=False, usage=False)
    assert ask(cut, wire.stream(wire.CODE)).text == wire.CODE
    assert len(server.bodies) == 2


def test_nothing_but_an_empty_answer(ask, wire):
    with pytest.raises(ModelError) as caught:
        ask(wire.stream(""))
    assert caught.value.code == "empty_reply"


@pytest.mark.parametrize("data", [b"<html>It works!</html>", b"data: {nonsense\n\n"])
def test_an_answer_in_another_format(ask, wire, data):
    with pytest.raises(ModelError) as caught:
        ask(wire.plain(data, "text/event-stream"))
    assert caught.value.hint


def test_a_window_that_is_too_small(ask, server, wire):
    with pytest.raises(ModelError) as caught:
        ask(wire.error(400, "This model's maximum context length is 4096 tokens"))
    assert (caught.value.code, len(server.bodies)) == ("window_too_small", 1)


def test_a_silent_server_is_given_up(ask, wire):
    with pytest.raises(ModelError) as caught:
        ask(wire.silence(1.0), timeout=0.2)
    assert caught.value.code in {"model_slow", "model_unreachable"}


def test_prices_come_from_the_list_that_is_on_this_machine():
    known = connect("gpt-4o-mini", Access(max_tokens=1000))
    unknown = connect("openai/never-heard-of", Access())
    assert isinstance(known, Priced)
    assert 0.0006 <= known.worst_usd(PROMPT) < 0.01
    assert unknown.worst_usd(PROMPT) is None


def test_an_unknown_provider_is_a_model_error():
    with pytest.raises(ModelError) as caught:
        connect("nobody/knows-me", Access(sleep=lambda _: None)).reply(PROMPT)
    assert caught.value.hint


def test_a_missing_key_is_said_at_once(naps, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ModelError) as caught:
        connect("openai/gpt-4o-mini", Access(sleep=naps.append)).reply(PROMPT)
    assert (caught.value.code, naps) == ("model_refused", [])


def test_ollama_is_told_how_large_a_window_it_needs():
    model = connect("ollama_chat/q", Access(max_tokens=8192))
    assert model._options(PROMPT)["num_ctx"] == 12288
