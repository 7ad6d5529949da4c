"""What a failing workload's last words point to, where the way in which we run it is the likely cause; pure."""

import re
from typing import Final

from ..core.offline import NO_NETWORK

_SYMPTOMS: Final = (
    (
        r"EOFError: EOF when reading|EOF when reading a line",
        "it reads standard input, which is empty here: give it a file, as in: python bench.py < input.txt",
    ),
    (
        NO_NETWORK,
        "there is no network in the sandbox: give it its data as files, or a server of its own on this machine",
    ),
    (r"No space left on device|Disk quota exceeded|ENOSPC", "a disk is full: free some space, or write less"),
    (r"Read-only file system", "it may write in its tree and in the temporary folder only"),
    (r"MemoryError|Cannot allocate memory|ENOMEM", "it ran out of memory: a smaller input will do"),
)


def advice(said: str) -> str:
    """One sentence on what to do, empty where nothing is recognised."""
    return next((fix for pattern, fix in _SYMPTOMS if re.search(pattern, said)), "")
