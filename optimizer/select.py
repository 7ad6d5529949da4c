"""From a profile to what is worth editing: the ranking of hotspots, and finding a target by its name. Pure."""

import difflib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from .core.errors import UsageError
from .core.values import Frame, Hotspot, Profile, Stack, Unit
from .languages.python import unit_at, units

Read = Callable[[str], bytes]
"""Contents of a file of the repository; raises `FileNotFoundError`."""

_LIBRARY = re.compile(r"site-packages/|dist-packages/|/lib/python\d|\.zip/|^<")
_IMPORT_MACHINERY = re.compile(r"^<frozen importlib|importlib/_bootstrap")
_SUFFIX = ".py"


def hotspots(profile: Profile, files: Read, editable: Callable[[str], bool], limit: int = 10) -> tuple[Hotspot, ...]:
    """The functions and methods that may be edited, by what a perfect edit there could save.

    `own` is the share of samples in which a unit is the innermost editable one: what runs in it, and in the
    standard library, installed packages and C code on its behalf. Time of an import statement and of a
    callback into the code that drives the workload is nobody's own. `total` adds the editable code it
    calls; recursion counts once.

    Ranked by own time, and lifted for the time of the editable functions it calls directly, which it may
    call too often: by a quarter of that time, but at most by its own time again. The limit tells a loop
    around small functions, which spends time of its own on the calls, from a thin wrapper, which does not.
    """
    tally = _tally(profile, files, editable)
    ranked = sorted(tally.total, key=lambda unit: (-tally.score(unit), -tally.total[unit], unit.path, unit.first))
    return tuple(_hotspot(unit, rank, tally) for rank, unit in enumerate(ranked[:limit], 1))


def hotspot_of(unit: Unit, profile: Profile, files: Read, editable: Callable[[str], bool]) -> Hotspot:
    """A unit that was named rather than ranked (rank 0), with the shares the profile gives it."""
    return _hotspot(unit, 0, _tally(profile, files, editable))


def import_share(profile: Profile) -> float:
    """Share of the samples taken while something was being imported, 0 to 1."""
    importing = sum(stack.count for stack in profile.stacks if any(_imports(frame) for frame in stack.frames))
    return importing / max(1, profile.samples)


def symbol(unit: Unit) -> str:
    """`pkg.mod:Class.method`."""
    return f"{module_name(unit.path)}:{unit.name}"


def module_name(path: str) -> str:
    """The dotted name a file is imported by, as far as its path tells."""
    parts = list(PurePosixPath(path).with_suffix("").parts)
    if parts[:1] == ["src"] and len(parts) > 1:
        parts = parts[1:]
    if parts[-1] == "__init__" and len(parts) > 1:
        parts = parts[:-1]
    return ".".join(parts)


