"""Calls on objects as they were recorded, in new sequences: what was asked of one is asked of another.

Method: random sequences of calls, as in Randoop (Pacheco, Lahiri, Ernst, Ball, ICSE 2007), some of few methods
only (swarm testing, Groce, Zhang, Eide, Chen, Regehr, ISSTA 2012); arguments stay as they were met, or come from
another call of the same method. Some sequences are narrow: they come back to a few values, on an object that was made
with small numbers, and ask what the candidate changes.
"""

from collections.abc import Iterator, Sequence
from random import Random

from .described import Given
from .nodes import Node, put, size, text_of
from .sequences import starts

_LONGEST = 12
_FEW = 4
_VALUES = 3
_CALLS = 40
"""Calls of one method that are used."""
_PREFIX, _MINE, _AGAIN, _CROSSED, _ELSEWHERE, _SWARM, _NARROW = 0.3, 0.5, 0.25, 0.3, 0.5, 0.6, 0.4
"""Shares: of sequences with the beginning of a recorded one; of calls from objects made in the same way, of calls made
again, of calls with an argument of another, of these with one of another method; of sequences of few methods, of narrow
ones."""

Found = tuple[Given, Node]
Pools = dict[str, list[Node]]


def regrouped(given: Sequence[Given], changed: frozenset[str], start: int) -> Iterator[Found]:
    """Such sequences without end, where there is an object that is asked something; the same for the same `start`.

    `changed` are names of methods that the candidate changes.
    """
    histories = [one for one in given if one.tree.tag == "history" and len(one.tree.items) > 1]
    made: dict[str, list[Given]] = {}
    for one in sorted(histories, key=lambda one: size(one.tree)):
        made.setdefault(text_of(one.tree.items[0]), []).append(one)
    every, alike = _pools(histories), [(ones, _pools(ones)) for ones in made.values()]
    chance = Random(start)
    while alike:
        ones, mine = chance.choice(alike)
        kind = _Narrow if chance.random() < _NARROW else _Sequence
        yield kind(chance, ones, mine, every, changed).made()


def _pools(histories: Sequence[Given]) -> Pools:
    found: dict[str, dict[str, Node]] = {}
    for one in histories:
        for step in one.tree.items[1:]:
            found.setdefault(step.about, {}).setdefault(text_of(step), step)
    return {name: list(steps.values())[:_CALLS] for name, steps in found.items()}


class _Sequence:
    """The choices for one sequence: objects made in the same way, their calls, and those of all objects."""

    def __init__(
        self, chance: Random, ones: Sequence[Given], mine: Pools, every: Pools, changed: frozenset[str]
    ) -> None:
        self.chance = chance
        self.one = chance.choice(ones)
        self.mine = mine
        self.every = every
        self.changed = [name for name in every if name.partition(" ")[2] in changed]
        self.names = self.asked()

    def asked(self) -> list[str]:
        names = list(self.every)
        few = self.chance.random() < _SWARM
        return self.chance.sample(names, min(_FEW, len(names))) if few else names

    def made(self) -> Found:
        first, recorded = self.one.tree.items[0], self.one.tree.items[1:]
        begun = self.chance.random() < _PREFIX
        steps = list(recorded[: self.chance.randint(1, min(len(recorded), _LONGEST))]) if begun else []
        for _ in range(self.chance.randint(2, _LONGEST)):
            again = steps and self.chance.random() < _AGAIN
            steps.append(self.chance.choice(steps) if again else self.call())
        return self.one, Node("history", None, (first, *steps))

    def call(self) -> Node:
        name = self.chance.choice(self.names)
        every = self.every[name]
        step = self.chance.choice(self.mine.get(name, every) if self.chance.random() < _MINE else every)
        if step.items and self.chance.random() < _CROSSED:
            at = self.chance.randrange(len(step.items))
            found = self.met(step.items[at].tag) if self.chance.random() < _ELSEWHERE else _there(every, step, at)
            return put(step, (at,), self.chance.choice(found)) if found else step
        return step

    def met(self, tag: str) -> list[Node]:
        """What other methods of such objects were given, of that type."""
        steps = self.every[self.chance.choice(self.names)]
        return [item for step in steps for item in step.items if item.tag == tag]


class _Narrow(_Sequence):
    """A sequence that comes back to few values."""

    def asked(self) -> list[str]:
        return list(dict.fromkeys((*self.changed, *self.chance.sample(list(self.every), min(_FEW, len(self.every))))))

    def made(self) -> Found:
        first = self.chance.choice(list(dict.fromkeys(starts(self.one.tree.items[0]))))
        given = [step.items[0] for name in self.names for step in self.every[name] if step.items]
        like = self.chance.choice(given).tag if given else ""
        values = list({text_of(item): item for item in given if item.tag == like}.values())
        values = self.chance.sample(values, min(_VALUES, len(values)))
        steps: list[Node] = []
        for _ in range(self.chance.randint(_FEW, _LONGEST)):
            step = self.chance.choice(self.every[self.chance.choice(self.names)])
            told = step.items and step.items[0].tag == like
            steps.append(put(step, (0,), self.chance.choice(values)) if told else step)
        return self.one, Node("history", None, (first, *steps))


def _there(steps: Sequence[Node], like: Node, at: int) -> list[Node]:
    """What calls of the same method were given in that place."""
    return [one.items[at] for one in steps if at < len(one.items) and one.names[at] == like.names[at]]
