"""Ledger entries as lines of JSON and back, without losing a byte; and any other value of `core`'s kind.

The shapes are read from the type annotations of `core`, so a new event or field needs no code here.
An entry is one flat object: `seq`, `at`, `run`, `kind`, then the event's own fields. Inside it

- a verdict says `"outcome": "accepted" | "rejected" | "inconclusive"`, the outcome of a check says
  `"status": "passed" | "failed" | "skipped"`, because their fields alone do not tell them apart;
- bytes are a string where they are UTF-8, else `{"base64": …}`;
- infinite and undefined numbers are the strings `inf`, `-inf` and `nan`;
- a line is plain ASCII; undecodable file names travel as lone surrogates.

A kind, field value or shape that this version does not know is a `LedgerError`; `ledger.read` turns
it into a warning. Unknown fields are ignored and absent ones get their defaults, so that older and
newer versions can read each other.

Not pydantic, which cannot write lone surrogates and would read an `Inconclusive` back as a
`Rejected`, for their fields are the same; and no command has to wait for its import.
"""

import base64
import json
import math
import re
import types
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from ..core.errors import PerfsmithError
from ..core.events import Entry, Event
from ..core.verdicts import Accepted, Failed, Inconclusive, Passed, Rejected, Skipped

T = TypeVar("T")
Json = Any
"""What `json` reads and writes."""

_TAGS: dict[type, tuple[str, str]] = {
    Passed: ("status", "passed"),
    Failed: ("status", "failed"),
    Skipped: ("status", "skipped"),
    Accepted: ("outcome", "accepted"),
    Rejected: ("outcome", "rejected"),
    Inconclusive: ("outcome", "inconclusive"),
}
_KIND = re.compile(r'\{"seq":\d+,"at":[^,]+,"run":"(?:[^"\\]|\\.)*","kind":"(\w+)"')


class LedgerError(PerfsmithError):
    """A line of a ledger cannot be read."""

    def __init__(self, message: str) -> None:
        hint = "the run may be from a newer version of perfsmith; update, or leave this run alone"
        super().__init__(message, code="ledger_unreadable", hint=hint)


def encode(entry: Entry) -> str:
    """One line, without its end."""
    event = _dump(entry.event)
    head = {"seq": entry.seq, "at": entry.at, "run": entry.run, "kind": event.pop("kind")}
    return json.dumps(head | event, separators=(",", ":"), allow_nan=False)


def decode(line: str) -> Entry:
    """The entry of a line; raises `LedgerError`."""
    try:
        record = _object(json.loads(line))
    except ValueError as error:
        raise LedgerError(f"not JSON: {error}") from error
    event = _load(Event, record)
    return Entry(
        seq=_load(int, record.get("seq")),
        at=_load(float, record.get("at")),
        run=_load(str, record.get("run")),
        event=cast("Event", event),
    )


def to_text(value: object) -> str:
    """One value by itself: dataclasses, mappings by text, tuples, sets of texts and what they are made of."""
    return json.dumps(_dump(value), separators=(",", ":"), allow_nan=False)


def from_text(shape: type[T], text: str) -> T:
    """The value of that type; raises `LedgerError` where the text holds none."""
    try:
        return cast(T, _load(shape, json.loads(text)))
    except (ValueError, RecursionError) as error:
        raise LedgerError(f"not JSON: {error}") from error


def kind_of(line: str) -> str:
    """The kind of a line that `encode` wrote, without reading the rest; empty for anything else."""
    found = _KIND.match(line)
    return found[1] if found else ""


def _dump(value: object) -> Json:
    if is_dataclass(value):
        tag = _TAGS.get(type(value))
        named = {field.name: _dump(getattr(value, field.name)) for field in fields(value)}
        return {tag[0]: tag[1], **named} if tag else named
    match value:
        case tuple():
            return [_dump(item) for item in cast("tuple[object, ...]", value)]
        case frozenset():
            return sorted(cast("frozenset[str]", value))
        case Mapping():
            return {name: _dump(item) for name, item in cast("Mapping[str, object]", value).items()}
        case bytes():
            return _dump_bytes(value)
        case float() if not math.isfinite(value):
            return str(value)
        case Path():
            return str(value)
        case _:
            return value


def _dump_bytes(value: bytes) -> Json:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(value).decode()}


def _load(shape: Any, data: Json) -> Any:
    """The value of that type; the mirror of `_dump`."""
    if is_dataclass(shape):
        return _load_fields(cast(type, shape), data)
    origin = get_origin(shape)
    if origin in (Union, types.UnionType):
        return _load_member(get_args(shape), data)
    if origin is tuple:
        return tuple(_load(get_args(shape)[0], item) for item in _array(data))
    if origin is frozenset:
        return frozenset(_load(get_args(shape)[0], item) for item in _array(data))
    if origin is Mapping:
        return {name: _load(get_args(shape)[1], item) for name, item in _object(data).items()}
    if origin is Literal:
        if data in get_args(shape):
            return data
        raise LedgerError(f"{data!r} is none of {', '.join(map(str, get_args(shape)))}")
    return _load_plain(shape, data)


def _load_plain(shape: type, data: Json) -> Any:
    if shape is bytes:
        return _load_bytes(data)
    if shape is Path:
        return Path(_expect(str, data))
    if shape is float:
        return float(data) if data in ("inf", "-inf", "nan") else _expect(float, data)
    return _expect(cast("type[object]", shape), data)


def _load_bytes(data: Json) -> bytes:
    if isinstance(data, str):
        return data.encode()
    try:
        return base64.b64decode(_load(str, _object(data).get("base64")), validate=True)
    except ValueError as error:
        raise LedgerError(f"not base64: {error}") from error


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    shape: Any


@cache
def _fields(shape: type) -> tuple[_Field, ...]:
    hints = get_type_hints(shape)
    return tuple(_Field(field.name, hints[field.name]) for field in fields(shape) if field.init)


def _load_fields(shape: type, data: Json) -> Any:
    record = _object(data)
    known = {field.name: _load(field.shape, record[field.name]) for field in _fields(shape) if field.name in record}
    try:
        return shape(**known)
    except TypeError as error:
        raise LedgerError(f"incomplete {shape.__name__}: {error}") from error


def _load_member(members: tuple[Any, ...], data: Json) -> Any:
    """The member of a union that the data says it is."""
    if data is None and type(None) in members:
        return None
    rest = [member for member in members if member is not type(None)]
    if len(rest) == 1:
        return _load(rest[0], data)
    record = _object(data)
    for member in rest:
        key, value = _tag(member)
        if record.get(key) == value:
            return _load_fields(member, record)
    raise LedgerError(f"unknown kind {record.get('kind', record.get('status', record.get('outcome')))!r}")


@cache
def _tag(member: type) -> tuple[str, str]:
    if member in _TAGS:
        return _TAGS[member]
    (kind,) = get_args(get_type_hints(member)["kind"])
    return "kind", kind


def _expect(shape: type[T], data: Json) -> T:
    """The data, if it is of that type; an int will do for a float, but a bool is no number."""
    if shape is float and type(data) is int:
        return cast(T, float(data))
    if type(data) is not shape:
        raise LedgerError(f"expected {shape.__name__}, found {type(cast(object, data)).__name__}")
    return data


def _object(data: Json) -> dict[str, Json]:
    return cast("dict[str, Json]", _expect(dict, data))


def _array(data: Json) -> list[Json]:
    return cast("list[Json]", _expect(list, data))
