"""Members of what was given change later: who is to answer for what an object then says?

An object that copies what it is given does not see such changes, one that keeps it does. A candidate that begins to see
them has given up a copy, and is wrong. One that no longer sees them, where the base did by the way, is let pass: it may
well have put what it needs into order once, as good edits do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ..core.ports import Trial
from ..core.recording import Call, Recording
from .comparing import Comparison
from .differential import Differential
from .inputs.meanwhile import is_deep
from .inputs.nodes import Node
from .inputs.thinking import Thought, made, with_objects
from .playing import MISSING, Played

WHY = "members of what the object was given change later, which the base sees"


@dataclass(frozen=True, slots=True, kw_only=True)
class Borrowed:
    """Looks at what the base does when nothing changes meanwhile."""

    differential: Differential

    def held(self, trial: Trial, recording: Recording, thoughts: Sequence[Thought], found: Comparison) -> Comparison:
        """The comparison without differences after changes that the base sees, which are counted as not compared."""
        deep = {one.call.id: one for one in thoughts if changes_members(one)}
        doubtful = [deep[one.call.id] for one in found.differences if one.call.id in deep]
        if not doubtful:
            return found
        seen = self._seen(trial, recording, doubtful)
        left = tuple(one for one in found.differences if one.call.id not in seen)
        return replace(found, differences=left, lost={**found.lost, **({WHY: len(seen)} if seen else {})})

    def _seen(self, trial: Trial, recording: Recording, thoughts: Sequence[Thought]) -> set[str]:
        """Which of these the base answers otherwise when the changes are left out."""
        alone = [made(one.call, _left_alone(one.tree), f"{one.call.id} alone") for one in thoughts]
        calls = [*(one.call for one in thoughts), *alone]
        base = self.differential.on_base(trial, with_objects(recording, calls), calls).first
        pairs = zip(thoughts, alone, strict=True)
        return {one.call.id for one, twin in pairs if _said(base, one.call, one.tree) != _said(base, twin)}


def changes_members(thought: Thought) -> bool:
    """Whether in a thought-up history members of what was given change."""
    return any(map(is_deep, thought.tree.items))


def _left_alone(tree: Node) -> Node:
    return tree.with_items([step for step in tree.items if not is_deep(step)])


def _said(base: Mapping[str, Played], call: Call, tree: Node | None = None) -> list[tuple[str, str]]:
    """What the object answered, without what the changes themselves did."""
    out = {number for number, step in enumerate(tree.items) if is_deep(step)} if tree is not None else set[int]()
    steps = [one for number, one in enumerate(base.get(call.id, MISSING).steps) if number not in out]
    return [(one.get("value", ""), one.get("raised", "")) for one in steps]
