"""Fractions where only whole numbers were met, and other collections: what the source says may still not be meant so.

So such a call counts only where the base answers it, and a candidate that cannot take a float is let pass: the
interpreter says so to whoever gives it one.
"""

from collections import Counter
from dataclasses import replace

from ..core.recording import Call
from .comparing import Comparison, Difference
from .inputs.checked import MARK
from .inputs.described import Described, key_of

WHY = "they are given fractions, which the base or the change does not take, and no recorded call was given one"
OTHER = "they are given collections that the base does not take, and no recorded call was given such"
_FLOAT = '"t": "float"'
_OTHER = f'"n": ["{MARK}"]'


def presumably(found: Comparison, known: Described) -> Comparison:
    """The comparison without what only comes of that, which is counted as not compared."""
    whys = [_open(one, known) for one in found.differences]
    left = tuple(one for one, why in zip(found.differences, whys, strict=True) if not why)
    return replace(found, differences=left, lost={**found.lost, **Counter(why for why in whys if why)})


def _open(one: Difference, known: Described) -> str:
    """Why the difference does not count: it is one between refusals, or the candidate's refusal of a float."""
    refused = one.before.startswith("raises ")
    if refused and _has(one.call, _OTHER):
        return OTHER
    if key_of(one.call) not in known.presumed or not _has(one.call, _FLOAT):
        return ""
    refusal = one.after.startswith(("raises TypeError", "raises AttributeError")) and "float" in one.after
    return WHY if refused or refusal else ""


def _has(call: Call, what: str) -> bool:
    return any(what in text for text in (call.pickle, call.made_of, *(step.pickle for step in call.steps)))
