"""From the decisions on all workloads to the verdict on a candidate; pure.

Accepted is a candidate that is confirmed faster on at least one workload and confirmed slower on none, with peak memory
inside the limit on all. Each workload's confirmation has its own alpha, so that several workloads are no extra chance.
"""

from collections.abc import Sequence
from typing import Final

from ..core.units import ratio, size
from ..core.verdicts import Accepted, Inconclusive, Proof, Rejected, Speedup, Verdict, WorkloadResult, refuse
from .compare import Comparison
from .session import Decision
from .stats import median_peak, median_seconds, median_tasks

_CHECK: Final = "measurement"
_MEMORY_CHECK: Final = "memory"
_MIB: Final = 1 << 20


def judge(decisions: Sequence[Decision], *, gain: float, max_memory: float) -> Verdict:
    """The verdict; `gain` is the bar above 1, `max_memory` the share by which peak memory may rise (or 1 MiB).

    The proof's headline is the first workload that was confirmed faster, else the first of all.
    """
    if not decisions:
        raise ValueError("a verdict needs a measured workload")
    faster = [decision for decision in decisions if decision.kind == "faster"]
    slower = [decision for decision in decisions if decision.kind == "slower"]
    proof = _proof(decisions)
    if slower:
        return refuse("slower", _slower(slower[0], faster), check=_CHECK, evidence=slower[0].note, proof=proof)
    if not faster:
        return _not_proven(decisions, proof, gain)
    swollen = next(filter(None, (_more_memory(decision, max_memory) for decision in decisions)), None)
    if swollen:
        return refuse("more_memory", swollen, check=_MEMORY_CHECK, proof=proof)
    assert proof is not None
    return Accepted(message=_faster(faster[0]), proof=proof, warnings=proof.warnings)


def describe(speedup: Speedup) -> str:
    """`99.5% CI 1.38-1.47, 40 pairs`; near 1 with three decimals, so that an end never looks like the bar."""
    confidence = f"{100 * speedup.confidence:.6g}%"
    return f"{confidence} CI {_end(speedup.low)}-{_end(speedup.high)}, {speedup.pairs} pairs"


def _faster(decision: Decision) -> str:
    return f"{ratio(decision.speedup.ratio)} faster on {decision.workload} ({describe(decision.speedup)})"


def _slower(decision: Decision, faster: Sequence[Decision]) -> str:
    though = f", though {_faster(faster[0])}" if faster else ""
    return f"{_end(decision.speedup.ratio)}x on {decision.workload}: slower ({describe(decision.speedup)}){though}"


def _not_proven(decisions: Sequence[Decision], proof: Proof | None, gain: float) -> Rejected | Inconclusive:
    """Undecided where one workload is, for it may be faster there."""
    noisy = next((decision for decision in decisions if decision.kind == "noisy"), None)
    shown = noisy or decisions[0]
    low, high = (f"{_end(end)}x" for end in (shown.speedup.low, shown.speedup.high))
    bar = f"the bar {_end(1 + gain)}x"
    if noisy and noisy.note:
        return refuse("noisy", f"{noisy.workload}: {noisy.note}", check=_CHECK, evidence=noisy.hint, proof=proof)
    if noisy:
        said = f"{low}-{high} on {noisy.workload} after {noisy.speedup.pairs} pairs: the interval lies across {bar}"
        return refuse("noisy", said, check=_CHECK, proof=proof)
    said = f"{low}-{high} on {shown.workload}: the interval's upper end is below {bar}"
    return refuse("not_faster", said, check=_CHECK, proof=proof)


def _more_memory(decision: Decision, max_memory: float) -> str | None:
    before, after = _peaks(decision)
    if before <= 0 or after - before <= max(max_memory * before, _MIB):
        return None
    return (
        f"{ratio(decision.speedup.ratio)} on {decision.workload}, but peak memory rose from {size(before)} to "
        f"{size(after)}; the limit is {max_memory:.0%} or 1 MiB, whichever is more"
    )


def _proof(decisions: Sequence[Decision]) -> Proof | None:
    """The numbers of all workloads that could be believed, None where there is no such."""
    headline_first = sorted(decisions, key=lambda decision: decision.kind != "faster")
    warnings = [warning for decision in headline_first for warning in _warnings(decision, headline_first[0])]
    results = tuple(result_of(decision) for decision in headline_first if not decision.biased)
    return Proof(workloads=results, warnings=tuple(warnings)) if results else None


def result_of(decision: Decision | Comparison) -> WorkloadResult:
    """One workload's numbers, from whatever was found on its rounds."""
    before = [round_.before for round_ in decision.rounds]
    after = [round_.after for round_ in decision.rounds]
    cpu = median_seconds(before, "cpu"), median_seconds(after, "cpu")
    return WorkloadResult(
        name=decision.workload,
        before_s=median_seconds(before, decision.metric),
        after_s=median_seconds(after, decision.metric),
        metric=decision.metric,
        speedup=decision.speedup,
        cpu=_share(*cpu),
        memory=_share(*_peaks(decision)),
    )


def _warnings(decision: Decision, headline: Decision) -> list[str]:
    found: list[str] = []
    before = median_tasks([one.before for one in decision.rounds])
    after = median_tasks([one.after for one in decision.rounds])
    if after > before:
        found.append(f"{decision.workload}: {after} processes and threads were seen at work, {before} before")
    if min(_peaks(decision)) <= 0:
        found.append(f"{decision.workload}: peak memory is not known here, so it was not guarded")
    if headline.kind == "faster" and decision.biased:
        found.append(f"{decision.workload}: {decision.note}")
    elif headline.kind == "faster" and decision.kind in {"noisy", "not_faster"}:
        said = "undecided" if decision.kind == "noisy" else "not faster"
        why = f"; {decision.note}" if decision.note else ""
        numbers = f"{_end(decision.speedup.ratio)}x ({describe(decision.speedup)})"
        found.append(f"{decision.workload}: {said}, {numbers}{why}")
    return found


def _peaks(decision: Decision | Comparison) -> tuple[float, float]:
    """Median peak memory before and after."""
    before = median_peak([round_.before for round_ in decision.rounds])
    return before, median_peak([round_.after for round_ in decision.rounds])


def _share(before: float, after: float) -> float:
    """After / before; 1 where nothing was measured."""
    return after / before if before > 0 else 1.0


def _end(value: float) -> str:
    return f"{value:.3f}" if 0.9 < value < 1.1 else ratio(value).removesuffix("x")
