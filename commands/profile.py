"""`perfsmith profile`: where does the time go, and what would a perfect edit there save?"""

import sys
from dataclasses import replace
from pathlib import Path

from ..optimizer.core.errors import UsageError
from ..optimizer.core.events import Profiled, Warned
from ..optimizer.core.values import Profile
from ..optimizer.loop import finish
from ..optimizer.sandbox.named import names_file, shown
from ..optimizer.store.ledger import read
from ..optimizer.views.lines import profiled_lines
from ..optimizer.views.profile_export import KINDS, export, profile_document, read_profile
from .optimize import rank, take_profile
from .run import Output, Run, introduce, prepare, print_result, print_unless_seen, recorded
from .target import Asked, Target, open_target, state_folder


def profile(asked: Asked, output: Output, *, profiler: str, kind: str, source: str) -> int:
    """Profile the workload, or read a profile from a file; rank and print; returns the exit code."""
    if kind and kind not in KINDS:
        raise UsageError(
            f"cannot export a profile as '{kind}'", code="unknown_export", hint=f"known: {', '.join(KINDS)}"
        )
    with recorded(state_folder(), output) as run:
        target = open_target(asked)
        introduce(target, run, "")
        finish(lambda: _profiled(target, run, profiler, source), run.record)
        entries = read(run.ledger)
    found = next(entry.event for entry in reversed(entries) if isinstance(entry.event, Profiled))
    warnings = tuple(entry.event.message for entry in entries if isinstance(entry.event, Warned))
    if kind:
        _exported(export(found.profile, kind, found.hotspots))
    elif output.form == "json":
        told = replace(found.profile, warnings=(*found.profile.warnings, *warnings))
        print_result(profile_document(told, found.hotspots))
    elif output.form == "human":
        print_unless_seen("\n".join(text for text in profiled_lines(found)))
    return 0


def _exported(data: bytes) -> None:
    """To the letter, but for a terminal."""
    if sys.stdout.isatty():
        return print_result(data.decode("utf-8", "replace"))
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
    return None


def _profiled(target: Target, run: Run, profiler: str, source: str) -> None:
    if source:
        taken = _from_file(Path(source), target)
    else:
        if not target.goal.workloads:
            target = prepare(target, run).target
        taken = take_profile(target, run, profiler)
    run.record(Profiled(profile=taken, hotspots=rank(target, taken)))


def _from_file(path: Path, target: Target) -> Profile:
    if not names_file(path):
        raise UsageError(
            f"there is no file {shown(path)}",
            code="no_such_file",
            hint="--from takes a speedscope, collapsed or pstats file",
        )
    return read_profile(path, str(target.checkout.root))
