"""Everything that can happen in a run: a closed union, told to the ledger, read by every view."""

from dataclasses import dataclass, field
from typing import Literal

from .goal import Conditions, Goal
from .machine import HostFacts, Machine, NoiseFloor
from .values import Candidate, Guess, Hotspot, Profile, Prompt, Reply, Repo
from .verdicts import CallRatios, Compared, Faults, Outcome, Proof, PythonPeak, Round, Verdict

Ending = Literal["done", "budget", "interrupted", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted:
    """A run began: what on, what for, what with."""

    repo: Repo
    goal: Goal
    command: str
    """optimize, verify, compare, profile or demo."""
    model: str
    version: str
    branch: str = ""
    """The branch the user is on; empty when detached."""
    changed: int = 0
    """Files changed in the user's tree, left alone."""
    machine: Machine | None = None
    """Where the run's numbers hold; None in ledgers of earlier versions."""
    conditions: Conditions = field(default_factory=Conditions)
    kind: Literal["run_started"] = "run_started"


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovered:
    """Something was found out about the target rather than told."""

    guess: Guess
    kind: Literal["discovered"] = "discovered"


@dataclass(frozen=True, slots=True, kw_only=True)
class HostProbed:
    """What the machine was like when the run began."""

    host: HostFacts
    kind: Literal["host_probed"] = "host_probed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Walled:
    """The sandbox level that a probe chose, and why not a stronger one."""

    level: str
    why: str = ""
    kind: Literal["walled"] = "walled"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepStarted:
    """A step that may take a while began; for progress only."""

    what: str
    kind: Literal["step_started"] = "step_started"


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseTested:
    """The untouched base was tested."""

    tests: int
    seconds: float
    """Of one run of the suite."""
    runs: int
    failing: tuple[str, ...] = ()
    """Failed in every run."""
    flaky: tuple[str, ...] = ()
    """Outcome varied; never used as proof."""
    cached: bool = False
    kind: Literal["base_tested"] = "base_tested"


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseTimed:
    """A workload ran on the untouched base. Seconds of one run."""

    workload: str
    wall: float
    cpu: float
    cpu_bound: bool | None = None
    """Whether it keeps one core busy, and no more than one; None in ledgers of earlier versions."""
    frozen: bool | None = None
    """Whether it runs as well where the tree cannot be written; None in ledgers of earlier versions."""
    kind: Literal["base_timed"] = "base_timed"


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorMeasured:
    """The base, a revision, was measured against itself: once per workload and kind of rounds, before a claim."""

    base: str
    floor: NoiseFloor
    kind: Literal["floor_measured"] = "floor_measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiled:
    """A profile was taken and ranked."""

    profile: Profile
    hotspots: tuple[Hotspot, ...]
    kind: Literal["profiled"] = "profiled"


@dataclass(frozen=True, slots=True, kw_only=True)
class HotspotOpened:
    """The pursuit of a hotspot began."""

    hotspot: Hotspot
    kind: Literal["hotspot_opened"] = "hotspot_opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptSent:
    """A model was asked."""

    hotspot: str
    model: str
    prompt: Prompt
    kind: Literal["prompt_sent"] = "prompt_sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyReceived:
    """A model answered; `sha` is the prompt's."""

    sha: str
    reply: Reply
    kind: Literal["reply_received"] = "reply_received"


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateProposed:
    """A candidate is about to be tried."""

    candidate: Candidate
    kind: Literal["candidate_proposed"] = "candidate_proposed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFinished:
    """One rung of the ladder gave its outcome."""

    candidate: str
    outcome: Outcome
    kind: Literal["check_finished"] = "check_finished"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundMeasured:
    """One pair of runs was timed; `phase` is screening, confirmation, final or floor."""

    candidate: str
    workload: str
    phase: str
    round: Round
    number: int
    kind: Literal["round_measured"] = "round_measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Screened:
    """A verified candidate had its cheap look; `estimate` is before / after and never a claim."""

    candidate: str
    workload: str
    estimate: float
    promising: bool
    pairs: int
    kind: Literal["screened"] = "screened"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationStarted:
    """Fresh processes, fresh seeds; `alpha` is what this claim may spend of the run's error budget."""

    candidate: str
    alpha: float
    kind: Literal["confirmation_started"] = "confirmation_started"


@dataclass(frozen=True, slots=True, kw_only=True)
class StrengthMeasured:
    """Faults were planted in what a correct candidate changed: how many would the checks have noticed?"""

    candidate: str
    faults: Faults
    kind: Literal["strength_measured"] = "strength_measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonPeaksTraced:
    """What Python code allocated at most, base and candidate, in runs that were not timed."""

    candidate: str
    peaks: tuple[PythonPeak, ...]
    kind: Literal["python_peaks_traced"] = "python_peaks_traced"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallsTimed:
    """The recorded calls of a candidate that was confirmed faster were timed in four ways."""

    candidate: str
    ratios: CallRatios
    kind: Literal["calls_timed"] = "calls_timed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateJudged:
    """The verdict on a candidate."""

    candidate: str
    verdict: Verdict
    kind: Literal["candidate_judged"] = "candidate_judged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """A candidate was kept as a commit; the user's branches are as they were."""

    candidate: str
    sha: str
    subject: str
    ref: str
    branch: str
    kind: Literal["committed"] = "committed"


@dataclass(frozen=True, slots=True, kw_only=True)
class HotspotClosed:
    """The pursuit of a hotspot ended."""

    hotspot: str
    tried: int
    kept: int
    why: str
    kind: Literal["hotspot_closed"] = "hotspot_closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalMeasured:
    """First parent against the final tree, directly: the headline of a run."""

    base: str
    head: str
    proof: Proof
    kind: Literal["final_measured"] = "final_measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonStarted:
    """Two revisions are compared, as they were named; `tree` is the second one's, which a resumed run goes on with."""

    base: str
    head: str
    tree: str
    kind: Literal["comparison_started"] = "comparison_started"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadCompared:
    """The answer on one workload."""

    compared: Compared
    kind: Literal["workload_compared"] = "workload_compared"


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """Kept commits are moved to the user's branch; `before` and `after` are its tips.

    Told just before: after a kill the branch may be at either, and the files between them. `Undone` takes it back.
    """

    branch: str
    before: str
    after: str
    kind: Literal["applied"] = "applied"


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """The user's branch was moved back."""

    branch: str
    before: str
    after: str
    kind: Literal["undone"] = "undone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """Something the user should know that stops nothing."""

    message: str
    kind: Literal["warned"] = "warned"


@dataclass(frozen=True, slots=True, kw_only=True)
class StopAsked:
    """The user pressed Ctrl-C: the step that is going on is finished, and no other begun."""

    kind: Literal["stop_asked"] = "stop_asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished:
    """The run ended; `message` says what stopped it where something did."""

    ending: Ending
    seconds: float
    message: str = ""
    kind: Literal["run_finished"] = "run_finished"


Event = (
    RunStarted
    | HostProbed
    | Discovered
    | Walled
    | StepStarted
    | BaseTested
    | BaseTimed
    | FloorMeasured
    | Profiled
    | HotspotOpened
    | PromptSent
    | ReplyReceived
    | CandidateProposed
    | CheckFinished
    | RoundMeasured
    | Screened
    | ConfirmationStarted
    | StrengthMeasured
    | PythonPeaksTraced
    | CallsTimed
    | CandidateJudged
    | Committed
    | HotspotClosed
    | FinalMeasured
    | ComparisonStarted
    | WorkloadCompared
    | Applied
    | Undone
    | Warned
    | StopAsked
    | RunFinished
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the ledger: the event, when it happened (seconds since the epoch) and in which run."""

    seq: int
    at: float
    run: str
    event: Event
