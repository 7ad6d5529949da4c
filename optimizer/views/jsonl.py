"""`--jsonl`: the ledger's own lines on standard output, as they happen."""

from typing import TextIO

from ..core.events import Entry
from ..core.secrets import Secrets
from ..store.codec import encode


class JsonLines:
    """A listener that writes every entry as one line of JSON; a reader that went away does not end the run.

    Secrets that the ledger has to keep to the letter, in edits and answers, do not leave the program here.
    """

    def __init__(self, stream: TextIO, secrets: Secrets | None = None) -> None:
        self._stream = stream
        self._secrets = secrets or Secrets()
        self._broken = False

    def __call__(self, entry: Entry) -> None:
        """Write it and flush: the reader may be waiting."""
        if self._broken:
            return
        try:
            self._stream.write(self._secrets.redact_json(encode(entry)) + "\n")
            self._stream.flush()
        except BrokenPipeError:
            self._broken = True
