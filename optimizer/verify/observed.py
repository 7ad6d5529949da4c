"""Which public functions and classes speak for the code that a candidate changes: theirs are the calls to record.

What is private is no behaviour: an honest edit may give a helper another signature, or do without it. So the nearest
public callers are observed instead, found by name, in the same file first. Of a class all public methods speak, with
its constructor, and those of its relatives in the file.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..core.values import Edit, Unit
from ..languages.classes import ClassText, classes, loose_names
from ..languages.python import units
from .companions import companions
from .probe import MODULE

_MOST_FILES = 400
_REBUILD = ("__init__", "__new__", "__post_init__", "__attrs_post_init__", "__setstate__", "__getstate__", "__reduce__")


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What is to be recorded; labels are `path::unit`."""

    labels: tuple[str, ...]
    classes: Mapping[str, tuple[str, ...]]
    """Path → changed classes: their objects are followed from the constructor on."""
    inner: tuple[str, ...] = ()
    """Of functions that are made inside those: what they are given is recorded, for the case that they are returned."""
    companions: frozenset[str] = frozenset()
    """Labels of classes whose objects are followed, too, because changed classes ask them; nobody compares theirs."""

    def of(self, path: str) -> frozenset[str]:
        """Names of the units of a file that are recorded."""
        labels = (*self.labels, *self.inner)
        return frozenset(label.partition("::")[2] for label in labels if label.startswith(f"{path}::"))

    @property
    def paths(self) -> tuple[str, ...]:
        """Files in which something is recorded."""
        return tuple(dict.fromkeys(label.partition("::")[0] for label in self.labels))


@dataclass(slots=True, kw_only=True)
class _File:
    path: str
    source: bytes
    units: dict[str, list[Unit]] = field(default_factory=dict[str, list[Unit]])
    classes: dict[str, ClassText] = field(default_factory=dict[str, ClassText])
    labels: set[str] = field(default_factory=set[str])
    changed: set[str] = field(default_factory=set[str])
    visited: set[str] = field(default_factory=set[str])


def observed(
    edits: Sequence[Edit],
    changed: Mapping[str, Iterable[str]],
    files: Iterable[str],
    read: Callable[[str], bytes],
) -> Observed:
    """The units that speak for the changed ones. `files` are those in which callers may be looked for."""
    known: dict[str, _File] = {}
    for edit in edits:
        if edit.path in changed and edit.before is not None:
            file = known[edit.path] = _file(edit.path, edit.before)
            silent = _speakers(file, (*changed[edit.path], *_changed_around(file, edit.after or b"")))
            if not file.labels:
                _elsewhere(silent, files, read, known)
            if not any(one.labels for one in known.values()):
                file.labels |= {name for name in file.units if {name, name.rpartition(".")[0]} & silent}
    labels = sorted(f"{file.path}::{name}" for file in known.values() for name in file.labels)
    followed = {file.path: tuple(sorted(file.changed)) for file in known.values() if file.changed}
    texts = [file.classes[name].text for file in known.values() for name in file.changed]
    theirs = frozenset(f"{path}::{name}" for path, names in followed.items() for name in names)
    asked = companions(texts, files, read, theirs)
    more = (label for methods in asked.values() for label in methods)
    inner = sorted(f"{file.path}::{name}" for file in known.values() for name in _inner(file))
    return Observed(
        labels=tuple(dict.fromkeys((*labels, *more))),
        classes=followed,
        inner=tuple(inner),
        companions=frozenset(asked),
    )


def _inner(file: _File) -> Iterator[str]:
    """Names of functions that are made inside functions whose calls are recorded, at whatever depth."""
    for name in file.units:
        outer = name.partition(".")[0]
        if outer != name and outer in file.units and outer in file.labels:
            yield name


def _file(path: str, source: bytes) -> _File:
    file = _File(path=path, source=source)
    for unit in units(path, source):
        file.units.setdefault(unit.name, []).append(unit)
    file.classes = {one.name: one for one in classes(source)}
    return file


def _changed_around(file: _File, after: bytes) -> Iterator[str]:
    """Classes whose outline or list of methods differs, and functions that use names that are bound otherwise."""
    new = {one.name: one for one in classes(after)}
    added = {unit.name for unit in units(file.path, after)} - file.units.keys()
    for name, text in file.classes.items():
        grown = any(one.rpartition(".")[0] == name for one in added)
        if grown or (name in new and new[name].outline != text.outline):
            yield name
    for name in loose_names(file.source, after):
        yield from _mentions(file, name)


