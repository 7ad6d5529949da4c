"""The words for outcomes and numbers, shared by every view: plain, kind, and no more precise than is known."""

from collections.abc import Sequence
from statistics import median

from ..core import units
from ..core.machine import HostFacts, NoiseFloor
from ..core.values import Hotspot
from ..core.verdicts import (
    Accepted,
    CallRatios,
    FamilyRatio,
    Faults,
    Inconclusive,
    Outcome,
    Passed,
    PythonPeak,
    Reason,
    Rejected,
    Speedup,
    Verdict,
    WorkloadResult,
)
from .state import Activity, Cost, State, Try

_REASONS: dict[Reason, str] = {
    "faster": "YES",
    "malformed_edit": "no: the edit cannot be read",
    "forbidden_edit": "no: changes what it may not",
    "does_not_build": "no: does not build",
    "tests_failed": "no: tests differ",
    "wrong_behavior": "no: wrong answers",
    "cheating": "no: the gain is not from the work",
    "sandbox_violation": "no: tried what the sandbox forbids",
    "timed_out": "no: took too long",
    "crashed": "no: crashed",
    "more_memory": "no: faster, but needs more memory",
    "not_faster": "no: not proven faster",
    "slower": "no: slower",
    "noisy": "undecided: too noisy to tell",
    "unverifiable": "undecided: nothing here would notice a mistake",
}


def clean(text: str) -> str:
    """Nothing that could move a cursor or hide a line: unprintable characters become `?`, white space one space."""
    return "".join(char if char.isprintable() else " " if char.isspace() else "?" for char in text)


def reason(verdict: Verdict) -> str:
    """`no: wrong answers`."""
    return _REASONS[verdict.reason]


def answer(verdict: Verdict) -> str:
    """The reason and, where it adds something, what exactly."""
    match verdict:
        case Accepted():
            return "YES, confirmed on fresh processes"
        case Rejected() | Inconclusive():
            said = f" - {verdict.message}" if verdict.message else ""
            return f"{reason(verdict)}{said}"


def change(speedup: Speedup) -> str:
    """`1.43x faster (1.38-1.47)`, `1.25x slower (…)`, or `1.01x (…), no difference proven`."""
    spread = f"({units.interval(speedup.low, speedup.high)})"
    if speedup.low > 1:
        return f"{units.ratio(speedup.ratio)} faster {spread}"
    if speedup.high < 1:
        inverse = units.interval(1 / speedup.high, 1 / speedup.low) if speedup.low > 0 else "?"
        slower = units.ratio(1 / speedup.ratio) if speedup.ratio > 0 else "far"
        return f"{slower} slower ({inverse})"
    return f"{units.ratio(speedup.ratio)} {spread}, no difference proven"


def numbers(result: WorkloadResult) -> str:
    """`1.43x faster (1.38-1.47), 41.2 ms -> 28.9 ms, cpu 0.70x, memory 1.00x`."""
    parts = [
        change(result.speedup),
        f"{units.seconds(result.before_s)} -> {units.seconds(result.after_s)}",
        f"cpu {units.ratio(result.cpu)}",
        f"memory {units.ratio(result.memory)}",
    ]
    if result.first_call is not None:
        parts.append(f"first call {units.ratio(result.first_call)}")
    return ", ".join(parts)


def brief(result: WorkloadResult) -> str:
    """The numbers that matter on a screen: CPU time where it was not what decided, memory where it changed."""
    parts = [change(result.speedup), f"{units.seconds(result.before_s)} -> {units.seconds(result.after_s)}"]
    if result.metric != "cpu":
        parts.append(f"cpu {units.ratio(result.cpu)}")
    if abs(result.memory - 1) >= 0.01:
        parts.append(f"memory {units.ratio(result.memory)}")
    return ", ".join(parts)


def calls(ratios: CallRatios) -> str:
    """`same object 1.50x, copies 1.51x, distinct 1.49x, first 1.31x`; what was not measured is left out."""
    named = {
        "same object": ratios.same,
        "copies": ratios.copies,
        "distinct": ratios.distinct,
        "first": ratios.first,
        "import": ratios.imports,
    }
    return ", ".join(f"{name} {units.ratio(one.ratio)}" for name, one in named.items() if one)


def elsewhere(families: Sequence[FamilyRatio]) -> str:
    """`1.43x as recorded, 1.40x ten times as long, 1.51x sorted`; empty where nothing was timed."""
    return ", ".join(f"{units.ratio(one.speedup.ratio)} {one.name}" for one in families)


def machine(host: HostFacts) -> str:
    """`Intel Xeon, 2 cores, virtual machine, load 0.41, Linux 6.8`."""
    parts = [
        host.model or "unknown processor",
        count(host.usable, "core") if host.usable == host.cores else f"{host.usable} of {host.cores} cores",
        "virtual machine" if host.virtual else "",
        f"governor {host.governor}" if host.governor else "",
        f"load {host.load:.2f}" if host.load is not None else "",
        host.system,
    ]
    return ", ".join(part for part in parts if part)


