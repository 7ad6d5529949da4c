"""`perfsmith verify`: is this change, whoever made it, correct and faster?"""

import sys
from dataclasses import dataclass, replace
from pathlib import Path

from ..optimizer.attempt import CORRECT, attempt, climb, measure_strength, trace_peaks
from ..optimizer.core.errors import CandidateError, UsageError
from ..optimizer.core.events import (
    CallsTimed,
    CandidateJudged,
    CandidateProposed,
    CheckFinished,
    PythonPeaksTraced,
    StrengthMeasured,
    Warned,
)
from ..optimizer.core.goal import Goal
from ..optimizer.core.ports import Asker
from ..optimizer.core.values import Candidate, Edit, Origin
from ..optimizer.core.verdicts import Verdict, refuse
from ..optimizer.loop import finish
from ..optimizer.sandbox.checkout import (
    commit_patch,
    message,
    open_checkout,
    parent,
    resolve,
    staged_patch,
    working_patch,
)
from ..optimizer.sandbox.named import names_file, shown
from ..optimizer.sandbox.trees import PrivateBase
from ..optimizer.store.ledger import read
from ..optimizer.store.trailers import read_trailers
from ..optimizer.verify.set_aside import split
from ..optimizer.views.documents import verify_document
from .own import users_secrets
from .permitting import permitted
from .run import Output, Run, bench, introduce, machine, prepare, print_result, print_unless_seen, quick_rungs, recorded
from .target import Asked, Target, open_target, state_folder
from .trusting import Nobody, Terminal

_EXIT = {"accepted": 0, "rejected": 1, "inconclusive": 5}
_NOTHING = "give a patch file, a revision, or --staged; without any of them the changes in the working tree are judged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to be judged: a patch against a base, and how to call it."""

    patch: bytes
    title: str
    base: str = ""
    """Revision to compare with where that is neither HEAD nor told."""
    workload: str = ""
    """The workload that the change's own claim names."""


def verify(asked: Asked, output: Output, change: str, *, staged: bool, index: str) -> int:
    """Judge a patch file, `-`, a revision, the index, or the working tree; returns the exit code."""
    what = find_change(asked.repo, change, asked.base, staged=staged, index=index)
    asked = replace(asked, base=asked.base or what.base)
    if what.workload and not asked.options.get("workload"):
        options = {**asked.options, "workload": (what.workload,)}
        asked = replace(asked, options=options, borrowed=frozenset(["workload"]))
    with recorded(state_folder(), output) as run:
        target = open_target(asked)
        introduce(target, run, "")
        asks = output.form == "human" and not target.settings.no_input
        verdict = _judged(target, what, run, Terminal("Let it pass?", run.paused) if asks else Nobody())
        if output.form == "json":
            _print_document(target, verdict, run)
        elif output.form == "human":
            print_unless_seen(f"{verdict.outcome} ({verdict.reason}): {verdict.message}")
    return _EXIT[verdict.outcome]


def find_change(folder: Path, text: str, base: str, *, staged: bool, index: str = "") -> Change:
    """The change that is meant. Raises `UsageError` when there is none."""
    if staged and text:
        raise UsageError("--staged and a patch or revision exclude each other", code="usage", hint=_NOTHING)
    if text == "-":
        return Change(patch=sys.stdin.buffer.read(), title="patch from standard input")
    if text and names_file(Path(text)):
        return Change(patch=_contents(Path(text)), title=Path(text).name)
    root = open_checkout(folder).root
    if text:
        return _revision(root, text, base)
    patch, title = (staged_patch(root, index), "the index") if staged else (working_patch(root), "the working tree")
    if not patch.strip():
        raise UsageError(f"{title} has no changes to verify", code="nothing_to_verify", hint=_NOTHING)
    return Change(patch=patch, title=title)


