"""Fixes that ruff knows for slow code, each finding a proposal of its own; safe or not is for verification to say."""

import json
import shutil
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypedDict, cast

from ...optimizer.core.errors import PerfsmithError
from ...optimizer.core.values import Unit
from ._rule import Proposal, Splice, line_starts

Tool = Callable[[tuple[str, ...], bytes], bytes]
"""Runs a program with that standard input and returns its standard output."""

SELECTED = "PERF,C4,FURB"
_OPTIONS = ("check", "--isolated", "--preview", "--no-cache", "--exit-zero", "--output-format", "json")


class _Location(TypedDict):
    row: int
    column: int


class _Edit(TypedDict):
    content: str
    location: _Location
    end_location: _Location


class _Fix(TypedDict):
    applicability: str
    message: str | None
    edits: list[_Edit]


class _Finding(TypedDict):
    code: str | None
    message: str
    location: _Location
    fix: _Fix | None


def program() -> str:
    """Path of the ruff that was installed with us; raises `PerfsmithError` if there is none."""
    beside = Path(sysconfig.get_path("scripts")) / "ruff"
    found = str(beside) if beside.exists() else shutil.which("ruff")
    if found is None:
        raise PerfsmithError("ruff was not found", code="no_ruff", hint="install perfsmith again with its dependencies")
    return found


def findings(source: bytes, unit: Unit, tool: Tool) -> Iterator[tuple[str, str, Proposal]]:
    """Code, sentence and proposal of each fix that begins inside the unit. Raises `PerfsmithError` if ruff fails."""
    starts = line_starts(source)
    for finding in _answer(tool((program(), *_OPTIONS, "--select", SELECTED, "-"), source)):
        fix, code = finding["fix"], finding["code"]
        row = finding["location"]["row"]
        if fix is None or code is None or fix["applicability"] == "display" or not unit.first <= row <= unit.last:
            continue
        splices = tuple(_splice(edit, source, starts) for edit in fix["edits"])
        line = source[starts[row - 1] : starts[row]].decode("utf-8", "replace").strip()
        yield code, _imperative(fix["message"] or finding["message"]), Proposal(splices=splices, detail=line)


def _answer(output: bytes) -> list[_Finding]:
    try:
        return cast("list[_Finding]", json.loads(output))
    except ValueError as error:
        hint = "run `ruff --version`; 0.12 or newer is needed"
        raise PerfsmithError("ruff did not answer in JSON", code="ruff_failed", hint=hint) from error


def _splice(edit: _Edit, source: bytes, starts: tuple[int, ...]) -> Splice:
    start, end = (_offset(edit[end], source, starts) for end in ("location", "end_location"))
    return Splice(start=start, end=end, text=edit["content"].encode())


def _offset(location: _Location, source: bytes, starts: tuple[int, ...]) -> int:
    """Byte offset of a row and a column in characters, both from 1."""
    start = starts[min(location["row"], len(starts)) - 1]
    line = source[start : starts[min(location["row"], len(starts) - 1)]].decode("utf-8", "replace")
    return start + len(line[: location["column"] - 1].encode())


def _imperative(message: str) -> str:
    return message[:1].lower() + message[1:].rstrip(".").replace("`", "")
