"""Whether the candidate prints what the base prints, leaving out what differs between runs of the base.

Lines are compared one by one, and inside a line word by word. A word that differs between two runs of the base may be
anything. A word that was the same in all of them must be the same in the candidate, with one exception: a running time
of at most three significant digits, such as `0.1 s`, is often the same by chance and would blame an honest faster edit.
It may differ where both numbers fit the measured time of the process that printed them; `tokens` knows running times.

Where the number of lines differs between runs of the base, lines have no places: then each line that occurs equally
often in all runs of the base has to occur as often in the candidate.

Known limits: a table whose times have neither unit nor name beside them, and printed memory sizes, count as results; of
a truncated output, the line that was cut is not compared.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .tokens import Token, tokens

Line = str | tuple[Token | None, ...] | None
"""The same in all runs so far; or its tokens, None where they vary; or None where not even their number is the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """Standard output of one run, and what the run took by the slower of the CPU and the wall clock."""

    text: bytes
    seconds: float
    truncated: bool = False

    def lines(self) -> list[str]:
        """Lines without their ends; the last one is left out of a truncated text."""
        found = self.text.decode("utf-8", "backslashreplace").splitlines()
        return found[:-1] if self.truncated else found


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """What all runs of the base so far have in common."""

    lines: tuple[Line, ...]
    seconds: float
    """Of the slowest run."""
    runs: int
    truncated: bool
    counts: tuple[tuple[str, int], ...] | None = None
    """Lines and how often they occurred in each run, once the number of lines differed."""


def stable_difference(base: Sequence[Printed], candidate: Sequence[Printed]) -> str | None:
    """What the candidate printed otherwise, in one line for a person, or None; at least two runs of the base."""
    if len(base) < 2:
        raise ValueError("what is stable shows only in two runs of the base")
    pattern = begin(base[0])
    for printed in base[1:]:
        pattern = learn(pattern, printed)
    return next(filter(None, (difference(pattern, printed) for printed in candidate)), None)


def begin(printed: Printed) -> Pattern:
    """The pattern of a single run."""
    return Pattern(lines=tuple(printed.lines()), seconds=printed.seconds, runs=1, truncated=printed.truncated)


def learn(pattern: Pattern, printed: Printed) -> Pattern:
    """The pattern with one more run of the base."""
    lines = printed.lines()
    truncated = pattern.truncated or printed.truncated
    known = replace(pattern, seconds=max(pattern.seconds, printed.seconds), runs=pattern.runs + 1, truncated=truncated)
    if truncated:
        shortest = min(len(lines), len(pattern.lines))
        lines, known = lines[:shortest], replace(known, lines=pattern.lines[:shortest])
    if known.counts is None and len(lines) == len(known.lines):
        return replace(known, lines=tuple(map(_merge, known.lines, lines)))
    before = Counter(dict(known.counts)) if known.counts is not None else _shapes(known.lines)
    now = _shapes(lines)
    return replace(known, lines=(), counts=tuple((shape, n) for shape, n in before.items() if now[shape] == n))


def difference(pattern: Pattern, printed: Printed) -> str | None:
    """How what was printed departs from the pattern, or None."""
    lines = printed.lines()
    if pattern.counts is not None:
        return _count_difference(pattern.counts, _shapes(lines))
    for number, (expected, got) in enumerate(zip(pattern.lines, lines, strict=False), 1):
        found = _line_difference(expected, got, pattern.seconds, printed.seconds)
        if found:
            return f"line {number}: {found}"
    missing = len(lines) < len(pattern.lines) and not printed.truncated
    added = len(lines) > len(pattern.lines) and not pattern.truncated
    if missing or added:
        return f"base printed {len(pattern.lines)} lines, candidate {len(lines)}"
    return None


def _merge(known: Line, line: str) -> Line:
    if known is None or known == line:
        return known
    before, now = tokens(known) if isinstance(known, str) else known, tokens(line)
    if len(before) != len(now):
        return None
    return tuple(first if first == second else None for first, second in zip(before, now, strict=True))


def _line_difference(expected: Line, got: str, base_seconds: float, seconds: float) -> str | None:
    if expected is None or expected == got:
        return None
    wanted, found = tokens(expected) if isinstance(expected, str) else expected, tokens(got)
    if len(wanted) != len(found):
        return _say(_text(wanted), got)
    timed = False
    for want, have in zip(wanted, found, strict=True):
        if want is None:
            continue
        time_like = want.coarse and want.fits(base_seconds) and have.fits(seconds)
        timed = timed or time_like
        if want != have and not time_like:
            return _say(_around(wanted, want), _around(found, have))
    spaces_differ = isinstance(expected, str) and not timed
    return _say(expected, got) if spaces_differ and isinstance(expected, str) else None


def _shapes(lines: Sequence[Line]) -> Counter[str]:
    """How often each line occurs, with running times blanked; lines that vary are left out."""
    return Counter(_shape(line) for line in lines if isinstance(line, str))


def _shape(line: str) -> str:
    found = tokens(line)
    if not any(token.coarse for token in found):
        return line
    return " ".join("…" if token.coarse else token.text for token in found)


def _count_difference(counts: Sequence[tuple[str, int]], found: Counter[str]) -> str | None:
    for shape, times in counts:
        if found[shape] != times:
            return f"base printed {_short(shape)} {_times(times)}, candidate {_times(found[shape])}"
    return None


def _times(number: int) -> str:
    return {0: "never", 1: "once"}.get(number, f"{number} times")


def _say(expected: str, got: str) -> str:
    return f"base printed {_short(expected)}, candidate printed {_short(got)}"


def _text(line: Sequence[Token | None]) -> str:
    return " ".join("…" if token is None else token.text for token in line)


def _around(line: Sequence[Token | None], token: Token) -> str:
    """The token with its neighbours."""
    place = next(index for index, one in enumerate(line) if one is token)
    return _text(line[max(0, place - 4) : place + 3])


def _short(text: str) -> str:
    return repr(text if len(text) <= 80 else f"{text[:79]}…")