def noise(floor: NoiseFloor) -> str:
    """`bench.py: 1.8% (same code against itself, 12 pairs)`."""
    biased = f": it looks {floor.ratio:.3f}x as fast as itself, so nothing can be claimed" if floor.biased else ""
    return f"{floor.workload}: {units.percent(floor.share)} (same code against itself, {floor.pairs} pairs){biased}"


def notes(outcomes: tuple[Outcome, ...], separator: str = " | ") -> str:
    """What the checks that passed have to say: `tests: 812 same | generated: 4 families equal`."""
    return separator.join(f"{one.check}: {one.note}" for one in outcomes if isinstance(one, Passed) and one.note)


def strength(faults: Faults) -> str:
    """`27 of 30 planted faults noticed (replay 20, tests 7)`."""
    if not faults.planted:
        return "no fault could be planted: nothing inside a function changes"
    by = ", ".join(f"{one.check} {one.faults}" for one in faults.by)
    cut = ", then the time was up" if faults.cut else ""
    same = "; those that change nothing cannot be told from these:" if faults.missed else ""
    noticed = f"{faults.noticed} of {faults.planted} planted faults noticed"
    return noticed + (f" ({by}{cut})" if by else cut) + same


def python_peak(peak: PythonPeak) -> str:
    """`bench.py: Python allocates 1.20x as much at its peak, 10.0 MiB -> 12.0 MiB`."""
    if peak.before is None or peak.after is None:
        return f"{peak.workload}: no peak of what Python allocates: {peak.note}"
    times = f"{units.ratio(peak.after / peak.before)} as much" if peak.before else "something"
    sizes = f"{units.size(peak.before)} -> {units.size(peak.after)}"
    return f"{peak.workload}: Python allocates {times} at its peak, {sizes}"


def place(hotspot: Hotspot) -> str:
    """`textkit/wrap.py:88 split`."""
    return f"{hotspot.unit.path}:{hotspot.unit.first} {hotspot.unit.name}"


def at_best(hotspot: Hotspot) -> str:
    """What Amdahl's law leaves to gain: `at best 1.51x for the whole`."""
    return (
        f"at best {units.ratio(hotspot.ceiling)} for the whole" if hotspot.total < 0.995 else "nearly all of the time"
    )


def author(one: Try) -> str:
    """Who wrote a candidate."""
    return one.candidate.origin.author


def short(revision: str) -> str:
    """The seven characters that people use."""
    return revision[:7]


def tokens(count: int) -> str:
    """`812`, `48k`, `1.2M`."""
    if count < 1000:
        return str(count)
    return f"{count / 1000:.0f}k" if count < 999_500 else f"{count / 1e6:.1f}M"


def money(cost: Cost) -> str:
    """`$0.84`, `$0.84 and 2 replies of unknown price`; free is `$0.00`."""
    known = f"${cost.usd:.2f}" if cost.usd == 0 or cost.usd >= 0.005 else "under $0.01"
    if not cost.unpriced:
        return known
    if cost.unpriced == cost.replies:
        return "price unknown"
    return f"{known} and {count(cost.unpriced, 'reply', 'replies')} of unknown price"


def spent(cost: Cost) -> str:
    """`3 replies, 48k tokens in (41k cached), 9k out, $0.00`."""
    cached = f" ({tokens(cost.tokens_cached)} cached)" if cost.tokens_cached else ""
    sent = f"{tokens(cost.tokens_in)} tokens in{cached}, {tokens(cost.tokens_out)} out"
    return f"{count(cost.replies, 'reply', 'replies')}, {sent}, {money(cost)}"


def count(number: int, one: str, many: str = "") -> str:
    """`1 test`, `3 tests`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def counts(state: State) -> str:
    """`5 tried, 2 correct, 1 faster, 1 kept`."""
    return f"{state.tried} tried, {state.correct} correct, {state.faster} faster, {len(state.kept)} kept"


def conclusion(state: State) -> str:
    """What there is to say when nothing was kept in a run that went to its end; else empty."""
    if state.kept or not state.tried:
        return ""
    if state.faster:
        return "What was proven faster was not kept: it waits for your decision."
    return "No change was proven faster. That is an honest result, and nothing was touched."


def first_of(names: tuple[str, ...], limit: int = 3) -> str:
    """`test_a, test_b, test_c and 4 more`."""
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more


def doing(activity: Activity) -> str:
    """`measuring bench.py (screening): pair 12, about 1.4x so far`."""
    if not activity.ratios:
        return activity.what or "working"
    so_far = median(activity.ratios)
    return f"{activity.what}: pair {activity.pair}, about {so_far:.{1 if so_far >= 1.2 else 2}f}x so far"


def clock(seconds: float) -> str:
    """`0:07`, `2:41`, `1:02:05`: time that passes, to the second."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
