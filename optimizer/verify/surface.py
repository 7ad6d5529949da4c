"""Rung 2 again, after the suite: public names that are gone are forbidden even where no test misses them.

A test that does miss one is the better evidence, so it is asked first.
"""

from dataclasses import dataclass
from time import monotonic

from ..core.ports import Trial
from ..core.values import Edit
from ..core.verdicts import Failed, Outcome, Passed
from .signatures import gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """Refuses changes after which a public name of a module can no longer be imported or called."""

    name: str = "scope"

    def run(self, trial: Trial) -> Outcome:
        start = monotonic()
        lost = [f"{name} is gone from {edit.path}" for edit in trial.candidate.edits for name in _gone(edit)]
        if lost:
            return Failed(
                check=self.name,
                seconds=monotonic() - start,
                reason="forbidden_edit",
                message=f"a public name disappears: {lost[0]}" + (f" (and {len(lost) - 1} more)" if lost[1:] else ""),
                evidence="\n".join(lost[:12]),
            )
        return Passed(check=self.name, seconds=monotonic() - start)


def _gone(edit: Edit) -> tuple[str, ...]:
    """Of a deleted module everything is gone; what cannot be read has been said by then."""
    if edit.before is None or not edit.path.endswith(".py"):
        return ()
    try:
        return gone(edit.before, edit.after or b"")
    except (SyntaxError, ValueError, RecursionError):
        return ()
