"""Notices which files a call writes, makes or removes, and what became of them: loaded by `replay.py`, by path.

A payload for the target's interpreter (standard library only). It listens to the interpreter's audit events (PEP 578,
Python 3.8 or newer); what C code writes by itself, a database for example, is not among them.
"""

import hashlib
import os
import stat
import sys

MOST = 50
SHOWN = 200
CHUNK = 1 << 20
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_EVENTS = {"os.remove": 1, "os.rmdir": 1, "os.mkdir": 1, "os.truncate": 1, "os.chmod": 1, "os.rename": 2, "os.link": 2}
_EVENTS["os.symlink"] = 2


class Written:
    """Listens while it is entered. There is one for a process, because nobody can stop listening for good."""

    def __init__(self):
        self.paths = None
        self.able = hasattr(sys, "addaudithook")
        if self.able:
            sys.addaudithook(self.hear)

    def hear(self, event, arguments):
        if self.paths is None:
            return
        if event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITES:
            self.add(arguments[:1])
        elif event in _EVENTS:
            self.add(arguments[: _EVENTS[event]])

    def add(self, paths):
        for path in paths:
            try:
                text = os.path.abspath(os.fsdecode(path))
            except (TypeError, ValueError, OSError):
                continue
            if not text.startswith(("/dev/", "/proc/")) and "__pycache__" not in text and len(self.paths) < MOST:
                self.paths.setdefault(text)

    def __enter__(self):
        self.paths = {}
        return self

    def __exit__(self, *_):
        self.seen, self.paths = sorted(self.paths), None

    def section(self):
        """A line for each path: gone, a folder, a link, or a file with its contents."""
        return "\n".join("%s: %s" % (path, become(path)) for path in self.seen)


def become(path):
    try:
        found = os.lstat(path)
        if stat.S_ISLNK(found.st_mode):
            return "a link to %s" % os.readlink(path)
        if stat.S_ISDIR(found.st_mode):
            return "a folder"
        if not stat.S_ISREG(found.st_mode):
            return "no plain file"
        data, digest = digested(path)
    except OSError as error:
        return "gone" if isinstance(error, FileNotFoundError) else "cannot be read"
    mode = "executable, " if found.st_mode & 0o100 else ""
    if found.st_size <= SHOWN:
        return mode + ascii(data.decode("utf-8", "backslashreplace"))
    return "%s%d bytes, %s, that begin %s" % (mode, found.st_size, digest, ascii(data[:40]))


def digested(path):
    """The first bytes of a file and a digest of all, whatever its size."""
    digest, first = hashlib.sha256(), b""
    with open(path, "rb") as file:
        for chunk in iter(lambda: file.read(CHUNK), b""):
            first = first or chunk[:SHOWN]
            digest.update(chunk)
    return first, digest.hexdigest()[:16]
