"""A run: its ledger and screen, the parts that try candidates, and what is the same for every command."""

import hashlib
import os
import shutil
import sys
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Literal

from .. import __version__
from ..optimizer.attempt import Bench, SecondOpinion
from ..optimizer.baseline import Timed, time_base
from ..optimizer.core.errors import TargetError
from ..optimizer.core.events import (
    CandidateJudged,
    CheckFinished,
    Discovered,
    Event,
    HostProbed,
    RunFinished,
    RunStarted,
    StepStarted,
    Walled,
    Warned,
)
from ..optimizer.core.machine import Machine
from ..optimizer.core.ports import Check, Record, Study
from ..optimizer.core.values import Workload
from ..optimizer.discover.workload import slowest_tests
from ..optimizer.elsewhere import Elsewhere
from ..optimizer.floors import Floors
from ..optimizer.measure.command import CommandMeter
from ..optimizer.measure.host import ThisHost, probe
from ..optimizer.measure.instructions import Instructions
from ..optimizer.measure.looks import SINGLE_ALPHA, alpha_for
from ..optimizer.measure.traced import Tracing
from ..optimizer.sandbox.cores import out_of_the_way
from ..optimizer.sandbox.locks import measuring_lock
from ..optimizer.sandbox.places import remove_own
from ..optimizer.sandbox.scratch import read_left, scratch_folder
from ..optimizer.store.kept import KeptFacts
from ..optimizer.store.ledger import Ledger, Listener, read
from ..optimizer.store.runs import ledger_path, new_run_id
from ..optimizer.study import CallStudy
from ..optimizer.verify.applies import Applies
from ..optimizer.verify.builds import Builds
from ..optimizer.verify.covering import Covering
from ..optimizer.verify.describing import Describing
from ..optimizer.verify.differential import Differential
from ..optimizer.verify.exercised import Exercise
from ..optimizer.verify.facts import SuiteFacts, find_facts
from ..optimizer.verify.faults import Planting, strength_of
from ..optimizer.verify.generated import SHRINKING, Generated, played_as
from ..optimizer.verify.lacking import Lacking
from ..optimizer.verify.names import Names
from ..optimizer.verify.printed import WorkloadOutput
from ..optimizer.verify.probes import Probes
from ..optimizer.verify.protected import Protected
from ..optimizer.verify.replay import Replay
from ..optimizer.verify.scope import Scope
from ..optimizer.verify.static import Static
from ..optimizer.verify.surface import Surface
from ..optimizer.verify.symbolic import CrossHair
from ..optimizer.verify.tests import Tests
from ..optimizer.views import screen
from ..optimizer.views.fit import visible
from ..optimizer.views.jsonl import JsonLines
from ..optimizer.views.state import fold
from .kept import kept_facts, walled
from .own import users_secrets
from .stopping import stoppable
from .target import Target, conditions, with_workloads

_SCREENING_RUNS = 16
_SPOKEN = (CheckFinished, CandidateJudged, Discovered, RunFinished, StepStarted, Warned)
"""Events that may quote what the target's commands print; others are needed to the letter when a run is resumed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """Where and how to speak: results on standard output, everything else on standard error."""

    form: Literal["human", "json", "jsonl"] = "human"
    plain: bool = False
    quiet: bool = False
    verbose: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One recorded run."""

    id: str
    ledger: Path
    record: Record
    paused: Callable[[], AbstractContextManager[None]] = nullcontext
    """Gives the terminal to a question for a while; Ctrl-C is an answer, too."""
    waiting: Callable[[], AbstractContextManager[None]] = nullcontext
    """Around what waits for somebody else, and would lose nothing by being stopped."""


@contextmanager
def recorded(state: Path, output: Output, run_id: str = "") -> Generator[Run]:
    """Open a ledger, a new one unless `run_id` names one, with the screen as its listener."""
    runs = state / "runs"
    run_id = run_id or new_run_id(datetime.now(UTC), os.urandom(2))
    path = ledger_path(runs, run_id)
    secrets = users_secrets()
    with ExitStack() as stack:
        listeners: list[Listener] = []
        paused: Callable[[], AbstractContextManager[None]] = nullcontext
        if output.form == "jsonl":
            listeners.append(JsonLines(sys.stdout, secrets))
        else:
            shown = screen(sys.stderr, plain=output.plain, quiet=output.quiet, verbose=output.verbose)
            paused = shown.paused
            listeners.append(stack.enter_context(shown))
        stack.callback(_forget_empty, path)
        stack.callback(remove_own, state)
        ledger = stack.enter_context(Ledger(path, run_id, time.time, listeners))  # noqa: TID251 - dates, no durations

        stopping = stack.enter_context(stoppable(ledger.record))

        def record(event: Event) -> None:
            ledger.record(secrets.redact_all(event) if isinstance(event, _SPOKEN) else event)
            stopping.after(event)

        def asking() -> AbstractContextManager[None]:
            return _both(stopping.at_once(), paused())

        yield Run(id=run_id, ledger=path, record=record, paused=asking, waiting=stopping.at_once)


