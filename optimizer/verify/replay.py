"""Rung 6: recorded calls are made again on base and candidate, in processes of their own, and do the same."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from time import monotonic

from ..core.errors import TargetError
from ..core.events import StepStarted
from ..core.ports import Job, Record, Sandbox, Trial
from ..core.values import Edit
from ..core.verdicts import Failed, Outcome, Passed, Reason, Skipped
from .calls import Call, Recording, chosen
from .comparing import Comparison, Difference, compare, shown
from .exercised import Exercise
from .observed import states_kept
from .playing import GROUP_BUDGET, MISSING, Play, Played, attributes_met, play

_TWIN = 2
"""The other seed, of hashes and of `random`: what depends on it is nobody's behaviour."""
_FACTOR = 10.0
_LEAST = 2.0
"""Seconds: a call may take ten times what it took on the base, and never less than this."""
_BUILD_SECONDS = 1800.0
_REASONS: Mapping[str, Reason] = {"timed_out": "timed_out", "crashed": "crashed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Twice:
    """What the calls did on the base, twice."""

    first: Mapping[str, Played]
    second: Mapping[str, Played]

    @property
    def limited(self) -> Play:
        """How to make the calls again: in ten times what each took, and never less than two seconds."""
        return Play(limits=_limits(self.first), names=attributes_met(self.first))

    def playable(self, calls: Sequence[Call]) -> list[Call]:
        """Those that were made to their end."""
        return [call for call in calls if self.first.get(call.id, MISSING).status == "played"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """Refuses candidates that answer a recorded call otherwise than the base does."""

    exercise: Exercise
    record: Record
    name: str = "replay"
    known: dict[str, Twice] = field(default_factory=dict[str, Twice])
    """What the base did, by revision and recording."""

    def run(self, trial: Trial) -> Outcome:
        start = monotonic()
        recording = self.exercise.of(trial.base, trial.candidate.edits).recording
        calls, unlike = _comparable(chosen(recording), trial.candidate.edits)
        if not calls:
            return Skipped(check=self.name, seconds=monotonic() - start, why=_nothing(recording, unlike))
        base = self._base(trial, recording, calls)
        self.record(StepStarted(what=f"making {sum(call.weight for call in calls)} recorded calls again"))
        with _tree(trial, trial.candidate.edits) as tree:
            after = play(tree, trial.base.repo.python, recording, base.playable(calls), base.limited)
        found = compare(calls, base.first, base.second, after, trial.goal.float_ulps)
        if found.differences:
            units = {one.unit for one in found.differences}
            suspects = [call for call in calls if call.label in units]
            still = self._confirmed(trial, recording, suspects, base, after)
            found = replace(found, differences=tuple(one for one in found.differences if one.identity in still))
        seconds = monotonic() - start
        if found.differences:
            return self._failed(found, seconds)
        return self._passed(found, recording, unlike, seconds)

    def _base(self, trial: Trial, recording: Recording, calls: Sequence[Call]) -> Twice:
        key = f"{trial.base.revision} {id(recording)} {hash(tuple(call.id for call in calls))}"
        if key not in self.known:
            self.record(StepStarted(what="making recorded calls again on the base, twice"))
            python = trial.base.repo.python
            with _tree(trial, ()) as tree:
                first = play(tree, python, recording, calls, Play(group_budget=GROUP_BUDGET))
                again = Twice(first=first, second={}).playable(calls)
                second = play(
                    tree, python, recording, again, replace(Twice(first=first, second={}).limited, seed=_TWIN)
                )
            self.known[key] = Twice(first=first, second=second)
        return self.known[key]

    def _confirmed(
        self, trial: Trial, recording: Recording, suspects: Sequence[Call], base: Twice, after: Mapping[str, Played]
    ) -> frozenset[tuple[str, int, str]]:
        """Which differences there are with the base of this moment too: what the clock brought about is none."""
        with _tree(trial, ()) as tree:
            now = play(tree, trial.base.repo.python, recording, base.playable(suspects), base.limited)
        found = compare(suspects, base.first, now, after, trial.goal.float_ulps)
        return frozenset(one.identity for one in found.differences)

    def _failed(self, found: Comparison, seconds: float) -> Failed:
        first = min(found.differences, key=lambda one: (one.section in ("timed_out", "globals"), one.size))
        more = len(found.differences) - 1
        others = f", and {more} more calls differ" if more else ""
        return Failed(
            check=self.name,
            seconds=seconds,
            reason=_REASONS.get(first.section, "wrong_behavior"),
            message=f"{_sentence(first)}{others}",
            evidence=shown(first),
        )

    def _passed(self, found: Comparison, recording: Recording, unlike: int, seconds: float) -> Passed | Skipped:
        lost = dict(found.lost)
        if unlike:
            lost["they take an object whose private state has changed"] = unlike
        refused: dict[str, int] = {}
        for _, why in recording.refused:
            refused[why] = refused.get(why, 0) + 1
        total = found.compared + found.unsteady + sum(lost.values()) + len(recording.refused)
        if not found.compared:
            return Skipped(check=self.name, seconds=seconds, why=f"none of {total} recorded calls could be compared")
        warnings = [f"{count} recorded calls are not compared: {why}" for why, count in sorted(lost.items())]
        if found.unsteady:
            warnings.append(f"{found.unsteady} recorded calls are not compared: the base answers differently each time")
        if refused:
            warnings.append(f"calls that could not be recorded were given: {', '.join(sorted(refused)[:8])}")
        if found.opaque:
            warnings.append(f"not looked into: {', '.join(sorted(found.opaque)[:8])}")
        note = f"{found.compared} of {total} recorded calls compared, all the same"
        return Passed(check=self.name, seconds=seconds, note=note, warnings=tuple(warnings))


def _comparable(calls: Sequence[Call], edits: Sequence[Edit]) -> tuple[tuple[Call, ...], int]:
    """The calls that take no object by a private state that the change may have given another form, and how many do."""
    kept = states_kept(edits)
    good = tuple(call for call in calls if call.states <= kept and all(step.states <= kept for step in call.steps))
    return good, sum(call.weight for call in calls) - sum(call.weight for call in good)


def _limits(played: Mapping[str, Played]) -> dict[str, float]:
    return {name: max(_LEAST, _FACTOR * one.seconds) for name, one in played.items() if one.status == "played"}


@contextmanager
def _tree(trial: Trial, edits: Sequence[Edit]) -> Generator[Sandbox]:
    """A tree of its own: what the calls write must not meet the checks that follow."""
    with trial.base.fork(edits) as tree:
        if trial.goal.build:
            done = tree.run(Job(command=trial.goal.build, timeout=_BUILD_SECONDS))
            if not done.ok:
                raise TargetError(
                    f"the build command fails: {done.tail(4)}",
                    code="build_failed",
                    hint=f"try it yourself: {trial.goal.build}",
                )
        yield tree


def _nothing(recording: Recording, unlike: int) -> str:
    if unlike:
        return f"all {unlike} recorded calls take an object whose private state has changed"
    if recording.refused:
        return (
            f"no call could be recorded: they are given {', '.join(dict.fromkeys(why for _, why in recording.refused))}"
        )
    return "no call of the changed code, or of what is public around it, was recorded"


def _sentence(one: Difference) -> str:
    named = one.call.kind not in ("object", "global")
    name = one.call.label.rpartition("::")[2] if named else ".".join(one.call.parts)
    if one.section == "timed_out":
        return f"{name} does not end on a recorded call"
    if one.section == "crashed":
        return f"{name} ends the interpreter on a recorded call"
    if one.section == "globals":
        return f"{name} is left with other contents"
    what = {
        "value": "returns something else",
        "raised": "raises otherwise",
        "message": "raises with another text",
        "arguments": "changes its arguments otherwise",
        "arguments afterwards": "changes its arguments otherwise",
        "shared": "shares other parts of its result",
        "generators": "no longer gives a generator",
        "state": "leaves an object in another state",
        "again": "answers otherwise when called again",
        "kept": "gives out the same object twice",
    }.get(one.section, f"differs in {one.section}")
    return f"{name} {what} on a recorded call"
