"""Whether what is faster on the workload is slower on other inputs of the same functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from .core.errors import CandidateError, TargetError
from .core.events import StepStarted
from .core.ports import Base, Clock, Record, Sandbox
from .core.recording import Call, Recording
from .core.units import ratio
from .core.values import Candidate
from .core.verdicts import Accepted, FamilyRatio, Speedup, Verdict, refuse
from .measure.families import Family, FamilyStudy, family
from .measure.workers import Limits, Subject
from .study import in_trouble
from .verify.calls import chosen
from .verify.describing import Describing
from .verify.exercised import Exercise
from .verify.inputs.families import LARGER, RECORDED, families
from .verify.playing import MISSING, Play, play
from .verify.replay import comparable

_LIMIT: Final = 1.0
"""Wall seconds after which a call on the base is ended: so long that a busy machine ends none that is short."""
_LONGEST: Final = 0.1
"""Seconds of a call on the base; what takes longer is left out."""
_GROUP_BUDGET: Final = 1.0
_BUDGET: Final = 6.0
_PATIENCE: Final = 2
_MEMORY: Final = 1 << 30
_TIMEOUT: Final = 20.0
"""Wall seconds that the base may take for any one order."""
_SHOWN: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """What was found, and the names of families of longer inputs of which the base does not make one in good time."""

    ratios: tuple[FamilyRatio, ...] = ()
    untimed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """Times recorded calls in other sizes and orders.

    Longer inputs refuse; others only warn: honest algorithms, too, are slower on some order or on inputs all alike.
    """

    exercise: Exercise
    describing: Describing
    record: Record
    clock: Clock

    def judged(
        self, verdict: Accepted, candidate: Candidate, base: Base, before: Sandbox, after: Sandbox, seed: int
    ) -> Verdict:
        """The verdict with the ratio of each family of inputs; `slower` where one of them is a loss.

        Refused, too, where a candidate crashes or never ends; raises `SandboxError` where our side of it fails.
        """
        try:
            found = self.timed(candidate, base, before, after, seed)
        except (CandidateError, TargetError) as error:
            return in_trouble(verdict, error, "other inputs")
        return with_families(verdict, found.ratios, found.untimed)

    def timed(self, candidate: Candidate, base: Base, before: Sandbox, after: Sandbox, seed: int) -> Timed:
        """The calls as recorded first; empty where nothing can be varied."""
        exercised = self.exercise.of(base, candidate.edits)
        recording = exercised.recording
        calls, _ = comparable(chosen(recording), candidate.edits)
        varied = families(self.describing.of(base, recording, calls), exercised.changed)
        if len(varied) < 2:
            return Timed()
        self.record(StepStarted(what="timing calls with inputs of other sizes and orders"))
        subject, timed = _timed(base, before, recording, varied)
        untimed = tuple(name for name in LARGER if name in varied and name not in {one.name for one in timed})
        if len(timed) < 2 or timed[0].name != RECORDED:
            return Timed(untimed=untimed)
        study = FamilyStudy(
            subject=subject,
            families=timed,
            trees={"A": before, "B": after},
            rng=Random(seed),
            clock=self.clock,
            limits=Limits(timeout=_TIMEOUT),
            deciding=LARGER,
        )
        return Timed(ratios=study.ratios(), untimed=untimed)


def _timed(
    base: Base, tree: Sandbox, recording: Recording, varied: Mapping[str, Sequence[Call]]
) -> tuple[Subject, list[Family]]:
    """What the base can do, and does without an error, in blocks of a fitting length."""
    calls = tuple(call for group in varied.values() for call in group)
    how = Play(limit=_LIMIT, group_budget=_GROUP_BUDGET, budget=_BUDGET, patience=_PATIENCE, memory=_MEMORY)
    subject = Subject(python=base.repo.python, recording=recording, calls=calls, exact=False)
    numbers = {call.id: number for number, call in enumerate(calls)}
    took: dict[str, dict[int, float]] = {name: {} for name in varied}
    for name, group in varied.items():
        played = play(tree, base.repo.python, recording, group, how)
        for call in group:
            one = played.get(call.id, MISSING)
            ends = one.status == "played" and one.seconds <= _LONGEST
            if ends and not any("raised" in step for step in one.steps):
                took[name][numbers[call.id]] = one.seconds
    found = (family(name, some) for name, some in took.items())
    return subject, [one for one in found if one is not None]


def with_families(verdict: Accepted, found: tuple[FamilyRatio, ...], untimed: Sequence[str] = ()) -> Verdict:
    """The verdict with these ratios; a loss on longer inputs, another complexity that is, refuses it."""
    proof = replace(verdict.proof, inputs=found)
    losses = [one for one in found if one.loss]
    heavy = [one for one in losses if one.name in LARGER]
    if heavy:
        said = ", ".join(f"{ratio(one.speedup.ratio)} with inputs {one.name}" for one in heavy[:_SHOWN])
        kept = f"{ratio(found[0].speedup.ratio)} {found[0].name}"
        message = f"faster on the workload, but slower on longer inputs: {said} ({kept})"
        return refuse("slower", message, check="measurement", proof=proof)
    others = [f"slower with inputs {one.name}: {ratio(one.speedup.ratio)}" for one in losses]
    others += [f"perhaps slower with inputs {one.name}: {_interval(one.speedup)}" for one in found if one.doubt]
    others += [f"not timed with inputs {name}: the base takes too long, or fails" for name in untimed]
    return replace(verdict, proof=proof, warnings=(*verdict.warnings, *others))


def _interval(found: Speedup) -> str:
    return f"{ratio(found.ratio)} ({found.low:.2f}-{found.high:.2f})"
