"""Which runs may be forgotten: never one that goes on, nor one whose kept commits still stand on their branch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .runs import RunSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Runs to remove, and how many stay for which reason."""

    removed: tuple[RunSummary, ...]
    newest: int
    standing: int
    """Their branch is still there."""
    going_on: int


def choose(
    runs: Sequence[RunSummary],
    keep: int,
    *,
    in_use: Callable[[RunSummary], bool],
    stands: Callable[[RunSummary], bool],
) -> Choice:
    """Of runs, newest first, all may go but the first `keep`, those in use, and those whose branch stands."""
    removed: list[RunSummary] = []
    standing = going_on = 0
    for run in runs[keep:]:
        if in_use(run):
            going_on += 1
        elif stands(run):
            standing += 1
        else:
            removed.append(run)
    return Choice(removed=tuple(removed), newest=min(keep, len(runs)), standing=standing, going_on=going_on)
