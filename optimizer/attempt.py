"""One candidate, one verdict, whoever wrote it: apply, verify, measure. The loop, `verify` and batch all come here."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from random import Random
from time import monotonic
from typing import Protocol

from .core.errors import CandidateError
from .core.events import (
    CheckFinished,
    ConfirmationStarted,
    PythonPeaksTraced,
    RoundMeasured,
    Screened,
    StepStarted,
    StrengthMeasured,
)
from .core.goal import Goal
from .core.ports import Base, Check, Clock, Meter, Record, Sandbox, Study
from .core.values import Candidate, Edit, Hotspot, Origin, Workload
from .core.verdicts import Accepted, Failed, Faults, Passed, PythonPeak, Reason, Round, Verdict, refuse
from .floors import Floors
from .measure.judge import judge
from .measure.session import Decision, Terms, confirm, screen
from .measure.stats import Metric
from .measure.together import confirm_together, settle
from .ondemand import trial_of
from .verify.mutants import idle

_SETTLED_ALPHA = 0.005
"""One-sided: the headline's interval has 99 % confidence."""


CORRECT: frozenset[Reason] = frozenset({"faster", "not_faster", "slower", "more_memory", "noisy"})
"""What is only said of a candidate that every check before the measurement let pass."""


class Alpha(Protocol):
    """The run's error budget."""

    def __call__(self) -> float:
        """What the next confirmation may spend, one-sided."""
        ...


class SecondOpinion(Protocol):
    """Another way of measuring, asked before a claim is made: may add a word, or hold the claim back."""

    def __call__(self, found: Decision, before: Sandbox, after: Sandbox, workload: Workload) -> Decision: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What candidates are tried with."""

    goal: Goal
    checks: Sequence[Check]
    """Quick rungs of the ladder, cheapest first."""
    thorough: Sequence[Check]
    """Rungs that run the whole suite."""
    meter: Meter
    record: Record
    clock: Clock
    seeds: Random
    next_alpha: Alpha
    alone: Callable[[], AbstractContextManager[None]]
    """Held while anything is timed: one measurement at a time on this machine."""
    floors: Floors
    """Noise floors of the bases so far."""
    together: Meter | None = None
    """Runs base and candidate at the same time on one core: decides on CPU-bound workloads."""
    cpu_bound: frozenset[str] = frozenset()
    """Names of the workloads that use one core, all the time."""
    studies: Sequence[Study] = ()
    """Asked in order of what is confirmed faster, as long as it still counts as accepted."""
    tests_first: bool = True
    """Whether the whole suite is cheaper than a screening, and so comes before it."""
    second_opinion: SecondOpinion | None = None
    protected: Check | None = None
    """The rung that says whether anything would notice a mistake."""
    strength: Callable[[Candidate, Base], Faults] | None = None
    """Plants faults in what a candidate wrote, and counts those that the checks notice."""
    trace: Callable[[Sandbox, Sandbox, Workload], PythonPeak] | None = None
    """Finds out what Python code allocates at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survivor:
    """A candidate that is worth a confirmation; `estimate` ranks it and is never a claim."""

    candidate: Candidate
    estimate: float
    tested: bool


def attempt(candidate: Candidate, base: Base, bench: Bench) -> Verdict:
    """Every rung, then the measurement: the answer to one given change."""
    try:
        refused = verify(candidate, base, bench, (*bench.checks, *bench.thorough))
        return refused or measure(candidate, base, bench)
    except CandidateError as error:
        return refusal(error)


def examine(candidate: Candidate, base: Base, bench: Bench) -> Verdict | Survivor:
    """The quick rungs and a cheap look at the time: is it worth a confirmation?"""
    rungs = (*bench.checks, *(bench.thorough if bench.tests_first else ()))
    try:
        return verify(candidate, base, bench, rungs) or screened(candidate, base, bench)
    except CandidateError as error:
        return refusal(error)


def conclude(survivor: Survivor, base: Base, bench: Bench) -> Verdict:
    """What examination left out, and the confirmation: fresh processes, fresh seeds, nothing reused."""
    rungs = () if survivor.tested else bench.thorough
    try:
        refused = verify(survivor.candidate, base, bench, rungs)
        return refused or measure(survivor.candidate, base, bench)
    except CandidateError as error:
        return refusal(error)


def refusal(error: CandidateError) -> Verdict:
    """The verdict that a candidate's own trouble amounts to."""
    return refuse(error.reason, str(error), check=error.check, evidence=error.evidence)


