"""Entries of the data files that a package reads: where rules lie in a table, behaviour turns on its odd ones."""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePosixPath

from .described import Given
from .nodes import Node, put, size

_FILES = 3
_SOURCES = 60
_LARGEST = 1 << 19
"""Bytes of one file."""
_LONGEST = 40
_SHAPES = 12
_STEPS = 8
"""Entries that one object is asked about."""
_WORD = re.compile(r"\w+")
_BETWEEN = re.compile(r"(?<=\w)[^\w\s]+(?=\w)")
_CODE = frozenset({".py", ".pyi", ".pyx", ".c", ".h", ".so", ".md", ".rst"})


Found = tuple[Given, Node]


def entries(files: Sequence[str], read: Callable[[str], bytes], changed: Sequence[str]) -> tuple[str, ...]:
    """Of data files beside `changed` ones: unlike each other in form, with what separates their parts before them."""
    folders = {str(PurePosixPath(path).parent) for path in changed}
    beside = [path for path in files if str(PurePosixPath(path).parent) in folders]
    others = [path for path in beside if PurePosixPath(path).suffix not in _CODE]
    source = b"\0".join(read(path) for path in beside[:_SOURCES] if path.endswith(".py")) if others else b""
    named = [path for path in others if PurePosixPath(path).name.encode("utf-8", "surrogateescape") in source]
    found = [word for path in named[:_FILES] for word in _entries(read(path))]
    return tuple(dict.fromkeys(found))


def entered(calls: Sequence[Found], words: Sequence[str]) -> Iterator[Found]:
    """Short texts that end with such an entry, and entries alone: an object is asked several of them."""
    steps = [
        (*found, step) for found in calls for step in (found[1].items[1:] if found[1].tag == "history" else found[1:])
    ]
    asked = [(given, tree, step, at) for given, tree, step in steps for at in [_text(step)] if at is not None]
    shortest = {entry[2].about: entry for entry in sorted(asked, key=lambda entry: -size(entry[2].items[entry[3]]))}
    for given, tree, step, at in shortest.values():
        more = list(_with_each(step, at, words))
        if tree.tag != "history":
            yield from ((given, one) for one in more)
        else:
            yield from ((given, tree.with_items((tree.items[0], *more[at : at + _STEPS]))) for at in _parts(more))


def _parts(steps: Sequence[Node]) -> range:
    return range(0, len(steps), _STEPS)


def _text(call: Node) -> int | None:
    """The first argument that is a text."""
    return next((number for number, item in enumerate(call.items) if item.tag == "str" and item.value), None)


def _with_each(call: Node, at: int, words: Sequence[str]) -> Iterator[Node]:
    for word in words:
        for text in (f"{call.items[at].value}{word}", _bare(word)):
            yield put(call, (at,), Node("str", text))


def _bare(entry: str) -> str:
    """Without the signs at its beginning."""
    return entry.lstrip("".join(set(_WORD.sub("", entry))))


def _entries(content: bytes) -> Iterator[str]:
    """Of lines of one word each, two of each form: forms of few entries are as telling as those of many."""
    if len(content) > _LARGEST or b"\0" in content:
        return
    shapes: dict[str, list[str]] = {}
    for line in content.decode("utf-8", "replace").splitlines():
        entry = line.strip()
        if entry and len(entry) <= _LONGEST and not re.search(r"\s", entry):
            shapes.setdefault(_WORD.sub("w", entry), []).append(entry)
    for entries in list(shapes.values())[:_SHAPES]:
        for entry in (entries[0], entries[-1]):
            bare = _bare(entry)
            between = _BETWEEN.search(bare)
            yield f"{between[0] if between else ''}{bare}"
