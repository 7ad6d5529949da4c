"""`perfsmith runs prune`: forgets old runs, and private repositories that nobody needs with what was kept of them."""

import shutil
from pathlib import Path

from ..optimizer.core.units import size
from ..optimizer.sandbox.checkout import open_checkout
from ..optimizer.sandbox.landing import branch_of, forget, has_branch
from ..optimizer.sandbox.locks import repository_lock
from ..optimizer.sandbox.private import abandoned, repository_key
from ..optimizer.sandbox.trees import sweep
from ..optimizer.store.kept import FOLDER
from ..optimizer.store.ledger import in_use
from ..optimizer.store.pruning import Choice, choose
from ..optimizer.store.runs import RunSummary, find_runs
from ..optimizer.trust import answers
from .run import print_result
from .target import state_folder


def prune_runs(folder: Path, keep: int) -> int:
    """Remove what may go of this repository's runs; returns the exit code. Raises `LockHeld` while one works."""
    state, checkout = state_folder(), open_checkout(folder)
    with repository_lock(state, repository_key(checkout)):
        sweep(state)
        choice = choose(
            find_runs(state / "runs", checkout.root),
            keep,
            in_use=lambda run: in_use(run.ledger),
            stands=lambda run: has_branch(checkout.root, run.id),
        )
        freed = sum(_forget(run, checkout.root) for run in choice.removed)
        repositories = abandoned(state)
        for repository in repositories:
            freed += _remove(repository) + _remove(state / FOLDER / repository.name)
            answers(state, repository.name).unlink(missing_ok=True)
    print_result(_told(choice, len(repositories), freed))
    return 0


def _forget(run: RunSummary, root: Path) -> int:
    forget(root, run.id)
    return _remove(run.ledger.parent)


def _remove(folder: Path) -> int:
    """Bytes that were freed."""
    found = sum(path.lstat().st_size for path in folder.rglob("*"))
    shutil.rmtree(folder, ignore_errors=True)
    return found


def _told(choice: Choice, repositories: int, freed: int) -> str:
    gone = f"{len(choice.removed)} runs removed"
    if repositories:
        gone += f", {repositories} private repositories of checkouts that are gone"
    lines = [f"{gone}: {size(freed)} freed", f"kept: the {choice.newest} newest"]
    if choice.standing:
        lines.append(f"kept: {choice.standing} older ones whose branch is there ({branch_of('RUN')}); delete it first")
    if choice.going_on:
        lines.append(f"kept: {choice.going_on} that are going on")
    return "\n".join(lines)
