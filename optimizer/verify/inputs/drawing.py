"""Draws new calls with hypothesis: values of the kinds that were met, alone, repeated, and in sequences of calls.

Method: property-based generation as of QuickCheck and hypothesis, here from recorded examples (`kinds.py`); hypothesis
draws, but does not run the code, for that lives in another interpreter.
"""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir

from .described import Described, Given, Parameter, key_of, owner_of, step_key
from .kinds import Kind, role_of
from .nodes import COLLECTIONS, SEQUENCES, Node, text_of
from .systematic import Found
from .variants import BLANK, STRANGE, variants
from .words import Words

_DEPTH = 5
_STEPS = 14
_FEW = 3
"""Methods that are asked in one sequence of calls, in most of them."""
_PALETTE = 3
_NEAR = 40
_LETTERS = tuple("ab AB01.-_/,\n") + STRANGE

_UNASKED = (
    HealthCheck.too_slow,
    HealthCheck.data_too_large,
    HealthCheck.filter_too_much,
    HealthCheck.large_base_example,
)
Option = TypeVar("Option")


def drawn(calls: Sequence[Given], known: Described, words: Words, count: int, start: int, home: Path) -> list[Found]:
    """At most so many new calls; the same for the same `start`, a seed. `home` is where hypothesis may keep tables."""
    set_hypothesis_home_dir(home)
    found: dict[str, Found] = {}
    near: dict[tuple[int, str], list[Node]] = {}

    @st.composite
    def made(draw: st.DrawFn) -> Found:
        one = draw(st.sampled_from(calls))
        return one, _Draw(draw, known, words, near).tree(one)

    @seed(start)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=_UNASKED,
    )
    @given(made())
    def collect(one: Found) -> None:
        found.setdefault(text_of(one[1]), one)

    collect()
    return list(found.values())


