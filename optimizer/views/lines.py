"""What to say about each event, in plain words; every screen shows these same lines.

`state` is the state *after* the entry. Nothing here prints, wraps or colours. Chatty events say
nothing and show only in `status`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ..core import units
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
from ..core.verdicts import Accepted, Failed, Faults, Outcome, Passed, Proof, Skipped, Verdict
from . import words
from .comparison import finding
from .pictures import bars, goal_of
from .plot import intervals
from .state import State, Try

Style = Literal["plain", "title", "quiet", "good", "bad", "warn", "result"]
RESULT, NORMAL, DETAIL = 0, 1, 2
"""Levels of telling: `-q`, the default, `-v`."""
LABEL = 12
"""Column at which the text beside a label begins."""
_EVIDENCE = 6, 16
"""Lines of evidence: in a session, and where a change is judged."""
_TOP = 8
_MISSED = 8
_RESUMABLE = ("optimize", "demo", "compare")


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to say, and how loudly. An empty text is a blank line."""

    text: str
    style: Style = "plain"
    level: int = NORMAL
    hang: int = 4
    """Column at which it goes on where a screen has to break it."""
    narrow: str | None = None
    """What to say instead where the text does not fit: a picture cannot be broken."""


def lines(state: State, entry: Entry) -> list[Line]:
    """What to say now that the entry happened."""
    return [replace(line, text=words.clean(line.text).rstrip()) for line in _say(state, entry)]


def status(state: State, now: float) -> str:
    """What is going on, for one line that changes: `candidate 3 of split: tests (0:41)`."""
    whom = ""
    one = next((one for one in reversed(state.tries) if one.verdict is None), None)
    if one is not None:
        unit = one.candidate.hotspot.rpartition("::")[2]
        whom = f"candidate {one.number} of {unit}: " if unit else "the change: "
    elapsed = words.clock(max(0.0, now - state.activity.since))
    return words.clean(f"{whom}{words.doing(state.activity)} ({elapsed})")


def _say(state: State, entry: Entry) -> Iterator[Line]:
    match entry.event:
        case RunStarted() | HostProbed() | Discovered() | Walled() | BaseTested() | BaseTimed() | Profiled() as event:
            return _set_up(state, event)
        case HotspotOpened() | HotspotClosed() | PromptSent() | ReplyReceived() | CandidateProposed() as event:
            return _search(state, event)
        case CheckFinished() | Screened() | ConfirmationStarted() | CandidateJudged() | Committed() as event:
            return _prove(state, event)
        case StrengthMeasured() | PythonPeaksTraced() | CallsTimed() as event:
            return _asked_for(event, RESULT if state.command == "verify" else NORMAL)
        case FloorMeasured() | FinalMeasured() | Applied() | Undone() | Warned() | StopAsked() | RunFinished() as event:
            return _end(state, event)
        case ComparisonStarted() | WorkloadCompared() as event:
            return _compare(event)
        case StepStarted() | RoundMeasured():
            return iter(())


def _set_up(
    state: State,
    event: RunStarted | HostProbed | Discovered | Walled | BaseTested | BaseTimed | Profiled,
) -> Iterator[Line]:
    match event:
        case RunStarted():
            yield from _started(event)
        case HostProbed(host=host):
            yield _label("machine", words.machine(host), "quiet", DETAIL)
        case Discovered(guess=guess):
            how = f" ({guess.how})" if guess.how else ""
            option = f"   change: {guess.option}" if guess.option else ""
            yield _label(guess.what, f"{guess.value}{how}{option}")
        case Walled():
            yield _label("sandbox", f"{event.level} ({event.why})" if event.why else event.level)
        case BaseTested():
            yield from _tested(event)
        case BaseTimed():
            yield _label("base", f"{event.workload}: {units.seconds(event.wall)}")
        case Profiled():
            yield from _profiled(event)


