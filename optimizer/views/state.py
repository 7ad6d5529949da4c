"""What a screen or a report needs to know about a run, folded from the entries of its ledger.

`advance` is pure: the same entries give the same state, live or ten weeks later.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ..core.events import (
    Applied,
    BaseTested,
    BaseTimed,
    CallsTimed,
    CandidateJudged,
    CandidateProposed,
    CheckFinished,
    Committed,
    ComparisonStarted,
    ConfirmationStarted,
    Discovered,
    Entry,
    FinalMeasured,
    FloorMeasured,
    HostProbed,
    HotspotClosed,
    HotspotOpened,
    Profiled,
    PromptSent,
    PythonPeaksTraced,
    ReplyReceived,
    RoundMeasured,
    RunFinished,
    RunStarted,
    Screened,
    StepStarted,
    StopAsked,
    StrengthMeasured,
    Undone,
    Walled,
    Warned,
    WorkloadCompared,
)
from ..core.goal import Goal
from ..core.machine import HostFacts
from ..core.values import Candidate, Guess, Hotspot, Reply, Repo
from ..core.verdicts import Accepted, CallRatios, Compared, Failed, Faults, Outcome, PythonPeak, Reason, Round, Verdict

_CORRECT: frozenset[Reason] = frozenset({"faster", "not_faster", "slower", "more_memory", "noisy"})
"""What is only said of a candidate that every check before the measurement let pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One candidate and what became of it."""

    number: int
    """Of its hotspot, from 1."""
    candidate: Candidate
    outcomes: tuple[Outcome, ...] = ()
    screened: Screened | None = None
    alpha: float | None = None
    strength: Faults | None = None
    """Planted faults, where it was asked how many are noticed."""
    peaks: tuple[PythonPeak, ...] = ()
    """What Python code allocated at most, where that was asked."""
    calls: CallRatios | None = None
    """Its recorded calls by themselves, where they could be timed."""
    verdict: Verdict | None = None
    commit: Committed | None = None

    @property
    def tested(self) -> bool:
        """Whether the tests were asked, and had nothing against it (or there are none)."""
        return any(outcome.check == "tests" and not isinstance(outcome, Failed) for outcome in self.outcomes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What the models were sent and what it cost; `usd` is of the replies that named a price."""

    replies: int = 0
    tokens_in: int = 0
    tokens_cached: int = 0
    tokens_out: int = 0
    usd: float = 0.0
    unpriced: int = 0
    """Replies whose price is unknown."""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What is going on, since when (seconds since the epoch), and the speedups of the rounds so far."""

    what: str = ""
    since: float = 0.0
    ratios: tuple[float, ...] = ()
    pair: int = 0
    """Number of the last round, as the ledger counts them: each kind by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A run so far."""

    run: str = ""
    start: RunStarted | None = None
    started: float = 0.0
    last: float = 0.0
    """When the newest entry was written, seconds since the epoch."""
    host: HostFacts | None = None
    guesses: tuple[Guess, ...] = ()
    walls: Walled | None = None
    tested: BaseTested | None = None
    timed: tuple[BaseTimed, ...] = ()
    floors: tuple[FloorMeasured, ...] = ()
    profiled: Profiled | None = None
    """Without its stacks."""
    samples: int = 0
    opened: tuple[Hotspot, ...] = ()
    closed: tuple[HotspotClosed, ...] = ()
    tries: tuple[Try, ...] = ()
    final: FinalMeasured | None = None
    comparison: ComparisonStarted | None = None
    compared: tuple[Compared, ...] = ()
    moves: tuple[Applied | Undone, ...] = ()
    ending: RunFinished | None = None
    warnings: tuple[str, ...] = ()
    cost: Cost = Cost()
    checking: float = 0.0
    """Seconds in checks, tests among them."""
    testing: float = 0.0
    measuring: float = 0.0
    activity: Activity = Activity()

    @property
    def repo(self) -> Repo | None:
        """The target."""
        return self.start.repo if self.start else None

    @property
    def goal(self) -> Goal | None:
        """What was asked for."""
        return self.start.goal if self.start else None

    @property
    def command(self) -> str:
        """What the user ran."""
        return self.start.command if self.start else ""

    @property
    def kept(self) -> tuple[Try, ...]:
        """The candidates that became commits, oldest first."""
        return tuple(one for one in self.tries if one.commit)

    @property
    def tried(self) -> int:
        """How many candidates were judged; one that was interrupted was not."""
        return sum(one.verdict is not None for one in self.tries)

    @property
    def correct(self) -> int:
        """How many candidates every check let pass, the tests among them; one that was only screened does not count."""
        return sum(one.verdict is not None and one.verdict.reason in _CORRECT and one.tested for one in self.tries)

    @property
    def faster(self) -> int:
        """How many candidates were accepted, kept or not."""
        return sum(isinstance(one.verdict, Accepted) for one in self.tries)

    @property
    def noise_floor(self) -> float | None:
        """The largest that was taken; a claim has to stand out of this."""
        return max((one.floor.share for one in self.floors), default=None)

    def attempt(self, candidate: str) -> Try | None:
        """The try of that candidate's id."""
        return next((one for one in reversed(self.tries) if one.candidate.id == candidate), None)


