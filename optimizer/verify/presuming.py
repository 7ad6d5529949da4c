"""Fractions where only whole numbers were met, and other collections: what the source says may still not be meant so.

So such a call counts only where the base answers it, and a candidate that cannot take a float is let pass: the
interpreter says so to whoever gives it one. Values of other types count only where the base refuses them on purpose.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from ..core.recording import Call
from .comparing import Comparison, Difference
from .inputs.checked import MARK
from .inputs.described import Described, key_of
from .inputs.strangers import STRANGER
from .inputs.subclassed import SUBCLASS

WHY = "they are given fractions, which the base or the change does not take, and no recorded call was given one"
OTHER = "they are given collections or derived classes that the base does not take, and no recorded call was given such"
_FLOAT = '"t": "float"'
STRANGE = (
    "they are given values of other types, which the base does not refuse on purpose, or the change refuses itself"
)
_OTHER = f'"n": ["{MARK}"]'
_SUBCLASS = f'"n": ["{SUBCLASS}"]'
_STRANGER = f'"n": ["{STRANGER}"]'


def presumably(found: Comparison, known: Described) -> Comparison:
    """The comparison without what only comes of that, which is counted as not compared."""
    return _without(marked(found), lambda one: _of_fractions(one) if is_presumed(one.call, known) else "")


def marked(found: Comparison) -> Comparison:
    """The same for what is told by the calls themselves: collections and types that nobody gave."""
    return _without(found, _of_types)


def is_presumed(call: Call, known: Described) -> bool:
    """Whether it has a fraction where only whole numbers were met; a later change may be let pass there."""
    return key_of(call) in known.presumed and _has(call, _FLOAT)


def _without(found: Comparison, open_: Callable[[Difference], str]) -> Comparison:
    """`open_` says why a difference does not count, or nothing."""
    whys = [open_(one) for one in found.differences]
    left = tuple(one for one, why in zip(found.differences, whys, strict=True) if not why)
    return replace(found, differences=left, lost={**found.lost, **Counter(why for why in whys if why)})


def _of_types(one: Difference) -> str:
    if _has(one.call, _STRANGER):
        before, after = one.explicit
        return "" if before == "own" and after != "no" else STRANGE
    return OTHER if _is_refusal(one) and (_has(one.call, _OTHER) or _has(one.call, _SUBCLASS)) else ""


def _of_fractions(one: Difference) -> str:
    """A difference between refusals, or the candidate's refusal of a float."""
    refusal = one.after.startswith(("raises TypeError", "raises AttributeError")) and "float" in one.after
    return WHY if _is_refusal(one) or refusal else ""


def _is_refusal(one: Difference) -> bool:
    return one.before.startswith("raises ")


def _has(call: Call, what: str) -> bool:
    return any(what in text for text in (call.pickle, call.made_of, *(step.pickle for step in call.steps)))
