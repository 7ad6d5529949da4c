"""Adds to what is known of parameters what the source says of them (`said.py`)."""

import re
from collections.abc import Mapping

from .described import Described, Given, key_of, owner_of, step_key
from .kinds import Kind
from .said import Said

_FIELD = re.compile(r"\d+\.\d+")
"""Role of a member of a short tuple."""


def presume(known: Described, told: Mapping[str, Said]) -> Described:
    """`told` is what each file says, by its path."""
    for one in known.given:
        file = told.get(one.call.label.partition("::")[0])
        if file is not None:
            _take(known, one, file)
    return known


def _take(known: Described, one: Given, file: Said) -> None:
    key, is_history = key_of(one.call), one.tree.tag == "history"
    if is_history:
        known.attributes[key] = file.attributes.get(key.partition(":")[2], ())
    for call in one.tree.items if is_history else (one.tree,):
        mine = step_key(key, call) if is_history else key
        name = mine.partition(":")[2] + (".__init__" if is_history and mine == key else "")
        known.streams[mine] = file.streams.get(name, frozenset())
        known.checked[mine] = file.checked.get(name, frozenset())
        for parameter in {known.name_of(mine, call, number) for number in range(len(call.items))} & file.fractions:
            if _widened(known.kind(owner_of(one.call, mine), parameter)):
                known.presumed.add(key)


def _widened(kind: Kind) -> bool:
    """Whether fractions are possible now where whole numbers were met: alone, in lists, in tuples of nothing else."""
    found = "int" in kind.seen and "float" not in kind.seen
    if found:
        kind.seen["float"] = {}
    fields = [part for role, part in kind.parts.items() if _FIELD.fullmatch(role)]
    inner = fields if all(part.types == ("int",) for part in fields) else []
    return any([found, *map(_widened, [*inner, *(kind.parts[role] for role in ("member",) if role in kind.parts)])])
