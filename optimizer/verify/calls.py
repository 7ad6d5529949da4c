"""Calls of the base's functions, recorded while its tests and workloads ran: written into copies, read back, chosen.

The pickles in them are opened by the target's interpreter only, behind the walls; to us they are text.
"""

import base64
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha1
from pathlib import Path
from typing import cast

from ..core.recording import Call, Recording, Step
from ..languages.python import openings
from ..sandbox.scratch import read_left
from ..sandbox.trees import HARNESS
from .observed import Observed
from .probe import insert_line

PER_UNIT = 100
"""Calls of one function that are played."""
OBJECTS = 100
"""Objects of one class that are played."""
INNER = 12
"""Calls of a function that is made inside another one."""
_MOST_FILES = 200
_MOST_BYTES = 64 << 20
_MOST_TIMES = 1 << 40
_LOAD = """
import sys
sys._perfsmith_record = lambda label: None
try:
    import json
    with open({config}, "rb") as file: names = {{"config": json.loads(file.read().decode("utf-8"))}}
    names.update({{"__file__": {path}, "__name__": "perfsmith_record"}})
    with open({path}, "rb") as file: exec(compile(file.read(), {path}, "exec"), names)
except Exception: pass
"""


def recording_line(label: str, config: str) -> bytes:
    """The statement that reports the start of a unit to the recorder, and loads it the first time."""
    load = _LOAD.format(config=ascii(config), path=ascii(str(HARNESS / "record.py")))
    place = '__import__("sys").__dict__.get("_perfsmith_record")'
    line = f'({place} or __import__("builtins").exec({load!a}, {{}}) or {place})({label!a})'
    return line.encode("ascii")


def with_recording(path: str, source: bytes, names: Iterable[str], config: str) -> bytes:
    """The source with a recorder's line at the start of each named unit; all other bytes stay."""
    wanted = frozenset(names)
    text = bytearray(source)
    for opening in sorted(openings(source), key=lambda opening: opening.offset, reverse=True):
        if opening.unit in wanted:
            insert_line(text, opening.offset, recording_line(f"{path}::{opening.unit}", config))
    return bytes(text)


def write_config(place: Path, root: Path, what: Observed) -> None:
    """The recorder's orders, in the scratch folder that it may write."""
    orders = {
        "out": str(place.parent),
        "root": str(root),
        "labels": list(what.labels),
        "classes": {path: list(names) for path, names in what.classes.items()},
        "inner": list(what.inner),
        "companions": sorted(what.companions),
    }
    place.write_text(json.dumps(orders), "utf-8")


def read_recording(folder: Path, root: Path) -> Recording:
    """What all processes wrote. Whatever cannot be read is passed over: it was written by the target's processes."""
    reader = _Reader(root=str(root))
    left = _MOST_BYTES
    for place in sorted(folder.glob("calls-*.jsonl"), key=lambda place: place.name)[:_MOST_FILES]:
        reader.script, reader.process = "", place.name
        data = (read_left(place) or b"")[:left]
        left -= len(data)
        for line in data.splitlines():
            reader.line(line)
    return reader.recording()


@dataclass(slots=True, kw_only=True)
class _Reader:
    root: str
    calls: list[Call] = field(default_factory=list[Call])
    objects: dict[str, tuple[Call, list[Step]]] = field(default_factory=dict[str, tuple[Call, list[Step]]])
    inner: dict[str, dict[str, None]] = field(default_factory=dict[str, dict[str, None]])
    refused: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    path: dict[str, None] = field(default_factory=dict[str, None])
    modules: dict[str, str] = field(default_factory=dict[str, str])
    main: str = ""
    """The script of the first process that gives values of it to a call, or else of the first process."""
    sure: bool = False
    script: str = ""
    """Of the process whose lines are read."""
    process: str = ""
    counts: dict[tuple[str, str], Counter[tuple[str, str]]] = field(
        default_factory=dict[tuple[str, str], Counter[tuple[str, str]]]
    )
    """(process, label) → how often it was called, by (kind of key, key): `calls` that were kept, `shapes` of others."""

    def line(self, line: bytes) -> None:
        try:
            entry = cast("dict[str, object]", json.loads(line))
            self.take(entry)
        except (ValueError, KeyError, TypeError):
            return

    def take(self, entry: dict[str, object]) -> None:
        kind = entry["k"]
        self.look_for_script(str(entry.get("p", "")))
        if kind == "about":
            self.path |= dict.fromkeys(_texts(entry["path"]))
            self.modules |= {
                str(name): str(file) for name, file in cast("dict[object, object]", entry["modules"]).items()
            }
            self.script = str(entry["main"])
            self.main = self.main or self.script
        elif kind == "refused":
            self.refused.append((str(entry["label"]), str(entry["why"])[:120]))
        elif kind == "inner":
            self.inner.setdefault(str(entry["label"]), {})[str(entry["p"])] = None
        elif kind == "count":
            label = str(entry["label"])
            self.counts[self.process, label] = Counter(dict(_times(entry)))
        elif kind == "step":
            step = Step(
                name=str(entry["name"]),
                kind=str(entry["kind"]),
                pickle=str(entry["p"]),
                states=frozenset(_texts(entry["states"])),
            )
            self.objects[str(entry["h"])][1].append(step)
        elif kind == "object":
            call = replace(_call(entry, str(entry["h"]), "object"), companion=bool(entry["companion"]))
            self.objects[call.id] = (_with_maker(call, entry["maker"]), [])
        elif kind == "call":
            self.calls.append(_call(entry, f"c{len(self.calls)}", str(entry["kind"])))

    def look_for_script(self, pickle: str) -> None:
        """Test runners have a script too, and no call is given anything of theirs."""
        if self.script and not self.sure and b"__main__" in base64.b64decode(pickle):
            self.main, self.sure = self.script, True

    def recording(self) -> Recording:
        made = [replace(call, steps=tuple(steps)) for call, steps in self.objects.values()]
        calls = (*_counted(tuple(_unlike(self.calls)), self.counts), *made)
        return Recording(
            calls=calls,
            inner={label: tuple(found)[:INNER] for label, found in self.inner.items()},
            refused=tuple(self.refused),
            root=self.root,
            path=tuple(self.path),
            main=self.main,
            modules=self.modules,
            watched=tuple(dict.fromkeys(one.module for one in calls if one.module != "__main__" and not one.companion)),
        )