def _started(event: RunStarted) -> Iterator[Line]:
    branch = event.branch or "no branch"
    changed = f", {words.count(event.changed, 'file')} changed - left alone" if event.changed else ""
    where = f"{event.repo.root.name} @ {words.short(event.repo.revision)} ({branch}{changed})"
    yield Line(f"perfsmith {event.version}   {where}", "title")
    if event.model:
        yield _label("model", event.model)


def _tested(event: BaseTested) -> Iterator[Line]:
    same = f", same outcome in {event.runs} runs" if event.runs > 1 and not event.flaky else ""
    remembered = " (remembered from an earlier run)" if event.cached else ""
    yield _label("tests", f"{words.count(event.tests, 'test')}, {units.seconds(event.seconds)}{same}{remembered}")
    if event.flaky:
        yield _label("", f"outcome varies, so no proof: {words.first_of(event.flaky)}", "warn")
    if event.failing:
        yield _label("", f"{len(event.failing)} fail before any change: {words.first_of(event.failing)}", "warn")


def profiled_lines(event: Profiled) -> list[str]:
    """A profile's ranking as plain text."""
    return [words.clean(line.text).rstrip() for line in _profiled(event)]


def _profiled(event: Profiled) -> Iterator[Line]:
    profile = event.profile
    taken = f"{units.seconds(profile.seconds)}, {words.count(profile.samples, 'sample')}, {profile.profiler}"
    yield Line("")
    yield Line(f"Where the time of {profile.workload} goes ({taken})", "title")
    if event.hotspots:
        yield Line("    own   total  at best  function", "quiet")
        for hotspot in event.hotspots[:_TOP]:
            best = units.ratio(hotspot.ceiling) if hotspot.total < 0.995 else "-"
            shares = f"{units.percent(hotspot.own):>5}  {units.percent(hotspot.total):>6}  {best:>7}"
            yield Line(f"  {shares}  {words.place(hotspot)}")
    else:
        yield Line("  nothing that may be edited takes time worth mentioning")
    if len(event.hotspots) > _TOP:
        yield Line(f"  and {len(event.hotspots) - _TOP} more", "quiet")
    for warning in profile.warnings:
        yield Line(f"  note: {warning}", "warn")


def _search(
    state: State, event: HotspotOpened | HotspotClosed | PromptSent | ReplyReceived | CandidateProposed
) -> Iterator[Line]:
    match event:
        case HotspotOpened(hotspot=hotspot):
            yield Line("")
            share = f"{units.percent(hotspot.total)} of the time, {words.at_best(hotspot)}"
            yield Line(f"{words.place(hotspot)}   {share}", "title")
        case HotspotClosed():
            why = f": {event.why}" if event.why else ""
            yield _label("closed", f"{event.tried} tried, {event.kept} kept{why}", "quiet")
        case PromptSent():
            yield _label("", f"asked {event.model} ({event.prompt.template}, {event.prompt.sha})", "quiet", DETAIL)
        case ReplyReceived(reply=reply):
            size = "" if reply.tokens_out is None else f", {words.tokens(reply.tokens_out)} tokens"
            yield _label("", f"{reply.model} answered in {units.seconds(reply.seconds)}{size}", "quiet", DETAIL)
        case CandidateProposed(candidate=candidate):
            one = state.attempt(candidate.id)
            name = f"cand {one.number}" if one and candidate.hotspot else "change"
            idea = candidate.idea or "(no idea named)"
            author = candidate.origin.author
            by = "" if state.start and author == state.start.model else f"   by {author}"
            yield _label(name, idea + by)


