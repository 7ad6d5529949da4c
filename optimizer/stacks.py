"""Call stacks as files: reads and writes speedscope JSON, collapsed text and pstats.

Formats: speedscope's file-format-schema (sampled and evented profiles), Brendan Gregg's collapsed stacks
(as written by py-spy and austin), and the marshalled dictionary of the standard library's `pstats`.
A count stands for a sample; where a file has times instead, for a millisecond.
"""

import json
import marshal
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, cast

from .core.values import Frame, Stack

_PER_SECOND = {"seconds": 1.0, "milliseconds": 1e-3, "microseconds": 1e-6, "nanoseconds": 1e-9}
_PROCESS = re.compile(r'^(?:process \d+:"[^"]*";|P\d+;|T[0-9:]+;|thread \([^;]*\);)+')
_PY_SPY = re.compile(r"^(?P<name>.+) \((?P<path>.*?)(?::(?P<line>\d+))?\)$")
_AUSTIN = re.compile(r"^(?P<path>.+\.py|<[^:]+>):(?P<name>[^:]+):(?P<line>\d+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """What a file says: the stacks, and the seconds they stand for; 0 where it does not say."""

    stacks: tuple[Stack, ...]
    seconds: float


def read(data: bytes, *, rate: float = 1000.0) -> Sampled:
    """The stacks of a file in any of the formats; `rate` is counts per second. Raises `ValueError`.

    pstats files are read with `marshal`, which trusts its input: only for files of the user's own.
    """
    try:
        if data.lstrip()[:1] == b"{" and b'"profiles"' in data:
            return read_speedscope(data, rate=rate)
        if data[:1] in (b"{", b"\xfb"):
            return _read_pstats(data, rate)
        return Sampled(stacks=gather(_read_lines(data.decode("utf-8"))), seconds=0.0)
    except (AttributeError, KeyError, IndexError, TypeError, EOFError) as error:
        raise ValueError(f"unexpected contents: {error!r}") from error


def gather(weighed: Iterable[tuple[tuple[Frame, ...], float]]) -> tuple[Stack, ...]:
    """Equal stacks put together, most frequent first; those that round to nothing are dropped."""
    weights: dict[tuple[Frame, ...], float] = {}
    for frames, weight in weighed:
        weights[frames] = weights.get(frames, 0.0) + weight
    stacks = [Stack(frames=frames, count=round(weight)) for frames, weight in weights.items()]
    return tuple(sorted((stack for stack in stacks if stack.frames and stack.count > 0), key=lambda it: -it.count))


def read_speedscope(data: bytes, *, rate: float = 1000.0) -> Sampled:
    """The stacks of all profiles of a speedscope file. Raises what a malformed document makes it raise."""
    document = json.loads(data)
    frames = [_frame(entry) for entry in document["shared"]["frames"]]
    weighed: list[tuple[tuple[Frame, ...], float]] = []
    seconds = 0.0
    for profile in document["profiles"]:
        unit = _PER_SECOND.get(profile["unit"])
        for indexes, weight in _evented(profile) if profile["type"] == "evented" else _sampled(profile):
            seconds += weight * (unit or 0.0)
            weighed.append((tuple(frames[index] for index in indexes), weight * unit * rate if unit else weight))
    return Sampled(stacks=gather(weighed), seconds=seconds)


def write_speedscope(stacks: Sequence[Stack], *, name: str, seconds: float, exporter: str) -> bytes:
    """One sampled profile; weights in seconds where those are known, else in samples."""
    frames = sorted({frame for stack in stacks for frame in stack.frames}, key=_order)
    number = {frame: index for index, frame in enumerate(frames)}
    each = seconds / max(1, sum(stack.count for stack in stacks)) or 1.0
    weights = [stack.count * each for stack in stacks]
    document = {
        "$schema": "https://www.speedscope.app/file-format-schema.json",
        "shared": {"frames": [{"name": frame.name, "file": frame.path, "line": frame.line} for frame in frames]},
        "profiles": [
            {
                "type": "sampled",
                "name": name,
                "unit": "seconds" if seconds else "none",
                "startValue": 0,
                "endValue": sum(weights),
                "samples": [[number[frame] for frame in stack.frames] for stack in stacks],
                "weights": weights,
            }
        ],
        "name": name,
        "activeProfileIndex": 0,
        "exporter": exporter,
    }
    return json.dumps(document).encode()


def write_collapsed(stacks: Sequence[Stack]) -> bytes:
    """`name (path:line);name (path:line) count`, one stack a line, as flamegraph.pl takes it."""
    lines = [f"{';'.join(_label(frame) for frame in stack.frames)} {stack.count}\n" for stack in stacks]
    return "".join(lines).encode("utf-8", "surrogateescape")


def write_pstats(stacks: Sequence[Stack], seconds: float) -> bytes:
    """What `pstats.Stats` loads. "Calls" are samples; a function's line is the first seen running."""
    lines: dict[tuple[str, str], int] = {}
    for frame in (frame for stack in stacks for frame in stack.frames):
        lines[frame.path, frame.name] = min(frame.line, lines.get((frame.path, frame.name), frame.line))
    each = seconds / max(1, sum(stack.count for stack in stacks)) or 0.001
    calls: Counter[_Function] = Counter()
    own: Counter[_Function] = Counter()
    edges: Counter[tuple[_Function, _Function]] = Counter()
    for stack in stacks:
        functions = [(frame.path, lines[frame.path, frame.name], frame.name) for frame in stack.frames]
        own[functions[-1]] += stack.count
        calls.update(dict.fromkeys(functions, stack.count))
        edges.update(dict.fromkeys(pairwise(functions), stack.count))
    callers: dict[_Function, dict[_Function, _Row]] = {function: {} for function in calls}
    for (caller, callee), count in edges.items():
        callers[callee][caller] = (count, count, min(count, own[callee]) * each, count * each)
    return marshal.dumps(
        {key: (count, count, own[key] * each, count * each, callers[key]) for key, count in calls.items()}
    )


_Function = tuple[str, int, str]
_Row = tuple[int, int, float, float]


def _order(frame: Frame) -> tuple[str, int, str]:
    return frame.path, frame.line, frame.name


def _frame(entry: dict[str, Any]) -> Frame:
    return Frame(name=str(entry["name"]), path=str(entry.get("file") or ""), line=int(entry.get("line") or 0))


def _sampled(profile: dict[str, Any]) -> Iterator[tuple[tuple[int, ...], float]]:
    for indexes, weight in zip(profile["samples"], profile["weights"], strict=True):
        yield tuple(indexes), float(weight)


def _evented(profile: dict[str, Any]) -> Iterator[tuple[tuple[int, ...], float]]:
    running: list[int] = []
    last = float(profile["startValue"])
    for event in profile["events"]:
        yield tuple(running), float(event["at"]) - last
        last = float(event["at"])
        if event["type"] == "O":
            running.append(event["frame"])
        else:
            running.pop()


def _label(frame: Frame) -> str:
    text = f"{frame.name} ({frame.path}:{frame.line})" if frame.path else frame.name
    return re.sub(r"[;\r\n]", "_", text)


def _read_lines(text: str) -> Iterator[tuple[tuple[Frame, ...], float]]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("# "):
            continue
        stack, _, count = line.rpartition(" ")
        if not count.isdigit():
            raise ValueError(f"line {number} does not end with a count")
        stack = _PROCESS.sub("", stack + ";").rstrip(";")
        yield tuple(_parse(label) for label in stack.split(";") if label), int(count)


def _parse(label: str) -> Frame:
    found = _AUSTIN.match(label) or _PY_SPY.match(label)
    if found is None:
        return Frame(name=label, path="", line=0)
    return Frame(name=found["name"], path=found["path"], line=int(found["line"] or 0))


def _read_pstats(data: bytes, rate: float) -> Sampled:
    stats = cast("dict[_Function, tuple[int, int, float, float, dict[_Function, _Row]]]", marshal.loads(data))
    calls = [
        Calls(
            function=_named(key),
            own=row[2],
            callers=tuple(Caller(function=_named(other), own=part[2], total=part[3]) for other, part in row[4].items()),
        )
        for key, row in stats.items()
    ]
    return Sampled(stacks=from_calls(calls, rate), seconds=sum(call.own for call in calls))


def _named(key: _Function) -> Frame:
    path, line, name = key
    return Frame(name=name, path=path, line=line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """What a traced function cost when it was called from one other; seconds without and with its callees."""

    function: Frame
    own: float
    total: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """One function of a traced profile; seconds."""

    function: Frame
    own: float
    callers: tuple[Caller, ...]


def from_calls(calls: Sequence[Calls], rate: float) -> tuple[Stack, ...]:
    """Stacks as they may have been: the own time of a function is split over its callers, as was traced; how
    those were reached is not known, and the caller with the most time is taken each time."""
    heaviest = {
        call.function: max(call.callers, key=lambda caller: caller.total).function for call in calls if call.callers
    }
    return gather(
        (_chain(start, heaviest), seconds * rate)
        for call in calls
        for start, seconds in (
            [((caller.function, call.function), caller.own) for caller in call.callers]
            or [((call.function,), call.own)]
        )
    )


def _chain(start: tuple[Frame, ...], heaviest: dict[Frame, Frame]) -> tuple[Frame, ...]:
    stack = start
    while (above := heaviest.get(stack[0])) is not None and above not in stack:
        stack = (above, *stack)
    return stack
