"""The cores that this process may use, as they were at its start: measuring narrows its own choice for a while."""

import os
from functools import lru_cache


@lru_cache(maxsize=1)
def usable_cores() -> tuple[int, ...]:
    """In order; empty where the system does not tell."""
    return tuple(sorted(os.sched_getaffinity(0))) if hasattr(os, "sched_getaffinity") else ()
