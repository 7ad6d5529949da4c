"""What a call says besides its answer: loaded by `replay.py` and `meter.py`, by path.

A payload for the target's interpreter (3.6 or newer; standard library only). `logging` is put into its globals by
whoever loads it: the module of that name, or None for who does not compare log records, for it takes long to load.
"""

import io
import sys
import warnings

logging = globals()["logging"]


class Captured:
    """Standard output and error, warnings and log records, while it is entered."""

    def __enter__(self):
        self.streams = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = [io.TextIOWrapper(io.BytesIO(), "utf-8", "replace", "\n", True) for _ in "oe"]
        self.mine = sys.stdout, sys.stderr
        self.catching = warnings.catch_warnings(record=True)
        self.warnings = self.catching.__enter__()
        warnings.simplefilter("always")
        self.heard = []
        if logging:
            root = logging.getLogger()
            self.level, self.handlers = root.level, root.handlers[:]
            root.handlers[:] = [self.listener()]
            root.setLevel(logging.DEBUG)
        return self

    def __exit__(self, *_):
        if logging:
            root = logging.getLogger()
            root.setLevel(self.level)
            root.handlers[:] = self.handlers
        self.catching.__exit__(None, None, None)
        sys.stdout, sys.stderr = self.streams

    def listener(self):
        handler = logging.Handler(0)
        handler.emit = self.hear
        return handler

    def hear(self, entry):
        try:
            self.heard.append("%s %s: %s" % (entry.levelname, entry.name, entry.getMessage()))
        except Exception as error:
            self.heard.append("a log record that raises %s" % type(error).__name__)

    def sections(self):
        texts = []
        for stream in self.mine:
            try:
                stream.flush()
                texts.append(stream.buffer.getvalue().decode("utf-8", "replace"))
            except ValueError:
                texts.append("closed")
        heard = [one for one in self.warnings if not issubclass(one.category, ResourceWarning)]
        told = ["%s: %s" % (one.category.__name__, one.message) for one in heard]
        found = zip(("stdout", "stderr", "warnings", "logs"), texts + ["\n".join(told), "\n".join(self.heard)])
        return {name: text for name, text in found if text}
