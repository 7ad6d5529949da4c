"""Counterexamples that were found before, to be tried first: one file each, by repository and unit.

The pickles in them are opened by the target's interpreter only, behind the walls; a file that cannot be read is
passed over, for the folder may be thrown away at any time.
"""

import base64
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import cast

from ..core.recording import Call, Recording, Step

_MOST = 40
"""Counterexamples of one unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptInputs:
    """The counterexamples of one repository."""

    folder: Path
    repo: Path

    def of(self, labels: Iterable[str]) -> tuple[tuple[Call, ...], tuple[Call, ...]]:
        """The calls of these units, and the objects that they are given."""
        calls: list[Call] = []
        objects: dict[str, Call] = {}
        for label in sorted(set(labels)):
            for place in sorted(self._place(label).glob("*.json"))[:_MOST]:
                try:
                    entry = cast("dict[str, list[object]]", json.loads(place.read_text("utf-8")))
                    calls += [replace(_call(one), id=f"k{len(calls)}") for one in entry["calls"]]
                    objects |= {one.id: one for one in map(_call, entry["objects"])}
                except (OSError, ValueError, KeyError, TypeError, AttributeError):
                    continue
        return tuple(calls), tuple(objects.values())

    def keep(self, call: Call, recording: Recording) -> None:
        """Write a counterexample down, with the objects that it needs; its name says what is in it."""
        needed = objects_needed(call, [one for one in recording.calls if one.kind == "object"])
        content = {"calls": [_plain(replace(call, id=""))], "objects": [_plain(one) for one in needed]}
        text = json.dumps(content, sort_keys=True)
        folder = self._place(call.label)
        folder.mkdir(parents=True, exist_ok=True)
        place = folder / f"{sha256(text.encode()).hexdigest()[:16]}.json"
        if not place.exists():
            draft = place.with_suffix(f".{os.getpid()}")
            draft.write_text(text, "utf-8")
            draft.replace(place)

    def _place(self, label: str) -> Path:
        name = f"{self.repo}\0{label}".encode("utf-8", "surrogateescape")
        return self.folder / sha256(name).hexdigest()[:16]


def objects_needed(call: Call, objects: Sequence[Call]) -> list[Call]:
    """Histories that a call refers to, and those that they refer to."""
    found: dict[str, Call] = {}
    waiting = [call]
    while waiting:
        one = waiting.pop()
        texts = [_opened(text) for text in (one.pickle, one.made_of, *(step.pickle for step in one.steps))]
        for other in objects:
            if other.id not in found and other.id != call.id and any(other.id.encode() in text for text in texts):
                found[other.id] = other
                waiting.append(other)
    return list(found.values())


def _opened(text: str) -> bytes:
    """What a pickle or a tree holds, as far as a name can be searched in it."""
    if not text.startswith("{"):
        return base64.b64decode(text)
    packed = [part.partition('"')[0] for part in text.split('"t": "opaque", "v": "')[1:]]
    return b"\0".join([text.encode(), *(base64.b64decode(one) for one in packed)])


def _plain(call: Call) -> dict[str, object]:
    steps = [{"name": one.name, "kind": one.kind, "pickle": one.pickle} for one in call.steps]
    about = {"id": call.id, "label": call.label, "module": call.module, "parts": list(call.parts), "kind": call.kind}
    return {**about, "pickle": call.pickle, "maker": call.maker, "made_of": call.made_of, "steps": steps}


def _call(entry: object) -> Call:
    found = cast("Mapping[str, object]", entry)
    steps = [cast("Mapping[str, str]", one) for one in cast("list[object]", found["steps"])]
    return Call(
        id=str(found["id"]),
        label=str(found["label"]),
        module=str(found["module"]),
        parts=tuple(str(one) for one in cast("list[object]", found["parts"])),
        kind=str(found["kind"]),
        pickle=str(found["pickle"]),
        maker=str(found.get("maker", "")),
        made_of=str(found.get("made_of", "")),
        steps=tuple(Step(name=one["name"], kind=one["kind"], pickle=one["pickle"]) for one in steps),
    )