def _speakers(file: _File, names: Iterable[str]) -> set[str]:
    """Adds the labels of what speaks for these names; returns names of private units that were met on the way."""
    silent: set[str] = set()
    waiting = [name for name in names if name != MODULE]
    while waiting:
        name = waiting.pop()
        if name in file.visited:
            continue
        file.visited.add(name)
        owner = _owner(file, name)
        if owner in file.classes:
            private = not _public(owner)
            file.changed.add(owner)
            waiting += [] if private else _class_speaks(file, owner)
        else:
            private = not _public(owner)
            if not private and owner in file.units:
                file.labels.add(owner)
        if private:
            silent.add(owner)
            waiting += _mentions(file, owner.rpartition(".")[2])
    return silent


def _owner(file: _File, name: str) -> str:
    """The outermost function that a name lies in, or else its class."""
    parts = name.split(".")
    for end in range(1, len(parts) + 1):
        prefix = ".".join(parts[:end])
        if prefix in file.units:
            name = prefix
            break
    if name in file.classes:
        return name
    holder = name.rpartition(".")[0]
    return holder if holder in file.classes else name


def _class_speaks(file: _File, name: str) -> list[str]:
    """Labels of the public methods of a class and its relatives; returns further classes that change with it."""
    family = {name, *_above(file, name)}
    below = [one.name for one in file.classes.values() if name.rpartition(".")[2] in one.bases]
    for one in family:
        file.labels |= {unit for unit in file.units if unit.rpartition(".")[0] == one and _spoken(unit)}
    return below


def _above(file: _File, name: str) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        bases = file.classes[waiting.pop()].bases
        new = [one for one in file.classes if one.rpartition(".")[2] in bases and one not in found]
        found.update(new)
        waiting += new
    return found


def _mentions(file: _File, word: str) -> list[str]:
    """Names of units and classes whose text uses a word."""
    pattern = re.compile(rb"(?<!\w)" + re.escape(word.encode("utf-8", "replace")) + rb"(?!\w)")
    found = [
        name
        for name, group in file.units.items()
        if name.rpartition(".")[2] != word and any(pattern.search(file.source[one.start : one.end]) for one in group)
    ]
    return found + [one.name for one in file.classes.values() if pattern.search(one.outline) and one.name != word]


def _elsewhere(silent: set[str], files: Iterable[str], read: Callable[[str], bytes], known: dict[str, _File]) -> None:
    """Callers in other files, where no public unit of the same file uses what changed."""
    words = [name.rpartition(".")[2].encode("utf-8", "replace") for name in silent]
    for path in list(files)[:_MOST_FILES]:
        if path in known or not words:
            continue
        source = read(path)
        if any(word in source for word in words):
            file = _file(path, source)
            for word in words:
                _speakers(file, _mentions(file, word.decode("utf-8", "replace")))
            if file.labels:
                file.changed.clear()
                known[path] = file


def _public(name: str) -> bool:
    return all(_spoken(part) for part in name.split("."))


def _spoken(name: str) -> bool:
    """Public, or one of the names that the language itself calls."""
    last = name.rpartition(".")[2]
    return not last.startswith("_") or (last.startswith("__") and last.endswith("__"))


def states_kept(edits: Sequence[Edit]) -> frozenset[str]:
    """Labels of the changed classes whose objects keep the same attributes: a state means the same on both sides."""
    kept: set[str] = set()
    for edit in edits:
        if edit.before is None or not edit.path.endswith(".py"):
            continue
        old = {one.name: one for one in classes(edit.before)}
        new = {one.name: one for one in classes(edit.after or b"")}
        makers = [_makers(edit.path, source) for source in (edit.before, edit.after or b"")]
        for name in old.keys() & new.keys():
            same = old[name].outline == new[name].outline and _attributes(old[name]) == _attributes(new[name])
            if same and makers[0].get(name) == makers[1].get(name):
                kept.add(f"{edit.path}::{name}")
    return frozenset(kept)


def _attributes(one: ClassText) -> set[bytes]:
    """Names that are bound as attributes of anything."""
    return set(re.findall(rb"\.([^\W\d]\w*)\s*(?::[^=\n]*)?[-+|*/]?=[^=]", one.text))


def _makers(path: str, source: bytes) -> dict[str, list[bytes]]:
    """Class name → texts of the methods that give an object its state."""
    found: dict[str, list[bytes]] = {}
    for unit in units(path, source):
        owner, _, name = unit.name.rpartition(".")
        if name in _REBUILD:
            found.setdefault(owner, []).append(source[unit.start : unit.end])
    return found