def _contents(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        said = f"cannot read {shown(path)}: {error.strerror}"
        raise UsageError(said, code="cannot_read", hint="name a patch that you may read") from error


def _revision(root: Path, text: str, base: str) -> Change:
    try:
        revision = resolve(root, text)
    except UsageError as error:
        raise UsageError(
            f"'{shown(text)}' is neither a file nor a revision", code="no_such_change", hint=_NOTHING
        ) from error
    first = resolve(root, base) if base else parent(root, revision)
    claim = read_trailers(message(root, revision))
    return Change(
        patch=commit_patch(root, first, revision),
        title=text,
        base=first,
        workload=claim.workload if claim else "",
    )


def _judged(target: Target, what: Change, run: Run, asker: Asker) -> Verdict:
    """The verdict, told to the ledger. What the quick rungs refuse is refused before the base is tested."""
    candidate, refused = _candidate(target, what, run)
    found: list[Verdict] = []

    def story() -> None:
        run.record(CandidateProposed(candidate=candidate))
        early, goal = (refused, target.goal) if refused else _early(candidate, target, run, asker)
        if early is not None:
            found.append(early)
        else:
            ready = prepare(replace(target, goal=goal), run)
            tools = bench(ready, run, (), single=True)
            found.append(attempt(candidate, ready.target.base, tools))
            if target.settings.strength and found[0].reason in CORRECT:
                measure_strength(candidate, ready.target.base, tools)
            if target.settings.tracemalloc and found[0].reason in CORRECT:
                trace_peaks(candidate, ready.target.base, tools)
        run.record(CandidateJudged(candidate=candidate.id, verdict=found[0]))

    finish(story, run.record)
    return users_secrets().redact_all(found[0])


def _early(candidate: Candidate, target: Target, run: Run, asker: Asker) -> tuple[Verdict | None, Goal]:
    """What the quick rungs refuse, and the goal with what its user allows when asked."""
    goal: Goal | None = target.goal
    early: Verdict | None = None
    while goal is not None:
        target = replace(target, goal=goal)
        early = climb(candidate, target.base, quick_rungs(), target.goal, run.record)
        goal = permitted(early, target.goal, asker)
    return early, target.goal


def _candidate(target: Target, what: Change, run: Run) -> tuple[Candidate, Verdict | None]:
    """The change as a candidate, with what is not judged set aside."""
    origin = Origin(author="patch")
    try:
        edits, aside = split(_edits(target.base, what.patch), target.base.repo.source)
    except CandidateError as error:
        broken = Candidate(edits=(), idea=what.title, origin=origin, problem=error.evidence or str(error))
        return broken, refuse(error.reason, str(error), check="applies", evidence=error.evidence)
    candidate = Candidate(edits=edits, idea=what.title, origin=origin)
    if aside:
        run.record(Warned(message=f"set aside and not judged: {', '.join(aside)}"))
    if not edits:
        said = "only documents or new tests change" if aside else "the change is empty"
        return candidate, refuse("not_faster" if aside else "malformed_edit", said, check="applies")
    return candidate, None


def _edits(base: PrivateBase, patch: bytes) -> tuple[Edit, ...]:
    return base.private.edits(base.tree, base.private.with_patch(base.tree, patch))


def _print_document(target: Target, verdict: Verdict, run: Run) -> None:
    entries = read(run.ledger)
    outcomes = [entry.event.outcome for entry in entries if isinstance(entry.event, CheckFinished)]
    warnings = [entry.event.message for entry in entries if isinstance(entry.event, Warned)]
    strength = next((entry.event.faults for entry in entries if isinstance(entry.event, StrengthMeasured)), None)
    peaks = next((entry.event.peaks for entry in entries if isinstance(entry.event, PythonPeaksTraced)), ())
    calls = next((entry.event.ratios for entry in entries if isinstance(entry.event, CallsTimed)), None)
    print_result(verify_document(verdict, outcomes, machine(target, run), warnings, strength, peaks, calls))
