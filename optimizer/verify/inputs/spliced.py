"""Texts made of pieces of texts that were met: what reads a language is told things that nobody said in it.

Method: splicing and token-level mutation, as in grammar-free fuzzing (AFL's havoc and splice stages, Zalewski;
Salls, Jindal, Corina, Kruegel, Vigna, Token-Level Fuzzing, USENIX Security 2021), without a search.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from random import Random

from .described import Described, Given
from .nodes import TEXTS, Node, Path, part_at, places, put
from .words import Words

_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
_LOOKED_AT = 600
_LONGEST = 4
"""Tokens that are put in, left out or repeated at once."""
_CHANGES = 4
_MIRRORED = {"(": ")", "[": "]", "{": "}", "<": ">"}
_OPENING = {close: sign for sign, close in _MIRRORED.items()}
_WORDS = 0.15
"""Share of pieces that are words of the code."""

Found = tuple[Given, Node]
Tokens = list[str]
Spot = tuple[Given, Path, list[Tokens]]


def spliced(given: Sequence[Given], known: Described, words: Words, start: int) -> Iterator[Found]:
    """Such calls without end, where there is a text of several parts; the same for the same `start`."""
    chance = Random(start)
    spots = [each for each in ([*_spots(one, known)] for one in given) if each]
    while spots:
        one, path, texts = chance.choice(chance.choice(spots))
        mine = _tokens(part_at(one.tree, path).value)
        for _ in range(chance.randint(1, _CHANGES)):
            piece = [chance.choice(words.texts)] if words.texts and chance.random() < _WORDS else chance.choice(texts)
            mine = chance.choice(_WAYS)(chance, mine, piece)
        text = "".join(mine)
        node = part_at(one.tree, path)
        if node.tag == "str" or all(ord(letter) < 256 for letter in text):
            yield one, put(one.tree, path, Node(node.tag, text, names=node.names))


def _spots(one: Given, known: Described) -> Iterator[Spot]:
    """Where a text of several parts was met, and such texts, as parts."""
    for path, node in places(one.tree):
        kind = known.at(one, one.tree, path) if node.tag in TEXTS else None
        texts = [_tokens(other.value) for other in (node, *(kind.pool(node.tag) if kind is not None else ()))]
        if kind is not None and any(len(tokens) > 1 for tokens in texts):
            yield one, path, [tokens for tokens in texts if tokens]


def _tokens(value: object) -> Tokens:
    """What is beyond the part that is looked at stays in one piece."""
    text = value if isinstance(value, str) else ""
    rest = text[_LOOKED_AT:]
    return [*_TOKEN.findall(text[:_LOOKED_AT]), *([rest] if rest else [])]


def _range(chance: Random, tokens: Tokens) -> tuple[int, int]:
    start = chance.randint(0, len(tokens))
    return start, min(len(tokens), start + chance.randint(1, _LONGEST))


def _crossed(chance: Random, mine: Tokens, other: Tokens) -> Tokens:
    return mine[: chance.randint(0, len(mine))] + other[chance.randint(0, len(other)) :]


def _put_in(chance: Random, mine: Tokens, other: Tokens) -> Tokens:
    start, end = _range(chance, other)
    at = chance.randint(0, len(mine))
    return mine[:at] + other[start:end] + mine[at:]


def _left_out(chance: Random, mine: Tokens, _: Tokens) -> Tokens:
    start, end = _range(chance, mine)
    return mine[:start] + mine[end:]


def _repeated(chance: Random, mine: Tokens, _: Tokens) -> Tokens:
    start, end = _range(chance, mine)
    at = chance.randint(0, len(mine))
    return mine[:at] + mine[start:end] + mine[at:]


def _wrapped(chance: Random, mine: Tokens, other: Tokens) -> Tokens:
    """A part between signs: a bracket and its mirror image, or the same twice."""
    signs = [one for one in (*other, *mine) if not one[0].isalnum() and not one.isspace()]
    if not signs:
        return mine
    sign = chance.choice(signs)
    sign = _OPENING.get(sign, sign)
    start, end = sorted(chance.choices(range(len(mine) + 1), k=2))
    return [*mine[:start], sign, *mine[start:end], _MIRRORED.get(sign, sign), *mine[end:]]


_WAYS: tuple[Callable[[Random, Tokens, Tokens], Tokens], ...] = (
    _crossed,
    _put_in,
    _put_in,
    _left_out,
    _repeated,
    _wrapped,
)
