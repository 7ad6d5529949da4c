"""The file of results: one JSON line per trial, appended at once, so that an interrupted benchmark goes on."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from plan import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One trial of a part; `logs` are the rounds of a recorded series, ln(before / after)."""

    part: str
    workload: str
    truth: float
    claimed: bool = False
    answer: str = ""
    seconds: float = 0.0
    ratio: float = 1.0
    low: float | None = None
    high: float | None = None
    pairs: int = 0
    logs: tuple[float, ...] = ()


class Results:
    """All trials so far."""

    def __init__(self, file: Path) -> None:
        """Reads what is there; a torn last line, of a killed run, is left out."""
        self._file = file
        self.all: list[Result] = []
        for line in file.read_text().splitlines() if file.exists() else []:
            try:
                found = json.loads(line)
            except ValueError:
                continue
            self.all.append(Result(**{**found, "logs": tuple(found["logs"])}))

    def add(self, result: Result) -> None:
        """Keep one more."""
        self.all.append(result)
        with self._file.open("a") as file:
            file.write(json.dumps(asdict(result)) + "\n")

    def of(self, *parts: Part) -> list[Result]:
        """The trials of these parts."""
        keys = {part.key for part in parts}
        return [result for result in self.all if result.part in keys]

    def next_part(self, plan: Iterable[Part]) -> Part | None:
        """The part that is furthest behind its wanted number; None when all are done."""
        share = {part: len(self.of(part)) / part.wanted for part in plan}
        part = min(share, key=lambda one: share[one])
        return part if share[part] < 1 else None
