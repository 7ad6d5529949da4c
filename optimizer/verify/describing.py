"""Descriptions of recorded calls, made once for each base and set of calls, shared by whoever thinks up others."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..core.events import StepStarted
from ..core.ports import Base, Record
from ..core.recording import Call, Recording
from .differential import question
from .inputs.asking import asked_for, questions
from .inputs.described import Described, read_described
from .inputs.presumed import presume
from .inputs.said import Said, said
from .inputs.thinking import made, with_objects
from .playing import Play, describe, play

_COMPANIONS = 60
_ASKING = Play(limit=1.0, group_budget=2.0, budget=6.0, patience=3, memory=1 << 30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Describing:
    """Asks the target's interpreter what recorded calls were given."""

    record: Record
    known: dict[str, Described] = field(default_factory=dict[str, Described])

    def of(self, base: Base, recording: Recording, calls: Sequence[Call]) -> Described:
        """These calls and the companions as trees; empty where there are no calls."""
        key = question(base, calls)
        if calls and key not in self.known:
            self.record(StepStarted(what="looking at recorded calls"))
            told = (*calls, *[call for call in recording.calls if call.companion][:_COMPANIONS])
            with base.fork() as tree:
                found = read_described(describe(tree, base.repo.python, recording, told), told)
                new = [made(one.call, asking, f"q{number}") for number, (one, asking) in enumerate(questions(found))]
                if new:
                    played = play(tree, base.repo.python, with_objects(recording, new), new, _ASKING)
                    found.asked.update(asked_for(step for one in played.values() for step in one.steps))
            self.known[key] = presume(found, _said(base, calls))
        return self.known.get(key, Described())


def _said(base: Base, calls: Sequence[Call]) -> dict[str, Said]:
    """What the files of these calls say, by their paths."""
    return {path: said(base.read(path)) for path in dict.fromkeys(call.label.partition("::")[0] for call in calls)}
