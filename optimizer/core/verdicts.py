"""What is found out about a candidate: outcomes of checks, rounds of measurement, the verdict."""

from dataclasses import dataclass
from typing import Literal, get_args

Reason = Literal[
    "faster",
    "malformed_edit",
    "forbidden_edit",
    "does_not_build",
    "tests_failed",
    "wrong_behavior",
    "cheating",
    "sandbox_violation",
    "timed_out",
    "crashed",
    "more_memory",
    "not_faster",
    "slower",
    "noisy",
    "unverifiable",
]
REASONS: tuple[str, ...] = get_args(Reason)
INCONCLUSIVE: frozenset[Reason] = frozenset({"noisy", "unverifiable"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A check that found nothing against the candidate."""

    check: str
    seconds: float
    note: str = ""
    """What a person may want to know, e.g. `812 same`."""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A check that decided against the candidate; `evidence` is the shortest thing that convinces."""

    check: str
    seconds: float
    reason: Reason
    message: str
    evidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A check that could not be made, and why."""

    check: str
    seconds: float
    why: str


Outcome = Passed | Failed | Skipped


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One run of a workload in a fresh process. Seconds; bytes."""

    wall: float
    cpu: float
    """User and system time of the command and all its descendants."""
    delay: float
    """Time that the command and its descendants were ready but had no core (run-queue delay); 0 where unknown."""
    peak: int
    """Largest resident set of any one process of the command."""
    tasks: int = 1
    """Processes and threads that were seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRatio:
    """ln(before / after) by each clock."""

    cpu: float
    wall: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One pair of runs: base and candidate next to each other, same hash seed."""

    before: Reading
    after: Reading
    order: Literal["AB", "BA", "together"]
    """Which ran first; `together`: at the same time, sharing one core."""
    seed: int
    logs: LogRatio | None = None
    """What a round of many short pairs says: their median. Its readings are then those of a typical block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speedup:
    """Time before / time after with its confidence interval; above 1 is faster."""

    ratio: float
    low: float
    high: float
    confidence: float
    pairs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadResult:
    """One workload's numbers: medians in seconds, ratios as the interface defines them."""

    name: str
    before_s: float
    after_s: float
    metric: Literal["cpu", "wall"]
    """What the decision was made on."""
    speedup: Speedup
    cpu: float
    """CPU time after / before."""
    memory: float
    """Peak memory after / before."""
    first_call: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """All that was measured for a candidate; the first workload is the headline."""

    workloads: tuple[WorkloadResult, ...]
    warnings: tuple[str, ...] = ()


Finding = Literal["faster", "slower", "same", "inconclusive"]
"""What a comparison says, which is nobody's claim and has two sides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Two revisions on one workload: the numbers, and what they were judged to say."""

    finding: Finding
    result: WorkloadResult
    note: str = ""
    """Why the answer is not what the numbers alone would say; empty for nothing to add."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """Correct as far as every check could tell, and faster: the whole interval is above the bar."""

    message: str
    proof: Proof
    reason: Reason = "faster"
    warnings: tuple[str, ...] = ()

    @property
    def outcome(self) -> str:
        """The interface's word."""
        return "accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """Wrong, forbidden, or not faster."""

    reason: Reason
    message: str
    check: str = ""
    evidence: str = ""
    proof: Proof | None = None
    warnings: tuple[str, ...] = ()

    @property
    def outcome(self) -> str:
        """The interface's word."""
        return "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inconclusive:
    """Neither proven nor refuted: a third answer and not a rounding of the other two."""

    reason: Reason
    message: str
    check: str = ""
    evidence: str = ""
    proof: Proof | None = None
    warnings: tuple[str, ...] = ()

    @property
    def outcome(self) -> str:
        """The interface's word."""
        return "inconclusive"


Verdict = Accepted | Rejected | Inconclusive


def refuse(
    reason: Reason, message: str, *, check: str = "", evidence: str = "", proof: Proof | None = None
) -> Rejected | Inconclusive:
    """The verdict that belongs to a reason: inconclusive for `noisy` and `unverifiable`, else rejected."""
    kind = Inconclusive if reason in INCONCLUSIVE else Rejected
    return kind(reason=reason, message=message, check=check, evidence=evidence, proof=proof)
