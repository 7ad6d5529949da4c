"""The screen for pipes, logs and simple terminals: one line per finished step, and a sign of life."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TextIO

from ..core.events import Entry
from .fit import showable, wrapped
from .lines import NORMAL, Line, lines, status
from .state import State, advance

PATIENCE = 30.0
"""Seconds of silence after which it says that it still works: some CI systems kill silent jobs."""


class Plain:
    """A listener that writes lines. As a context manager it also shows life while no event comes."""

    def __init__(
        self,
        stream: TextIO,
        clock: Callable[[], float],
        *,
        level: int = NORMAL,
        width: int | None = None,
        patience: float = PATIENCE,
    ) -> None:
        """`clock` is monotonic seconds; `width` None leaves lines unbroken."""
        self._stream = stream
        self._clock = clock
        self._level = level
        self._width = width
        self._patience = patience
        self._state = State()
        self._heard = self._wrote = clock()
        self._lock = threading.RLock()
        self._over = threading.Event()
        self._blank = True
        self._broken = False

    def __call__(self, entry: Entry) -> None:
        """Say what there is to say about the entry."""
        with self._lock:
            self._state = advance(self._state, entry)
            self._heard = self._clock()
            for line in lines(self._state, entry):
                if line.level <= self._level:
                    self._write(line)
            self.tick()

    def tick(self) -> None:
        """Say that work goes on, if nothing was said for long."""
        with self._lock:
            now = self._clock()
            if self._level < NORMAL or self._state.ending or now - self._wrote < self._patience:
                return
            self._write(Line(f"  still {status(self._state, self._state.last + now - self._heard)}", "quiet"))

    @contextmanager
    def paused(self) -> Generator[None]:
        """Nothing is written while somebody else talks to the user."""
        with self._lock:
            yield
            self._wrote = self._clock()

    def __enter__(self) -> "Plain":
        self._over.clear()
        threading.Thread(target=self._live, daemon=True).start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._over.set()

    def _live(self) -> None:
        while not self._over.wait(1.0):
            self.tick()

    def _write(self, line: Line) -> None:
        """A reader that went away (`| head`) ends the talking, not the run."""
        if self._broken or (not line.text and self._blank):
            return
        self._blank = not line.text
        try:
            for piece in wrapped(line, self._width) or [""]:
                self._stream.write(showable(piece, self._stream.encoding) + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            self._broken = True
        self._wrote = self._clock()