def verify(candidate: Candidate, base: Base, bench: Bench, rungs: Sequence[Check]) -> Verdict | None:
    """Climb these rungs of the ladder; the verdict of the one that refuses, or None."""
    return climb(candidate, base, rungs, bench.goal, bench.record)


def climb(candidate: Candidate, base: Base, rungs: Sequence[Check], goal: Goal, record: Record) -> Verdict | None:
    """The same without a bench: quick rungs need neither a meter nor a tested base."""
    with trial_of(candidate, base, goal) as trial:
        for rung in rungs:
            outcome = rung.run(trial)
            record(CheckFinished(candidate=candidate.id, outcome=outcome))
            if isinstance(outcome, Failed):
                return refuse(outcome.reason, outcome.message, check=outcome.check, evidence=outcome.evidence)
    return None


def screened(candidate: Candidate, base: Base, bench: Bench) -> Verdict | Survivor:
    """A look at the first workload that shows promise; without one, the candidate is not faster."""
    best = 0.0
    with both(base, candidate.edits, bench) as (before, after):
        for workload in bench.goal.workloads:
            bench.record(StepStarted(what=f"screening on {workload.name}"))
            shared = bench.together if workload.name in bench.cpu_bound else None
            rounds = (shared or bench.meter).rounds(before, after, workload, bench.seeds.getrandbits(32))
            taken = told(rounds, bench.record, candidate.id, workload, "screening")
            found = screen(taken, bench.goal.min_gain, "cpu" if shared else _metric(bench.goal))
            bench.record(
                Screened(
                    candidate=candidate.id,
                    workload=workload.name,
                    estimate=found.estimate,
                    promising=found.promising,
                    pairs=len(found.rounds),
                )
            )
            if found.promising:
                return Survivor(candidate=candidate, estimate=found.estimate, tested=bench.tests_first)
            best = max(best, found.estimate)
    return refuse("not_faster", f"about {best:.2f}x in a first look: not worth a confirmation", check="measurement")


def measure(candidate: Candidate, base: Base, bench: Bench) -> Verdict:
    """The confirmation on every workload: the only source of claims."""
    start = monotonic()
    with both(base, candidate.edits, bench) as (before, after):
        decisions = [confirmed(candidate.id, before, after, workload, bench) for workload in bench.goal.workloads]
        decisions = [
            seconded(vouched(decision, base, before, workload, bench), before, after, workload, bench)
            for decision, workload in zip(decisions, bench.goal.workloads, strict=True)
        ]
        verdict = judge(decisions, gain=bench.goal.min_gain, max_memory=bench.goal.max_memory)
        for study in bench.studies:
            if isinstance(verdict, Accepted):
                verdict = study.judged(verdict, candidate, base, before, after, bench.seeds.getrandbits(32))
    opinions = "; ".join(f"{decision.workload}: {decision.opinion}" for decision in decisions if decision.opinion)
    _record_measurement(candidate.id, verdict, monotonic() - start, bench.record, opinions)
    return verdict


def confirmed(name: str, before: Sandbox, after: Sandbox, workload: Workload, bench: Bench) -> Decision:
    """One workload's decision, with its own share of the run's error budget."""
    alpha = bench.next_alpha()
    bench.record(ConfirmationStarted(candidate=name, alpha=alpha))
    bench.record(StepStarted(what=f"confirming on {workload.name}"))
    terms = Terms(alpha=alpha, gain=bench.goal.min_gain, patient=bench.goal.patient, metric=_metric(bench.goal))
    together, apart = both_kinds(name, before, after, workload, bench, "confirmation")
    if together is None:
        return confirm(workload.name, apart, terms, bench.clock)
    return confirm_together(workload.name, together, apart, terms, bench.clock)


def vouched(found: Decision, base: Base, before: Sandbox, workload: Workload, bench: Bench) -> Decision:
    """A claim stands only where the base, against itself in rounds of the same kind, shows no difference."""
    if found.kind != "faster":
        return found
    together = found.rounds[0].order == "together"
    with ExitStack() as stack:

        def rounds() -> Iterator[Round]:
            bench.record(StepStarted(what=f"measuring the base against itself on {workload.name}"))
            twin = stack.enter_context(base.fork())
            shared, apart = both_kinds(base.revision, before, twin, workload, bench, "floor")
            return shared if shared and together else apart

        against = bench.floors.against(base, workload.name, found.metric, together=together, rounds=rounds)
    return found if against is None else replace(found, kind="noisy", note=against.why, hint=against.hint, biased=True)


