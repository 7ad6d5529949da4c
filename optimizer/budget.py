"""What a run may spend in time and candidates; money and tokens are counted where the model is asked."""

from dataclasses import dataclass

from .core.errors import BudgetSpent
from .core.goal import Budget
from .core.ports import Clock
from .core.units import seconds


@dataclass(slots=True, kw_only=True)
class Purse:
    """Counts down; asked before each candidate, so that work already paid for is finished."""

    budget: Budget
    clock: Clock
    start: float
    """By the clock; in the past of it by as much as the sittings of a resumed run took."""
    taken: int = 0

    def afford(self, decision: float) -> None:
        """Refuse before anything is tried what cannot be paid for. `decision` is the seconds that one takes at least.

        Raises `BudgetSpent`.
        """
        limit = self.budget.seconds
        if limit is not None and decision > limit:
            raise BudgetSpent(
                f"the shortest decision on this workload takes about {seconds(decision)}, and the time budget is "
                f"{seconds(limit)}",
                code="budget_too_small",
                hint="choose a shorter workload, or a larger --budget",
            )

    def take(self) -> None:
        """Pay for one more candidate. Raises `BudgetSpent`."""
        limit = self.budget.seconds
        spent = self.clock() - self.start
        if limit is not None and spent >= limit:
            raise _spent(f"the time budget of {seconds(limit)} is used up after {self.taken} candidates")
        if self.budget.candidates is not None and self.taken >= self.budget.candidates:
            raise _spent(f"the budget of {self.budget.candidates} candidates is used up")
        self.taken += 1


def _spent(message: str) -> BudgetSpent:
    return BudgetSpent(message, code="budget_spent", hint="raise the cap: perfsmith runs resume --budget …")