def _prove(
    state: State, event: CheckFinished | Screened | ConfirmationStarted | CandidateJudged | Committed
) -> Iterator[Line]:
    match event:
        case CheckFinished(outcome=outcome):
            yield from _checked(outcome)
        case Screened():
            worth = "worth confirming" if event.promising else "not worth confirming"
            glance = f"first look: about {event.estimate:.2f}x over {words.count(event.pairs, 'pair')}, {worth}"
            yield _label("", glance, "quiet", NORMAL if event.promising else DETAIL)
        case ConfirmationStarted():
            yield _label("", f"confirming on fresh processes (alpha {event.alpha:.2g})", "quiet", DETAIL)
        case CandidateJudged():
            yield from _judged(state, event.verdict, state.attempt(event.candidate))
        case Committed():
            untouched = " (your branch is unchanged)" if event.branch else ""
            where = event.branch or event.ref
            yield _label("kept", f"{words.short(event.sha)} on {where}{untouched}", "good", RESULT)


def _checked(outcome: Outcome) -> Iterator[Line]:
    took = f" ({units.seconds(outcome.seconds)})"
    match outcome:
        case Passed():
            yield _label("", f"{outcome.check}: {outcome.note or 'passed'}{took}", "quiet", DETAIL)
            for warning in outcome.warnings:
                yield _label("", f"note: {warning}", "warn")
        case Failed():
            yield _label("", f"{outcome.check}: {outcome.message}{took}", "quiet", DETAIL)
        case Skipped():
            yield _label("", f"{outcome.check}: skipped, {outcome.why}", "quiet", DETAIL)


def _asked_for(event: StrengthMeasured | PythonPeaksTraced | CallsTimed, told: int) -> Iterator[Line]:
    if isinstance(event, CallsTimed):
        return (_label("", f"calls {said}") for said in (words.calls(event.ratios),) if said)
    if isinstance(event, StrengthMeasured):
        return _strength(event.faults, told)
    return (_label("python", words.python_peak(peak), level=told) for peak in event.peaks)


def _strength(faults: Faults, told: int) -> Iterator[Line]:
    yield _label("strength", words.strength(faults), level=told)
    for fault in faults.missed[:_MISSED]:
        yield replace(_label("", f"{fault.path}:{fault.line}: {fault.before}  ->  {fault.after}", level=told), hang=16)
    if len(faults.missed) > _MISSED:
        yield _label("", f"and {len(faults.missed) - _MISSED} more that nothing notices", "quiet", told)
    if faults.unreached:
        yield _label("", f"nothing runs {words.first_of(faults.unreached)}", "warn", told)


def _judged(state: State, verdict: Verdict, one: Try | None) -> Iterator[Line]:
    told = RESULT if state.command == "verify" else NORMAL
    if one and one is not state.tries[-1]:
        yield _label(f"cand {one.number}", "again, as the best of these")
    if one and (passed := words.notes(one.outcomes)):
        yield _label("", passed)
    if verdict.proof:
        yield from _proven(verdict.proof, told)
    style: Style = "good" if isinstance(verdict, Accepted) else "quiet"
    yield _label("", words.answer(verdict), "bad" if told == RESULT and style == "quiet" else style, told)
    if not isinstance(verdict, Accepted):
        for line in _both_ends(verdict.evidence.splitlines(), _EVIDENCE[told == RESULT]):
            yield replace(_label("", f"  {line}", "quiet"), hang=LABEL + 4)
    for warning in verdict.warnings:
        yield _label("", f"note: {warning}", "warn")


def _both_ends(lines: Sequence[str], most: int) -> Sequence[str]:
    """What leads there may be left out, what each side did then may not: it stands last."""
    if len(lines) <= most:
        return lines
    end = lines[-(most - 2) :]
    return [lines[0], f"… {words.count(len(lines) - len(end) - 1, 'more line')}", *end]


def _proven(proof: Proof, told: int) -> Iterator[Line]:
    for result in proof.workloads:
        name = f"{result.name}: " if len(proof.workloads) > 1 else ""
        yield _label("", f"{name}{words.brief(result)}", level=told)
    if proof.inputs:
        yield _label("", f"calls {words.elsewhere(proof.inputs)}")


