"""Asks a model for one version after the other; what spoke against a version goes into the next question."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ...optimizer.core.errors import CandidateError, ModelError
from ...optimizer.core.events import PromptSent, ReplyReceived
from ...optimizer.core.ports import Attempt, Base, Model, Record, Strategy
from ...optimizer.core.secrets import Secrets, restore
from ...optimizer.core.values import Candidate, Hotspot, Message, Origin, Prompt, Reply, Unit
from ...optimizer.core.verdicts import Accepted
from ...optimizer.languages.python import units
from ...optimizer.languages.same_code import same_code
from ..context import Facts, decoded
from ..edits import read_reply
from ..fences import idea_of
from ..questions import answer_again, feedback, first_question, template

NAME = "repair"
_REPEATS = 2
"""How often a repeated answer is asked for anew before the strategy is out of ideas."""
_NO_MORE = Secrets()
_CHARACTERS = 80_000
"""Of a whole conversation: above about 25k tokens models drift from the format."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """One candidate per call, in one conversation per hotspot that is rebuilt from the history."""

    model: Model
    record: Record
    facts: Facts
    secrets: Secrets = _NO_MORE
    """What must not be told to the model; an answer that quotes a placeholder gets the original back."""

    def propose(self, base: Base, hotspot: Hotspot, history: Sequence[Attempt], limit: int) -> Sequence[Candidate]:
        """The next version, or an unreadable answer as a candidate with a `problem`; empty when out of ideas.

        Raises `ModelError` and `BudgetSpent` as the model does.
        """
        unit, file = _located(base, hotspot)
        if unit is None or limit < 1:
            return ()
        hotspot = replace(hotspot, unit=unit)
        tried = [attempt for attempt in history if attempt.candidate.hotspot == hotspot.id]
        turns = _turns(hotspot, tried)
        for _ in range(_REPEATS + 1):
            prompt, reply = self._ask((first_question(file, hotspot, self.facts), *_newest(turns)), hotspot)
            known = self.secrets.found_in(decoded(file))
            candidate = _candidate(replace(reply, text=restore(reply.text, known)), prompt, file, hotspot)
            candidate = replace(
                candidate, idea=self.secrets.redact(candidate.idea), problem=self.secrets.redact(candidate.problem)
            )
            if not any(_same(candidate, attempt.candidate) for attempt in tried):
                return (candidate,)
            turns += [answer_again(candidate, hotspot), _repeated(hotspot)]
        return ()

    def _ask(self, messages: Sequence[Message], hotspot: Hotspot) -> tuple[Prompt, Reply]:
        """An answer; where the window is too small for the conversation, to its newest turn alone."""
        told = tuple(replace(message, text=self.secrets.redact(message.text)) for message in messages)
        prompt = Prompt(template=template(len(messages)), messages=told)
        self.record(PromptSent(hotspot=hotspot.id, model=self.model.name, prompt=prompt))
        try:
            reply = self.model.reply(prompt)
        except ModelError as error:
            if error.code != "window_too_small" or len(messages) <= 3:
                raise
            return self._ask([messages[0], *messages[-2:]], hotspot)
        self.record(ReplyReceived(sha=prompt.sha, reply=reply))
        return prompt, reply


def _located(base: Base, hotspot: Hotspot) -> tuple[Unit | None, bytes]:
    """The hotspot's unit where it is now: earlier commits may have moved it. None if it is gone."""
    try:
        file = base.read(hotspot.unit.path)
    except FileNotFoundError:
        return None, b""
    found = [unit for unit in units(hotspot.unit.path, file) if unit.name == hotspot.unit.name]
    return min(found, key=lambda unit: abs(unit.first - hotspot.unit.first), default=None), file


def _turns(hotspot: Hotspot, tried: Sequence[Attempt]) -> list[Message]:
    """Each version since the last accepted one, and what spoke against it."""
    turns: list[Message] = []
    for attempt in tried:
        verdict = attempt.verdict
        if isinstance(verdict, Accepted):
            turns.clear()
            continue
        turns.append(answer_again(attempt.candidate, hotspot))
        turns.append(feedback(hotspot.unit.name, verdict.reason, verdict.message, verdict.evidence))
    return turns


def _newest(turns: Sequence[Message]) -> Sequence[Message]:
    """The newest turns, an answer and what came of it each, as many as a model can bear."""
    size, start = 0, len(turns)
    while start >= 2:
        size += sum(len(turn.text) for turn in turns[start - 2 : start])
        if size > _CHARACTERS:
            break
        start -= 2
    return turns[start:]


def _repeated(hotspot: Hotspot) -> Message:
    return feedback(hotspot.unit.name, "repeated", "This is the same code as in an answer that was already tried.", "")


def _candidate(reply: Reply, prompt: Prompt, file: bytes, hotspot: Hotspot) -> Candidate:
    """What the reply proposes; an unreadable one becomes a candidate that says why."""
    origin = Origin(author=reply.model, strategy=NAME, prompt=prompt.sha)
    idea = idea_of(reply.text, f"rewrite {hotspot.unit.name}")
    try:
        edits = (read_reply(reply.text, file, hotspot.unit),)
    except CandidateError as error:
        problem = f"{error}\n{error.evidence}".strip()
        return Candidate(edits=(), idea=idea, origin=origin, hotspot=hotspot.id, problem=problem)
    return Candidate(edits=edits, idea=idea, origin=origin, hotspot=hotspot.id)


def _same(candidate: Candidate, earlier: Candidate) -> bool:
    """The same contents, or the same code in the same place but for comments and formatting."""
    if candidate.id == earlier.id:
        return True
    ours, theirs = candidate.edits, earlier.edits
    return len(ours) == len(theirs) == 1 and (
        (ours[0].path, ours[0].before) == (theirs[0].path, theirs[0].before)
        and same_code(ours[0].after or b"", theirs[0].after or b"")
    )


PLUGIN: type[Strategy] = Repair