_Setup = RunStarted | HostProbed | Discovered | Walled | BaseTested | BaseTimed | Profiled
_Search = HotspotOpened | HotspotClosed | PromptSent | ReplyReceived | CandidateProposed
_Proof = (
    CheckFinished
    | RoundMeasured
    | Screened
    | ConfirmationStarted
    | StrengthMeasured
    | PythonPeaksTraced
    | CallsTimed
    | CandidateJudged
    | Committed
)
_End = (
    StepStarted
    | FloorMeasured
    | FinalMeasured
    | ComparisonStarted
    | WorkloadCompared
    | Applied
    | Undone
    | Warned
    | StopAsked
    | RunFinished
)


def fold(entries: Iterable[Entry], state: State | None = None) -> State:
    """The state after all entries."""
    state = state or State()
    for entry in entries:
        state = advance(state, entry)
    return state


def advance(state: State, entry: Entry) -> State:
    """The state after one more entry."""
    state = replace(state, run=entry.run or state.run, last=entry.at, started=state.started or entry.at)
    match entry.event:
        case RunStarted() | HostProbed() | Discovered() | Walled() | BaseTested() | BaseTimed() | Profiled() as event:
            return _set_up(state, event)
        case HotspotOpened() | HotspotClosed() | PromptSent() | ReplyReceived() | CandidateProposed() as event:
            return _search(state, event)
        case (
            CheckFinished()
            | RoundMeasured()
            | Screened()
            | ConfirmationStarted()
            | StrengthMeasured()
            | PythonPeaksTraced()
            | CallsTimed()
            | CandidateJudged()
            | Committed() as event
        ):
            return _prove(state, event)
        case (
            StepStarted()
            | FloorMeasured()
            | FinalMeasured()
            | ComparisonStarted()
            | WorkloadCompared()
            | Applied()
            | Undone()
            | Warned()
            | StopAsked()
            | RunFinished() as event
        ):
            return _end(state, event)


def _set_up(state: State, event: _Setup) -> State:
    match event:
        case RunStarted():
            return _doing(replace(state, start=event, ending=None), "looking at the repository")
        case HostProbed():
            return replace(state, host=event.host)
        case Discovered():
            return replace(state, guesses=(*state.guesses, event.guess))
        case Walled():
            return replace(state, walls=event)
        case BaseTested():
            return _doing(replace(state, tested=event), "")
        case BaseTimed():
            return _doing(replace(state, timed=(*state.timed, event)), "")
        case Profiled():
            slim = replace(event, profile=replace(event.profile, stacks=()))
            state = replace(state, profiled=slim, samples=event.profile.samples)
            return _doing(_warned(state, event.profile.warnings), "")


def _search(state: State, event: _Search) -> State:
    match event:
        case HotspotOpened():
            return _doing(replace(state, opened=(*state.opened, event.hotspot)), "looking for ideas")
        case HotspotClosed():
            return _doing(replace(state, closed=(*state.closed, event)), "")
        case PromptSent():
            return _doing(state, f"asking {event.model}")
        case ReplyReceived():
            return _doing(replace(state, cost=_pay(state.cost, event.reply)), "reading the reply")
        case CandidateProposed():
            number = 1 + sum(one.candidate.hotspot == event.candidate.hotspot for one in state.tries)
            one = Try(number=number, candidate=event.candidate)
            return _doing(replace(state, tries=(*state.tries, one)), "checking")


