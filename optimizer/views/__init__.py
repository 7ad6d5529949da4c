"""Readers of the ledger: screens, reports and documents. This one chooses the screen."""

import os
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Protocol, TextIO

from ..core.events import Entry
from .lines import DETAIL, NORMAL, RESULT
from .plain import Plain


class Screen(Protocol):
    """Listens to a ledger and shows what happens; a context manager around the run."""

    def __call__(self, entry: Entry) -> None: ...

    def paused(self) -> AbstractContextManager[None]:
        """Give the terminal to a question for a while."""
        ...

    def __enter__(self) -> "Screen": ...

    def __exit__(self, *problem: object) -> None: ...


def screen(
    stream: TextIO,
    *,
    plain: bool = False,
    quiet: bool = False,
    verbose: bool = False,
    clock: Callable[[], float] = time.monotonic,
    env: Mapping[str, str] = os.environ,
) -> Screen:
    """The screen that suits the stream: a live one on a real terminal, else plain lines."""
    level = RESULT if quiet else DETAIL if verbose else NORMAL
    terminal = stream.isatty()
    if plain or quiet or not terminal or env.get("TERM", "") in ("", "dumb", "unknown"):
        return Plain(stream, clock, level=level, width=shutil.get_terminal_size().columns if terminal else None)
    from .terminal import Terminal

    return Terminal(stream, clock, level=level, env=env)
