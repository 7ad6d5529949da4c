"""Plays calls in a tree, in the target's interpreter, and reads what each of them did (optimizer/harness/replay.py)."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from ..core.ports import Job, Sandbox
from ..core.recording import Call, Recording, request
from ..sandbox.scratch import read_left, scratch_folder
from ..sandbox.trees import HARNESS

LIMIT = 10.0
"""Seconds for one call where nothing is known of it."""
BUDGET = 40.0
"""CPU seconds for all calls on one tree, after which no further group is begun."""
GROUP_BUDGET = 2.5
"""CPU seconds that the calls of one unit may take on the base; the others are left out."""
_WAITING = 4.0
"""Wall seconds that may go by for a CPU second of a budget."""
_SLACK = 60.0

Sections = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What one call did, or the calls on one object in order."""

    status: str
    """played, timed_out, crashed, unplayable, skipped, or missing when nothing was said."""
    why: str = ""
    steps: tuple[Sections, ...] = ()
    """Sections by name, as `harness/replay.py` describes them; `call` is for people."""
    again: Sections = field(default_factory=dict[str, str])
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """How to play: the same seeds on both sides, limits in seconds by the call's id."""

    seed: int = 1
    """Of `random`, and of the hashes of texts."""
    limits: Mapping[str, float] = field(default_factory=dict[str, float])
    limit: float = LIMIT
    budget: float = BUDGET
    group_budget: float = 1e9
    """CPU seconds for the calls of one unit, after which no further one is made."""
    patience: int = 1 << 30
    """Calls of one unit that may hang or break down, after which no further one is made."""
    memory: int = 0
    """Bytes of address space; 0 for no limit."""
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Class → public attributes that count, where that is known: those of the base."""


MISSING = Played(status="missing")


def play(tree: Sandbox, python: Path, recording: Recording, calls: Sequence[Call], how: Play) -> dict[str, Played]:
    """What each call did, by its id; changed public globals under `globals of LABEL`.

    `recording` tells where modules are found, and holds the objects that the calls refer to.
    """
    return _read(_answers(tree, python, _request(str(tree.root), recording, calls, how), how))


def describe(tree: Sandbox, python: Path, recording: Recording, calls: Sequence[Call]) -> list[dict[str, object]]:
    """What these calls are given, and what else could be: the lines of `harness/replay.py` that tell it."""
    how = Play()
    orders = _request(str(tree.root), recording, calls, how) | {"describe": True}
    return list(_lines(_answers(tree, python, orders, how)))


def _answers(tree: Sandbox, python: Path, orders: Mapping[str, object], how: Play) -> bytes:
    with scratch_folder("replay") as scratch:
        asked, results = scratch / "request.json", scratch / "results.jsonl"
        asked.write_text(json.dumps(orders), "utf-8")
        longest = max([how.limit, *how.limits.values()])
        tree.run(
            Job(
                command=(str(python), "-B", str(HARNESS / "replay.py"), str(asked), str(results)),
                timeout=_WAITING * how.budget + 4 * longest + _SLACK,
                env=(("PYTHONHASHSEED", str(how.seed)), ("PYTHONDONTWRITEBYTECODE", "1")),
                scratch=scratch,
            )
        )
        return read_left(results) or b""


def attributes_met(played: Mapping[str, Played]) -> dict[str, tuple[str, ...]]:
    """Public attributes of each of the target's classes that were seen: what a candidate adds to them is its own."""
    found: dict[str, dict[str, None]] = {}
    for one in played.values():
        for name, text in one.steps[0].items() if one.status == "names" and one.steps else ():
            found.setdefault(name, {}).update(dict.fromkeys(str(each) for each in json.loads(text)))
    return {name: tuple(names) for name, names in found.items()}


def _request(root: str, recording: Recording, calls: Sequence[Call], how: Play) -> dict[str, object]:
    return {
        **request(root, recording, calls, how.seed),
        "limit": how.limit,
        "limits": dict(how.limits),
        "budget": how.budget,
        "group_budget": how.group_budget,
        "patience": how.patience,
        "memory": how.memory,
        "describe": False,
        "names": {name: list(names) for name, names in how.names.items()},
    }


def _lines(data: bytes) -> Iterator[dict[str, object]]:
    """What cannot be read was written by the target's processes."""
    for line in data.splitlines():
        try:
            entry = cast("object", json.loads(line))
        except (ValueError, RecursionError):
            continue
        if isinstance(entry, dict):
            yield cast("dict[str, object]", entry)


def _read(data: bytes) -> dict[str, Played]:
    """The first account of each call counts."""
    found: dict[str, Played] = {}
    for entry in _lines(data):
        try:
            name, status = str(entry["id"]), str(entry["status"])
            steps = tuple(_sections(one) for one in cast("list[object]", entry.get("steps", [])))
            seconds = float(cast(float, entry.get("seconds", 0.0)))
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
        if status == "again" and name in found and steps:
            first = found[name]
            found[name] = Played(status=first.status, steps=first.steps, again=steps[0], seconds=first.seconds)
        elif name not in found:
            found[name] = Played(status=status, why=str(entry.get("why", "")), steps=steps, seconds=seconds)
    return found


def _sections(value: object) -> dict[str, str]:
    return {
        str(name): text if isinstance(text, str) else json.dumps(text)
        for name, text in cast("dict[object, object]", value).items()
    }
