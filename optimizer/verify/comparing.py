"""Compares what calls did on the base and on the candidate, text against text, in our own process."""

import json
import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..core.recording import Call
from .inputs.unasked import GUESS
from .playing import MISSING, Played, Sections
from .returning import otherwise

COMPARED = (
    "value",
    "raised",
    "message",
    "arguments",
    "arguments afterwards",
    "results afterwards",
    "shared",
    "stdout",
    "stderr",
    "warnings",
    "logs",
    "files",
    "state",
    "called",
    "again",
    "kept",
)
"""Sections in the order in which a difference is told; generators are compared otherwise."""
_INCIDENTAL = frozenset(
    {
        "TypeError",
        "AttributeError",
        "IndexError",
        "ZeroDivisionError",
        "OverflowError",
        "RecursionError",
        "MemoryError",
        "NameError",
        "UnboundLocalError",
        "StopIteration",
        "RuntimeError",
    }
)
"""Built-in errors whose text is the interpreter's, not the program's, where no `raise` was written for them."""
_OF_FORM = frozenset({"ValueError", "IndexError", "TypeError"})
_EXHAUSTED = frozenset({"MemoryError", "RecursionError"})
"""Where the base comes to such an end, how far it got is no behaviour."""
_TOO_LONG = "index-sized integer"
"""So is a length that no collection can have."""
_NUMERIC = re.compile(
    r"^RuntimeWarning: (?:overflow|underflow|divide by zero|invalid value) encountered.*\n?", re.MULTILINE
)
"""NumPy's remarks about numbers out of range: a loop over members gets others than one operation on the whole array."""
_SHOWN = 300
_NOTHING: Sections = {}
_FLOATS = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|(-?\d+\.\d+(?:e[+-]?\d+)?|-?\d+e[+-]?\d+)""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that a call did otherwise."""

    call: Call
    step: int
    """Which of the calls on an object; -1 when a function is called once more."""
    section: str
    before: str
    after: str
    said: str
    """The call, for people."""
    earlier: tuple[str, ...] = ()
    """The calls on the object before it."""
    explicit: tuple[str, str] = ("", "")
    """Of both sides whether a `raise` was written for what they raise: own (in the tree), yes, no, or empty."""

    @property
    def identity(self) -> tuple[str, int, str]:
        """The same for the same difference in another comparison."""
        return self.call.id, self.step, self.section

    @property
    def size(self) -> int:
        """How much there is to read."""
        return len(self.said) + len(self.before) + len(self.after) + sum(map(len, self.earlier))


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Of all calls: what differs, what could be compared, and why the rest could not."""

    differences: tuple[Difference, ...]
    compared: int
    unsteady: int
    """Calls on the base that do not do the same twice."""
    lost: Mapping[str, int]
    """Why calls were not compared → how many."""
    opaque: tuple[str, ...]
    """What kinds of values could be looked into only in part."""


def compare(
    calls: Sequence[Call],
    base: Mapping[str, Played],
    twin: Mapping[str, Played],
    after: Mapping[str, Played],
    ulps: int = 0,
) -> Comparison:
    """`base` and `twin` are the base played twice: only what is the same in both is asked of the candidate."""
    found: list[Difference] = []
    lost: dict[str, int] = {}
    compared = unsteady = 0
    opaque: dict[str, None] = {}
    for call in calls:
        sides = tuple(side.get(call.id, MISSING) for side in (base, twin, after))
        why = _lost(*sides)
        if why:
            lost[why] = lost.get(why, 0) + call.weight
            continue
        one, two, other = sides
        pairs = zip(one.steps, two.steps, strict=False)
        shaky = min(call.weight, sum(bool(_unsteady(*pair) & {"value", "raised"}) for pair in pairs))
        unsteady += shaky
        compared += max(0, min(call.weight, len(one.steps)) - shaky)
        opaque |= dict.fromkeys(text for step in one.steps for text in _opaque(step))
        found += _of_call(call, one, two, other, ulps)
    found += _of_globals(base, twin, after)
    return Comparison(differences=tuple(found), compared=compared, unsteady=unsteady, lost=lost, opaque=tuple(opaque))


def _lost(base: Played, twin: Played, after: Played) -> str:
    """Why a call cannot be compared; empty when it can, a candidate that hangs or breaks down included."""
    for side in (base, twin):
        if side.status != "played":
            return _SKIPPED.get(side.why, "") or _WHY.get(side.status, "") or side.why or side.status
    if after.status in ("unplayable", "skipped"):
        return "it cannot be made again with the change"
    return ""


