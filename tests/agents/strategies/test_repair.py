"""The repair strategy: one conversation per hotspot, rebuilt from the history."""

from dataclasses import dataclass, field, replace

import pytest
from perfsmith.agents.context import Facts
from perfsmith.agents.models._recorded import Recorded
from perfsmith.agents.models.replay import Replay
from perfsmith.agents.strategies.repair import Repair
from perfsmith.optimizer.core.errors import ModelError
from perfsmith.optimizer.core.plugins import load
from perfsmith.optimizer.core.ports import Attempt
from perfsmith.optimizer.core.values import Hotspot, Reply, Workload
from perfsmith.optimizer.core.verdicts import Accepted, Proof, refuse
from perfsmith.optimizer.languages.python import units

FILE = b"import os\n\n\ndef f(xs):\n    return [x for x in xs]\n\n\ndef g(xs):\n    return f(xs)\n"
FACTS = Facts(python="3.12", workloads=(Workload(name="b", command="python bench.py"),), hint="xs is always a list")


def answer(body, why="copy the list"):
    return f"why: {why}\n\n```python\ndef f(xs):\n    {body}\n```\n"


@dataclass
class FakeBase:
    content: dict

    def read(self, path):
        if path not in self.content:
            raise FileNotFoundError(path)
        return self.content[path]


@dataclass
class Scripted:
    replies: list
    name: str = "scripted"
    asked: list = field(default_factory=list)

    def reply(self, prompt):
        self.asked.append(prompt)
        answered = self.replies.pop(0)
        if isinstance(answered, Exception):
            raise answered
        return Reply(text=answered, model=self.name, tokens_in=1)


@dataclass
class Bench:
    """A strategy with its surroundings; every candidate gets the next verdict."""

    replies: list
    file: bytes = FILE
    name: str = "f"
    events: list = field(default_factory=list)
    history: list = field(default_factory=list)

    def __post_init__(self):
        self.model = Scripted(self.replies)
        self.strategy = Repair(model=self.model, record=self.events.append, facts=FACTS)
        self.base = FakeBase({"a.py": self.file})
        unit = next(unit for unit in units("a.py", self.file) if unit.name == self.name)
        self.hotspot = Hotspot(rank=1, unit=unit, symbol="a:f", own=0.4, total=0.5)

    def propose(self):
        return self.strategy.propose(self.base, self.hotspot, self.history, 3)

    def judge(self, verdict):
        (candidate,) = self.propose()
        self.history.append(Attempt(candidate=candidate, verdict=verdict))
        return candidate

    def prompt(self, number=-1):
        return self.model.asked[number].messages


def test_the_first_candidate():
    bench = Bench([answer("return list(xs)", "Copy the list with `list`.")])
    (candidate,) = bench.propose()
    assert candidate.idea == "copy the list with list"
    assert candidate.edits[0].after == FILE.replace(b"[x for x in xs]", b"list(xs)")
    assert (candidate.hotspot, candidate.origin.author, candidate.origin.strategy) == ("a.py::f", "scripted", "repair")
    prompt = bench.model.asked[0]
    assert candidate.origin.prompt == prompt.sha
    assert [event.kind for event in bench.events] == ["prompt_sent", "reply_received"]
    assert (bench.events[0].hotspot, bench.events[0].prompt, bench.events[1].sha) == ("a.py::f", prompt, prompt.sha)
    (message,) = prompt.messages
    assert message.role == "user"
    assert message.text.rstrip().endswith("xs is always a list")
    for part in ("def f(xs):\n    return [x for x in xs]", "python bench.py", "Python 3.12", "`a.py`", "import os"):
        assert part in message.text


def test_evidence_goes_into_the_next_turn_and_nothing_before_it_changes():
    bench = Bench([answer("return xs"), answer("return xs[:]"), answer("return list(xs)")])
    bench.judge(refuse("wrong_behavior", "answers differ", evidence="f([1]) is not a copy ```"))
    bench.judge(refuse("not_faster", "1.00x"))
    bench.judge(refuse("slower", "0.9x"))
    first, second, third = (prompt.messages for prompt in bench.model.asked)
    assert third[: len(second)] == second
    assert second[:1] == first
    assert [message.role for message in third] == ["user", "assistant", "user", "assistant", "user"]
    assert second[1].text == "why: copy the list\n\n```python\ndef f(xs):\n    return xs\n```"
    assert "wrong behavior" in second[2].text
    assert "answers differ\n\n````\nf([1]) is not a copy ```\n````" in second[2].text
    assert "try another idea" in third[4].text


def test_long_evidence_is_shortened():
    bench = Bench([answer("return xs"), answer("return xs[:]")])
    bench.judge(refuse("tests_failed", "one failed", evidence="begin " + "x" * 50_000 + " end"))
    bench.propose()
    text = bench.prompt()[-1].text
    assert len(text) < 3500
    assert "begin" in text
    assert " end\n" in text


def test_an_unreadable_answer_is_a_candidate_with_a_problem_and_can_be_repaired():
    bench = Bench(["I cannot do that.", answer("return list(xs)")])
    candidate = bench.judge(refuse("malformed_edit", "There is no code block in the reply"))
    assert (candidate.edits, candidate.hotspot) == ((), "a.py::f")
    assert "no code block" in candidate.problem
    (second,) = bench.propose()
    assert second.edits
    assert "malformed edit" in bench.prompt()[-1].text


