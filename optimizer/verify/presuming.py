"""Fractions where only whole numbers were met: what the source says of them may still be meant for whole ones.

So such a call counts only where the base answers it, and a candidate that cannot take a float is let pass: the
interpreter says so to whoever gives it one.
"""

from dataclasses import replace

from ..core.recording import Call
from .comparing import Comparison, Difference
from .inputs.described import Described, key_of

WHY = "they are given fractions, which the base or the change does not take, and no recorded call was given one"
_FLOAT = '"t": "float"'


def presumably(found: Comparison, known: Described) -> Comparison:
    """The comparison without what only comes of that, which is counted as not compared."""
    left = tuple(one for one in found.differences if not _open(one, known))
    gone = len(found.differences) - len(left)
    return replace(found, differences=left, lost={**found.lost, **({WHY: gone} if gone else {})})


def _open(one: Difference, known: Described) -> bool:
    """Whether the difference is one between refusals, or the candidate's refusal of a float."""
    if key_of(one.call) not in known.presumed or not _has_float(one.call):
        return False
    refusal = one.after.startswith(("raises TypeError", "raises AttributeError")) and "float" in one.after
    return one.before.startswith("raises ") or refusal


def _has_float(call: Call) -> bool:
    return any(_FLOAT in text for text in (call.pickle, call.made_of, *(step.pickle for step in call.steps)))
