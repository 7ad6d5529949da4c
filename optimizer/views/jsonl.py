"""`--jsonl`: the ledger's own lines on standard output, as they happen."""

from typing import TextIO

from ..core.events import Entry
from ..store.codec import encode


class JsonLines:
    """A listener that writes every entry as one line of JSON."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __call__(self, entry: Entry) -> None:
        """Write it and flush: the reader may be waiting."""
        self._stream.write(encode(entry) + "\n")
        self._stream.flush()
