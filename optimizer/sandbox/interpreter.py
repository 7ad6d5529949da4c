"""Questions to the target's interpreter, asked through the harness (optimizer/harness/python.py)."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict, cast

from ..core.errors import SandboxError, TargetError
from ..core.ports import Completed, Job, Sandbox
from .environment import environment
from .installations import prefixes
from .limits import default_limits
from .process import run_process
from .trees import HARNESS
from .walls import HOME, Mount, View, Walls, laid
from .watchdog import Guard

_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class InterpreterFacts:
    """What an interpreter says of itself."""

    version: str
    prefix: str
    base_prefix: str
    executable: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleFacts:
    """What importing a module in the target showed; `missing` are names that are used and that nothing defines."""

    error: str | None
    file: str
    missing: tuple[str, ...]


class _Module(TypedDict):
    error: str | None
    file: str
    missing: list[str]


class _Facts(TypedDict):
    version: str
    prefix: str
    base_prefix: str
    executable: str
    path: list[str]


def _facts(facts: _Facts) -> InterpreterFacts:
    return InterpreterFacts(
        version=facts["version"],
        prefix=facts["prefix"],
        base_prefix=facts["base_prefix"],
        executable=facts["executable"],
        path=tuple(facts["path"]),
    )


def compile_errors(sandbox: Sandbox, python: Path, files: Mapping[str, bytes]) -> dict[str, str]:
    """Path → message for each source that the target's interpreter does not compile.

    Raises `TargetError` (`interpreter_failed`) when it does not survive the attempt.
    """
    encoded = {path: base64.b64encode(source).decode() for path, source in files.items()}
    return cast("dict[str, str]", _ask(sandbox, python, "compile", {"files": encoded}))


def inspect_modules(
    sandbox: Sandbox, python: Path, modules: Mapping[str, str], path: tuple[str, ...]
) -> dict[str, ModuleFacts]:
    """Import modules (name → file, relative to the tree) with folders of the tree first on the path.

    Raises `TargetError` (`interpreter_failed`) when an import ends the interpreter or does not come back.
    """
    request = {
        "modules": {name: str(sandbox.root / file) for name, file in modules.items()},
        "path": [str(sandbox.root / folder) for folder in path],
    }
    reply = cast("dict[str, _Module]", _ask(sandbox, python, "inspect", request))
    return {
        name: ModuleFacts(error=facts["error"], file=facts["file"], missing=tuple(facts["missing"]))
        for name, facts in reply.items()
    }


def _ask(sandbox: Sandbox, python: Path, job: str, request: object) -> object:
    """The tree is frozen: a module that is only looked at leaves nothing there for the tests to find."""
    command = (str(python), "-I", "-B", str(HARNESS / "python.py"), job)
    done = sandbox.run(Job(command=command, stdin=json.dumps(request).encode(), timeout=_SECONDS, frozen=True))
    reply = _last_line(done)
    if reply is None or "ok" not in reply:
        raise TargetError(
            f"{python} did not answer: {reply['error'] if reply else done.tail(4) or 'no output'}",
            code="interpreter_failed",
            hint="name the target's interpreter with --python",
        )
    return reply["ok"]


def _last_line(done: Completed) -> dict[str, object] | None:
    try:
        return json.loads(done.stdout.strip().rpartition(b"\n")[2])
    except ValueError:
        return None


def ask_outside(walls: Walls, python: Path) -> InterpreterFacts | None:
    """What an interpreter says when it is started outside any tree; None if it does not start or is no Python 3."""
    outside = tuple(Mount(outside=path, inside=path) for path in (*prefixes(python, walls.hidden), HARNESS))
    command = (str(python), "-I", "-B", str(HARNESS / "python.py"), "facts")
    try:
        with laid(walls.wrap(command, View(cwd=HARNESS, mounts=outside))) as (argv, needed):
            done = run_process(
                argv,
                cwd=HARNESS,
                env=environment(python, home=HOME, temporary=Path("/tmp")),
                timeout=_SECONDS,
                pass_fds=needed,
                guard=Guard(limits=default_limits()),
            )
    except SandboxError:
        return None
    reply = _last_line(done)
    return None if reply is None or "ok" not in reply else _facts(cast(_Facts, reply["ok"]))