CALLER_SHARE = 0.25
"""How much of a direct callee's own time is credited to its caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tally:
    """Samples by unit."""

    samples: int
    own: Counter[Unit] = field(default_factory=Counter[Unit])
    called: Counter[Unit] = field(default_factory=Counter[Unit])
    total: Counter[Unit] = field(default_factory=Counter[Unit])

    def score(self, unit: Unit) -> float:
        return self.own[unit] + min(self.own[unit], CALLER_SHARE * self.called[unit])


def _hotspot(unit: Unit, rank: int, tally: _Tally) -> Hotspot:
    samples = max(1, tally.samples)
    return Hotspot(
        rank=rank, unit=unit, symbol=symbol(unit), own=tally.own[unit] / samples, total=tally.total[unit] / samples
    )


def _tally(profile: Profile, files: Read, editable: Callable[[str], bool]) -> _Tally:
    place = _Places(root=profile.root, files=files, editable=editable)
    drivers = {path for stack in profile.stacks for path in _drivers(stack, place)}
    tally = _Tally(samples=profile.samples)
    for stack in profile.stacks:
        found = [place.unit(frame) for frame in stack.frames]
        tally.total.update(dict.fromkeys((unit for unit in found if unit is not None), stack.count))
        owner = _owner(stack, found, drivers)
        if owner is not None:
            tally.own[owner] += stack.count
            caller = next((unit for unit in reversed(found) if unit is not None and unit != owner), None)
            if caller is not None:
                tally.called[caller] += stack.count
    return tally


def _drivers(stack: Stack, place: "_Places") -> Iterable[str]:
    """Files that call into the editable code: the benchmark, the tests."""
    for frame in stack.frames:
        if place.path(frame) is not None:
            return
        if frame.path.endswith(_SUFFIX) and not _LIBRARY.search(frame.path):
            yield frame.path


def _owner(stack: Stack, found: Sequence[Unit | None], drivers: set[str]) -> Unit | None:
    """The unit that an edit could make save this sample: the innermost, unless it was left again."""
    for frame, unit in zip(reversed(stack.frames), reversed(found), strict=True):
        if unit is not None:
            return unit
        if _imports(frame) or frame.path in drivers:
            return None
    return None


def _imports(frame: Frame) -> bool:
    return _IMPORT_MACHINERY.search(frame.path) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Places:
    """Where frames lie in the repository; files are read once."""

    root: str
    files: Read
    editable: Callable[[str], bool]
    paths: dict[str, str | None] = field(default_factory=dict[str, "str | None"])
    known: dict[str, tuple[Unit, ...]] = field(default_factory=dict[str, tuple[Unit, ...]])
    found: dict[Frame, Unit | None] = field(default_factory=dict[Frame, "Unit | None"])

    def path(self, frame: Frame) -> str | None:
        """Relative to the root, if it may be edited."""
        if frame.path not in self.paths:
            self.paths[frame.path] = self._path(frame.path)
        return self.paths[frame.path]

    def unit(self, frame: Frame) -> Unit | None:
        """The function a frame runs in; None for module and class bodies and foreign code."""
        if frame not in self.found:
            path = self.path(frame)
            self.found[frame] = None if path is None else _enclosing(self._units(path), frame)
        return self.found[frame]

    def _path(self, path: str) -> str | None:
        root = self.root.rstrip("/") + "/"
        relative = path.removeprefix(root)
        if relative.startswith(("/", "<", "~")) or not relative.endswith(_SUFFIX) or "site-packages/" in relative:
            return None
        relative = str(PurePosixPath(relative))
        return relative if self.editable(relative) else None

    def _units(self, path: str) -> tuple[Unit, ...]:
        if path not in self.known:
            try:
                self.known[path] = units(path, self.files(path))
            except FileNotFoundError:
                self.known[path] = ()
        return self.known[path]


def _enclosing(found: tuple[Unit, ...], frame: Frame) -> Unit | None:
    """The innermost function around the running line that has the frame's name.

    A line can belong to more than the function on it: a `def` statement and its decorators are run by
    whatever encloses them. Lambdas and comprehensions belong to the function they are written in.
    """
    name = frame.name.rpartition(".")[2]
    holding = sorted((unit for unit in found if unit.first <= frame.line <= unit.last), key=lambda unit: -unit.first)
    if name == "<module>" or not holding:
        return None
    named = [unit for unit in holding if unit.name.rpartition(".")[2] == name]
    if named or name.startswith("<"):
        return (named or holding)[0]
    outside = [unit for unit in holding if name not in unit.name.split(".")]
    return outside[0] if outside else None


def resolve_target(text: str, paths: Sequence[str], files: Read) -> Unit:
    """The one unit that is meant by `pkg.mod:func`, `file.py::Class.method` or `file.py:120`.

    `paths` are the repository's files. Raises `UsageError`: target_not_found or target_ambiguous.
    """
    python = [path for path in paths if path.endswith(_SUFFIX)]
    if line := re.fullmatch(r"(.+\.py):(\d+)", text):
        path = _file(line[1], python, text)
        unit = unit_at(units(path, files(path)), int(line[2]))
        if unit is None:
            raise _not_found(text, [f"{path}:{unit.first} {unit.name}" for unit in units(path, files(path))])
        return unit
    place, separator, name = text.partition("::") if "::" in text else text.partition(":")
    if not separator or not name:
        raise UsageError(
            f"'{text}' is not a target",
            code="target_not_found",
            hint="write pkg.mod:func, file.py::Class.method or file.py:120",
        )
    path = _file(place, python, text) if place.endswith(_SUFFIX) else _module(place, python, text)
    return _named(name, units(path, files(path)), text, separator)


def _file(wanted: str, paths: Sequence[str], text: str) -> str:
    wanted = wanted.removeprefix("./")
    matches = [path for path in paths if path == wanted] or [path for path in paths if path.endswith("/" + wanted)]
    return _only(matches, wanted, paths, text)


def _module(wanted: str, paths: Sequence[str], text: str) -> str:
    names = {path: module_name(path) for path in paths}
    matches = [path for path, name in names.items() if name == wanted]
    matches = matches or [path for path, name in names.items() if name.endswith("." + wanted)]
    return _only(matches, wanted, tuple(names.values()), text)


def _only(matches: Sequence[str], wanted: str, known: Sequence[str], text: str) -> str:
    if not matches:
        raise _not_found(text, difflib.get_close_matches(wanted, known, n=5))
    if len(matches) > 1:
        raise _ambiguous(text, matches)
    return matches[0]


def _named(name: str, found: tuple[Unit, ...], text: str, separator: str) -> Unit:
    matches = [unit for unit in found if unit.name == name]
    matches = matches or [unit for unit in found if unit.name.endswith("." + name)]
    if not matches:
        near = difflib.get_close_matches(name, [unit.name for unit in found], n=5, cutoff=0.5)
        place = text.partition(separator)[0]
        raise _not_found(text, [f"{place}{separator}{one}" for one in dict.fromkeys(near)])
    if len(matches) > 1:
        raise _ambiguous(text, [f"{unit.path}:{unit.first}" for unit in matches])
    return matches[0]


def _not_found(text: str, near: Sequence[str]) -> UsageError:
    hint = f"near: {', '.join(near[:5])}" if near else "`perfsmith profile` lists what takes time"
    return UsageError(f"there is no function '{text}'", code="target_not_found", hint=hint)


def _ambiguous(text: str, matches: Sequence[str]) -> UsageError:
    return UsageError(
        f"'{text}' can mean {len(matches)} things",
        code="target_ambiguous",
        hint=f"name one of them: {', '.join(matches[:8])}",
    )