def _call(entry: Mapping[str, object], name: str, kind: str) -> Call:
    return Call(
        id=name,
        label=str(entry["label"]),
        module=str(entry["module"]),
        parts=tuple(_texts(entry["parts"])),
        kind=kind,
        pickle=str(entry["p"]),
        states=frozenset(_texts(entry["states"])),
        shape=str(entry.get("shape", "")),
    )


def _with_maker(call: Call, maker: object) -> Call:
    if not maker:
        return call
    told = cast("Mapping[str, object]", maker)
    return replace(call, maker=str(told["name"]), made_of=str(told["p"]))


def _texts(value: object) -> Iterator[str]:
    return (str(one) for one in cast("list[object]", value))


def _unlike(calls: Iterable[Call]) -> Iterator[Call]:
    """Each call once, whichever process made it."""
    seen: set[tuple[str, str]] = set()
    for call in calls:
        if (call.label, call.pickle) not in seen:
            seen.add((call.label, call.pickle))
            yield call


def _times(entry: Mapping[str, object]) -> Iterator[tuple[tuple[str, str], int]]:
    for kind in ("calls", "shapes"):
        for key, times in cast("Mapping[object, object]", entry[kind]).items():
            if isinstance(times, int):
                yield (kind, str(key)), max(0, min(times, _MOST_TIMES))


def _counted(calls: Sequence[Call], counts: Mapping[tuple[str, str], Counter[tuple[str, str]]]) -> Iterator[Call]:
    """Each with how often it occurred in all processes: itself, and its part of those like it that were not kept."""
    whole: dict[str, Counter[tuple[str, str]]] = {}
    for (_, label), found in counts.items():
        whole.setdefault(label, Counter()).update(found)
    alike = Counter((call.label, call.shape) for call in calls)
    for call in calls:
        found = whole.get(call.label, Counter[tuple[str, str]]())
        own = found["calls", sha1(call.pickle.encode(), usedforsecurity=False).hexdigest()[:8]]
        others = found["shapes", call.shape] / alike[call.label, call.shape]
        yield replace(call, occurred=max(1, own) + others)


def chosen(recording: Recording) -> tuple[Call, ...]:
    """The calls that are played: of each unit the shapes in turn, up to the bounds."""
    found: list[Call] = []
    by_label: dict[str, list[Call]] = {}
    for call in (one for one in recording.calls if not one.companion):
        by_label.setdefault(f"{call.label} {call.kind == 'object' and '.'.join(call.parts)}", []).append(call)
    for calls in by_label.values():
        objects = calls[0].kind == "object"
        found += sorted(calls, key=lambda call: -len(call.steps))[:OBJECTS] if objects else _spread(calls, PER_UNIT)
    return tuple(found)


def _spread(calls: Sequence[Call], most: int) -> list[Call]:
    """One of each shape, then the second ones, and so on; in the order in which they were made."""
    turns: dict[str, int] = {}
    ranked: list[tuple[int, int, Call]] = []
    for number, call in enumerate(calls):
        turns[call.shape] = turn = turns.get(call.shape, -1) + 1
        ranked.append((turn, number, call))
    best = sorted(ranked, key=lambda entry: entry[:2])[:most]
    return [call for _, _, call in sorted(best, key=lambda entry: entry[1])]