class _Draw:
    """The choices for one new call."""

    def __init__(
        self, draw: st.DrawFn, known: Described, words: Words, near: dict[tuple[int, str], list[Node]]
    ) -> None:
        self.draw = draw
        self.known = known
        self.words = words
        self.near = near
        self.palettes: dict[tuple[str, str], list[Node]] = {}

    def tree(self, given_call: Given) -> Node:
        if given_call.tree.tag != "history":
            return self.arguments(given_call, given_call.tree, key_of(given_call.call))
        return self.history(given_call)

    def chance(self, percent: int) -> bool:
        return self.draw(st.integers(0, 99)) < percent

    def one(self, options: Sequence[Option]) -> Option:
        return self.draw(st.sampled_from(options))

    def arguments(self, given_call: Given, call: Node, key: str) -> Node:
        """The call with most of its arguments drawn anew, and now and then one more that has a default."""
        owner = owner_of(given_call.call, key)
        items = [
            self.argument(owner, self.known.name_of(key, call, number), item) for number, item in enumerate(call.items)
        ]
        names = list(call.names)
        for one in self.left(key, call):
            kind = self.known.kind(owner, one.name)
            if kind.types and self.chance(30):
                items.append(self.value(kind, _DEPTH))
                names.append(one.name)
        return Node("call", None, tuple(items), tuple(names), call.about)

    def left(self, key: str, call: Node) -> list[Parameter]:
        """Parameters that this call leaves at their defaults."""
        listed = self.known.parameters.get(key, ())
        placed = len([name for name in call.names if not name])
        return [
            one
            for one in listed[placed:]
            if one.kind in ("POSITIONAL_OR_KEYWORD", "KEYWORD_ONLY")
            and one.name not in call.names
            and one.default is not None
        ]

    def argument(self, owner: str, name: str, item: Node) -> Node:
        """One of few values that this sequence of calls uses, or another."""
        if item.tag in ("followed", "opaque") or self.chance(15):
            return item
        kind = self.known.kind(owner, name)
        if not kind.types:
            return item
        palette = self.palettes.setdefault((owner, name), [])
        if len(palette) < _PALETTE:
            palette.append(self.value(kind, _DEPTH))
        return self.one(palette) if self.chance(75) else self.value(kind, _DEPTH)

    def history(self, given_call: Given) -> Node:
        """A constructor's call and calls of methods; of those that were never recorded only what needs no guess."""
        first, steps = given_call.tree.items[0], given_call.tree.items[1:]
        key = key_of(given_call.call)
        start = first if self.chance(40) else self.arguments(given_call, first, step_key(key, first))
        models = [*_models(self.known, given_call), *self.unrecorded(key)]
        kept = list(steps[: self.draw(st.integers(0, min(len(steps), _STEPS)))]) if self.chance(40) else []
        if models:
            few = self.some(models) if self.chance(60) else models
            more = [self.one(few) for _ in range(self.draw(st.integers(1, _STEPS)))]
            kept += [self.arguments(given_call, model, step_key(key, model)) for model in more]
        return Node("history", None, (start, *kept))

    def some(self, models: Sequence[Node]) -> list[Node]:
        """Few of them, so that the same is asked many times over and nothing else empties what that fills.

        Method: swarm testing (Groce, Zhang, Eide, Chen, Regehr, ISSTA 2012).
        """
        telling = [model for model in models if model.items]
        few = self.draw(st.lists(st.sampled_from(models), min_size=1, max_size=_FEW))
        return [self.one(telling), *few] if telling else few

    def unrecorded(self, key: str) -> list[Node]:
        """Calls of public methods whose parameters are known by name from other methods, or not needed."""
        found: list[Node] = []
        for name, kind in self.known.methods.get(key, ()):
            needed = [
                one.name
                for one in self.known.parameters.get(f"{key}.{name}", ())
                if one.default is None and one.kind in ("POSITIONAL_ONLY", "POSITIONAL_OR_KEYWORD")
            ]
            pools = [self.known.kind(key, one) for one in needed]
            if all(pool.types for pool in pools):
                items = tuple(_any(pool) for pool in pools)
                found.append(Node("call", None, items, ("",) * len(items), f"{kind} {name}"))
        return found

    def value(self, kind: Kind, depth: int) -> Node:
        """A value of one of the types of a kind: as it was met, near such a one, or anew."""
        name = self.one(kind.types)
        pool = kind.pool(name)
        start = self.one(pool) if pool else BLANK.get(name)
        if start is None or depth < 0 or self.chance(20):
            return start or Node("none")
        if start.tag == "object" or (start.tag in COLLECTIONS and self.chance(75)):
            return self.compound(kind, start, depth - 1)
        if self.chance(25):
            return self.scalar(start)
        near = self.near.setdefault((id(kind), text_of(start)), [])
        if not near:
            near += [start, *islice(variants(start, kind, self.words), _NEAR)]
        return self.one(near)

    def scalar(self, start: Node) -> Node:
        """Anew, by hypothesis' own strategies."""
        made: object = None
        if start.tag == "int" and isinstance(start.value, int):
            made = self.draw(st.integers(-abs(start.value) * 2 - 9, abs(start.value) * 2 + 9))
        elif start.tag == "float":
            made = self.draw(st.floats())
        elif start.tag == "str" and isinstance(start.value, str):
            pieces = (*_LETTERS, *start.value[:20], *self.words.texts[:20])
            made = "".join(self.draw(st.lists(st.sampled_from(pieces), max_size=8)))
        elif start.tag in ("bytes", "bytearray"):
            made = self.draw(st.binary(max_size=12)).decode("latin-1")
        return start if not isinstance(made, int | float | str) else Node(start.tag, made)

    def compound(self, kind: Kind, start: Node, depth: int) -> Node:
        """An object with some fields drawn; a collection of few different members, so that they meet again."""
        if start.tag == "object" or (start.tag == "tuple" and 0 < len(start.items) <= 8):
            parts = [kind.part(role_of(start, number)) for number in range(len(start.items))]
            items = zip(parts, start.items, strict=True)
            return start.with_items([self.value(part, depth) if self.chance(40) else item for part, item in items])
        if start.tag == "dict":
            return self.mapping(kind, start, depth)
        part = kind.part("member")
        palette = list(start.items[:4]) if start.items and self.chance(60) else []
        while part.types and len(palette) < 4 and (not palette or self.chance(50)):
            palette.append(self.value(part, depth))
        if not palette:
            return start
        most = 7 if start.tag in SEQUENCES else 4
        return start.with_items(self.draw(st.lists(st.sampled_from(palette), max_size=most)))

    def mapping(self, kind: Kind, start: Node, depth: int) -> Node:
        pairs: list[Node] = []
        for pair in start.items[:8]:
            if self.chance(80):
                known = kind.part(f"value of {pair.items[0].value}") if pair.items[0].tag == "str" else None
                part = known if known is not None and known.types else kind.part("value")
                pairs.append(pair.with_items((pair.items[0], self.value(part, depth))) if self.chance(40) else pair)
        if kind.part("key").types and kind.part("value").types and self.chance(40):
            pairs.append(
                Node("pair", None, (self.value(kind.part("key"), depth), self.value(kind.part("value"), depth)))
            )
        return start.with_items(pairs)


def _models(known: Described, given_call: Given) -> list[Node]:
    """One call of each method, as it was recorded on objects of the class."""
    mine = [one for one in known.given if key_of(one.call) == key_of(given_call.call) and one.tree.tag == "history"]
    found: dict[tuple[str, tuple[str, ...]], Node] = {}
    for one in mine:
        for step in one.tree.items[1:]:
            found.setdefault((step.about, step.names), step)
    return list(found.values())


def _any(kind: Kind) -> Node:
    pools = [one for name in kind.types for one in kind.pool(name)[:1]]
    return pools[0] if pools else BLANK.get(kind.types[0], Node("none"))
