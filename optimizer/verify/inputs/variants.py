"""Values near a given one: the boundaries of its type, other sizes, other orders. The most telling come first."""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations, cycle, islice, permutations

from . import arrays, moments
from .kinds import Kind, type_of
from .nodes import CHANGING, COLLECTIONS, SEQUENCES, TEXTS, Node, of_value, put, text_of
from .words import Words

STRANGE = (
    "\u00e9",
    "\u00df",
    "\u0130",
    "e\u0301",
    "\u2028",
    "\u00a0",
    "\u00b2",
    "\u0663",
    "\x00",
    "\U0001f600",
    "\ufb01",
)
"""Letters that change their length or class when they are normalised, folded, encoded, split or read as numbers."""
STRANGER = (
    "\ud800",
    "\x1c",
    "\x85",
    "\u200b",
    "\u03a3\u03c2",
    "\u01c5",
    "\ufeff",
    "\x7f",
    "\u0e33",
    "\uff11",
    "\u0131",
)
HUGE = (2**31, 2**63, -(2**63) - 1, 10**20)
_LARGEST = 1200
_SEAM = re.compile(r"[^\w\s]+|\r?\n|\s+|_+")
_SEAMS = 6
_EXCHANGED = 5
_EXCHANGED_FIELDS = 16
_MANY_TYPES = 4
_RECORDS = 4
"""So many different tuples of one length, and no others, are records; of so many lengths they are sequences."""
_LOOKED_AT = 2000
_LONGEST_WORD = 40
_PLACE = re.compile(r"(file://)?/[^\s/]")
_NOTHING = "/dev/null"
"""A file that is there, and empty."""
_EXPONENTS = (2, 3, 4, 5, 6, 15)
_LARGEST_BASE = 1024
_BASES = 4


def variants(node: Node, kind: Kind, words: Words) -> Iterator[Node]:
    """Other values of types that are known here; each once."""
    seen = {text_of(node)}
    for one in _all(node, kind, words):
        text = text_of(one)
        if text not in seen:
            seen.add(text)
            yield one


def _all(node: Node, kind: Kind, words: Words) -> Iterator[Node]:
    if node.tag in _SCALARS:
        yield from _SCALARS[node.tag](node, words)
    elif node.tag in COLLECTIONS:
        yield from _collections(node, kind, words)
    elif node.tag == arrays.TAG:
        yield from arrays.arrays(node, kind.pool(type_of(node)))
    yield from _others(node, kind)


def _others(node: Node, kind: Kind) -> Iterator[Node]:
    """What else was met here, other types and equal numbers of other types included."""
    if node.tag in ("int", "float", "bool") and not isinstance(node.value, str | tuple | None):
        for tag, make in (("int", _as_int), ("float", float), ("bool", bool)):
            made = make(node.value) if tag in kind.seen and tag != node.tag else None
            if made is not None and made == node.value:
                yield of_value(made)
    for name in kind.types:
        yield from kind.pool(name)[:6]
        if not kind.pool(name) and name in BLANK:
            yield BLANK[name]
    if len(set(kind.types) - {"none"}) >= _MANY_TYPES:
        yield from _KIN


_KIN = (
    Node("deque", None, (Node("int", 1), Node("int", 2))),
    Node("range", None, (Node("int", 0), Node("int", 3), Node("int", 1))),
    Node("frozenset", None, (Node("int", 1),)),
    Node("dict", None, (Node("pair", None, (Node("str", "a"), Node("int", 1))),), about="collections:OrderedDict"),
    Node("bytearray", "ab"),
    Node("bytes", "ab"),
    Node("tuple", None, (Node("int", 1), Node("str", "a"))),
    Node("decimal", "1.50"),
    Node("date", (2024, 2, 29)),
    Node("complex", None, (Node("float", 1.0), Node("float", 2.0))),
)
"""Of types that were not met, where so many were that the code may ask what it is given."""


def _as_int(value: float) -> int | None:
    return int(value) if math.isfinite(value) else None


BLANK = {
    "int": Node("int", 0),
    "float": Node("float", 0.5),
    "str": Node("str", ""),
    "bytes": Node("bytes", ""),
    "bool": Node("bool", value=True),
    "list": Node("list"),
    "set": Node("set"),
    "dict": Node("dict"),
    "none": Node("none"),
}
"""Of types that are hinted at only."""


def _ints(node: Node, words: Words) -> Iterator[Node]:
    value = int(node.value) if isinstance(node.value, int) else 0
    near = (
        0,
        1,
        -1,
        value + 1,
        value - 1,
        2,
        -value,
        value % 3,
        *words.near[:60],
        value * 2,
        value * 10,
        3,
        10,
        255,
        256,
        1000,
    )
    yield from (replace(node, value=one) for one in (*near, *HUGE, *_powers(words)))


def _powers(words: Words) -> Iterator[int]:
    """Where the number of digits changes: of ten, and of what the code itself names."""
    bases = dict.fromkeys((10, *(one for one in words.near if 1 < one <= _LARGEST_BASE)))
    for exponent in _EXPONENTS:
        for base in islice(bases, _BASES):
            yield from (base**exponent, base**exponent - 1)


