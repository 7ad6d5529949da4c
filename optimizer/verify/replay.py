"""Rung 6: recorded calls are made again on base and candidate, in processes of their own, and do the same."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import monotonic

from ..core.ports import Trial
from ..core.recording import Call, Recording
from ..core.values import Edit
from ..core.verdicts import CallsCompared, Outcome, Passed, Skipped
from .calls import chosen
from .comparing import Comparison
from .differential import Differential, failure
from .exercised import Exercise
from .observed import states_kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """Refuses candidates that answer a recorded call otherwise than the base does."""

    exercise: Exercise
    differential: Differential
    name: str = "replay"

    def run(self, trial: Trial) -> Outcome:
        start = monotonic()
        recording = self.exercise.of(trial.base, trial.candidate.edits).recording
        calls, unlike = comparable(chosen(recording), trial.candidate.edits)
        if not calls:
            return Skipped(check=self.name, seconds=monotonic() - start, why=_nothing(recording, unlike))
        found = self.differential.compare(trial, recording, calls)
        if found.differences:
            share = _share(found, recording, unlike)
            return replace(failure(self.name, monotonic() - start, found), compared=share)
        return self._passed(found, recording, unlike, monotonic() - start)

    def _passed(self, found: Comparison, recording: Recording, unlike: int, seconds: float) -> Passed | Skipped:
        lost = dict(found.lost)
        if unlike:
            lost["they take an object whose private state has changed"] = unlike
        refused = Counter(why for _, why in recording.refused)
        share = _share(found, recording, unlike)
        total = share.of
        if found.unsteady:
            lost["the base answers differently each time"] = found.unsteady
        if not found.compared:
            why = f"none of {total} recorded calls could be compared: {'; '.join(sorted(lost)) or ', '.join(refused)}"
            return Skipped(check=self.name, seconds=seconds, why=why, compared=share)
        warnings = [f"{count} recorded calls are not compared: {why}" for why, count in sorted(lost.items())]
        if refused:
            told = ", ".join(f"{why} ({count})" for why, count in refused.most_common(8))
            warnings.append(f"calls that could not be recorded were given: {told}")
        if found.opaque:
            warnings.append(f"not looked into: {', '.join(sorted(found.opaque)[:8])}")
        note = f"{found.compared} of {total} recorded calls compared, all the same"
        return Passed(check=self.name, seconds=seconds, note=note, warnings=tuple(warnings), compared=share)


def _share(found: Comparison, recording: Recording, unlike: int) -> CallsCompared:
    lost = sum(found.lost.values()) + unlike
    return CallsCompared(calls=found.compared, of=found.compared + found.unsteady + lost + len(recording.refused))


def comparable(calls: Sequence[Call], edits: Sequence[Edit]) -> tuple[tuple[Call, ...], int]:
    """The calls that take no object by a private state that the change may have given another form, and how many do."""
    kept, edited = states_kept(edits), {edit.path for edit in edits}

    def same(states: frozenset[str]) -> bool:
        return all(label in kept or label.partition("::")[0] not in edited for label in states)

    good = tuple(call for call in calls if same(call.states) and all(same(step.states) for step in call.steps))
    return good, sum(call.weight for call in calls) - sum(call.weight for call in good)


def _nothing(recording: Recording, unlike: int) -> str:
    if unlike:
        return f"all {unlike} recorded calls take an object whose private state has changed"
    if recording.refused:
        return (
            f"no call could be recorded: they are given {', '.join(dict.fromkeys(why for _, why in recording.refused))}"
        )
    return "no call of the changed code, or of what is public around it, was recorded"
