"""`perfsmith optimize`: the loop, from profile to kept commits; `runs resume` goes on where one stopped."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from ..optimizer.attempt import Bench, hopeless
from ..optimizer.budget import Purse
from ..optimizer.core.errors import BudgetSpent, TargetError
from ..optimizer.core.events import Profiled, StepStarted, Warned
from ..optimizer.core.goal import Budget
from ..optimizer.core.ports import Base
from ..optimizer.core.values import Hotspot, Profile
from ..optimizer.discover.source import editable, generated
from ..optimizer.loop import Pursuit, finish, optimise
from ..optimizer.sandbox.landing import Landing
from ..optimizer.sandbox.locks import repository_lock
from ..optimizer.sandbox.trees import PrivateBase
from ..optimizer.select import hotspot_of, hotspots, resolve_target
from ..optimizer.store.ledger import read
from ..optimizer.views import report_json
from ..optimizer.views.state import fold
from ..profilers import DEFAULT, profile_with_fallback
from .keeping import Keeping
from .own import users_secrets
from .past import Past
from .run import Output, Ready, Run, bench, introduce, machine_id, prepare, print_result, quick_rungs, recorded
from .strategies import choose_strategy
from .target import Asked, Target, open_target, state_folder

RULES = "rules"
_SHOWN = 10
_FRESH = Past()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What a run came to."""

    kept: int
    stopped: BudgetSpent | KeyboardInterrupt | None = None
    """What ended it before its own end."""


def optimize(asked: Asked, output: Output, profile_seconds: float | None = None) -> int:
    """A new run; returns the exit code. `profile_seconds` is the CPU time to sample where the usual is too much."""
    with recorded(state_folder(), output) as run:
        return run_loop(open_target(asked), output, run, _FRESH, profile_seconds)


def run_loop(target: Target, output: Output, run: Run, past: Past, profile_seconds: float | None = None) -> int:
    """The loop on an opened target; the result is printed whatever stops it short of a crash."""
    if target.checkout.unfinished:
        raise TargetError(
            f"{target.checkout.unfinished} is going on in {target.checkout.root}",
            code="unfinished_operation",
            hint="finish or abort it first; profile, verify and compare work meanwhile",
        )
    with repository_lock(target.state, target.base.private.folder.name):
        ending = _pursued(target, run, past, profile_seconds)
    if output.form == "human":
        print_result(f"{ending.kept} kept, run {run.id}" + (f": perfsmith apply {run.id}" if ending.kept else ""))
    if isinstance(ending.stopped, KeyboardInterrupt):
        raise ending.stopped  # told like any error
    if output.form == "json":
        print_result(report_json.report(fold(read(run.ledger))))
    if ending.stopped is not None:
        return ending.stopped.exit_code
    return 1 if target.settings.require_gain and not ending.kept else 0


def _pursued(target: Target, run: Run, past: Past, profile_seconds: float | None) -> Ending:
    model = target.settings.model or RULES
    for text in target.goal.targets:
        resolve_target(text, target.base.files(), target.base.read)  # a name that is wrong is wrong at once
    strategy = choose_strategy(model, target, run, past)
    introduce(target, run, model)
    if target.settings.model is None:
        run.record(Warned(message="no model is set, so the built-in rewrite rules propose; choose one with --model"))
    keeping = Keeping(
        landing=Landing(root=target.checkout.root, private=target.base.private, run=run.id),
        ledger=run.ledger,
        record=run.record,
        machine=machine_id(),
        workloads=target.goal.workloads,
        secrets=users_secrets(),
        kept=len(past.kept),
    )
    stopped: list[BudgetSpent | KeyboardInterrupt] = []

    def story() -> None:
        ready = prepare(target, run)
        purse = purse_of(target.goal.budget, past)
        purse.afford(ready.timed.decision)
        keeping.workloads = ready.target.goal.workloads
        tools = bench(ready, run, quick_rungs(), single=False, spent=past.confirmations)
        found = past.hotspots or find_hotspots(ready, run, past.profile, profile_seconds)
        early = _asked_early(model, tools)
        pursuit = Pursuit(strategy=strategy, bench=tools, keep=keeping, purse=purse, past=past.tried, hopeless=early)
        pursuit = replace(pursuit, strength=target.settings.strength)
        base = _caught_up(ready.target.base, past, keeping)
        optimise(ready.target.base, base, past.left(found), pursuit)

    try:
        finish(story, run.record)
    except (BudgetSpent, KeyboardInterrupt) as error:
        stopped.append(error)
    return Ending(kept=keeping.kept, stopped=stopped[0] if stopped else None)


def purse_of(budget: Budget, past: Past) -> Purse:
    """Caps hold for a whole run, however often it is resumed: what was used before counts."""
    now = time.monotonic()
    return Purse(budget=budget, clock=time.monotonic, start=now - past.seconds, taken=past.judged)


def _asked_early(model: str, tools: Bench) -> Callable[[Base, Hotspot], str]:
    """Ideas that cost nothing are looked for first: where there are none, nothing needs to be known."""
    return lambda base, hotspot: "" if model == RULES else hopeless(base, hotspot, tools)


def _caught_up(base: PrivateBase, past: Past, keeping: Keeping) -> PrivateBase:
    """The base with everything that an interrupted run kept, the step in which it stopped included."""
    if past.kept:
        revision = past.kept[-1]
        base = replace(
            base, revision=revision, tree=base.private.tree(revision), repo=replace(base.repo, revision=revision)
        )
    if past.unkept is not None:
        following = keeping(base, *past.unkept)
        assert isinstance(following, PrivateBase)
        return following
    return base


def find_hotspots(
    ready: Ready, run: Run, known: Profile | None = None, seconds: float | None = None
) -> tuple[Hotspot, ...]:
    """Profile the first workload on the base unless that is known, tell the ranking, return what is to be pursued."""
    target = ready.target
    profile = known or take_profile(target, run, DEFAULT, seconds)
    ranked = rank(target, profile)
    if known is None:
        run.record(Profiled(profile=profile, hotspots=ranked))
    if target.goal.targets:
        return tuple(_named(target, text, profile) for text in target.goal.targets)
    if not ranked:
        run.record(Warned(message="no function that may be edited takes any time in this workload"))
    return ranked[: target.goal.hotspots]


def take_profile(target: Target, run: Run, profiler: str, seconds: float | None = None) -> Profile:
    """One profile of the first workload; others only confirm. `seconds` of CPU time, None for the profiler's own."""
    workload = target.goal.workloads[0]
    run.record(StepStarted(what=f"profiling {workload.name}"))
    with target.base.fork() as tree:
        python = target.base.repo.python
        return profile_with_fallback(tree, workload, python, name=profiler, min_seconds=seconds)


def rank(target: Target, profile: Profile) -> tuple[Hotspot, ...]:
    """The hotspots of a profile, as far as they may be edited."""
    repo = target.base.repo

    def written_by_hand(path: str) -> bool:
        return editable(path, repo.source, repo.exclude) and not generated(target.base.read(path))

    return hotspots(profile, target.base.read, written_by_hand, _SHOWN)


def _named(target: Target, text: str, profile: Profile) -> Hotspot:
    repo = target.base.repo
    unit = resolve_target(text, target.base.files(), target.base.read)
    return hotspot_of(unit, profile, target.base.read, lambda path: editable(path, repo.source, repo.exclude))