def _floats(node: Node, words: Words) -> Iterator[Node]:
    value = float(node.value) if isinstance(node.value, int | float) else 0.0
    round_ = float(round(value)) if math.isfinite(value) else 0.0  # many of them at once meet each other, and limits
    near = (math.nan, 0.0, -0.0, math.inf, -math.inf, 1.0, -value, round_, 0.5, -0.5, 2.5)
    more = (
        math.nextafter(value, math.inf),
        *words.floats,
        *map(float, words.near[:30]),
        0.1,
        value + 1,
        value * 10,
        1e16,
        1e308,
        5e-324,
        1e-9,
        1 / 3,
    )
    yield from (replace(node, value=one) for one in (*near, *more))


def _texts(node: Node, words: Words) -> Iterator[Node]:
    value = node.value if isinstance(node.value, str) else ""
    found = [*_near_text(value, node.tag), *_seams(value)]
    for word in (word for word in words.texts if len(word) <= _LONGEST_WORD):
        found += _with_word(value, word)
    found += [str(one) for one in words.near[:20]]
    found += [_filled(value or "a", one) for one in words.lengths[:40]]
    found += [_in_the_middle(value, one) for one in (STRANGER if node.tag == "str" else ())]
    found += [value * 10, _filled(value or "a", 3000)]
    yield from (replace(node, value=one) for one in found if node.tag == "str" or _latin(one))


def _near_text(value: str, tag: str) -> Iterator[str]:
    """Empty, with one strange letter, other cases, halves, blanks and line ends around it."""
    strange, end = (STRANGE, "\r\n") if tag == "str" else (("\x00", "\xff", "\xc3\xa9", "\x80"), "\r\n")
    odd = [_in_the_middle(value, one) for one in strange]
    place = _PLACE.match(value)
    if place is not None:
        yield f"{place[1] or ''}{_NOTHING}"
    yield from ("", odd[0], *_blanks(value), value.upper(), value.title(), *odd[1:])
    yield from (value + value, " ", value[:1], value[1:], *(value + one for one in strange[:4]), *strange)
    yield from (f" {value} ", f"{value}\n", f"{value}{end}{value}\n", value.swapcase(), f"0{value}", value[::-1])
    yield from (value[:-1], "\t", "\n", "0", "-1", "a", "A", f"{value}\r")


def _with_word(value: str, word: str) -> tuple[str, ...]:
    """A word of the code beside, inside and without the text."""
    inside, without = _in_the_middle(value, word), value.replace(word, "")
    other = word.swapcase()
    return word, value + word, word + value, inside, word * 2, without, other + value, word + value.swapcase()


def _in_the_middle(value: str, more: str) -> str:
    half = len(value) // 2
    return value[:half] + more + value[half:]


def _blanks(text: str) -> Iterator[str]:
    """Other ends of lines, and other blanks, everywhere."""
    for old, kinds in (("\n", ("\r\n", "\r", "\x0c", "\u2028")), (" ", ("\t", "\u00a0"))):
        if old in text[:_LOOKED_AT]:
            yield from (text.replace(old, new) for new in kinds)


def _seams(text: str) -> Iterator[str]:
    """What separates the parts of a text: left out everywhere; where it first stands halved, doubled, by blanks."""
    spots = {match[0]: match.span() for match in reversed(list(_SEAM.finditer(text[:_LOOKED_AT])))}
    chosen = sorted(spots.items(), key=lambda entry: entry[1])[:_SEAMS]
    yield from (text.replace(seam, "") for seam, _ in chosen)
    long = [(seam, spot) for seam, spot in chosen if len(seam) > 1]
    yield from (text[:start] + half + text[end:] for seam, (start, end) in long for half in (seam[:1], seam[-1:]))
    for put_in in ("{0}{0}", "", "{0} ", "{0}\t", " {0}"):
        for seam, (start, end) in chosen:
            yield text[:start] + put_in.replace("{0}", seam) + text[end:]


def _latin(text: str) -> bool:
    return all(ord(letter) < 256 for letter in text)