@contextmanager
def _both(first: AbstractContextManager[None], second: AbstractContextManager[None]) -> Generator[None]:
    with first, second:
        yield


def _forget_empty(ledger: Path) -> None:
    """A run that ended before it began, with a wrong option perhaps, leaves nothing behind."""
    with suppress(OSError):
        if ledger.stat().st_size == 0:
            ledger.unlink()
            ledger.parent.rmdir()


def introduce(target: Target, run: Run, model: str) -> None:
    """Tell what the run is about: the guesses, each with the option that changes it."""
    run.record(
        RunStarted(
            repo=target.base.repo,
            goal=target.goal,
            command=target.asked.command,
            model=model,
            version=__version__,
            branch=target.checkout.branch,
            changed=len(target.checkout.changed),
            machine=machine(target),
            conditions=conditions(target.settings),
        )
    )
    run.record(HostProbed(host=probe(ThisHost())))
    for guess in target.guesses:
        run.record(Discovered(guess=guess))
    run.record(Walled(level=target.choice.walls.level, why=target.choice.why))
    for warning in target.warnings:
        run.record(Warned(message=warning))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A target whose base is known to work: tested, and its workloads timed."""

    target: Target
    facts: SuiteFacts | None
    timed: Timed
    kept: KeptFacts | None = None
    """What earlier runs found out about the base, and what this one finds out."""


def prepare(target: Target, run: Run) -> Ready:
    """Test the base and run its workloads; without a workload the slowest tests become one.

    Raises `TargetError` when the base is red, or there is nothing to measure.
    """
    kept = kept_facts(target, run.record)
    facts = find_facts(target.base, target.goal, kept, run.record, _lacking(target))
    if facts is None:
        run.record(
            Warned(message="there are no tests: whether a change is correct is judged by the other checks alone")
        )
    if not target.goal.workloads:
        if facts is None:
            raise TargetError(
                "there is neither a workload nor a test: nothing to measure and nothing to verify",
                code="no_workload",
                hint='name a command that exercises the slow code: --workload "python bench.py"',
            )
        found = slowest_tests(target.goal.suite, facts.durations, target.tree, target.python, target.checkout.root)
        target = with_workloads(target, found)
        run.record(Discovered(guess=found.guess))
    timed = timed_alone(target, target.goal.workloads, run)
    return Ready(target=target, facts=facts, timed=timed, kept=kept)


def _lacking(target: Target) -> Lacking:
    base = target.base
    return Lacking(
        network="network" in target.choice.walls.promises,
        files=base.surroundings.large.missing(frozenset(base.files()), base.read),
    )


def quick_rungs() -> tuple[Check, ...]:
    """Rungs that need nothing to be known of the base."""
    return (Applies(), Scope(), Builds(), Names(), Static())


def bench(ready: Ready, run: Run, quick: Sequence[Check], *, single: bool, spent: int = 0) -> Bench:
    """The ladder and the meter, beginning with the `quick` rungs.

    `single`: one change is judged, so its claim may spend the whole error budget. `spent` is how many confirmations an
    interrupted run has made already.
    """
    target = ready.target
    kept = _kept(ready)
    exercise = Exercise(goal=target.goal, record=run.record, kept=kept)
    differential = Differential(record=run.record, kept=kept)
    describing = Describing(record=run.record)
    planting = _planting(ready, run, exercise, differential, describing)
    protected = Protected(exercise=exercise, planting=planting)
    one_core = frozenset[str]() if target.goal.parallel == "allow" else ready.timed.cpu_bound
    return Bench(
        goal=target.goal,
        checks=(*quick, protected),
        protected=protected,
        thorough=(
            Tests(facts=ready.facts, exercise=exercise, record=run.record),
            Surface(),
            Replay(exercise=exercise, differential=differential),
            _generated(ready, run, exercise, describing),
            Probes(record=run.record),
        ),
        meter=CommandMeter(say=warner(run.record), frozen=ready.timed.frozen, pinned=one_core),
        together=CommandMeter(together=True, say=warner(run.record), frozen=ready.timed.frozen),
        cpu_bound=one_core,
        record=run.record,
        clock=time.monotonic,
        seeds=Random(target.goal.seed + spent),
        next_alpha=_Alpha(workloads=len(target.goal.workloads), single=single, number=spent),
        alone=lambda: measuring(target, run),
        studies=_studies(target, run, exercise, describing),
        floors=Floors(record=run.record, gain=target.goal.min_gain),
        second_opinion=_second_opinion(run) if single or target.goal.patient else None,
        strength=lambda candidate, base: strength_of(planting, candidate, base, target.goal),
        trace=Tracing(record=run.record, folder=scratch_folder, read=read_left),
        tests_first=ready.facts is None or ready.facts.seconds <= _SCREENING_RUNS * ready.timed.seconds,
    )


def _studies(target: Target, run: Run, exercise: Exercise, describing: Describing) -> tuple[Study, ...]:
    return (
        CallStudy(exercise=exercise, goal=target.goal, record=run.record, clock=time.monotonic),
        Elsewhere(exercise=exercise, describing=describing, record=run.record, clock=time.monotonic),
    )


def warner(record: Record) -> Callable[[str], None]:
    """Tells a person through the ledger."""
    return lambda message: record(Warned(message=message))


def _second_opinion(run: Run) -> SecondOpinion | None:
    """Costs 60 times the workload and some seconds: worth it for one change, or for a patient user."""
    program = shutil.which("valgrind")
    if program is None:
        return None
    return Instructions(program=Path(program).resolve(), record=run.record, folder=scratch_folder, read=read_left)


@contextmanager
def measuring(target: Target, run: Run) -> Generator[None]:
    """Held while anything is timed: one measurement at a time on this machine, away from our own work."""
    waiting = Warned(message="waiting: another measurement is going on on this machine")
    with ExitStack() as stack:
        with run.waiting():
            stack.enter_context(measuring_lock(target.state, lambda: run.record(waiting)))
        stack.enter_context(out_of_the_way())
        yield


def timed_alone(target: Target, workloads: Sequence[Workload], run: Run) -> Timed:
    """`time_base` with the machine to ourselves: how busy a run keeps its core decides which rounds are taken."""
    if not workloads:
        return Timed(seconds=0.0, cpu_bound=frozenset())
    with measuring(target, run):
        return time_base(target.base, tuple(workloads), run.record)


def _kept(ready: Ready) -> KeptFacts | None:
    """What is kept of the base; nothing where code without walls could have written it."""
    return ready.kept if walled(ready.target) else None


def _generated(ready: Ready, run: Run, exercise: Exercise, describing: Describing, *, quick: bool = False) -> Generated:
    """The quick form neither looks twice nor shrinks, and keeps what it finds by itself."""
    state = ready.target.state
    return Generated(
        exercise=exercise,
        differential=Differential(record=run.record, first=played_as(), sure=not quick, kept=_kept(ready)),
        describing=describing,
        record=run.record,
        state=state / "planted" if quick else state,
        shrinking=0.0 if quick else SHRINKING,
        symbolic=None if quick else CrossHair(record=run.record),
    )


def _planting(
    ready: Ready, run: Run, exercise: Exercise, differential: Differential, describing: Describing
) -> Planting:
    """Quick forms of the rungs that look at answers; nobody is judged by them, so none looks twice."""
    return Planting(
        rungs=(
            Replay(exercise=exercise, differential=replace(differential, sure=False)),
            WorkloadOutput(),
            Covering(facts=ready.facts, exercise=exercise),
        ),
        slow=(_generated(ready, run, exercise, describing, quick=True),),
        exercise=exercise,
        record=run.record,
        kept=ready.kept,
    )


@dataclass(slots=True, kw_only=True)
class _Alpha:
    """Hands out the run's error budget: 5 % in all, however many confirmations there are."""

    workloads: int
    single: bool
    number: int = field(default=0)

    def __call__(self) -> float:
        self.number += 1
        return SINGLE_ALPHA / self.workloads if self.single else alpha_for(self.number)


def print_result(text: str) -> None:
    """A result goes to standard output, with nothing else."""
    text = visible(text)
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
    sys.stdout.flush()


def print_unless_seen(text: str) -> None:
    """A result that the screen has shown already: standard output gets it where that is not the same terminal."""
    if not (sys.stdout.isatty() and sys.stderr.isatty()):
        print_result(text)


def machine(target: Target, run: Run | None = None) -> Machine:
    """Where the numbers hold, with the noise floor that a run has measured so far."""
    return Machine(
        python=target.python.facts.version,
        sandbox=target.choice.walls.level,
        noise_floor=fold(read(run.ledger)).noise_floor if run else None,
        id=machine_id(),
    )


def machine_id() -> str:
    """Four characters that tell machines apart and say nothing else about them."""
    parts = [os.uname().nodename, os.uname().machine, str(os.cpu_count())]
    for place in ("/etc/machine-id", "/proc/cpuinfo"):
        try:
            text = Path(place).read_text("utf-8", "replace")
        except OSError:
            continue
        parts += [line for line in text.splitlines() if not place.endswith("cpuinfo") or line.startswith("model name")]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:4]
