"""Two commands start at the same moment, however long the walls around each take to be put up."""

import os
import select
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from time import monotonic
from typing import Any, Final

from ..core.ports import Gate

_PATIENCE: Final = 10.0
_POLL: Final = 0.05
Open = Callable[[Sequence[Future[Any]]], None]


@contextmanager
def closed_gate() -> Generator[tuple[Gate, Open]]:
    """A gate, and what opens it once all these runs wait there; a run that has ended, or 10 s, opens it, too."""
    (ready, at_gate), (go, opener) = os.pipe(), os.pipe()
    ends = {ready, at_gate, go, opener}
    try:
        yield Gate(ready=at_gate, go=go), lambda running: _open(ready, opener, running)
    finally:
        for end in ends:
            os.close(end)


def _open(ready: int, opener: int, running: Sequence[Future[Any]]) -> None:
    waiting, end = 0, monotonic() + _PATIENCE
    while waiting < len(running) and monotonic() < end and not any(run.done() for run in running):
        if select.select([ready], [], [], _POLL)[0]:
            waiting += len(os.read(ready, len(running)))
    os.write(opener, b"." * len(running))
