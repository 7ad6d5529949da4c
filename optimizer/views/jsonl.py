"""`--jsonl`: the ledger's own lines on standard output, as they happen."""

from typing import TextIO

from ..core.events import Entry
from ..store.codec import encode


class JsonLines:
    """A listener that writes every entry as one line of JSON; a reader that went away does not end the run."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._broken = False

    def __call__(self, entry: Entry) -> None:
        """Write it and flush: the reader may be waiting."""
        if self._broken:
            return
        try:
            self._stream.write(encode(entry) + "\n")
            self._stream.flush()
        except BrokenPipeError:
            self._broken = True
