"""Programs, pasted answers, recordings, and the checks around a model; ids and what they lead to."""

import json
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from perfsmith.agents.models import Access, connect, wrapped
from perfsmith.agents.models._metered import Metered, Purse
from perfsmith.agents.models._recorded import Recorded
from perfsmith.agents.models._window import Windowed, tokens_in
from perfsmith.agents.models.replay import Replay
from perfsmith.optimizer.core.errors import BudgetSpent, ModelError, UsageError
from perfsmith.optimizer.core.goal import Budget
from perfsmith.optimizer.core.plugins import load, names
from perfsmith.optimizer.core.ports import Completed
from perfsmith.optimizer.core.values import Message, Prompt, Reply


def prompt(*texts, template="t"):
    roles = ["user", "assistant"] * len(texts)
    return Prompt(
        template=template,
        messages=tuple(Message(role=role, text=text) for role, text in zip(roles, texts, strict=False)),
    )


@dataclass
class Scripted:
    """Answers in order."""

    replies: list
    name: str = "scripted"
    asked: list = field(default_factory=list)

    def reply(self, question):
        self.asked.append(question)
        answer = self.replies[len(self.asked) - 1]
        return answer if isinstance(answer, Reply) else Reply(text=answer, model=self.name)


def run_for_real(command, stdin, timeout):
    """A real program, started by a shell."""
    started = time.monotonic()
    try:
        done = subprocess.run(command, shell=True, input=stdin, capture_output=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        return Completed(code=-9, stdout=b"", stderr=b"", seconds=timeout, timed_out=True)
    return Completed(code=done.returncode, stdout=done.stdout, stderr=done.stderr, seconds=time.monotonic() - started)


def program(tmp_path, text):
    path = tmp_path / "agent.py"
    path.write_text(text)
    return connect(f"cmd:{sys.executable} {path}", Access(run=run_for_real))


def test_a_program_reads_the_prompt_and_prints_its_answer(tmp_path):
    model = program(tmp_path, "import sys\nprint('got', len(sys.stdin.buffer.read()), 'ä'.encode())")
    reply = model.reply(prompt("grüße"))
    assert (reply.text.strip(), reply.usd) == ("got 7 b'\\xc3\\xa4'", None)
    assert reply.model == model.name
    assert model.name.startswith("cmd:")


def test_a_program_gets_a_whole_conversation(tmp_path):
    reply = program(tmp_path, "import sys\nprint(sys.stdin.read())").reply(prompt("one", "two", "three"))
    assert reply.text.strip() == "[user]\none\n\n[assistant]\ntwo\n\n[user]\nthree"


@pytest.mark.parametrize(
    ("text", "said", "code"),
    [
        ("import sys; sys.exit('no key set')", "exit status 1:\nno key set", "command_failed"),
        ("import sys; print('no key set', file=sys.stderr)", "answered nothing:\nno key set", "empty_reply"),
        ("import sys; print('half'); sys.exit(3)", "exit status 3", "command_failed"),
        ("nonsense(", "SyntaxError", "command_failed"),
    ],
)
def test_a_program_that_fails_or_is_silent(tmp_path, text, said, code):
    with pytest.raises(ModelError) as caught:
        program(tmp_path, text).reply(prompt("x"))
    assert said in str(caught.value)
    assert (caught.value.code, caught.value.exit_code) == (code, 4)


def test_a_program_that_takes_too_long():
    slow = connect("cmd:sleep 9", Access(run=lambda command, stdin, limit: run_for_real(command, stdin, 0.05)))
    with pytest.raises(ModelError) as caught:
        slow.reply(prompt("x"))
    assert caught.value.code == "model_slow"


def test_paste_shows_the_prompt_and_reads_the_answer():
    shown = []
    answers = iter(["```python\n```", "  \n"])
    model = connect("paste", Access(show=shown.append, read=lambda: next(answers)))
    assert model.reply(prompt("do it")).text == "```python\n```"
    assert shown == ["do it"]
    with pytest.raises(ModelError, match="nothing was pasted"):
        model.reply(prompt("do it"))


def test_a_recorded_run_can_be_replayed_without_the_model(tmp_path):
    path = tmp_path / "replies.jsonl"
    replies = [Reply(text=f"answer {n} ä\n", model="m", tokens_in=n, usd=0.5, seconds=2.0) for n in range(4)]
    asked = [prompt("a"), prompt("b"), prompt("a", "x", "y"), prompt("a")]
    recorded = Recorded(model=Scripted(replies), path=path)
    assert [recorded.reply(question) for question in asked] == replies
    replayed = Replay.load(path)
    order = [2, 1, 0, 3]
    found = {n: replayed.reply(asked[n]) for n in order}
    assert [found[n].text for n in range(4)] == [reply.text for reply in replies]
    assert (found[1].model, found[1].tokens_in, found[1].usd, found[1].seconds) == ("m", 1, 0.0, 0.0)
    with pytest.raises(ModelError) as caught:
        replayed.reply(asked[0])
    assert caught.value.code == "replay_exhausted"


def test_a_changed_turn_is_answered_from_its_own_conversation(tmp_path):
    path = tmp_path / "replies.jsonl"
    recorded = Recorded(model=Scripted(["a1", "b1", "a2", "b2"]), path=path)
    for question in (prompt("a"), prompt("b"), prompt("a", "a1", "took 1.1 s"), prompt("b", "b1", "took 2 s")):
        recorded.reply(question)
    replayed = Replay.load(path)
    assert replayed.reply(prompt("b")).text == "b1"
    assert replayed.reply(prompt("b", "b1", "took 3 s")).text == "b2"
    with pytest.raises(ModelError):
        replayed.reply(prompt("b", "b1", "took 3 s", "b2", "and 4 s"))
    assert replayed.reply(prompt("a", template="other")).text == "a1"


def test_a_file_written_by_hand_is_answered_in_order(tmp_path):
    path = tmp_path / "hand.jsonl"
    path.write_text('{"text": "one"}\n\n{"text": "two", "model": "me"}\n', encoding="utf-8")
    model = connect(f"replay:{path}", Access(offline=True))
    assert [model.reply(prompt(text)).text for text in "ab"] == ["one", "two"]
    assert model.name == "replay:hand.jsonl"


def test_the_schema_of_a_line(tmp_path):
    path = tmp_path / "replies.jsonl"
    Recorded(model=Scripted(["ä"]), path=path).reply(prompt("a"))
    line = json.loads(path.read_text())
    assert line["schema"] == "perfsmith/reply/1"
    documented = Path(__file__).parents[3].joinpath("docs/reference/replies.md").read_text(encoding="utf-8")
    assert [key for key in line if f"`{key}`" not in documented] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"text": "a"}\n{"text"', "line 2"),
        ("[]", "no text"),
        ('{"schema": "other/1", "text": ""}', "schema"),
        ("", "No such"),
    ],
)
def test_a_recording_that_cannot_be_read(tmp_path, text, said):
    path = tmp_path / "broken.jsonl"
    path.write_text(text)
    if not text:
        path.unlink()
    with pytest.raises(UsageError, match=said):
        Replay.load(path)


