"""`perfsmith compare A [B]`: paired measurement of two revisions, or of a revision and the working tree."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from random import Random

from ..optimizer.attempt import told
from ..optimizer.baseline import time_base
from ..optimizer.core.errors import CandidateError, TargetError
from ..optimizer.core.events import StepStarted, Warned
from ..optimizer.core.ports import Record, Sandbox
from ..optimizer.core.values import Workload
from ..optimizer.core.verdicts import Round
from ..optimizer.floors import Floors
from ..optimizer.loop import finish
from ..optimizer.measure.command import CommandMeter
from ..optimizer.measure.compare import Comparison, Contrast, compare
from ..optimizer.measure.judge import result_of
from ..optimizer.measure.looks import SINGLE_ALPHA
from ..optimizer.measure.session import Terms
from ..optimizer.sandbox.checkout import resolve, working_patch
from ..optimizer.sandbox.trees import PrivateBase
from ..optimizer.store.ledger import read
from ..optimizer.views.comparison import table
from ..optimizer.views.documents import Compared, compare_document
from .run import Output, Run, introduce, machine, measuring, print_result, recorded
from .target import Asked, Target, open_target, state_folder

WORKING_TREE = "working tree"


def compare_revisions(asked: Asked, output: Output, first: str, second: str) -> int:
    """Measure both and say which is faster; returns the exit code."""
    asked = replace(asked, base=first)
    with recorded(state_folder(), output) as run:
        target = open_target(asked)
        head = _head(target, second)
        introduce(target, run, "")
        found: list[Compared] = []
        finish(lambda: found.extend(_compared(target, head, run)), run.record)
        warnings = [entry.event.message for entry in read(run.ledger) if isinstance(entry.event, Warned)]
    names = first, second or WORKING_TREE
    if output.form == "json":
        print_result(compare_document(*names, found, machine(target, run), warnings))
    elif output.form == "human":
        print_result(table(*names, found))
    return 0


def _head(target: Target, second: str) -> PrivateBase:
    """The other side: a revision, or HEAD with the changes of the working tree."""
    base = target.base
    if second:
        revision = resolve(target.checkout.root, second)
        return replace(base, revision=revision, tree=base.private.tree(revision))
    patch = working_patch(target.checkout.root)
    tree = base.private.with_patch(base.private.tree(target.checkout.head), patch)
    return replace(base, revision=WORKING_TREE, tree=tree)


def _compared(target: Target, head: PrivateBase, run: Run) -> list[Compared]:
    if not target.goal.workloads:
        raise TargetError(
            "there is no workload to compare on", code="no_workload", hint='name one: --workload "python bench.py"'
        )
    time_base(target.base, target.goal.workloads, run.record)
    seeds = Random(target.goal.seed)
    with ExitStack() as stack:
        stack.enter_context(measuring(target, run))
        before, after = stack.enter_context(target.base.fork()), stack.enter_context(head.fork())
        pair = before, after, stack.enter_context(target.base.fork())
        return [_workload(target, workload, pair, seeds, run.record) for workload in target.goal.workloads]


def _workload(
    target: Target, workload: Workload, trees: tuple[Sandbox, Sandbox, Sandbox], seeds: Random, record: Record
) -> Compared:
    before, after, twin = trees
    record(StepStarted(what=f"comparing on {workload.name}"))
    rounds = CommandMeter().rounds(before, after, workload, seeds.getrandbits(32))
    alpha = SINGLE_ALPHA / len(target.goal.workloads)
    terms = Terms(alpha=alpha, gain=target.goal.min_gain, patient=target.goal.patient)
    try:
        found = compare(workload.name, told(rounds, record, "compare", workload, "comparison"), terms, time.monotonic)
    except CandidateError as error:
        raise TargetError(
            f"the second revision cannot be compared on {workload.name}: {error}",
            code=error.code,
            hint=error.evidence or "look at what it prints there",
        ) from error
    return Compared(finding=_believed(found, target, workload, (before, twin), seeds, record), result=result_of(found))


def _believed(
    found: Comparison, target: Target, workload: Workload, same: tuple[Sandbox, Sandbox], seeds: Random, record: Record
) -> Contrast:
    """The verdict; a difference is said only where the first revision shows none from itself."""
    if found.verdict not in ("faster", "slower"):
        return found.verdict

    def rounds() -> Iterator[Round]:
        record(StepStarted(what=f"measuring the first against itself on {workload.name}"))
        taken = CommandMeter().rounds(*same, workload, seeds.getrandbits(32))
        return told(taken, record, target.base.revision, workload, "floor")

    floors = Floors(record=record, gain=target.goal.min_gain)
    against = floors.against(target.base, workload.name, found.metric, together=False, rounds=rounds)
    if against is None:
        return found.verdict
    record(Warned(message=f"{workload.name}: {against.why}; {against.hint}"))
    return "inconclusive"
