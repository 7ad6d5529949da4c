"""What a detector finds: where, what, and which row of the table of known cheats it belongs to."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["sandbox_violation", "cheating", "cache", "parallel", "warning"]
"""What follows: a refusal with that reason, a refusal unless the policy allows it, or a remark. Worst first."""
KINDS: tuple[Kind, ...] = ("sandbox_violation", "cheating", "cache", "parallel", "warning")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One place in a source. Findings of one key are the same thing: only more of them than in the base are new."""

    row: int
    """Of the table of known cheats in docs/reference/cheats.md."""
    kind: Kind
    path: str
    line: int
    text: str
    """The line of the source."""
    key: str
    message: str
    """One sentence without a full stop."""

    @property
    def place(self) -> str:
        """`file:line: the line`."""
        return f"{self.path}:{self.line}: {self.text.strip()}"
