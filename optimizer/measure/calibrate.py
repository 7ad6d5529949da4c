"""What is found out before calls are timed: which can be made, what they answer, how many of them make a block."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from random import Random
from typing import Final, cast

from ..core.errors import CandidateError, TargetError
from ..core.ports import Spent
from .workers import Share, Subject, Worker

BLOCK: Final = 0.004
"""CPU seconds of a block; 1 to 8 ms do as well."""
_LONGEST_PASS: Final = 0.25
_LENGTH: Final = 64
"""Calls of a pass, where weights differ; never fewer than there are inputs."""
_LOOK: Final = 5.0
_SURVEY: Final = 3.0
_MOST_BYTES: Final = 32 << 20
_MOST_CALLS: Final = 1 << 20
_TRIES: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a block does; found out on the base alone."""

    calls: tuple[int, ...]
    passes: int
    share: Share
    times: Mapping[int, float]
    """Seconds of each call on the base, roughly; those that can be made by both and for which there was time."""
    covered: float
    """Share of the time of all calls, as they occur, that the chosen ones stand for; 1 where none was left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the base showed of each call; by number."""

    able: frozenset[int]
    """Those that can be made."""
    digests: Mapping[int, str]
    """Of those that can be made and answer the same when they are made again."""
    changing: frozenset[int]
    """Those that change what they are given."""
    plain: frozenset[int]
    """Those that are given values of built-in types only."""
    names: Mapping[str, tuple[str, ...]]
    """Class → public attributes that were met."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a worker said of one call."""

    digest: str
    told: str
    changes: bool
    plain: bool


def look(
    worker: Worker, numbers: Sequence[int], names: Mapping[str, tuple[str, ...]], budget: float
) -> dict[int, Seen]:
    """What these calls do, of those that could be made in that time."""
    said, _ = worker.order(
        "look", calls=list(numbers), names={key: list(one) for key, one in names.items()}, seconds=budget
    )
    found: dict[int, Seen] = {}
    for number, entry in zip(numbers, cast("list[Mapping[str, object]]", said.get("seen", [])), strict=False):
        if "digest" in entry:
            found[number] = Seen(
                digest=str(entry["digest"]),
                told=str(entry["told"]),
                changes=bool(entry["changes"]),
                plain=bool(entry["plain"]),
            )
    return found


def differ(base: Seen | None, changed: Seen | None) -> bool:
    """Whether both answered, and not the same."""
    return base is not None and changed is not None and base.digest != changed.digest


def seen_on_base(worker: Worker, numbers: Sequence[int]) -> Known:
    """Which calls can be made, and which of them answer the same twice. Raises `TargetError` where none can."""
    first = look(worker, numbers, {}, _LOOK)
    said, _ = worker.order("look", calls=[], names={}, seconds=0.0)
    names = {key: tuple(one) for key, one in cast("Mapping[str, list[str]]", said.get("names", {})).items()}
    again = look(worker, sorted(first), names, _LOOK)
    steady = {
        number: one.digest for number, one in first.items() if number in again and again[number].digest == one.digest
    }
    if not first:
        raise TargetError(
            "none of the recorded calls can be made again",
            code="no_calls",
            hint="measure on whole runs of the workload",
        )
    return Known(
        able=frozenset(first),
        digests=steady,
        changing=frozenset(number for number, one in first.items() if one.changes),
        plain=frozenset(number for number, one in first.items() if one.plain),
        names=names,
    )


def made_by_both(candidate: Worker, known: Known) -> list[int]:
    """Numbers of the calls that the candidate can make as well. Raises `CandidateError` `unverifiable` without any."""
    able = look(candidate, sorted(known.able), known.names, _LOOK)
    if not able:
        raise CandidateError("unverifiable", "none of the recorded calls can be made with the change")
    return sorted(able)


def planned(base: Worker, subject: Subject, able: Sequence[int], changing: frozenset[int], rng: Random) -> Plan:
    """Calls for a block, each as often as it occurs, and how many passes over them make about 4 ms on the base."""
    weights = dict(enumerate(subject.weights or (1.0,) * len(subject.calls)))
    times = surveyed(base, able)
    load = {number: weights[number] * seconds for number, seconds in times.items()}
    typical = sum(load.values()) / sum(weights[number] for number in load)
    whole = sum(load.get(number, typical * weight) for number, weight in weights.items())
    kept = _kept(load, times)
    counts = _counts(kept, weights, times)
    numbers = [number for number, count in counts.items() for _ in range(count)]
    rng.shuffle(numbers)
    share: Share = "never" if changing.intersection(kept) else "passes"
    return Plan(
        calls=tuple(numbers),
        passes=passes_for(base, subject, numbers, share),
        share=share,
        times=times,
        covered=min(1.0, sum(load[number] for number in kept) / whole),
    )


def surveyed(base: Worker, able: Iterable[int]) -> dict[int, float]:
    """Seconds of each call on the base, roughly; calls for which there was no time are left out."""
    found: dict[int, float] = {}
    for number in able:
        if sum(found.values()) < _SURVEY:
            base.set([number], 1, "never")
            found[number] = seconds(base.go())
    return found


def seconds(spent: Spent) -> float:
    """CPU time where it is known, else wall time."""
    return spent.cpu or spent.wall


def _kept(load: Mapping[int, float], times: Mapping[int, float]) -> list[int]:
    """Those on which most time is spent, as far as a pass may last; at least one."""
    kept: list[int] = []
    total = 0.0
    for number in sorted(load, key=lambda number: -load[number]):
        if not kept or total + times[number] <= _LONGEST_PASS:
            kept.append(number)
            total += times[number]
    return kept


def _counts(kept: Sequence[int], weights: Mapping[int, float], times: Mapping[int, float]) -> dict[int, int]:
    """How often each call is made in a pass."""
    whole = sum(weights[number] for number in kept)
    alike = len({weights[number] for number in kept}) == 1
    length = len(kept) if alike else max(_LENGTH, len(kept))
    wanted = {number: max(1, round(length * weights[number] / whole)) for number in kept}
    shrink = min(1.0, _LONGEST_PASS / max(1e-9, sum(count * times[number] for number, count in wanted.items())))
    return {number: max(1, round(shrink * count)) for number, count in wanted.items()}


def passes_for(base: Worker, subject: Subject, numbers: Sequence[int], share: Share) -> int:
    """How many passes over these calls make about 4 ms; measured twice at each step, for the first one is slow."""
    size = sum(len(subject.calls[number].pickle) for number in numbers)
    most = max(1, min(_MOST_BYTES // max(1, size) if share == "never" else _MOST_CALLS, _MOST_CALLS // len(numbers)))
    passes = 1
    for _ in range(_TRIES):
        took = 1e9
        for _ in range(2):
            base.set(numbers, passes, share)
            took = min(took, seconds(base.go()))
        if took >= 0.75 * BLOCK or passes >= most:
            break
        passes = min(most, max(passes + 1, min(16 * passes, ceil(passes * BLOCK / max(took, 1e-6)))))
    return passes
