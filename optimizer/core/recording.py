"""Recorded calls as plain data: what is made again, and what an interpreter has to know to make it.

The pickles are opened by the target's interpreter only, behind the walls; to us they are text.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a function, or (`steps` not empty or `kind` is object) the history of one object."""

    id: str
    label: str
    """`path::unit`; of an object its constructor."""
    module: str
    parts: tuple[str, ...]
    """Qualified name, of an object that of its class."""
    kind: str
    """call, method, new, get, set, del or object."""
    pickle: str
    """(arguments, keywords), base64; of an object those of its constructor."""
    states: frozenset[str] = frozenset()
    """Labels of changed classes of which an object is in the pickles by its private state."""
    steps: tuple["Step", ...] = ()
    shape: str = ""
    occurred: float = 1.0
    """How often it was made, roughly; calls of its shape that were not kept are shared out. 1 for an object."""
    maker: str = ""
    """Of an object the class method that made it, and in `made_of` what that was given, like `pickle`."""
    made_of: str = ""
    companion: bool = False
    """Whether it is an object that only others depend on: it is not played for its own sake."""
    whole: bool = False
    """Whether it counts as one, with all its steps: what was thought up is."""

    @property
    def weight(self) -> int:
        """How many calls this stands for."""
        return 1 if self.whole else 1 + len(self.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One call on an object that is followed."""

    name: str
    kind: str
    pickle: str
    states: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What was recorded for a set of units."""

    calls: tuple[Call, ...] = ()
    inner: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Label of a function that is made inside another one → (arguments, keywords) of calls of it, base64."""
    refused: tuple[tuple[str, str], ...] = ()
    """(label, what kind of value could not be copied), once for each shape of call."""
    root: str = ""
    """Where the tree was."""
    path: tuple[str, ...] = ()
    """`sys.path`."""
    main: str = ""
    modules: Mapping[str, str] = field(default_factory=dict[str, str])
    """Modules of the tree by name, where their files were."""
    watched: tuple[str, ...] = ()
    """Modules of the recorded functions."""
    folders: tuple[str, ...] = ()
    """Where `path` is empty: folders of the tree to import from, before it and the interpreter's own path."""


def request(root: str, recording: Recording, calls: Sequence[Call], seed: int) -> dict[str, object]:
    """What a harness that makes calls is told, for a tree at `root`: where modules are, the objects and the calls.

    Its form is described in `optimizer/harness/replay.py`. Calls of one unit stand together.
    """

    def moved(path: str) -> str:
        inside = path == recording.root or path.startswith(f"{recording.root}/")
        return root + path[len(recording.root) :] if inside else path

    return {
        "root": root,
        "path": [moved(path) for path in recording.path],
        "folders": [f"{root}/{folder}" for folder in (*recording.folders, ".")],
        "main": moved(recording.main),
        "modules": {name: moved(path) for name, path in recording.modules.items()},
        "watched": list(recording.watched),
        "seed": seed,
        "objects": {call.id: _object(call) for call in recording.calls if call.kind == "object"},
        "groups": _groups(calls),
        "inner": {label: list(texts) for label, texts in recording.inner.items()},
        "names": {},
    }


def _object(call: Call) -> dict[str, object]:
    steps = [{"name": step.name, "kind": step.kind, "p": step.pickle} for step in call.steps]
    maker = {"name": call.maker, "p": call.made_of} if call.maker else None
    return {"module": call.module, "parts": list(call.parts), "p": call.pickle, "maker": maker, "steps": steps}


def _groups(calls: Iterable[Call]) -> list[dict[str, object]]:
    """Calls of one unit are played in one process, one after the other."""
    groups: dict[str, list[dict[str, object]]] = {}
    for call in calls:
        case: dict[str, object] = {"id": call.id}
        if call.kind == "object":
            case["h"] = call.id
        else:
            case |= {"module": call.module, "parts": list(call.parts), "kind": call.kind, "p": call.pickle}
        groups.setdefault(call.label, []).append(case)
    return [{"name": label, "calls": group} for label, group in groups.items()]