def _filled(text: str, length: int) -> str:
    return (text * (length // len(text) + 1))[:length]


def _listed(*values: str) -> Callable[[Node, Words], Iterator[Node]]:
    return lambda node, _: (replace(node, value=one) for one in values)


def _members(node: Node, _: Words) -> Iterator[Node]:
    return (replace(node, value=name) for name in node.names)


def _flipped(node: Node, _: Words) -> Iterator[Node]:
    return iter([replace(node, value=not node.value)])


_SCALARS: dict[str, Callable[[Node, Words], Iterator[Node]]] = {
    "int": _ints,
    "float": _floats,
    "bool": _flipped,
    **dict.fromkeys(TEXTS, _texts),
    "datetime": moments.moments,
    "date": moments.days,
    "time": moments.times,
    "timedelta": moments.spans,
    "enum": _members,
    "decimal": _listed("0", "-0", "NaN", "1", "-1", "0.10", "1E+3", "Infinity", "-2.5", "1E-10", "123456789.123456789"),
    "fraction": _listed("0", "1", "-1/2", "1/3", "7/2", "100000001/3"),
    "path": _listed(_NOTHING, ".", "a", "a/b", "a/../b", "/", "/a/b.txt", "a.tar.gz", ".hidden", "a b", "\u00e9"),
    "uuid": _listed("0" * 32, "f" * 32),
}


def _collections(node: Node, kind: Kind, words: Words) -> Iterator[Node]:
    orders, elsewhere = _orders(node, _further(node, kind)[:8]), _values_elsewhere(node, kind)
    yield from islice(elsewhere, 3)
    yield from (one for one in _shared(node) if _fits(node, one.items, kind))
    yield from (node.with_items(items) for items in islice(orders, 5) if _fits(node, items, kind))
    yield from elsewhere
    yield from islice(_fields_exchanged(node), _EXCHANGED_FIELDS)
    if node.items and node.tag in SEQUENCES:
        wanted = (*words.lengths[:2], len(node.items) * 10, *words.lengths[2:])
        for length in (one for one in wanted if one <= _LARGEST):
            items = tuple(islice(cycle(node.items), length))
            if _fits(node, items, kind):
                yield node.with_items(items)
            yield from (node.with_items(items) for items in islice(orders, 1) if _fits(node, items, kind))
    yield from (node.with_items(items) for items in orders if _fits(node, items, kind))


def _fits(node: Node, items: Sequence[Node], kind: Kind) -> bool:
    """A tuple has another length only between those that were met, unless it is a sequence: of many lengths, or few
    tuples with members of one type. Else it is a record, the last fields of which may be left out.
    """
    if node.tag != "tuple" or len(items) == len(node.items):
        return True
    met = [one for name in kind.types if name.startswith("tuple") for one in kind.pool(name)]
    lengths = {len(one.items) for one in (node, *met)}
    if len(lengths) > 1:
        return len(lengths) >= _RECORDS or min(lengths) <= len(items) <= max(lengths)
    return len(node.items) > 3 and len({one.tag for one in node.items}) == 1 and len(met) < _RECORDS


def _further(node: Node, kind: Kind) -> list[Node]:
    """Members that were met in such collections and are not in this one."""
    if node.tag == "dict":
        values = [one for name in kind.part("value").types for one in kind.part("value").pool(name)]
        keys = [one for name in kind.part("key").types for one in kind.part("key").pool(name)]
        return [Node("pair", None, (key, value)) for key, value in zip(keys, reversed(values), strict=False)]
    return [one for name in kind.part("member").types for one in kind.part("member").pool(name)]


def _shared(node: Node) -> Iterator[Node]:
    """One object in two places."""
    telling = [item for item in node.items if (item.items[-1] if item.tag == "pair" else item).tag in CHANGING]
    if not telling or node.tag not in ("list", "tuple", "dict") or node.about:
        return
    if node.tag == "dict":
        value = telling[0].items[-1]
        yield replace(node, value="once", items=tuple(pair.with_items((pair.items[0], value)) for pair in node.items))
    else:
        yield replace(node, value="once", items=(*node.items, telling[0]))
        yield replace(node, value="once", items=(telling[0], *node.items))


def _values_elsewhere(node: Node, kind: Kind) -> Iterator[Node]:
    """Of a mapping, values under other keys, but not of a record: where keys are always the same, each has its type."""
    keys = {frozenset(text_of(pair.items[0]) for pair in one.items) for one in kind.pool("dict")}
    if node.tag != "dict" or not any(one - two and two - one for one, two in combinations(keys, 2)):
        return
    for number, other in permutations(range(min(len(node.items), _EXCHANGED)), 2):
        pair, value = node.items[number], node.items[other].items[1]
        if value.tag != pair.items[1].tag:
            new = pair.with_items((pair.items[0], value))
            yield node.with_items((*node.items[:number], new, *node.items[number + 1 :]))


def _fields_exchanged(node: Node) -> Iterator[Node]:
    """Of a list of records, one with a field of another."""
    for apart in range(1, len(node.items) if node.tag in SEQUENCES else 0):
        for number, record in enumerate(node.items):
            other = node.items[(number + apart) % len(node.items)]
            for field, (mine, theirs) in enumerate(zip(record.items, other.items, strict=False)):
                if record.tag == other.tag == "tuple" and mine != theirs:
                    yield put(node, (number, field), theirs)


def _orders(node: Node, further: Sequence[Node]) -> Iterator[tuple[Node, ...]]:
    items = node.items
    yield ()
    yield items[:1]
    yield (*items, *items[:1])
    unlike = next((one for one in further if one.tag not in {item.tag for item in items}), None)
    if items and unlike is not None:
        yield (*items, unlike)
        yield (unlike, *items)
    yield tuple(reversed(items))
    yield (*items[:1], *items)
    yield items * 2
    yield tuple(sorted(items, key=text_of))
    yield (*items[-1:], *items)
    yield items[1:]
    yield items[:-1]
    yield items[:2]
    yield items[:3]
    yield tuple(one for one in items for _ in range(2))
    yield items[:1] * 3
    for number in range(min(3, len(items))):
        yield (*items[:number], *items[number + 1 :])
    for one in further:
        yield (*items, one)
        yield (one, *items)