def test_a_missed_search_quotes_the_real_lines():
    bench = Bench(["<<<<<<< SEARCH\n    return [x for y in xs]\n=======\n    return 1\n>>>>>>> REPLACE"])
    assert "    return [x for x in xs]" in bench.propose()[0].problem


@pytest.mark.parametrize("again", [answer("return list(xs)"), answer("return list( xs )  # a copy", "say it better")])
def test_identical_answers_are_never_tried_twice(again):
    bench = Bench([answer("return list(xs)"), again, answer("return xs[:]")])
    bench.judge(refuse("not_faster", "1.00x"))
    (candidate,) = bench.propose()
    assert b"xs[:]" in candidate.edits[0].after
    assert "already tried" in bench.prompt()[-1].text
    assert len(bench.model.asked) == 3


def test_a_model_that_only_repeats_itself_is_out_of_ideas():
    bench = Bench([answer("return list(xs)")] * 9)
    bench.judge(refuse("not_faster", "1.00x"))
    assert bench.propose() == ()
    assert len(bench.model.asked) == 4


def test_imports_and_helpers_of_a_version_are_shown_again():
    reply = (
        "```python imports\nfrom math import inf\n```\n```python\n_K = 1\n\ndef f(xs):\n    return xs[:_K] or inf\n```"
    )
    bench = Bench([reply, answer("return 1")])
    bench.judge(refuse("slower", "0.9x"))
    bench.propose()
    assert bench.prompt()[1].text == (
        "why: rewrite f\n\n```python imports\nfrom math import inf\n```\n\n```python helpers\n_K = 1\n```\n\n"
        "```python\ndef f(xs):\n    return xs[:_K] or inf\n```"
    )


def test_a_kept_version_begins_a_new_conversation_on_the_new_base():
    bench = Bench([answer("return list(xs)"), answer("return xs[:]"), answer("return [*xs]")])
    bench.judge(refuse("slower", "0.9x"))
    kept = bench.judge(Accepted(message="1.2x", proof=Proof(workloads=())))
    bench.base.content["a.py"] = b"# moved\n\n\n" + kept.edits[0].after
    (candidate,) = bench.propose()
    assert len(bench.prompt()) == 1
    assert "return xs[:]" in bench.prompt()[0].text
    assert b"# moved" in candidate.edits[0].after


def test_the_history_of_other_hotspots_does_not_count():
    bench = Bench([answer("return list(xs)"), answer("return list(xs)")])
    candidate = bench.judge(refuse("slower", "0.9x"))
    bench.history[0] = replace(bench.history[0], candidate=replace(candidate, hotspot="a.py::g"))
    assert len(bench.propose()) == 1
    assert len(bench.prompt()) == 1


def test_a_hotspot_that_is_gone_has_no_ideas():
    bench = Bench([])
    bench.base.content = {"a.py": b"x = 1\n"}
    assert bench.propose() == ()
    bench.base.content = {}
    assert bench.propose() == ()


def test_a_conversation_that_is_too_long_for_the_window_is_asked_with_its_newest_turn():
    small = ModelError("too small", code="window_too_small")
    bench = Bench([answer("return xs"), answer("return xs[:]"), small, answer("return list(xs)")])
    bench.judge(refuse("slower", "0.9x"))
    bench.judge(refuse("slower", "0.8x"))
    assert len(bench.propose()) == 1
    assert [len(prompt.messages) for prompt in bench.model.asked] == [1, 3, 5, 3]
    assert "0.8x" in bench.prompt()[-1].text


def test_a_model_error_leaves():
    bench = Bench([ModelError("no key", code="model_refused")])
    with pytest.raises(ModelError):
        bench.propose()
    assert [event.kind for event in bench.events] == ["prompt_sent"]


def test_very_long_conversations_keep_their_newest_turns():
    file = b"def f(xs):\n" + b"    xs = xs + [1]\n" * 2000 + b"    return xs\n"
    bodies = [b"    xs = xs + [1]\n    " * 1500 + f"return xs or {n}".encode() for n in range(5)]
    bench = Bench([answer(body.decode().strip()) for body in bodies], file=file)
    for number in range(4):
        bench.judge(refuse("slower", f"0.{number}x"))
    bench.propose()
    assert bench.prompt()[0] == bench.prompt(0)[0]
    assert len(bench.prompt()) == 5
    assert "0.3x" in bench.prompt()[-1].text


def test_a_recorded_run_replayed_proposes_the_same_without_the_model(tmp_path):
    path = tmp_path / "replies.jsonl"
    live = Bench([answer("return xs"), "no", answer("return xs"), answer("return list(xs)")])
    live.strategy = replace(live.strategy, model=Recorded(model=live.model, path=path))
    again = Bench([])
    for bench in (live, again):
        if bench is again:
            bench.strategy = replace(bench.strategy, model=Replay.load(path))
        for number in range(3):
            bench.judge(refuse("slower", f"0.{number}x in this run" if bench is live else "slower today"))
    proposed = [[(tried.candidate.id, tried.candidate.idea) for tried in bench.history] for bench in (live, again)]
    assert proposed[0] == proposed[1]
    assert len(set(proposed[0])) == 3
    assert again.model.asked == []


def test_it_is_a_plug_in():
    assert load("agents.strategies", "repair") is Repair
