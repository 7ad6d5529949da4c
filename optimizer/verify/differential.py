"""Makes calls on base and candidate and says what the candidate does otherwise: for recorded and for generated calls.

The base makes them twice, with other seeds, so that what varies by itself is asked of nobody. What then differs on the
candidate counts only if it still differs from the base of that moment, and a call that does not end or breaks down
only if it does so again.
"""

import json
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256

from ..core.events import StepStarted
from ..core.ports import Base, Kept, Record, Sandbox, Trial
from ..core.recording import Call, Recording, request
from ..core.values import Edit
from ..core.verdicts import Failed, Reason
from .comparing import Comparison, Difference, compare, shown
from .playing import GROUP_BUDGET, MISSING, Play, Played, attributes_met, play

_TWIN = 2
"""The other seed, of hashes and of `random`."""
_FACTOR = 10.0
_LEAST = 2.0
"""Seconds: a call may take ten times what it took on the base, and never less than this."""
_LEAST_QUICK = 0.5
"""The same where nobody is refused."""
_ENOUGH = 3
"""Calls of one unit that did not end or broke down where the base's do: no more are needed to refuse a candidate."""
_FIRST = Play(group_budget=GROUP_BUDGET)
_FIRM = frozenset({"played", "unplayable", "globals", "names"})
"""What a call came to whatever else the machine did meanwhile."""
_SPENT = "no time left"
"""Why a call was skipped for a budget of CPU time, which is the same on a busy machine."""
_INFIRM = 0.05
"""Share of calls that the clock may have cut short where answers are kept: another run may not meet its limits."""
_BREAKS: Mapping[str, Reason] = {"timed_out": "timed_out", "crashed": "crashed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OnBase:
    """What the calls did on the base, twice."""

    first: Mapping[str, Played]
    second: Mapping[str, Played]

    def playable(self, calls: Iterable[Call]) -> list[Call]:
        """Those that were made to their end."""
        return [call for call in calls if self.first.get(call.id, MISSING).status == "played"]

    def firm(self, calls: Sequence[Call]) -> bool:
        """Whether every call was answered, and hardly any cut short by the clock."""
        ends = [one.status in _FIRM or one.why == _SPENT for side in (self.first, self.second) for one in side.values()]
        return ends.count(False) <= _INFIRM * len(calls) and all(call.id in self.first for call in calls)


@dataclass(frozen=True, slots=True, kw_only=True)
class Differential:
    """Compares base and candidate on calls; remembers what the base did."""

    record: Record
    first: Play = _FIRST
    """How calls are made on the base of which nothing is known yet."""
    known: dict[str, OnBase] = field(default_factory=dict[str, OnBase])
    """By revision and calls."""
    sure: bool = True
    """Whether a difference is looked at twice: a person's change is not refused for what chance did once."""
    kept: Kept | None = None
    """Answers of the same base to the same calls, given in earlier runs."""
    recalled: set[str] = field(default_factory=set[str])
    """Those of `known` that come from there. Only what agrees with them is believed: no difference rests on them."""
    doubted: set[str] = field(default_factory=set[str])
    """Those that something differed from: they are asked for anew, once."""

    def compare(self, trial: Trial, recording: Recording, calls: Sequence[Call]) -> Comparison:
        """Of these calls, what differs and what could be compared; `recording` says where modules and objects are.

        Raises `TargetError` when the target's build command fails, `SandboxError` when our side fails.
        """
        base = self.on_base(trial, recording, calls)
        self.record(StepStarted(what=f"making {sum(call.weight for call in calls)} calls with the change"))
        after = _played(trial, trial.candidate.edits, recording, base.playable(calls), self._limited(base.first))
        found = compare(calls, base.first, base.second, after, trial.goal.float_ulps)
        if found.differences and self._forgotten(question(trial.base, calls)):
            return self.compare(trial, recording, calls)
        return self._confirmed(trial, recording, calls, found, after) if found.differences and self.sure else found

    def on_base(self, trial: Trial, recording: Recording, calls: Sequence[Call]) -> OnBase:
        """What these calls do on the base; found out once."""
        key = question(trial.base, calls)
        if key not in self.known:
            self.known[key] = self._remembered(trial, recording, calls) or self._asked(trial, recording, calls)
        return self.known[key]

    def _asked(self, trial: Trial, recording: Recording, calls: Sequence[Call]) -> OnBase:
        self.record(StepStarted(what="making recorded calls again on the base, twice"))
        first = _answered(trial, recording, calls, self.first)
        again = OnBase(first=first, second={}).playable(calls)
        second = _answered(trial, recording, again, replace(self._limited(first), seed=_TWIN))
        found = OnBase(first=first, second=second)
        if self.kept and found.firm(calls):
            self.kept.store(found, *_about(trial, recording, calls, self.first))
        return found

    def _remembered(self, trial: Trial, recording: Recording, calls: Sequence[Call]) -> OnBase | None:
        """What an earlier run was answered, unless this one has found that something differs from it."""
        key = question(trial.base, calls)
        if self.kept is None or key in self.doubted:
            return None
        found = self.kept.load(OnBase, *_about(trial, recording, calls, self.first))
        if found is not None:
            self.recalled.add(key)
        return found

    def _forgotten(self, key: str) -> bool:
        """Whether these answers were an earlier run's; then they are no longer known."""
        if key not in self.recalled:
            return False
        self.recalled.remove(key)
        self.doubted.add(key)
        del self.known[key]
        return True

    def _confirmed(
        self,
        trial: Trial,
        recording: Recording,
        calls: Sequence[Call],
        found: Comparison,
        after: Mapping[str, Played],
    ) -> Comparison:
        """Without what the clock brought about, and without what only broke down once."""
        base = self.on_base(trial, recording, calls)
        units = {one.call.label for one in found.differences}
        suspects = [call for call in base.playable(calls) if call.label in units]
        now = _played(trial, (), recording, suspects, self._limited(base.first))
        still = {one.identity for one in compare(suspects, base.first, now, after, trial.goal.float_ulps).differences}
        broken = {one.call.id for one in found.differences if one.section in _BREAKS}
        if broken:
            once_more = _played(trial, trial.candidate.edits, recording, suspects, self._limited(base.first))
            broken = {name for name in broken if once_more.get(name, MISSING).status in (*_BREAKS, "missing")}
        kept = [
            one
            for one in found.differences
            if one.identity in still and (one.section not in _BREAKS or one.call.id in broken)
        ]
        return replace(found, differences=tuple(kept))

    def _limited(self, first: Mapping[str, Played]) -> Play:
        """How calls are made of which the base's time is known. Of memory the candidate may take twice as much."""
        least = _LEAST if self.sure else _LEAST_QUICK
        limits = {name: max(least, _FACTOR * one.seconds) for name, one in first.items() if one.status == "played"}
        return Play(
            limits=limits,
            patience=min(self.first.patience, _ENOUGH),
            memory=2 * self.first.memory,
            names=attributes_met(first),
        )


def quickest(found: Comparison) -> Difference:
    """The difference that is quickest to read."""
    return min(found.differences, key=lambda one: (one.section in (*_BREAKS, "globals"), one.size))


def failure(check: str, seconds: float, found: Comparison) -> Failed:
    """The outcome for a comparison with differences: the one that is quickest to read is shown."""
    first = quickest(found)
    more = len(found.differences) - 1
    others = f", and {more} more {'differ' if more > 1 else 'differs'}" if more else ""
    return Failed(
        check=check,
        seconds=seconds,
        reason=_BREAKS.get(first.section, "wrong_behavior"),
        message=f"{_sentence(first)}{others}",
        evidence=shown(first),
    )


def question(base: Base, calls: Sequence[Call]) -> str:
    """Tells these calls on this base from all others; ids alone do not, for each recording has its own."""
    digest = sha256(base.revision.encode())
    for call in calls:
        digest.update(f"{call.id}\0{call.label}\0{len(call.steps)}\0{call.pickle}\0".encode())
    return digest.hexdigest()


def _about(trial: Trial, recording: Recording, calls: Sequence[Call], how: Play) -> tuple[str, ...]:
    """All that the target's interpreter is told, where, and how patiently."""
    told = json.dumps(request(recording.root, recording, calls, how.seed), sort_keys=True)
    asked = sha256(told.encode("utf-8", "surrogatepass")).hexdigest()
    base = trial.base
    return (
        "answers",
        asked,
        base.revision,
        repr(base.repo),
        repr((how.limit, how.budget, how.group_budget, how.memory)),
    )


def _answered(trial: Trial, recording: Recording, calls: Sequence[Call], how: Play) -> dict[str, Played]:
    """What the base does; asked once more where its interpreter came to an end before all was said."""
    found = _played(trial, (), recording, calls, how)
    return _played(trial, (), recording, calls, how) if any(call.id not in found for call in calls) else found


def _played(
    trial: Trial, edits: Sequence[Edit], recording: Recording, calls: Sequence[Call], how: Play
) -> dict[str, Played]:
    with _tree(trial, edits) as tree:
        return play(tree, trial.base.repo.python, recording, calls, how)


@contextmanager
def _tree(trial: Trial, edits: Sequence[Edit]) -> Generator[Sandbox]:
    """A tree of its own: what the calls write must not meet the checks that follow."""
    with trial.base.fork(edits) as tree:
        yield tree


def _sentence(one: Difference) -> str:
    named = one.call.kind not in ("object", "global")
    name = one.call.label.rpartition("::")[2] if named else ".".join(one.call.parts)
    if one.section == "timed_out":
        return f"{name} does not end"
    if one.section == "crashed":
        return f"{name} ends the interpreter"
    if one.section == "globals":
        return f"{name} is left with other contents"
    what = {
        "value": "returns something else",
        "raised": "raises otherwise",
        "message": "raises with another text",
        "arguments": "changes its arguments otherwise",
        "arguments afterwards": "changes its arguments otherwise",
        "results afterwards": "changes otherwise what it returned before",
        "shared": "shares other parts of its result",
        "generators": "no longer gives a generator",
        "state": "leaves an object in another state",
        "called": "returns a function that answers otherwise",
        "again": "answers otherwise when called again",
        "kept": "gives out the same object twice",
        "files": "leaves other files",
    }.get(one.section, f"differs in {one.section}")
    return f"{name} {what}"
