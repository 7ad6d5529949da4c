"""Search/replace blocks: exact and unique matches only, the nearest real lines quoted on a miss."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from ..optimizer.core.errors import CandidateError
from .layout import start_of_text
from .parts import malformed
from .source import Source

_SEARCH = re.compile(r"^\s*<{5,9} ?SEARCH\b.*$")
_MIDDLE = re.compile(r"^\s*={5,9}\s*$")
_REPLACE = re.compile(r"^\s*>{5,9} ?REPLACE\b.*$")
_QUOTED = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap:
    """Lines to be found and the lines that come in their place."""

    old: tuple[str, ...]
    new: tuple[str, ...]


def has_swaps(answer: str) -> bool:
    """Whether a reply holds search/replace blocks."""
    return any(_SEARCH.match(line) for line in answer.split("\n"))


def swaps_of(answer: str) -> tuple[Swap, ...]:
    """All search/replace blocks of a reply; raises `CandidateError` for one without its end."""
    return tuple(_swaps(iter(answer.split("\n"))))


def swapped(source: Source, swaps: tuple[Swap, ...]) -> bytes:
    """The file with all swaps made, one after the other. Raises `CandidateError` on a miss."""
    start = start_of_text(source.file)
    text = source.file[start:]
    for number, swap in enumerate(swaps, 1):
        text = _swap(text, swap, number, source)
    return source.file[:start] + text


def _swaps(lines: Iterator[str]) -> Iterator[Swap]:
    for line in lines:
        if _SEARCH.match(line):
            old = tuple(_until(lines, _MIDDLE, "======="))
            yield Swap(old=old, new=tuple(_until(lines, _REPLACE, ">>>>>>> REPLACE")))


def _until(lines: Iterator[str], end: re.Pattern[str], mark: str) -> Iterator[str]:
    for line in lines:
        if end.match(line):
            return
        yield line
    raise malformed(f"A SEARCH/REPLACE block has no `{mark}` line: the reply is cut off or badly formed.")


def _swap(text: bytes, swap: Swap, number: int, source: Source) -> bytes:
    if not any(line.strip() for line in swap.old):
        raise malformed(f"SEARCH block {number} is empty: quote the lines that shall change.")
    found = list(_pattern(swap, source).finditer(text))
    if len(found) != 1:
        raise _missed(text, swap, number, found, source)
    match = found[0]
    new = "".join(f"{line}\n" for line in swap.new)
    inserted = source.layout.encode(new)
    if not match[0].endswith((b"\n", b"\r")):
        inserted = inserted.removesuffix(source.layout.line_end.encode())
    return text[: match.start()] + inserted + text[match.end() :]


def _pattern(swap: Swap, source: Source) -> re.Pattern[bytes]:
    """Whole lines, whatever their line ends."""
    lines = [re.escape(line.encode(source.layout.encoding)) for line in swap.old]
    return re.compile(rb"(?<![^\r\n])" + rb"(?:\r\n|\n|\r)".join(lines) + rb"(?:\r\n|\n|\r|\Z)")


def _missed(text: bytes, swap: Swap, number: int, found: list[re.Match[bytes]], source: Source) -> CandidateError:
    if found:
        rows = ", ".join(str(text.count(b"\n", 0, match.start()) + 1) for match in found[:5])
        return malformed(
            f"SEARCH block {number} is in the file {len(found)} times (lines {rows}): "
            f"quote more of the lines around it, so that it is there once."
        )
    near = _nearest(text.decode(source.layout.encoding, "replace").splitlines(), swap.old)
    return malformed(
        f"SEARCH block {number} is not in the file, character by character. Below are the nearest real lines.",
        evidence="\n".join(near),
    )


def _nearest(lines: list[str], old: tuple[str, ...]) -> list[str]:
    """The window of the file that shares most lines with the block, white space aside; then the likest first line."""
    wanted = {line.strip() for line in old if line.strip()}
    same = [line.strip() in wanted for line in lines]
    size = min(len(old), _QUOTED)
    if any(same):
        best = max(range(len(lines)), key=lambda row: sum(same[row : row + size]))
    else:
        first = next(line for line in old if line.strip())
        best = max(range(len(lines)), key=lambda row: _likeness(first, lines[row]), default=0)
    return lines[best : best + size]


def _likeness(wanted: str, line: str) -> float:
    matcher = SequenceMatcher(None, wanted.strip()[:200], line.strip()[:200])
    return matcher.ratio() if matcher.real_quick_ratio() > 0.3 else 0.0
