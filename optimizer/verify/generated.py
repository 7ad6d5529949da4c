"""Rung 7: calls that nobody recorded, thought up from those that were, do the same on base and candidate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from time import monotonic

from ..core.events import StepStarted
from ..core.ports import Base, Record, Trial
from ..core.recording import Call, Recording
from ..core.verdicts import Failed, Outcome, Passed, Skipped
from .borrowed import Borrowed, changes_members
from .calls import chosen
from .comparing import Comparison, Difference, compare
from .describing import Describing
from .differential import Differential, OnBase, failure, question, quickest
from .exercised import Exercise
from .finite import within_reach
from .inputs.data import entries
from .inputs.described import Described
from .inputs.nodes import Node
from .inputs.shrinking import shrunk
from .inputs.thinking import Thought, made, think, with_objects
from .inputs.words import Words, words
from .kept_inputs import KeptInputs
from .playing import MISSING, Play, play
from .presuming import is_presumed, marked, presumably
from .replay import comparable
from .symbolic import CrossHair

LIMIT = 0.4
"""Seconds for one call on the base; what takes longer is left out."""
GROUP_BUDGET = 2.0
"""CPU seconds for the calls of one function, or of the objects of one class, on the base."""
BUDGET = 12.0
PATIENCE = 40
"""Calls of one group that may not end on the base; code that expects no circles has many."""
MEMORY = 1 << 30
SHRINKING = 6.0
"""Seconds for finding a smaller counterexample."""
_REMEMBERED = 16
"""Sets of thought-up inputs that are kept."""


def played_as() -> Play:
    """How generated calls are made on the base: impatiently, for nobody needs any one of them."""
    return Play(limit=LIMIT, group_budget=GROUP_BUDGET, budget=BUDGET, patience=PATIENCE, memory=MEMORY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """Refuses candidates that answer a generated call otherwise than the base does."""

    exercise: Exercise
    differential: Differential
    describing: Describing
    record: Record
    state: Path
    """Where counterexamples and tables are kept."""
    name: str = "generated"
    symbolic: CrossHair | None = None
    """Asked for further inputs where those that were thought up show no difference."""
    shrinking: float = SHRINKING
    """0 to keep the first counterexample as it is."""
    thoughts: dict[tuple[object, ...], list[Thought]] = field(default_factory=dict[tuple[object, ...], list[Thought]])
    """What was thought up, by all that it comes from."""

    def run(self, trial: Trial) -> Outcome:
        start = monotonic()
        exercised = self.exercise.of(trial.base, trial.candidate.edits)
        recording = exercised.recording
        calls = _calls(trial, recording)
        kept = KeptInputs(folder=self.state / "counterexamples", repo=trial.base.repo.root)
        found = self._known_ones(trial, recording, calls, kept)
        if found is not None and found.differences:
            return failure(self.name, monotonic() - start, found)
        known = self._known(trial, recording)
        if not known.given:
            return Skipped(check=self.name, seconds=monotonic() - start, why=_nothing(known))
        near = words(trial.candidate.edits, _by_path(exercised.changed))
        near = replace(near, entries=entries(trial.base.files(), trial.base.read, [*_by_path(exercised.changed)]))
        thoughts = self._thought_up(
            question(trial.base, calls), known, near, exercised.changed, _seed(trial.base, exercised.changed)
        )
        found = self._compared(trial, recording, thoughts, known)
        found = Borrowed(differential=self.differential).held(trial, recording, thoughts, found)
        more: list[Thought] = []
        if not found.differences and self.symbolic is not None:
            more = self.symbolic.thoughts(trial, recording, known, exercised.changed)
            found = _together(found, self._compared(trial, recording, more, known)) if more else found
        if found.differences:
            return self._failed(trial, recording, (*thoughts, *more), found, kept, start)
        base = self.differential.on_base(trial, recording, [one.call for one in thoughts])
        return self._passed(found, base, (thoughts, more), known, monotonic() - start)

    def _known(self, trial: Trial, recording: Recording) -> Described:
        return self.describing.of(trial.base, recording, _calls(trial, recording))

    def _compared(
        self, trial: Trial, recording: Recording, thoughts: Sequence[Thought], known: Described
    ) -> Comparison:
        new = [one.call for one in thoughts]
        return _counted(self.differential.compare(trial, with_objects(recording, new), new), known)

    def _known_ones(
        self, trial: Trial, recording: Recording, calls: Sequence[Call], kept: KeptInputs
    ) -> Comparison | None:
        """What was a counterexample once is tried first."""
        old, objects = kept.of(call.label for call in calls)
        if not old:
            return None
        return marked(self.differential.compare(trial, with_objects(recording, (*objects, *old)), old))

    def _thought_up(
        self, about: str, known: Described, near: Words, changed: tuple[str, ...], seed: int
    ) -> list[Thought]:
        """The same for the same question: another change of the same function need not wait for it."""
        key = about, near, changed, seed
        if key not in self.thoughts:
            self.record(StepStarted(what="thinking up inputs"))
            while len(self.thoughts) >= _REMEMBERED:
                del self.thoughts[next(iter(self.thoughts))]
            self.thoughts[key] = think(known, near, changed, seed, self.state / "hypothesis")
        return self.thoughts[key]

    def _failed(
        self,
        trial: Trial,
        recording: Recording,
        thoughts: Sequence[Thought],
        found: Comparison,
        kept: KeptInputs,
        start: float,
    ) -> Failed:
        """With the smallest counterexample that can be found in a few seconds, which is kept for the next time.

        One that only counts because the base does not see it is neither: a smaller one, or a later base, might. Nor is
        one kept that a later change may be let pass for.
        """
        first = quickest(found)
        thought = next((one for one in thoughts if one.call.id == first.call.id), None)
        if thought is not None and not changes_members(thought):
            smaller = self._smaller(trial, recording, thought, first) if self.shrinking else first
            if not is_presumed(smaller.call, self._known(trial, recording)):
                kept.keep(smaller.call, recording)
            others = tuple(one for one in found.differences if one is not first)
            found = replace(found, differences=(smaller, *others))
        return failure(self.name, monotonic() - start, found)

    def _smaller(self, trial: Trial, recording: Recording, thought: Thought, first: Difference) -> Difference:
        """The difference on a smaller input, if that is found and holds when it is looked at again."""
        self.record(StepStarted(what="looking for a shorter counterexample"))
        end = monotonic() + self.shrinking
        how = Play(limit=2 * LIMIT, patience=1, memory=MEMORY)
        with trial.base.fork() as before, trial.base.fork(trial.candidate.edits) as after:

            def differing(trees: Sequence[Node]) -> list[bool]:
                calls = [made(thought.call, tree, f"s{number}") for number, tree in enumerate(trees)]
                extended = with_objects(recording, calls)
                sides = [play(tree, trial.base.repo.python, extended, calls, how) for tree in (before, after)]
                seen = compare(calls, sides[0], sides[0], sides[1], trial.goal.float_ulps).differences
                ids = {one.call.id for one in seen if one.section == first.section}
                return [call.id in ids for call in calls]

            tree = shrunk(thought.tree, differing, lambda: monotonic() < end)
        call = made(thought.call, tree, "smaller")
        found = self.differential.compare(trial, with_objects(recording, [call]), [call])
        found = _counted(found, self._known(trial, recording))
        return quickest(found) if found.differences and quickest(found).call.id == call.id else first

    def _passed(
        self,
        found: Comparison,
        base: OnBase,
        asked: tuple[Sequence[Thought], Sequence[Thought]],
        known: Described,
        seconds: float,
    ) -> Outcome:
        """`asked` is what was thought up, and what CrossHair found."""
        calls = [one.call for one in asked[0]]
        if not found.compared:
            why = ", ".join(found.lost) or "the base answers differently each time"
            return Skipped(check=self.name, seconds=seconds, why=f"no generated input could be compared: {why}")
        refused = sum(any("raised" in step for step in base.first.get(call.id, MISSING).steps) for call in calls)
        lost = [f"{count} generated inputs are not compared: {why}" for why, count in sorted(found.lost.items())]
        lost += [f"{count} recorded calls could not be varied: {why}" for why, count in sorted(known.lost.items())]
        if found.unsteady:
            lost.append(f"{found.unsteady} generated inputs are not compared: the base answers differently each time")
        made = len(base.playable(calls))
        note = f"{made} of {len(calls)} generated inputs compared, all the same; the base refuses {refused} of them"
        note += f"; {len(asked[1])} more by CrossHair" if asked[1] else ""
        return Passed(check=self.name, seconds=seconds, note=note, warnings=tuple(lost))


def _calls(trial: Trial, recording: Recording) -> Sequence[Call]:
    return comparable(chosen(recording), trial.candidate.edits)[0]


def _seed(base: Base, changed: Sequence[str]) -> int:
    """The same for the same functions of the same files: verdicts can be seen again, and the base's answers be kept."""
    digest = sha256("\0".join(changed).encode("utf-8", "surrogateescape"))
    for path in _by_path(changed):
        digest.update(base.read(path))
    return int.from_bytes(digest.digest()[:4], "big")


def _counted(found: Comparison, known: Described) -> Comparison:
    """Without what only numbers bring about that nobody was seen to give."""
    return presumably(within_reach(found, known.given), known)


def _together(one: Comparison, two: Comparison) -> Comparison:
    lost = {why: one.lost.get(why, 0) + two.lost.get(why, 0) for why in (*one.lost, *two.lost)}
    return Comparison(
        differences=one.differences + two.differences,
        compared=one.compared + two.compared,
        unsteady=one.unsteady + two.unsteady,
        lost=lost,
        opaque=tuple(dict.fromkeys(one.opaque + two.opaque)),
    )


def _nothing(known: Described) -> str:
    if known.lost:
        return f"no recorded call can be varied: {', '.join(known.lost)}"
    return "there is no recorded call to vary"


def _by_path(labels: Sequence[str]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for label in labels:
        path, _, name = label.partition("::")
        found.setdefault(path, []).append(name)
    return found