_WHY = {
    "timed_out": "it takes too long on the base",
    "crashed": "it ends the interpreter on the base",
    "unplayable": "it cannot be made again in another process",
    "skipped": "there was no time left",
    "missing": "the interpreter did not answer",
}
_SKIPPED = {
    "the machine was too busy": "the machine was too busy",
    "too many before it did not end": "too many calls before them did not end on the base",
}


def _of_call(call: Call, base: Played, twin: Played, after: Played, ulps: int) -> Iterator[Difference]:
    if after.status != "played":
        yield _broken(call, base, "crashed" if after.status == "missing" else after.status)
        return
    for number, (one, two) in enumerate(zip(base.steps, twin.steps, strict=False)):
        if _exhausted(one):
            return
        if "raised" in one and _guessed(call, number):
            continue
        other = after.steps[number] if number < len(after.steps) else _NOTHING
        section = _first(one, two, other, ulps)
        if section:
            told = [_told(section, side) for side in (one, other)]
            told = otherwise(*told) if section == "called" else told
            yield Difference(
                call=call,
                step=number,
                section=section,
                before=told[0],
                after=told[1],
                said=one.get("call", ""),
                earlier=tuple(step.get("call", "") for step in base.steps[:number]),
                explicit=(one.get("explicit", ""), other.get("explicit", "")),
            )
            return
    if base.again and twin.again and after.again and base.again == twin.again:
        yield from _repeated(call, base.again, after.again)


def _exhausted(base: Sections) -> bool:
    too_long = base.get("raised") == "OverflowError" and _TOO_LONG in base.get("message", "")
    return base.get("raised") in _EXHAUSTED or (too_long and not _on_purpose(base))


def _guessed(call: Call, number: int) -> bool:
    """Whether a call on an object was a guess: what the base refuses then was hardly meant for it."""
    return 0 < number <= len(call.steps) and call.steps[number - 1].kind == GUESS


def _broken(call: Call, base: Played, section: str) -> Difference:
    """It may have been any of the calls on an object."""
    said = [step.get("call", "") for step in base.steps if "state" not in step] or [""]
    after = {"timed_out": "it does not end", "crashed": "the interpreter ends"}.get(section, section)
    return Difference(
        call=call, step=0, section=section, before="it ends", after=after, said=said[-1], earlier=tuple(said[:-1])
    )


def _repeated(call: Call, base: Sections, after: Sections) -> Iterator[Difference]:
    for section in ("again", "kept"):
        if base.get(section, "") != after.get(section, ""):
            yield Difference(
                call=call,
                step=-1,
                section=section,
                before=_told(section, base),
                after=_told(section, after),
                said=base.get("call", ""),
            )


def _first(base: Sections, twin: Sections, after: Sections, ulps: int) -> str:
    """The first section that differs, of those that do not vary on the base itself."""
    shaky = _unsteady(base, twin)
    if shaky & {"value", "raised"}:
        return ""
    open_ = {"raised", "message"} if _misshapen(base, after) else {"message"} if _incidental(base) else set[str]()
    for section in COMPARED:
        if section in shaky | open_:
            continue
        texts = [side.get(section, "") for side in (base, after)]
        if section == "warnings":
            texts = [_NUMERIC.sub("", text) for text in texts]
        elif section == "called":
            texts = list(otherwise(texts[0], texts[1]))
        if not _same(texts[0], texts[1], ulps):
            return section
    few = int(after.get("generators") or 0) < int(base.get("generators") or 0)
    return "generators" if few and "generators" not in shaky else ""


def _unsteady(base: Sections, twin: Sections) -> set[str]:
    return {name for name in {*base, *twin} if base.get(name) != twin.get(name) and name not in ("call", "opaque")}


def _incidental(base: Sections) -> bool:
    return not _on_purpose(base) and base.get("raised") in _INCIDENTAL


def _on_purpose(side: Sections) -> bool:
    return side.get("explicit") in ("yes", "own")


def _misshapen(base: Sections, after: Sections) -> bool:
    """Whether the base cannot unpack a value, and the candidate stumbles over its form in another way.

    `a, b = pair` and `pair[0]` do so by different errors; who raises one on purpose is held to it.
    """
    unpacking = base.get("raised") == "ValueError" and "values to unpack" in base.get("message", "")
    implicit = not _on_purpose(base) and not _on_purpose(after)
    return unpacking and implicit and after.get("raised") in _OF_FORM


