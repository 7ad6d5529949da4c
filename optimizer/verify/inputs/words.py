"""Constants that stand in the code of the base or of the change: where code compares, behaviour turns."""

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ...core.values import Edit
from ...languages.python import units

_MOST = 40
_LONGEST = 200
_LARGEST = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Literals near the changed code, the ones of the change first."""

    ints: tuple[int, ...] = ()
    floats: tuple[float, ...] = ()
    texts: tuple[str, ...] = ()
    entries: tuple[str, ...] = ()
    """Of data files that the code reads."""

    @property
    def near(self) -> tuple[int, ...]:
        """The integers, one less and one more of each."""
        return tuple(dict.fromkeys(one + more for one in self.ints for more in (0, -1, 1)))

    @property
    def lengths(self) -> tuple[int, ...]:
        """Numbers that may be lengths, and those next to them."""
        return tuple(one for one in self.near if 3 <= one <= _LARGEST)


def words(edits: Sequence[Edit], changed: Mapping[str, Iterable[str]]) -> Words:
    """Literals of the changed units in both versions, and of the module's own code."""
    found: dict[type, dict[int | float | str, None]] = {int: {}, float: {}, str: {}}
    for edit in edits:
        for source in (edit.after, edit.before):
            for literal in _literals(edit.path, source or b"", changed.get(edit.path, ())):
                found[type(literal)].setdefault(literal)
    return Words(
        ints=tuple(one for one in found[int] if isinstance(one, int))[:_MOST],
        floats=tuple(one for one in found[float] if isinstance(one, float))[:_MOST],
        texts=tuple(one for one in found[str] if isinstance(one, str))[:_MOST],
    )


def _literals(path: str, source: bytes, names: Iterable[str]) -> list[int | float | str]:
    """Those of the units that count, then those of the module that stand outside all units."""
    wanted = frozenset(names)
    everywhere = _constants(source)
    inside: list[int | float | str] = []
    for unit in units(path, source):
        if unit.name in wanted:
            inside += [one for at, one in everywhere if unit.first <= at <= unit.last]
    spans = [(unit.first, unit.last) for unit in units(path, source)]
    outside = [one for at, one in everywhere if not any(first <= at <= last for first, last in spans)]
    return [*inside, *outside]


def _constants(source: bytes) -> list[tuple[int, int | float | str]]:
    """(line, literal); none of a source in a syntax that this interpreter does not read."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return []
    skip = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found: list[tuple[int, int | float | str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in skip:
            found += [(node.lineno, one) for one in _parts(node.value)]
    return sorted(found, key=lambda entry: entry[0])


def _parts(value: object) -> list[int | float | str]:
    """A literal, and of a pattern the pieces that it is made of."""
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return []
    if not isinstance(value, str):
        return [value]
    pieces = re.findall(r"[^\W_]+|[^\w\s\\]", value) if re.search(r"[\\\[\](){}|*+?^$]", value) else []
    return [one for one in (value, *dict.fromkeys(pieces)) if one and len(one) <= _LONGEST]
