"""Rows 12 and 13: files that the base neither writes nor reads, where answers could be kept or found."""

import ast
from collections.abc import Iterator

from .finding import Finding
from .meaning import Meaning, meaning_of
from .source import Source

_WRITERS = frozenset(
    """os.open os.write os.pwrite os.writev os.mkdir os.makedirs os.mkfifo os.mknod os.rename os.renames os.replace
    os.remove os.unlink os.rmdir os.removedirs os.truncate os.ftruncate os.chmod os.chown os.utime os.link os.symlink
    os.pipe os.dup os.dup2 os.sendfile os.memfd_create shutil.copy shutil.copy2 shutil.copyfile shutil.copytree
    shutil.move shutil.rmtree tempfile.mkstemp tempfile.mkdtemp tempfile.TemporaryFile tempfile.NamedTemporaryFile
    tempfile.TemporaryDirectory tempfile.SpooledTemporaryFile tempfile.gettempdir tempfile.mktemp pickle.dump
    marshal.dump json.dump numpy.save numpy.savez numpy.memmap""".split()  # noqa: SIM905
)
_READERS = frozenset(
    """pickle.load marshal.load json.load numpy.load tomllib.load os.read os.pread os.listdir os.scandir os.walk os.stat
    os.path.exists os.path.isfile os.path.getmtime os.path.getsize glob.glob glob.iglob linecache.getline
    linecache.getlines importlib.resources.files importlib.resources.read_text importlib.resources.read_binary
    importlib.resources.open_text importlib.resources.open_binary inspect.getsource inspect.getsourcelines
    fileinput.input""".split()  # noqa: SIM905
)
_OPENERS = frozenset(
    """builtins.open io.open codecs.open os.fdopen gzip.open bz2.open lzma.open io.FileIO zipfile.ZipFile
    tarfile.open""".split()  # noqa: SIM905
)
_WRITING = frozenset({"write_text", "write_bytes", "touch", "mkdir", "symlink_to", "hardlink_to", "rmdir"})
_READING = frozenset({"read_text", "read_bytes", "iterdir"})
_MODES = frozenset("wax+")


def writes_files(source: Source) -> Iterator[Finding]:
    """Row 12: the first place that writes to files or descriptors; one that already did so may go on."""
    yield from _first(source, 12, "writes files", "files or descriptors are written, which the base does not do")


def reads_files(source: Source) -> Iterator[Finding]:
    """Row 13: the first place that reads files."""
    yield from _first(source, 13, "reads files", "files are read, which the base does not do")


def git_folders(source: Source) -> Iterator[Finding]:
    """Row 31: texts that name a repository's inside."""
    for node in source.nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and ".git/" in f"{node.value}/":
            yield source.found(node, 31, "sandbox_violation", f"31 {node.value}", "the repository's history is named")


def _first(source: Source, row: int, what: str, message: str) -> Iterator[Finding]:
    meaning = meaning_of(source)
    calls = [node for node in source.nodes if isinstance(node, ast.Call) and what in _does(node, meaning)]
    for call in sorted(calls, key=lambda call: call.lineno)[:1]:
        yield source.found(call, row, "cheating", f"{row} {what}", message)


def _does(node: ast.Call, meaning: Meaning) -> frozenset[str]:
    names = meaning.names(node.func)
    attribute = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    opens = bool(names & _OPENERS) or attribute == "open"
    writing = opens and _opens_for_writing(node, meaning, first=attribute == "open" and not names & _OPENERS)
    found = set[str]()
    if writing or names & _WRITERS or attribute in _WRITING:
        found.add("writes files")
    if (names & _OPENERS and not writing) or names & _READERS or attribute in _READING:
        found.add("reads files")
    return frozenset(found)


def _opens_for_writing(node: ast.Call, meaning: Meaning, *, first: bool) -> bool:
    """`first`: the mode is the first argument, as in `path.open("w")`."""
    place = 0 if first else 1
    given = [word.value for word in node.keywords if word.arg == "mode"] or node.args[place : place + 1]
    if not given or (first and len(node.args) > 1):
        return False
    return any(_MODES & set(text) and len(text) <= 4 for text in meaning.texts(given[0]))