def _same(before: str, after: str, ulps: int) -> bool:
    if before == after or not ulps:
        return before == after
    old, new = (_FLOATS.split(text) for text in (before, after))
    quoted = [[match[0] for match in _FLOATS.finditer(text) if match[1] is None] for text in (before, after)]
    if len(old) != len(new) or quoted[0] != quoted[1]:
        return False
    return all(
        one == two if number % 2 == 0 or one is None or two is None else _near(one, two, ulps)
        for number, (one, two) in enumerate(zip(old, new, strict=True))
    )


def _near(one: str, two: str, ulps: int) -> bool:
    """At most so many floats apart."""
    places = [struct.unpack("<q", struct.pack("<d", float(text)))[0] for text in (one, two)]
    first, second = (place if place >= 0 else -(place & (2**63 - 1)) for place in places)
    return abs(first - second) <= ulps


def _of_globals(
    base: Mapping[str, Played], twin: Mapping[str, Played], after: Mapping[str, Played]
) -> Iterator[Difference]:
    """Public data of the changed modules that the calls left otherwise; names that are new are the candidate's own.

    The first step holds what changed, the second one all names.
    """
    for name, played in base.items():
        sides = (played, *(side.get(name, MISSING) for side in (twin, after)))
        if any(side.status != "globals" or len(side.steps) < 2 for side in sides):
            continue
        one, two, other = (side.steps[0] for side in sides)
        for key in sides[0].steps[1].keys() & sides[2].steps[1].keys():
            if one.get(key) == two.get(key) and one.get(key) != other.get(key):
                label = name.removeprefix("globals of ")
                yield _global(label, key, one.get(key, "as it was"), other.get(key, "as it was"))


def _global(label: str, key: str, before: str, after: str) -> Difference:
    call = Call(id=f"{key} {label}", label=label, module="", parts=(key,), kind="global", pickle="")
    return Difference(call=call, step=0, section="globals", before=before, after=after, said=key)


def _opaque(step: Sections) -> list[str]:
    try:
        return [str(text) for text in json.loads(step.get("opaque", "[]"))]
    except (ValueError, TypeError):
        return []


def _told(section: str, sections: Sections) -> str:
    """What a side did, in words."""
    if section in ("value", "raised", "message"):
        raised = sections.get("raised")
        return f"raises {sections.get('message', raised)}" if raised else f"returns {sections.get('value', 'nothing')}"
    if section == "again":
        return "the same answer" if sections.get("again") in (None, "{}") else f"another answer {sections['again']}"
    return sections.get(section, "") or "nothing"


def shown(difference: Difference) -> str:
    """The lines that convince: the calls that lead there, and what each side did."""
    before, after = _window(difference.before, difference.after)
    lead = {
        "arguments": "its arguments then: ",
        "arguments afterwards": "its arguments, when the result was used: ",
        "results afterwards": "what was returned before looks otherwise now: ",
        "shared": "what the result shares: ",
        "state": "",
        "again": "called once more: ",
        "kept": "what a second call's result shares with the first one's: ",
        "generators": "generators in the result: ",
        "globals": "public data: ",
    }.get(difference.section, f"{difference.section}: " if difference.section in _SAID else "")
    lines = [*(_cut(text) for text in difference.earlier[-12:]), _cut(difference.said)]
    if len(difference.earlier) > 12:
        lines.insert(0, f"… {len(difference.earlier) - 12} calls before")
    return "\n".join([*lines, f"  before: {lead}{before}", f"  after:  {lead}{after}"])


_SAID = ("stdout", "stderr", "warnings", "logs", "files")


def _window(before: str, after: str) -> tuple[str, str]:
    """Both texts around the first place where they differ, where they are long."""
    if max(len(before), len(after)) <= _SHOWN:
        return before, after
    same = next(
        (at for at, (one, two) in enumerate(zip(before, after, strict=False)) if one != two),
        min(len(before), len(after)),
    )
    start = max(0, same - _SHOWN // 3)
    return _part(before, start), _part(after, start)


def _part(text: str, start: int) -> str:
    head = f"{text[:40]} … " if start > 40 else text[:start]
    tail = " …" if len(text) > start + _SHOWN else ""
    return f"{head}{text[start : start + _SHOWN]}{tail}"


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]} …"
