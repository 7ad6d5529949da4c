"""Faults to plant in a function: a spread of mutations of its text that this interpreter can tell from the original.

Written for whole functions as text. mutmut and cosmic-ray change whole projects, run the tests themselves, and bring
parsers that do not keep bytes; what is needed of them here is their lists of operators.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from ..core.values import Unit
from ..languages.mutations import Mutation, mutations
from ..languages.python import blanked, openings, parse, units
from ..languages.same_code import bytecode, same_code
from .probe import insert_line

NOTHING = "does nothing"
"""The operator of the crudest fault: the function returns at once."""
_SHOWN = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A file with one fault in one of its functions."""

    path: str
    unit: str
    operator: str
    line: int
    """Where the fault begins, 1-based, in the file without it."""
    before: str
    """The line without the fault, for people."""
    after: str
    source: bytes
    """The whole file with the fault."""


def mutants(path: str, source: bytes, names: Iterable[str], *, seed: int) -> Iterator[Mutant]:
    """Faults in the named units, one at a time, spread over their lines and operators; the same for the same seed.

    What does not compile is left out, and so is what compiles to the same as the original or as an earlier mutant. An
    interpreter that cannot read the source itself goes by the grammar and the words.
    """
    found = [unit for unit in units(path, source) if unit.name in frozenset(names)]
    places = dict.fromkeys((one, unit) for unit in _outermost(found) for one in _faults(source, unit))
    original = bytecode(source)
    seen = {original}
    for mutation, unit in _spread(list(places), source, Random(seed)):
        text = source[: mutation.start] + mutation.text + source[mutation.end :]
        code = bytecode(text)
        if original is None:
            usable = not parse(text).has_error and not same_code(source, text)
        else:
            usable = code is not None and code not in seen
        if usable:
            seen.add(code)
            yield _mutant(path, source, text, mutation, unit.name)


def idle(path: str, source: bytes, name: str) -> Mutant | None:
    """The function that returns at once; None where it does nothing anyway."""
    text, code = bytearray(source), blanked(source)
    places = [opening.offset for opening in openings(source) if opening.unit == name and code[opening.offset]]
    for offset in sorted(places, reverse=True):
        insert_line(text, offset, b"return")
    after = bytes(text)
    compiled = bytecode(after)
    if not places or same_code(source, after) or (compiled is not None and compiled == bytecode(source)):
        return None
    line = source.count(b"\n", 0, min(places)) + 1
    return Mutant(
        path=path, unit=name, operator=NOTHING, line=line, before=_line(source, line), after="return", source=after
    )


def _faults(source: bytes, unit: Unit) -> tuple[Mutation, ...]:
    return mutations(source, unit.start, unit.end)


def _outermost(found: Sequence[Unit]) -> list[Unit]:
    """Units that lie in no other of them: a fault inside an inner one is a fault of the outer one."""
    return [one for one in found if not any(_holds(other, one) for other in found if other is not one)]


def _holds(outer: Unit, inner: Unit) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _spread(places: list[tuple[Mutation, Unit]], source: bytes, draw: Random) -> Iterator[tuple[Mutation, Unit]]:
    """Each next one where the fewest came before: of its unit, of its line, of its operator."""
    draw.shuffle(places)
    taken: Counter[tuple[str, object]] = Counter()
    keys = {place: _keys(place, source) for place in places}
    while places:
        best = min(places, key=lambda place: [taken[key] for key in keys[place]])
        places.remove(best)
        taken.update(keys[best])
        yield best


def _keys(place: tuple[Mutation, Unit], source: bytes) -> tuple[tuple[str, object], ...]:
    mutation, unit = place
    line = source.count(b"\n", 0, mutation.start)
    return ("unit", unit.name), ("line", line), ("operator", mutation.operator)


def _mutant(path: str, source: bytes, text: bytes, mutation: Mutation, unit: str) -> Mutant:
    line = source.count(b"\n", 0, mutation.start) + 1
    return Mutant(
        path=path,
        unit=unit,
        operator=mutation.operator,
        line=line,
        before=_line(source, line),
        after=_line(text, line),
        source=text,
    )


def _line(text: bytes, number: int) -> str:
    lines = text.split(b"\n")
    shown = lines[number - 1].decode("utf-8", "replace").strip() if number <= len(lines) else ""
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]} …"