def _compare(event: ComparisonStarted | WorkloadCompared) -> Iterator[Line]:
    match event:
        case ComparisonStarted():
            yield _label("compare", f"{event.base} -> {event.head}")
        case WorkloadCompared(compared=compared):
            result = compared.result
            yield _label("", f"{result.name}: {words.brief(result)}: {finding(compared)}")
            if compared.note:
                yield _label("", f"note: {compared.note}", "warn")


def _end(
    state: State, event: FloorMeasured | FinalMeasured | Applied | Undone | Warned | StopAsked | RunFinished
) -> Iterator[Line]:
    match event:
        case FloorMeasured(floor=floor):
            yield _label("noise", words.noise(floor), "warn" if floor.biased else "plain")
        case FinalMeasured():
            yield Line("", level=RESULT)
            for result in event.proof.workloads:
                yield Line(f"{result.name}: {words.brief(result)}", "result", RESULT)
            shas = f"{words.short(event.base)} against {words.short(event.head)}"
            yield Line(f"  measured directly: {shas}, in pairs of fresh processes", "quiet")
        case Applied():
            tips = f"{words.short(event.before)} -> {words.short(event.after)}"
            yield Line(f"{event.branch} moved {tips}   undo: perfsmith undo", "good", RESULT)
        case Undone():
            tips = f"{words.short(event.before)} -> {words.short(event.after)}"
            yield Line(f"{event.branch} moved back {tips}", "good", RESULT)
        case Warned() | StopAsked():
            yield _note(event)
        case RunFinished():
            yield from _finished(state, event)


def _note(event: Warned | StopAsked) -> Line:
    if isinstance(event, StopAsked):
        return Line("stopping after this step; Ctrl-C once more stops at once", "warn", RESULT)
    return Line(f"note: {event.message}", "warn")


def _finished(state: State, event: RunFinished) -> Iterator[Line]:
    if event.ending == "done" and state.command not in ("optimize", "demo"):
        return
    yield Line("")
    if event.ending != "done":
        yield Line(_stopped(event), "bad" if event.ending == "failed" else "warn", RESULT)
    if state.tries:
        yield from _picture(state)
        yield from _summary(state, event)
    if event.ending in ("budget", "interrupted") and state.command in _RESUMABLE:
        yield Line(f"go on: perfsmith runs resume {state.run}", level=RESULT)


def _picture(state: State) -> Iterator[Line]:
    """The intervals side by side, where there are several to compare."""
    rows, goal = bars(state), goal_of(state)
    if len(rows) < 2:
        return
    *drawn, meaning = intervals(rows, goal)
    for bar, text in zip(rows, drawn, strict=True):
        style: Style = "good" if bar.speedup.low > goal else "bad" if bar.speedup.high < 1 else "quiet"
        yield Line(text, style, narrow=f"{bar.label}: {bar.value}")
    yield Line(meaning, "quiet", narrow=f"the bar is {units.ratio(goal)}")
    yield Line("")


def _stopped(event: RunFinished) -> str:
    what = {"budget": "stopped: a limit was reached", "interrupted": "stopped by you", "failed": "stopped"}
    return what[event.ending] + (f": {event.message}" if event.message else "")


def _summary(state: State, event: RunFinished) -> Iterator[Line]:
    yield Line(f"{words.counts(state)} in {words.clock(event.seconds)}", "result", RESULT)
    if state.cost.replies:
        yield Line(f"model: {words.spent(state.cost)}", "quiet")
    yield Line(f"time: measuring {words.clock(state.measuring)}, checks {words.clock(state.checking)}", "quiet")
    if event.ending == "done" and (said := words.conclusion(state)):
        yield Line(said, level=RESULT)
    if state.kept:
        yield Line(f"take it: perfsmith apply {state.run}", level=RESULT)
        yield Line(f"read it: perfsmith report {state.run}", level=RESULT)


def _label(name: str, text: str, style: Style = "plain", level: int = NORMAL) -> Line:
    return Line(f"  {name}".ljust(LABEL) + (" " if len(name) > LABEL - 3 else "") + text, style, level, LABEL)