def _prove(state: State, event: _Proof) -> State:
    one = state.attempt(event.candidate)
    match event:
        case CheckFinished():
            state = _timed_check(state, event.outcome)
            return _put(state, one and replace(one, outcomes=(*one.outcomes, event.outcome)))
        case RoundMeasured():
            return _measured(state, event)
        case Screened():
            return _put(state, one and replace(one, screened=event))
        case ConfirmationStarted():
            state = _doing(state, "confirming on fresh processes")
            return _put(state, one and replace(one, alpha=event.alpha))
        case StrengthMeasured() | PythonPeaksTraced() | CallsTimed():
            return _doing(_put(state, one and _asked_for(one, event)), "")
        case CandidateJudged():
            return _doing(_put(state, one and replace(one, verdict=event.verdict)), "")
        case Committed():
            return _put(state, one and replace(one, commit=event))


def _asked_for(one: Try, event: StrengthMeasured | PythonPeaksTraced | CallsTimed) -> Try:
    match event:
        case StrengthMeasured():
            return replace(one, strength=event.faults)
        case PythonPeaksTraced():
            return replace(one, peaks=event.peaks)
        case CallsTimed():
            return replace(one, calls=event.ratios)


def _end(state: State, event: _End) -> State:
    match event:
        case StepStarted() | StopAsked():
            return _doing(state, event.what if isinstance(event, StepStarted) else "finishing this step")
        case FloorMeasured():
            return _doing(replace(state, floors=(*state.floors, event)), "")
        case FinalMeasured():
            return _doing(_warned(replace(state, final=event), event.proof.warnings), "")
        case ComparisonStarted() | WorkloadCompared():
            return _compared(state, event)
        case Applied() | Undone():
            return replace(state, moves=(*state.moves, event))
        case Warned():
            return _warned(state, (event.message,))
        case RunFinished():
            return _doing(replace(state, ending=event), "")


def _compared(state: State, event: ComparisonStarted | WorkloadCompared) -> State:
    if isinstance(event, ComparisonStarted):
        return replace(state, comparison=event)
    return _doing(replace(state, compared=(*state.compared, event.compared)), "")


def _doing(state: State, what: str) -> State:
    return replace(state, activity=Activity(what=what, since=state.last))


def _warned(state: State, messages: tuple[str, ...]) -> State:
    return replace(state, warnings=tuple(dict.fromkeys((*state.warnings, *messages))))


def _pay(cost: Cost, reply: Reply) -> Cost:
    return Cost(
        replies=cost.replies + 1,
        tokens_in=cost.tokens_in + (reply.tokens_in or 0),
        tokens_cached=cost.tokens_cached + (reply.tokens_cached or 0),
        tokens_out=cost.tokens_out + (reply.tokens_out or 0),
        usd=cost.usd + (reply.usd or 0.0),
        unpriced=cost.unpriced + (reply.usd is None),
        seconds=cost.seconds + reply.seconds,
    )


def _timed_check(state: State, outcome: Outcome) -> State:
    if outcome.check in ("measurement", "memory"):
        return state  # its rounds are counted one by one
    testing = outcome.seconds if outcome.check == "tests" else 0.0
    return replace(state, checking=state.checking + outcome.seconds, testing=state.testing + testing)


def _measured(state: State, event: RoundMeasured) -> State:
    """A round counts towards the estimate of its own phase and workload only."""
    kind = ", sharing a core" if event.round.order == "together" else ""
    what = f"measuring {event.workload} ({event.phase}{kind})"
    activity = state.activity if state.activity.what == what else Activity(what=what, since=state.last)
    ratios = (*activity.ratios, *_ratio(event.round))
    walls = event.round.before.wall, event.round.after.wall
    wall = max(walls) if event.round.order == "together" else sum(walls)
    return replace(
        state, measuring=state.measuring + wall, activity=replace(activity, ratios=ratios, pair=event.number)
    )


def _ratio(one: Round) -> tuple[float, ...]:
    """By CPU time where both shared a core: then the clock on the wall says nothing of either."""
    before, after = (one.before.cpu, one.after.cpu) if one.order == "together" else (one.before.wall, one.after.wall)
    return (before / after,) if after > 0 else ()


def _put(state: State, one: Try | None) -> State:
    """The try in place of its earlier self; an event about a candidate nobody proposed changes nothing."""
    if one is None:
        return state
    place = max(index for index, old in enumerate(state.tries) if old.candidate.id == one.candidate.id)
    return replace(state, tries=(*state.tries[:place], one, *state.tries[place + 1 :]))
