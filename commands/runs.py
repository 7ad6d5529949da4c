"""`perfsmith runs`, `report`, `apply` and `undo`: what earlier runs did, going on with one, moving its commits."""

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from ..optimizer.core.errors import PerfsmithError, UsageError
from ..optimizer.core.events import Applied, RunStarted, Undone
from ..optimizer.core.units import ratio
from ..optimizer.sandbox.checkout import Checkout, open_checkout
from ..optimizer.sandbox.landing import apply, branch_of, undo
from ..optimizer.sandbox.locks import repository_lock
from ..optimizer.sandbox.moving import Move
from ..optimizer.sandbox.private import open_private, repository_key
from ..optimizer.store.ledger import Ledger, read
from ..optimizer.store.runs import RunSummary, find_run, find_runs
from ..optimizer.views.state import fold
from .compare import go_on
from .optimize import run_loop
from .past import Past
from .run import Output, print_result, recorded
from .target import Asked, open_target, state_folder

_LANDED = ("optimize", "demo")
_RESUMABLE = (*_LANDED, "compare")


def list_runs(folder: Path, *, everywhere: bool) -> int:
    """A line a run, newest first."""
    root = None if everywhere else open_checkout(folder).root
    found = find_runs(state_folder() / "runs", root)
    print_result("\n".join(_line(run) for run in found) or "no runs yet: perfsmith optimize")
    return 0


def _line(run: RunSummary) -> str:
    started = datetime.fromtimestamp(run.started, UTC).astimezone().strftime("%Y-%m-%d %H:%M")
    speedup = ratio(run.speedup.ratio) if run.speedup else "-"
    ending = run.ending or "unfinished"
    return f"{run.id}  {started}  {run.command:<9} {ending:<11} kept {run.kept}  {speedup:>7}  {run.repo}"


def resume(folder: Path, text: str, output: Output, options: dict[str, object]) -> int:
    """Go on with an interrupted run; models are not asked again for what they answered."""
    summary = named_run(folder, text, _RESUMABLE)
    past = Past(entries=read(summary.ledger))
    start = past.start
    if start is None or past.done:
        raise UsageError(
            f"run {summary.id} is finished", code="run_finished", hint=f"start a new one: perfsmith {summary.command}"
        )
    with recorded(state_folder(), output, summary.id) as run:
        target = open_target(asked_again(start, options))
        if start.command == "compare":
            return go_on(target, output, run, past)
        goal = start.goal
        workloads = goal.workloads or target.goal.workloads
        kept_goal = replace(goal, workloads=workloads, suite=target.goal.suite, budget=target.goal.budget)
        return run_loop(replace(target, goal=kept_goal), output, run, past)


def asked_again(start: RunStarted, options: Mapping[str, object]) -> Asked:
    """What was typed then, with what was found then told now; `options` are those of now, and win."""
    goal, kept = start.goal, start.conditions
    told: dict[str, object] = {
        "python": str(start.repo.python),
        "tests": goal.suite.command if goal.suite else "",
        "workload": tuple(workload.command for workload in goal.workloads) or None,
        "model": start.model or None,
        "sandbox": start.machine.sandbox if start.machine else None,
        "build": goal.build or None,
        "quarantine": goal.quarantine or None,
        "budget": goal.budget,
        "api-base": kept.api_base or None,
        "record": kept.record or None,
        "offline": kept.offline or None,
        "show-prompt": kept.show_prompt or None,
        "strength": kept.strength or None,
        "require-gain": kept.require_gain or None,
    }
    return Asked(
        command=start.command,
        repo=start.repo.root,
        options={**told, **{key: value for key, value in options.items() if value is not None}},
        targets=goal.targets,
        base=start.repo.revision,
    )


def apply_run(folder: Path, text: str) -> int:
    """Move what a run kept to the current branch."""
    summary = named_run(folder, text, _LANDED)
    checkout = open_checkout(folder)
    with repository_lock(state_folder(), repository_key(checkout)):
        move = _moved(summary, checkout)
    print_result(
        f"{move.branch}: {move.before[:10]} -> {move.after[:10]} ({branch_of(summary.id)}); back: perfsmith undo"
    )
    return 0


def _moved(summary: RunSummary, checkout: Checkout) -> Move:
    """Told before it is done, so that what a kill cuts short can be undone; what is refused is taken back at once."""
    state = fold(read(summary.ledger))
    assert state.repo is not None
    last = state.moves[-1] if state.moves else None
    if isinstance(last, Applied) and (last.branch, last.before) == (checkout.branch, checkout.head):
        _take_back(summary, checkout.root, last)  # an earlier one was cut short
    told: list[Move] = []

    def journal(move: Move) -> None:
        told.append(move)
        _record(summary, Applied(branch=move.branch, before=move.before, after=move.after))

    try:
        private = open_private(checkout, state_folder())
        return apply(checkout.root, summary.id, state.repo.revision, private, journal)
    except PerfsmithError:
        for move in told:
            with suppress(PerfsmithError):  # else it stays open, for `undo`
                _take_back(summary, checkout.root, move)
        raise


def undo_run(folder: Path, text: str) -> int:
    """Move the branch back to where it was before `apply`."""
    checkout = open_checkout(folder)
    summary, applied = _applied(checkout.root, text)
    with repository_lock(state_folder(), repository_key(checkout)):
        move = _take_back(summary, checkout.root, applied)
    print_result(f"{move.branch}: {move.before[:10]} -> {move.after[:10]}; {branch_of(summary.id)} is still there")
    return 0


def _take_back(summary: RunSummary, root: Path, applied: Applied | Move) -> Move:
    move = undo(root, Move(branch=applied.branch, before=applied.before, after=applied.after))
    _record(summary, Undone(branch=move.branch, before=move.before, after=move.after))
    return move


def _applied(root: Path, text: str) -> tuple[RunSummary, Applied]:
    """The run that was applied last and has not been undone."""
    runs = state_folder() / "runs"
    summaries = (find_run(runs, text, root),) if text != "last" else find_runs(runs, root)
    for summary in summaries:
        moves = fold(read(summary.ledger)).moves
        if moves and isinstance(moves[-1], Applied):
            return summary, moves[-1]
    raise UsageError("nothing has been applied here", code="nothing_applied", hint="see: perfsmith runs list")


def named_run(folder: Path, text: str, kinds: tuple[str, ...] = ()) -> RunSummary:
    """The run that is meant; `last` is the last of these commands here."""
    runs, root = state_folder() / "runs", open_checkout(folder).root
    if text == "last" and kinds:
        fitting = [run for run in find_runs(runs, root) if run.command in kinds]
        if not fitting:
            raise UsageError("there are no such runs yet", code="no_runs", hint="start one: perfsmith optimize")
        return fitting[0]
    return find_run(runs, text, root)


def _record(summary: RunSummary, event: Applied | Undone) -> None:
    with Ledger(summary.ledger, summary.id, time.time) as ledger:  # noqa: TID251 - dates, no durations
        ledger.record(event)
