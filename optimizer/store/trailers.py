"""The message of a kept commit, and the claim that can be read back from it and repeated.

The trailers follow git's own conventions (`git interpret-trailers`), so that they survive rebasing
and squashing.
"""

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from ..core import units
from ..core.values import Candidate
from ..core.verdicts import Accepted, Outcome, Passed, WorkloadResult

SUBJECT_LIMIT = 72
_TRAILER = re.compile(r"^(Perf-[A-Za-z]+|Assisted-by(?=: perfsmith:)): (.*)$", re.MULTILINE)
_AUTHOR = "perfsmith:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a commit says about itself. `ratio` is time before / time after."""

    workload: str
    """The command."""
    ratio: float
    low: float
    high: float
    machine: str = ""
    run: str = ""
    author: str = ""


def commit_message(
    candidate: Candidate, verdict: Accepted, workload_command: str, machine: str, run: str, tests_note: str = ""
) -> str:
    """The message of a kept commit. `tests_note` is what was checked, see `checked`; nothing is said without it."""
    subject, rest = _subject(candidate)
    result = verdict.proof.workloads[0]
    body = "\n".join(line for line in (_one_line(rest), _numbers(result), _one_line(tests_note)) if line)
    speedup = result.speedup
    trailers = {
        "Assisted-by": _AUTHOR + _one_line(candidate.origin.author),
        "Perf-Workload": _escape(workload_command),
        "Perf-Speedup": " ".join(f"{value:.4g}" for value in (speedup.ratio, speedup.low, speedup.high)),
        "Perf-Machine": _one_line(machine),
        "Perf-Run": _one_line(run),
    }
    footer = "\n".join(f"{key}: {value}" for key, value in trailers.items() if value)
    return f"{subject}\n\n{body}\n\n{footer}\n"


def checked(outcomes: Iterable[Outcome]) -> str:
    """What the checks that passed have to say, e.g. `replay: 4 input families equal; tests: 812 same`."""
    passed = [outcome for outcome in outcomes if isinstance(outcome, Passed) and outcome.note]
    return "; ".join(f"{outcome.check}: {outcome.note}" for outcome in passed)


def read_trailers(message: str) -> Claim | None:
    """The claim of a commit message; None where it makes none that can be repeated."""
    found = {match[1]: match[2].strip() for match in _TRAILER.finditer(message.replace("\r\n", "\n"))}
    numbers = _claimed(found.get("Perf-Speedup", ""))
    workload = _unescape(found.get("Perf-Workload", ""))
    if numbers is None or not workload:
        return None
    ratio, low, high = numbers
    return Claim(
        workload=workload,
        ratio=ratio,
        low=low,
        high=high,
        machine=found.get("Perf-Machine", ""),
        run=found.get("Perf-Run", ""),
        author=found.get("Assisted-by", "").removeprefix(_AUTHOR),
    )


def _subject(candidate: Candidate) -> tuple[str, str]:
    """The first line, and the whole idea where it had to be cut."""
    path = candidate.hotspot.partition("::")[0] or candidate.edits[0].path
    idea = _one_line(candidate.idea).rstrip(".") or "same result in less time"
    if idea[1:2].islower():
        idea = idea[0].lower() + idea[1:]
    subject = f"perf({_module(path)}): {idea}"
    if len(subject) <= SUBJECT_LIMIT:
        return subject, ""
    cut = subject[: SUBJECT_LIMIT - 3]
    at_word = cut.rpartition(" ")[0]
    return (at_word if len(at_word) > SUBJECT_LIMIT // 2 else cut) + "...", idea


def _module(path: str) -> str:
    """`wrap` of `textkit/wrap.py`; a package is named by its folder."""
    file = PurePosixPath(_one_line(path))
    return file.parent.name or file.stem if file.stem == "__init__" else file.stem


def _numbers(result: WorkloadResult) -> str:
    speedup = result.speedup
    interval = f"{speedup.confidence * 100:g}% CI {units.interval(speedup.low, speedup.high)}"
    change = f"{units.seconds(result.before_s)} -> {units.seconds(result.after_s)}"
    return f"{change}, {units.ratio(speedup.ratio)} faster ({interval}, {speedup.pairs} pairs, confirmed)"


def _claimed(text: str) -> tuple[float, float, float] | None:
    try:
        ratio, low, high = (float(word) for word in text.split())
    except ValueError:
        return None
    plausible = math.isfinite(high) and 0 < low <= ratio <= high
    return (ratio, low, high) if plausible else None


def _one_line(text: str) -> str:
    """White space collapsed, nothing unprintable: no text from outside can add a line, let alone a trailer."""
    return "".join(char if char.isprintable() else "?" for char in " ".join(text.split()))


def _escape(command: str) -> str:
    """The command as it is, or as a JSON string where that would not be one honest line."""
    plain = command.isprintable() and command == command.strip() and not command.startswith('"')
    return command if plain else json.dumps(command)


def _unescape(text: str) -> str:
    if not text.startswith('"'):
        return text
    try:
        command = json.loads(text)
    except ValueError:
        return ""
    return command if isinstance(command, str) else ""