def test_a_place_that_cannot_be_recorded_to(tmp_path):
    with pytest.raises(UsageError, match="cannot record"):
        Recorded(model=Scripted(["x"]), path=tmp_path / "no" / "such" / "file").reply(prompt("a"))


def test_a_prompt_that_does_not_fit_is_not_sent():
    model = Scripted(["x"])
    question = prompt("x" * 3200)
    with pytest.raises(ModelError, match="tokens too many for the window of 1500") as caught:
        Windowed(model=model, window=1500, reserve=600).reply(question)
    assert (caught.value.code, model.asked) == ("window_too_small", [])
    assert Windowed(model=model, window=1700, reserve=600).reply(question).text == "x"


@pytest.mark.parametrize(("read", "fine"), [(100, False), (2500, True), (None, True), (0, True)])
def test_a_prompt_that_the_server_cut_in_silence_is_noticed(read, fine):
    question = prompt("x" * 12_000)
    model = Windowed(model=Scripted([Reply(text="x", model="m", tokens_in=read)]))
    if fine:
        assert model.reply(question).text == "x"
        return
    with pytest.raises(ModelError, match="the server cut the prompt"):
        model.reply(question)


def metered(model, budget, **options):
    said = []
    return Metered(model=model, budget=budget, purse=Purse(), record=said.append, **options), said


