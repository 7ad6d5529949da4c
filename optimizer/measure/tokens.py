"""What a workload printed, word by word, with the words that may be a running time told apart."""

import re
from dataclasses import dataclass
from typing import Final

_NUMBER: Final = r"(?<![\w.])[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?"
_UNITS: Final = {
    **dict.fromkeys(("ns", "nsec", "nanos", "nanoseconds"), 1e-9),
    **dict.fromkeys(("us", "µs", "μs", "usec", "micros", "microseconds"), 1e-6),
    **dict.fromkeys(("ms", "msec", "millis", "milliseconds"), 1e-3),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hour", "hours"), 3600.0),
}
_UNIT: Final = "|".join(sorted(_UNITS, key=len, reverse=True))
_PART: Final = rf"{_NUMBER}\s*(?:{_UNIT})(?![\w/])|\d+m\d+(?:\.\d+)?s(?!\w)"
_COUNTED: Final = r"(?:it|iter|iteration|op|loop|req|request|row|item|call|record|line|file|byte|[KMG]i?B)s?"
_RATE: Final = rf"{_NUMBER}\s*{_COUNTED}\s?(?:/|\bper\b)\s?(?:s|sec|second)(?!\w)"
_CLOCK: Final = r"(?<![\w.:])(?:\d+:)?\d{1,2}:\d{2}\.\d+(?![\w:])"
_TOKEN: Final = re.compile(
    rf"(?P<rate>{_RATE})|(?P<clock>{_CLOCK})|(?P<duration>(?:{_PART})(?:,?\s*(?:{_PART}))*)"
    rf"|(?P<number>{_NUMBER}(?!\w))|(?P<word>\w+)|(?P<mark>\S)"
)
_PIECE: Final = re.compile(rf"({_NUMBER}|\d+(?:\.\d+)?)\s*({_UNIT})")
_KEY_UNITS: Final = {name: value for name, value in _UNITS.items() if name not in {"m", "h", "min", "mins", "minute"}}
_WHOLE_SECONDS: Final = frozenset({"seconds", "secs", "sec", "elapsed", "duration", "took", "runtime"})
_FRACTIONS: Final = _WHOLE_SECONDS | {"time", "wall", "cpu", "s", "latency", "user", "sys", "real"}
_MOST_DIGITS: Final = 3


@dataclass(frozen=True, slots=True)
class Token:
    """One word, number or mark of a line; a running time is one token, whatever its unit.

    `seconds` is None where the token cannot be a running time, and 0 for a rate, which fits any running time.
    """

    text: str
    seconds: float | None = None
    digits: int = 0
    """Significant ones."""

    def fits(self, slowest: float) -> bool:
        """Whether it may be a running time inside a process that took `slowest` seconds."""
        return self.seconds is not None and 0 <= self.seconds <= 1.5 * slowest + 0.05

    @property
    def coarse(self) -> bool:
        """A running time of so few digits that it may be the same in several runs by chance."""
        return self.seconds is not None and self.digits <= _MOST_DIGITS


def tokens(line: str) -> tuple[Token, ...]:
    """The line's tokens, white space left out.

    A running time has a unit of time behind it or a word such as `seconds`, `elapsed_ms` or `took` before it.
    """
    found: list[Token] = []
    key = ""
    for match in _TOKEN.finditer(line):
        kind = match.lastgroup
        text = match.group()
        if kind == "word":
            key = text
        seconds = _seconds(kind or "", text, key)
        found.append(Token(text) if seconds is None else Token(text, seconds, _digits(text)))
    return tuple(found)


def _seconds(kind: str, text: str, key: str) -> float | None:
    if kind in {"word", "mark"}:
        return None
    if kind == "rate":
        return 0.0
    if kind == "clock":
        return sum(float(part) * 60**power for power, part in enumerate(reversed(text.split(":"))))
    if kind == "duration":
        return sum(float(number) * _UNITS[unit] for number, unit in _PIECE.findall(text))
    return _keyed(text, key)


def _digits(text: str) -> int:
    """Most significant digits of any number in the text."""
    numbers = re.findall(r"\d+\.?\d*", re.sub(r"(?<=\d)[eE][-+]?\d+", "", text))
    return max(len(number.replace(".", "").lstrip("0")) for number in numbers)


def _keyed(text: str, key: str) -> float | None:
    """Seconds of a bare number after a key such as `elapsed_ms`, `wallSeconds` or `time`."""
    parts = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).lower().split("_")
    unit = _KEY_UNITS.get(parts[-1])
    if unit is not None and unit < 1:
        return float(text) * unit
    names = _FRACTIONS if "." in text or "e" in text.lower() else _WHOLE_SECONDS
    return float(text) if names.intersection(parts) else None
