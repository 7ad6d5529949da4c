"""Inputs that reach the branches of base and candidate, found by CrossHair where it is installed.

Values thought up from recorded ones hardly ever meet a condition such as `b == 3 * a`; a solver does. CrossHair
(Schanely, `crosshair cover`: concolic execution with z3) runs the changed functions of both trees behind the walls and
prints arguments as literals. They are calls like all others then: base and candidate make them, and are compared.
It is the target's own, or ours where both interpreters are of one version: then it comes last on the target's path.
"""

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final, cast

from ..core.events import StepStarted
from ..core.ports import Job, Record, Sandbox, Trial
from ..core.recording import Recording
from .inputs.described import Described, Given, key_of
from .inputs.kinds import Kind, roles, type_of
from .inputs.nodes import Node, of_value, places, text_of
from .inputs.thinking import Thought, made

_SECONDS: Final = 2.0
"""For each function in each tree."""
_SLACK: Final = 10.0
_PATIENCE: Final = 40
"""Tries in a row that reach nothing new, after which it stops."""
_FUNCTIONS: Final = 3
_MOST: Final = 64
_MISSING: Final = re.compile(rb"No module named '?crosshair")
_START: Final = """import runpy, sys
ours, version, sys.argv = sys.argv[1], sys.argv[2], ["crosshair", *sys.argv[3:]]
sys.path += [ours] * (version == "%d.%d" % sys.version_info[:2])
runpy.run_module("crosshair", run_name="__main__")"""
_LITERAL: Final = frozenset(
    ["call", "none", "bool", "int", "float", "str", "bytes", "list", "tuple", "set", "dict", "pair"]
)
_MANY: Final[Mapping[type, str]] = {list: "list", tuple: "tuple", set: "set", frozenset: "frozenset"}


@dataclass(slots=True, kw_only=True)
class CrossHair:
    """Asks for inputs; once it is found not to be installed, no more."""

    record: Record
    installed: bool = True

    def thoughts(self, trial: Trial, recording: Recording, known: Described, changed: Iterable[str]) -> list[Thought]:
        """Calls of the changed functions, with arguments of types that were met or hinted at; empty where it cannot."""
        wanted = _functions(known, changed)
        if not wanted or not self.installed:
            return []
        self.record(StepStarted(what="looking for inputs that reach every branch"))
        with trial.base.fork() as before, trial.base.fork(trial.candidate.edits) as after:
            found = {
                text_of(tree): (one, tree)
                for one in wanted
                for side in (before, after)
                for tree in self._asked(side, trial, recording, known, one)
            }
        return [
            Thought(call=made(one.call, tree, f"x{number}"), tree=tree)
            for number, (one, tree) in enumerate(found.values())
        ]

    def _asked(self, tree: Sandbox, trial: Trial, recording: Recording, known: Described, one: Given) -> Iterator[Node]:
        if not self.installed:
            return
        folders = [str(tree.root / folder) for folder in (*recording.folders, ".")]
        told = ("cover", "--example_output_format=arg_dictionary", f"--per_condition_timeout={_SECONDS:g}")
        told = (*told, f"--max_uninteresting_iterations={_PATIENCE}")
        ours, version = _ours(), "{}.{}".format(*sys.version_info)
        name = f"{one.call.module}.{'.'.join(one.call.parts)}"
        job = Job(
            command=(str(trial.base.repo.python), "-B", "-c", _START, ours, version, *told, name),
            timeout=_SECONDS + _SLACK,
            expose=(Path(ours),) if ours else (),
            env=(("PYTHONPATH", ":".join(folders)), ("PYTHONHASHSEED", "1")),
            frozen=True,
        )
        done = tree.run(job)
        self.installed = done.code == 0 or not _MISSING.search(done.stderr)
        for line in done.stdout.decode("utf-8", "replace").splitlines()[:_MOST]:
            call = _call(line, known, one)
            if call is not None:
                yield call


@lru_cache(maxsize=1)
def _ours() -> str:
    """The folder that our own CrossHair lies in; empty without one."""
    found = find_spec("crosshair")
    return str(Path(found.origin).parent.parent) if found and found.origin else ""


def _functions(known: Described, changed: Iterable[str]) -> list[Given]:
    """One recorded call of each changed function that is found by a module's name and given literals only."""
    labels = frozenset(changed)
    found = {
        one.call.label: one
        for one in known.given
        if one.call.label in labels and one.call.kind == "call" and one.call.module != "__main__"
    }
    return [one for one in found.values() if all(node.tag in _LITERAL for _, node in places(one.tree))][:_FUNCTIONS]


def _call(line: str, known: Described, one: Given) -> Node | None:
    """The recorded call with these arguments; None for what is no literal, or of a type that was not met."""
    try:
        told = cast("object", ast.literal_eval(line))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    if not isinstance(told, dict):
        return None
    given = {str(name): value for name, value in cast("dict[object, object]", told).items()}
    key, tree = key_of(one.call), one.tree
    names = [known.name_of(key, tree, number) for number in range(len(tree.items))]
    items = [_node(given[name]) if name in given else None for name in names]
    kinds = [known.kind(key, name) for name in names]
    fitting = [item for item, kind in zip(items, kinds, strict=True) if item is not None and _fits(item, kind)]
    return tree.with_items(fitting) if len(fitting) == len(items) else None


def _fits(node: Node, kind: Kind) -> bool:
    """Whether all of its types were met in their places; a mapping's values may stand under new keys."""
    parts = [(role, item) for role, item in roles(node) if not role.startswith("value of ")]
    return type_of(node) in kind.types and all(_fits(item, kind.part(role)) for role, item in parts)


def _node(value: object) -> Node | None:
    """A literal as a tree."""
    if value is None:
        return Node("none")
    if isinstance(value, bool | int | float | str):
        return of_value(value)
    if isinstance(value, bytes):
        return Node("bytes", value.decode("latin-1"))
    if isinstance(value, dict):
        pairs = [(_node(key), _node(one)) for key, one in cast("dict[object, object]", value).items()]
        return _of_parts("dict", [_of_parts("pair", pair) for pair in pairs])
    tag = _MANY.get(type(value))
    return _of_parts(tag, [_node(one) for one in cast("Iterable[object]", value)]) if tag else None


def _of_parts(tag: str, parts: Sequence[Node | None]) -> Node | None:
    known = [part for part in parts if part is not None]
    return Node(tag, None, tuple(known)) if len(known) == len(parts) else None