def seconded(found: Decision, before: Sandbox, after: Sandbox, workload: Workload, bench: Bench) -> Decision:
    """The same with a second opinion, where there is anybody to ask."""
    return bench.second_opinion(found, before, after, workload) if bench.second_opinion else found


def _metric(goal: Goal) -> Metric | None:
    """Where work may spread over cores, only the clock on the wall shows what that gains."""
    return "wall" if goal.parallel == "allow" else None


def settled(name: str, before: Sandbox, after: Sandbox, workload: Workload, bench: Bench) -> Decision:
    """One workload's numbers for what was accepted step by step; nothing hangs on them any more."""
    bench.record(StepStarted(what=f"measuring the whole on {workload.name}"))
    terms = Terms(alpha=_SETTLED_ALPHA, gain=bench.goal.min_gain, metric=_metric(bench.goal))
    together, apart = both_kinds(name, before, after, workload, bench, "final")
    return settle(workload.name, together, apart, terms, bench.clock)


def both_kinds(
    name: str, before: Sandbox, after: Sandbox, workload: Workload, bench: Bench, phase: str
) -> tuple[Iterator[Round] | None, Iterator[Round]]:
    """Rounds that share a core, for CPU-bound workloads, and alternating ones; each with seeds of its own."""
    shared = bench.together if workload.name in bench.cpu_bound else None
    kinds = [
        told(meter.rounds(before, after, workload, bench.seeds.getrandbits(32)), bench.record, name, workload, phase)
        for meter in (shared, bench.meter)
        if meter is not None
    ]
    return (kinds[0] if shared else None), kinds[-1]


def told(
    rounds: Iterator[Round], record: Record, name: str, workload: Workload, phase: str, first: int = 1
) -> Iterator[Round]:
    """The same rounds, each recorded as it is taken; the first gets this number."""
    for number, round_ in enumerate(rounds, start=first):
        event = RoundMeasured(candidate=name, workload=workload.name, phase=phase, round=round_, number=number)
        record(event)
        yield round_


@contextmanager
def both(base: Base, edits: Sequence[Edit], bench: Bench) -> Generator[tuple[Sandbox, Sandbox]]:
    """Fresh trees of base and candidate, with the machine to ourselves."""
    with bench.alone(), base.fork() as before, base.fork(edits) as after:
        yield before, after


def hopeless(base: Base, hotspot: Hotspot, bench: Bench) -> str:
    """Why no change of this function could be verified here, whoever wrote it; empty where one could."""
    unit = hotspot.unit
    source = base.read(unit.path)
    broken = idle(unit.path, source, unit.name)
    if bench.protected is None or broken is None:
        return ""
    edit = Edit(path=unit.path, before=source, after=broken.source)
    with trial_of(Candidate(edits=(edit,), idea="", origin=Origin(author="")), base, bench.goal) as trial:
        outcome = bench.protected.run(trial)
    return f"unverifiable: {outcome.message}" if isinstance(outcome, Failed) else ""


def measure_strength(candidate: Candidate, base: Base, bench: Bench) -> None:
    """Would the checks have noticed, had this candidate been wrong? The answer changes no verdict."""
    if bench.strength is not None:
        bench.record(StrengthMeasured(candidate=candidate.id, faults=bench.strength(candidate, base)))


def trace_peaks(candidate: Candidate, base: Base, bench: Bench) -> None:
    """What does Python code allocate at most, before and after? The answer changes no verdict."""
    trace = bench.trace
    if trace is not None:
        with base.fork() as before, base.fork(candidate.edits) as after:
            peaks = tuple(trace(before, after, workload) for workload in bench.goal.workloads)
        bench.record(PythonPeaksTraced(candidate=candidate.id, peaks=peaks))


def _record_measurement(name: str, verdict: Verdict, seconds: float, record: Record, note: str) -> None:
    """Memory is only judged in what is faster."""
    faster = verdict.reason in ("faster", "more_memory")
    results = [("measurement", faster), *([("memory", verdict.reason == "faster")] if faster else [])]
    for check, passed in results:
        taken = seconds if check == "measurement" else 0.0
        good = Passed(check=check, seconds=taken, note=note if check == "measurement" else "")
        failed = Failed(check=check, seconds=taken, reason=verdict.reason, message=verdict.message)
        record(CheckFinished(candidate=name, outcome=good if passed else failed))