def test_a_token_cap_is_kept_by_the_worst_case():
    model = Scripted([Reply(text="x", model="m", tokens_in=600, tokens_out=300), "y"])
    meter, _ = metered(model, Budget(tokens=1500), max_tokens=500)
    meter.reply(prompt("x" * 1600))
    assert meter.purse.tokens == 900
    with pytest.raises(BudgetSpent) as caught:
        meter.reply(prompt("x" * 1600))
    assert (len(model.asked), caught.value.code) == (1, "budget_tokens")


def test_tokens_that_nobody_counted_are_estimated():
    meter, _ = metered(Scripted(["y" * 320]), Budget(tokens=100_000))
    question = prompt("x" * 3200)
    meter.reply(question)
    assert meter.purse.tokens == tokens_in(question) + 100


class Priced(Scripted):
    def worst_usd(self, question):
        return 0.3


def test_a_money_cap_is_kept_by_the_worst_case():
    model = Priced([Reply(text="x", model="m", usd=0.25)] * 9)
    meter, said = metered(model, Budget(usd=1.0))
    for _ in range(3):
        meter.reply(prompt("a"))
    with pytest.raises(BudgetSpent, match=r"\$0.75 are spent"):
        meter.reply(prompt("a"))
    assert (len(model.asked), said) == (3, [])


def test_an_unknown_price_is_said_once():
    meter, said = metered(Scripted(["a", "b"]), Budget(usd=1.0))
    meter.reply(prompt("a"))
    meter.reply(prompt("b"))
    assert ["price of scripted is unknown" in event.message for event in said] == [True]
    assert meter.purse.unpriced == 2


def test_the_checks_around_a_model(tmp_path):
    path = tmp_path / "r.jsonl"
    options = {"access": Access(window=100_000), "budget": Budget(tokens=9000), "purse": Purse(), "record": print}
    model = wrapped(Scripted(["one", "two"]), save=path, **options)
    assert (model.name, model.reply(prompt("a")).text) == ("scripted", "one")
    with pytest.raises(BudgetSpent):
        model.reply(prompt("x" * 9000))
    assert len(path.read_text().splitlines()) == 1


@pytest.mark.parametrize("model_id", ["", " ", "rules", "cmd:", "paste", " m", "replay:/no/such/file"])
def test_ids_that_lead_nowhere(model_id):
    with pytest.raises(UsageError):
        connect(model_id, Access())


@pytest.mark.parametrize(
    ("model_id", "base", "kind"),
    [
        ("openai/gpt-4o", "", "LiteLLM"),
        ("gpt-4o", "", "LiteLLM"),
        ("anthropic/claude", "http://127.0.0.1:1/v1", "LiteLLM"),
        ("ollama/qwen", "http://127.0.0.1:1", "LiteLLM"),
        ("openai/q", "http://127.0.0.1:1/v1", "OpenAICompatible"),
        ("Qwen/Qwen3", "http://127.0.0.1:1/v1", "OpenAICompatible"),
        ("qwen3:8b", "http://127.0.0.1:1/v1", "OpenAICompatible"),
    ],
)
def test_which_back_end_an_id_leads_to(model_id, base, kind):
    assert type(connect(model_id, Access(api_base=base))).__name__ == kind


def test_offline_and_hosted_models():
    for model_id in ("gpt-4o", "anthropic/claude", "openai/gpt-4o"):
        with pytest.raises(ModelError):
            connect(model_id, Access(offline=True))
    assert connect("ollama/q", Access(offline=True)).api_base == "http://127.0.0.1:11434"


def test_every_back_end_is_a_plug_in():
    assert names("agents.models") == ("cmd", "litellm", "openai_compatible", "paste", "replay")
    assert all(hasattr(load("agents.models", name), "reply") for name in names("agents.models"))
