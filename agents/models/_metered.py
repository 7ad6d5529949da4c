"""Keeps a run inside its caps: reserves the worst case before a question is sent."""

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from ...optimizer.core.errors import BudgetSpent
from ...optimizer.core.events import Warned
from ...optimizer.core.goal import Budget
from ...optimizer.core.ports import Model, Record
from ...optimizer.core.values import Prompt, Reply
from ._window import tokens_in


@runtime_checkable
class Priced(Protocol):
    """A model whose price is known, or known to be unknown."""

    def worst_usd(self, prompt: Prompt) -> float | None:
        """What an answer may cost at most; None if there is no price."""
        ...


@dataclass(slots=True, kw_only=True)
class Purse:
    """What a run has spent so far; shared by all its models, filled from the ledger when a run is resumed."""

    tokens: int = 0
    usd: float = 0.0
    unpriced: int = 0
    """Answers whose cost is unknown."""
    warned: bool = field(default=False)

    def pay(self, prompt: Prompt, reply: Reply) -> None:
        """Adds an answer; token counts that the server did not give are estimated."""
        self.tokens += reply.tokens_in if reply.tokens_in is not None else tokens_in(prompt)
        self.tokens += reply.tokens_out if reply.tokens_out is not None else round(len(reply.text) / 3.2)
        self.usd += reply.usd or 0.0
        self.unpriced += reply.usd is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Metered:
    """A model that refuses a question which might pass a cap of the budget."""

    model: Model
    budget: Budget
    purse: Purse
    record: Record
    max_tokens: int = 8192
    """Tokens that one answer may have."""

    @property
    def name(self) -> str:
        """The wrapped model's."""
        return self.model.name

    def reply(self, prompt: Prompt) -> Reply:
        """The model's answer; raises `BudgetSpent` before sending."""
        self._check_tokens(prompt)
        self._check_usd(prompt)
        reply = self.model.reply(prompt)
        self.purse.pay(prompt, reply)
        return reply

    def _check_tokens(self, prompt: Prompt) -> None:
        cap, worst = self.budget.tokens, tokens_in(prompt) + self.max_tokens
        if cap is not None and self.purse.tokens + worst > cap:
            raise BudgetSpent(
                f"{self.purse.tokens} tokens are spent and the next answer may take {worst}: the cap is {cap}",
                code="budget_tokens",
                hint="raise the cap with --budget",
            )

    def _check_usd(self, prompt: Prompt) -> None:
        cap = self.budget.usd
        if cap is None:
            return
        worst = self.model.worst_usd(prompt) if isinstance(self.model, Priced) else None
        if worst is None and not self.purse.warned:
            self.purse.warned = True
            self.record(Warned(message=f"the price of {self.name} is unknown: the cap of ${cap:g} cannot be kept"))
        spent, more = self.purse.usd, worst or 0.0
        if spent + more > cap:
            raise BudgetSpent(
                f"${spent:.2f} are spent and the next answer may cost ${more:.2f}: the cap is ${cap:g}",
                code="budget_usd",
                hint="raise the cap with --budget",
            )
