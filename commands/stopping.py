"""Ctrl-C while a run goes on: the first press stops it once its step is finished, the second one at once."""

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import FrameType

from ..optimizer.core.errors import PerfsmithError
from ..optimizer.core.events import (
    BaseTested,
    BaseTimed,
    CandidateProposed,
    CheckFinished,
    Committed,
    Event,
    FloorMeasured,
    HotspotClosed,
    HotspotOpened,
    PromptSent,
    ReplyReceived,
    RoundMeasured,
    RunFinished,
    RunStarted,
    Screened,
    StepStarted,
    StopAsked,
)
from ..optimizer.core.ports import Record

_BETWEEN = (
    *(BaseTested, BaseTimed, HotspotOpened, HotspotClosed, PromptSent, ReplyReceived),
    *(StepStarted, CandidateProposed, CheckFinished, RoundMeasured, Screened, FloorMeasured, Committed),
)
"""Events with which something has been finished, or is about to begin. Verdicts are none: a commit may follow."""
_DECIDING = ("measurement", "memory")
"""Checks that are told together with the verdict."""
_TELLING = 2.0
"""Seconds that the answer to the first press may take to be told."""


@dataclass(slots=True)
class Stopping:
    """Ctrl-C acts at once before a run has begun, after its end, and while it only waits."""

    patient: bool = False
    asked: bool = False
    pressed: threading.Event = field(default_factory=threading.Event)
    told: threading.Event = field(default_factory=threading.Event)

    def press(self, number: int, frame: FrameType | None) -> None:
        """The handler of the signal."""
        del number, frame
        if self.asked or not self.patient:
            raise KeyboardInterrupt
        self.asked = True
        self.pressed.set()

    def after(self, event: Event) -> None:
        """Called when an event is in the ledger. Raises `KeyboardInterrupt` between two steps, if asked for."""
        if isinstance(event, RunStarted | RunFinished):
            self.patient = isinstance(event, RunStarted)
        ours = threading.current_thread() is threading.main_thread()
        if self.patient and self.asked and ours and _between(event):
            self._stop()

    @contextmanager
    def at_once(self) -> Generator[None]:
        """While a person is asked, or another run is waited for: there is nothing to be finished."""
        if self.patient and self.asked:
            self._stop()
        before, self.patient = self.patient, False
        yield
        self.patient = before

    def _stop(self) -> None:
        self.patient = False
        self.told.wait(_TELLING)
        raise KeyboardInterrupt

    def tell(self, record: Record) -> None:
        """Say that it was heard. From a thread of its own: a handler may interrupt the ledger within a line."""
        self.pressed.wait()
        with suppress(PerfsmithError):
            if self.asked:
                record(StopAsked())
        self.told.set()


def _between(event: Event) -> bool:
    if isinstance(event, CheckFinished):
        return event.outcome.check not in _DECIDING
    return isinstance(event, _BETWEEN)


@contextmanager
def stoppable(record: Record) -> Generator[Stopping]:
    """Listens to Ctrl-C, unless somebody else does or it is switched off; `record` is told of the first press."""
    stopping = Stopping()
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield stopping
        return
    teller = threading.Thread(target=stopping.tell, args=(record,), daemon=True)
    teller.start()
    signal.signal(signal.SIGINT, stopping.press)
    try:
        yield stopping
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        stopping.pressed.set()
        teller.join(_TELLING)
