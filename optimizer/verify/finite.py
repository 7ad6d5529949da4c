"""Infinite numbers, where nobody ever gave one: code that computes with integers may refuse what plain floats let pass.

A candidate that answers otherwise is wrong all the same; only the interpreter's own refusal to make an integer of such
a number is not held against it, and is said in the report.
"""

from collections.abc import Iterable
from dataclasses import replace
from math import isfinite

from .comparing import Comparison
from .inputs.described import Given
from .inputs.nodes import Node, places

_REFUSALS = ("cannot convert float infinity to integer", "cannot convert float NaN to integer")
WHY = "the change cannot take infinite numbers, and no recorded call was given one"


def within_reach(found: Comparison, given: Iterable[Given]) -> Comparison:
    """The comparison without such refusals, which are counted as not compared; unless such numbers were recorded."""
    refused = [one for one in found.differences if any(text in one.after for text in _REFUSALS)]
    if not refused or any(_infinite(node) for one in given for _, node in places(one.tree)):
        return found
    left = tuple(one for one in found.differences if one not in refused)
    return replace(found, differences=left, lost={**found.lost, WHY: len(refused)})


def _infinite(node: Node) -> bool:
    return isinstance(node.value, float) and not isfinite(node.value)
