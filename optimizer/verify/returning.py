"""Functions that calls returned: both sides' were called (`harness/returned.py`), and do what differs count?"""

import json
from typing import cast


def otherwise(before: str, after: str) -> tuple[str, str]:
    """What both sides did in the first call that the base answers and the candidate answers otherwise; else nothing.

    A call that either side did not make, or that was a guess which does not fit, is no evidence; nor is what follows
    where different calls were made.
    """
    for one, other in zip(_calls(before), _calls(after), strict=False):
        name, text, refused = one
        if name != other[0]:
            break
        if text is not None and not refused and other[1] is not None and (text, False) != other[1:]:
            return f"what it returns gives {text} {name}", f"what it returns {_told(other)} {name}"
    return "", ""


def _told(call: tuple[str, str | None, bool]) -> str:
    return f"raises {call[1]}" if call[2] else f"gives {call[1]}"


def _calls(text: str) -> list[tuple[str, str | None, bool]]:
    """Written by the target's processes: anything else than calls is none."""
    try:
        listed = cast("list[list[object]]", json.loads(text or "[]"))
        return [(str(name), None if said is None else str(said), bool(refused)) for name, said, refused in listed]
    except (ValueError, TypeError):
        return []
