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
class CallsCompared:
    """How many recorded calls could really be compared with what the candidate does."""

    calls: int
    of: int
    """Calls that were recorded or met, those that could not be copied included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault that was planted in a function on purpose, and that nothing noticed."""

    path: str
    unit: str
    line: int
    operator: str
    """What kind of fault it is."""
    before: str
    """The line without the fault."""
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Caught:
    """How many planted faults a check noticed first."""

    check: str
    faults: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """Faults planted in some functions, one at a time, and what became of them.

    A fault that changes nothing that can be observed counts as unnoticed: nobody can tell it apart.
    """

    planted: int
    by: tuple[Caught, ...]
    missed: tuple[Fault, ...]
    seconds: float
    form: Literal["base", "candidate"]
    """Which text of the functions they were planted in."""
    unreached: tuple[str, ...] = ()
    """`path:lines` of these functions that neither tests nor workloads run; empty where nobody looked."""
    cut: bool = False
    """The time was up before all of them were planted."""

    @property
    def noticed(self) -> int:
        """How many were noticed."""
        return sum(one.faults for one in self.by)


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonPeak:
    """Peak of what Python code allocated on a workload, in bytes, by tracemalloc; None where there is none."""

    workload: str
    before: int | None = None
    after: int | None = None
    note: str = ""
    """Why there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A check that found nothing against the candidate."""

    check: str
    seconds: float
    note: str = ""
    """What a person may want to know, e.g. `812 same`."""
    warnings: tuple[str, ...] = ()
    faults: Faults | None = None
    compared: CallsCompared | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A check that decided against the candidate; `evidence` is the shortest thing that convinces."""

    check: str
    seconds: float
    reason: Reason
    message: str
    evidence: str = ""
    faults: Faults | None = None
    compared: CallsCompared | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A check that could not be made, and why."""

    check: str
    seconds: float
    why: str
    compared: CallsCompared | None = None


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
class CallRatios:
    """Time before / time after of the same calls under four ways to give them their inputs; None where not measured.

    A result that is kept between calls makes the first two large and leaves the third as it is.
    """

    same: Speedup | None
    """The very same object again and again."""
    copies: Speedup | None
    """Equal objects again and again."""
    distinct: Speedup | None
    """Each input once in the life of a process that has been at work on others."""
    first: Speedup | None
    """The first call in a fresh process."""
    imports: Speedup | None
    """Importing the modules in a fresh process."""
    suspicion: str = ""
    """Why the gain is taken to depend on answers that are kept; empty where it does not."""
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyRatio:
    """Time before / time after of calls whose inputs have another size or order than those recorded."""

    name: str
    """How they differ, e.g. `ten times as long`; of the first one `as recorded`."""
    calls: int
    speedup: Speedup
    loss: bool = False
    """Whether they take longer than before, beyond doubt and by an amount that matters."""
    doubt: bool = False
    """Whether that is likely, and not proven."""


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
    inputs: tuple[FamilyRatio, ...] = ()
    """What single calls gain on inputs of other sizes and orders; empty where there was nothing to vary."""


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
