"""Where an accepted candidate's gain comes from: its recorded calls are timed by themselves, once."""

from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Final

from .core.errors import CandidateError, SandboxError, TargetError
from .core.events import CallsTimed, StepStarted
from .core.goal import Goal
from .core.ports import Base, Clock, Record, Sandbox
from .core.recording import Call, Recording
from .core.values import Candidate
from .core.verdicts import Accepted, CallRatios, Verdict, refuse
from .measure.structure import UNTOLD, Study
from .measure.workers import Limits, Subject
from .verify.calls import chosen
from .verify.exercised import Exercise
from .verify.replay import comparable

_MOST: Final = 60
"""Calls that are timed."""
_LIMIT: Final = 60.0
"""Wall seconds that the base may take for any one order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStudy:
    """Times the calls that were recorded for the checks of the ladder."""

    exercise: Exercise
    goal: Goal
    record: Record
    clock: Clock

    def ratios(self, candidate: Candidate, base: Base, before: Sandbox, after: Sandbox, seed: int) -> CallRatios | None:
        """None where there are no calls to time. Raises `CandidateError` or `TargetError` where they cannot be."""
        recording = self.exercise.of(base, candidate.edits).recording
        calls = _together(comparable(chosen(recording), candidate.edits)[0])
        if not calls:
            return None
        self.record(StepStarted(what="timing recorded calls by themselves"))
        study = Study(
            subject=as_recorded(base.repo.python, recording, calls),
            trees={"A": before, "B": after},
            rng=Random(seed),
            clock=self.clock,
            limits=Limits(timeout=_LIMIT),
        )
        return study.ratios()

    def judged(
        self, verdict: Accepted, candidate: Candidate, base: Base, before: Sandbox, after: Sandbox, seed: int
    ) -> Verdict:
        """The verdict with what was found out about the calls; a gain that lives on kept answers is refused."""
        try:
            ratios = self.ratios(candidate, base, before, after, seed)
        except (CandidateError, TargetError) as error:
            return in_trouble(verdict, error, "recorded calls", "by themselves")
        if ratios is None:
            return _warned(verdict, f"{UNTOLD}: no call of the changed code was recorded")
        self.record(CallsTimed(candidate=candidate.id, ratios=ratios))
        if ratios.suspicion and self.goal.cache != "allow":
            said = f"the gain depends on answers that are kept: {ratios.suspicion}"
            return refuse("cheating", said, check="measurement", proof=verdict.proof)
        if ratios.suspicion:
            said = f"cache-dependent: {ratios.suspicion}; it assumes that inputs come again as they do in the workload"
            verdict = _warned(verdict, said)
        for remark in ratios.remarks:
            verdict = _warned(verdict, remark)
        return _with_first_call(verdict, ratios)


def as_recorded(python: Path, recording: Recording, calls: tuple[Call, ...]) -> Subject:
    """The calls, each as often as it occurred."""
    weights = tuple(call.occurred for call in calls)
    return Subject(python=python, recording=recording, calls=calls, weights=weights, exact=False)


def in_trouble(verdict: Accepted, error: CandidateError | TargetError, what: str, how: str = "") -> Verdict:
    """The verdict where single calls could not be timed; raises `SandboxError`, which is nobody's mistake, again.

    What the candidate does wrong there refuses it, as anywhere else. Where the base alone is in the way, or no call can
    be made with the change, nothing was found out: that is said.
    """
    if isinstance(error, SandboxError):
        raise error
    if isinstance(error, CandidateError) and error.reason != "unverifiable":
        said = f"faster on the workload, but {error}"
        return refuse(error.reason, said, check="measurement", evidence=error.evidence, proof=verdict.proof)
    return _warned(verdict, " ".join(filter(None, (what, "could not be timed", how))) + f": {error}")


def _together(calls: tuple[Call, ...]) -> tuple[Call, ...]:
    """A spread of them, calls of one unit side by side."""
    step = max(1, -(-len(calls) // _MOST))
    return tuple(sorted(calls[::step], key=lambda call: call.label))


def _with_first_call(verdict: Accepted, ratios: CallRatios) -> Accepted:
    if ratios.first is None:
        return verdict
    headline, *others = verdict.proof.workloads
    results = (replace(headline, first_call=ratios.first.ratio), *others)
    return replace(verdict, proof=replace(verdict.proof, workloads=results))


def _warned(verdict: Accepted, text: str) -> Accepted:
    return replace(verdict, warnings=(*verdict.warnings, text))
