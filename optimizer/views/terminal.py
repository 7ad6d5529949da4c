"""The screen for terminals: the same lines with some colour, and under them one line that lives."""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.live import Live
from rich.text import Text

from ..core.events import Entry
from .fit import showable, wrapped
from .lines import NORMAL, Style, lines, status
from .state import State, advance

_COLORS: dict[Style, str] = {
    "plain": "",
    "title": "bold",
    "quiet": "dim",
    "good": "green",
    "bad": "red",
    "warn": "yellow",
    "result": "bold green",
}
_ASCII_FRAMES = "|/-\\"
_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


class Terminal:
    """A listener that prints lines above a status line. Use it as a context manager: leaving it, by
    Ctrl-C too, takes the status line away and gives the cursor back."""

    def __init__(
        self, stream: TextIO, clock: Callable[[], float], *, level: int = NORMAL, env: Mapping[str, str] | None = None
    ) -> None:
        """`clock` is monotonic seconds; `env` is asked for NO_COLOR, COLUMNS and TERM, the process's own if None."""
        self._console = Console(file=stream, highlight=False, markup=False, emoji=False, _environ=env)
        self._clock = clock
        self._level = level
        self._state = State()
        self._heard = clock()
        self._live: Live | None = None
        self._blank = True

    def __call__(self, entry: Entry) -> None:
        """Say what there is to say about the entry."""
        self._state = advance(self._state, entry)
        self._heard = self._clock()
        for line in lines(self._state, entry):
            if line.level > self._level or (not line.text and self._blank):
                continue
            self._blank = not line.text
            for piece in wrapped(line, self._console.width) or [""]:
                text = Text(showable(piece, self._console.encoding), style=_COLORS[line.style])
                self._console.print(text, no_wrap=True, overflow="ignore", crop=False)
        if self._state.ending:
            self._stop()

    @contextmanager
    def paused(self) -> Generator[None]:
        """The status line is away while somebody else talks to the user."""
        shown = self._live is not None
        self._stop()
        try:
            yield
        finally:
            if shown:
                self._start()

    def __enter__(self) -> "Terminal":
        self._start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._stop()

    def __rich__(self) -> Text:
        """The status line as of now, cut to one line however narrow the terminal is."""
        if not self._state.start:
            return Text("")
        now = self._clock()
        frames = _FRAMES if self._console.encoding.startswith("utf") else _ASCII_FRAMES
        frame = frames[int(now * 8) % len(frames)]
        said = status(self._state, self._state.last + now - self._heard)
        text = Text(showable(f"{frame} {said}", self._console.encoding), style="dim", no_wrap=True)
        text.truncate(max(self._console.width - 1, 1), overflow="crop")
        return text

    def _start(self) -> None:
        live = Live(
            self,
            console=self._console,
            transient=True,
            refresh_per_second=8,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        live.start()
        self._live = live

    def _stop(self) -> None:
        live, self._live = self._live, None
        if live is not None:
            live.stop()
