"""`perfsmith compare A [B]`: paired measurement of two revisions, or of a revision and the working tree."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import chain
from random import Random

from ..optimizer.attempt import told
from ..optimizer.baseline import Timed
from ..optimizer.core.errors import CandidateError, TargetError, UsageError
from ..optimizer.core.events import ComparisonStarted, StepStarted, Warned, WorkloadCompared
from ..optimizer.core.ports import Record, Sandbox
from ..optimizer.core.values import Workload
from ..optimizer.core.verdicts import Compared, Round
from ..optimizer.floors import Floors
from ..optimizer.loop import finish
from ..optimizer.measure.command import CommandMeter
from ..optimizer.measure.compare import Comparison, Elapsed, compare_both
from ..optimizer.measure.judge import result_of
from ..optimizer.measure.looks import SINGLE_ALPHA
from ..optimizer.measure.session import Terms
from ..optimizer.sandbox.checkout import resolve, working_patch
from ..optimizer.sandbox.trees import PrivateBase
from ..optimizer.store.ledger import read
from ..optimizer.views.comparison import table
from ..optimizer.views.documents import compare_document
from ..optimizer.views.fit import showable
from .past import Past
from .run import Output, Run, introduce, machine, measuring, print_result, recorded, timed_alone, warner
from .target import Asked, Target, open_target, state_folder

WORKING_TREE = "working tree"
_SUBJECT = "compare"
_PHASE = "comparison"
_WRITABLE = "sandbox level {}: runs can write into their tree, so a round may find what earlier ones have left there"


@dataclass(slots=True, kw_only=True)
class _Bench:
    """Both revisions, and what is known of them from before an interruption."""

    target: Target
    past: Past
    record: Record
    before: Sandbox
    after: Sandbox
    twin: Sandbox
    """The first revision once more."""
    timed: Timed
    """What is known of the workloads on the first revision."""
    seeds: Random

    def kinds(
        self, subject: str, phase: str, workload: Workload, trees: tuple[Sandbox, Sandbox]
    ) -> tuple[Iterator[Round] | None, Iterator[Round]]:
        """Rounds that share a core, for CPU-bound workloads, and alternating ones: recorded ones, then new ones."""

        def rounds(*, together: bool) -> Iterator[Round]:
            known = self.past.rounds(subject, workload.name, phase, together=together)
            frozen, pinned = self.timed.frozen, self.timed.cpu_bound
            meter = CommandMeter(together=together, say=warner(self.record), frozen=frozen, pinned=pinned)
            fresh = meter.rounds(*trees, workload, self.seeds.getrandbits(32))
            return chain(known, told(fresh, self.record, subject, workload, phase, len(known) + 1))

        return (rounds(together=True) if workload.name in self.timed.cpu_bound else None), rounds(together=False)


def compare_revisions(asked: Asked, output: Output, first: str, second: str) -> int:
    """Measure both and say which is faster; returns the exit code."""
    asked = replace(asked, base=first)
    with recorded(state_folder(), output) as run:
        target = open_target(asked)
        head = _head(target, second)
        introduce(target, run, "")
        names = ComparisonStarted(base=first, head=second or WORKING_TREE, tree=head.tree)
        run.record(names)
        return _told(target, head, names, output, run, Past())


def go_on(target: Target, output: Output, run: Run, past: Past) -> int:
    """An interrupted comparison, by the same plan: recorded rounds count, and looks that were made are made again.

    Raises `UsageError` where rounds of then and rounds of now would not be of one kind.
    """
    start, names = past.start, past.comparison
    here = machine(target)
    again = f"start a new one: perfsmith compare {names.base if names else 'A'}"
    if start is None or names is None:
        raise UsageError("this comparison was stopped before it began", code="nothing_to_resume", hint=again)
    if start.machine is None or (start.machine.id, start.machine.python) != (here.id, here.python):
        raise UsageError("this comparison began on another machine or Python", code="another_machine", hint=again)
    target = replace(target, goal=start.goal)
    introduce(target, run, "")
    head = replace(target.base, revision=names.head, tree=names.tree)
    return _told(target, head, names, output, run, past)


def _told(target: Target, head: PrivateBase, names: ComparisonStarted, output: Output, run: Run, past: Past) -> int:
    found: list[Compared] = []
    finish(lambda: found.extend(_compared(target, head, run, past)), run.record)
    if output.form == "json":
        warnings = [entry.event.message for entry in read(run.ledger) if isinstance(entry.event, Warned)]
        print_result(compare_document(names.base, names.head, found, machine(target, run), warnings))
    elif output.form == "human":
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        text = table(names.base, names.head, found, 1 + target.goal.min_gain, width)
        print_result(showable(text, sys.stdout.encoding))
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


def _compared(target: Target, head: PrivateBase, run: Run, past: Past) -> list[Compared]:
    workloads = target.goal.workloads
    if not workloads:
        raise TargetError(
            "there is no workload to compare on", code="no_workload", hint='name one: --workload "python bench.py"'
        )
    if target.base.tree == head.tree:
        run.record(Warned(message="both revisions have the same files: any difference is noise"))
    if "frozen" not in target.choice.walls.promises:
        run.record(Warned(message=_WRITABLE.format(target.choice.walls.level)))
    timed = _timed(target, run, past)
    with ExitStack() as stack:
        stack.enter_context(measuring(target, run))
        before, after, twin = (stack.enter_context(base.fork()) for base in (target.base, head, target.base))
        bench = _Bench(
            target=target,
            past=past,
            record=run.record,
            before=before,
            after=after,
            twin=twin,
            timed=timed,
            seeds=Random(target.goal.seed + len(past.entries)),
        )
        return [past.compared.get(workload.name) or _workload(bench, workload) for workload in workloads]


def _timed(target: Target, run: Run, past: Past) -> Timed:
    """As the first timing found it; work that may spread over cores is judged by the clock on the wall."""
    workloads = target.goal.workloads
    known = past.cpu_bound
    found = timed_alone(target, [one for one in workloads if one.name not in known], run)
    bound = found.cpu_bound | {name for name, busy in known.items() if busy}
    kept = {name for name in known if past.frozen[name]}
    return replace(
        found,
        cpu_bound=frozenset() if target.goal.parallel == "allow" else bound,
        frozen=found.frozen | kept,
    )


def _workload(bench: _Bench, workload: Workload) -> Compared:
    goal = bench.target.goal
    bench.record(StepStarted(what=f"comparing on {workload.name}"))
    terms = Terms(
        alpha=SINGLE_ALPHA / len(goal.workloads),
        gain=goal.min_gain,
        patient=goal.patient,
        metric="wall" if goal.parallel == "allow" else None,
    )
    elapsed = Elapsed()
    together, apart = bench.kinds(_SUBJECT, _PHASE, workload, (bench.before, bench.after))
    try:
        shared = elapsed.through(together) if together else None
        found = compare_both(workload.name, shared, elapsed.through(apart), terms, elapsed)
    except CandidateError as error:
        raise TargetError(
            f"the second revision cannot be compared on {workload.name}: {error}",
            code=error.code,
            hint=error.evidence or "look at what it prints there",
        ) from error
    compared = _believed(found, bench, workload)
    bench.record(WorkloadCompared(compared=compared))
    return compared


def _believed(found: Comparison, bench: _Bench, workload: Workload) -> Compared:
    """The answer; a difference is said only where the first revision shows none from itself."""
    answer = Compared(finding=found.verdict, result=result_of(found), note=found.note)
    if found.verdict not in ("faster", "slower"):
        return answer
    base, sharing = bench.target.base, found.rounds[0].order == "together"

    def rounds() -> Iterator[Round]:
        bench.record(StepStarted(what=f"measuring the first against itself on {workload.name}"))
        shared, apart = bench.kinds(base.revision, "floor", workload, (bench.before, bench.twin))
        return shared if shared and sharing else apart

    floors = Floors(record=bench.record, gain=bench.target.goal.min_gain)
    against = floors.against(base, workload.name, found.metric, together=sharing, rounds=rounds)
    if against is None:
        return answer
    bench.record(Warned(message=f"{workload.name}: {against.why}; {against.hint}"))
    return replace(answer, finding="inconclusive", note=against.why)
