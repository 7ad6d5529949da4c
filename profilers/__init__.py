"""Finding out where a workload's time goes: one profiler per file, and the choice between them."""

from dataclasses import replace
from pathlib import Path

from ..optimizer.core.plugins import load
from ..optimizer.core.ports import Sandbox
from ..optimizer.core.units import percent
from ..optimizer.core.values import Profile, Workload
from ..optimizer.select import import_share
from . import _importtime
from ._runs import Unavailable

DEFAULT = "pyspy"
FALLBACK = "sampler"
_IMPORTS_MATTER = 0.3
_WELL_COVERED = 0.6
_UNCOVERED = (
    "the samples cover {share} of the CPU time: the rest went into processes that are not Python "
    "or ended too soon to be looked into"
)

__all__ = ["DEFAULT", "FALLBACK", "Unavailable", "profile_with_fallback"]


def profile_with_fallback(
    sandbox: Sandbox, workload: Workload, python: Path, *, name: str = DEFAULT, min_seconds: float | None = None
) -> Profile:
    """Profile with the named profiler; where the default cannot work, with one that needs no rights.

    `min_seconds` are CPU seconds to sample; None leaves it to the profiler.
    Import times are added when much of the time goes there, or into processes too short to be sampled.
    Raises `TargetError` when the workload fails or nothing could look into it.
    """
    options = {"python": python} if min_seconds is None else {"python": python, "min_seconds": min_seconds}
    profiler = load("profilers", name)(**options)
    try:
        profile: Profile = profiler.profile(sandbox, workload)
    except Unavailable as refusal:
        if name != DEFAULT:
            raise
        profiler = load("profilers", FALLBACK)(**options)
        profile = _warned(profiler.profile(sandbox, workload), f"{refusal}: profiled with '{FALLBACK}' instead")
    covered = profile.samples / profiler.rate / profile.seconds if profile.seconds else 1.0
    if covered < _WELL_COVERED:
        profile = _warned(profile, _UNCOVERED.format(share=percent(covered)))
    if covered < _WELL_COVERED or import_share(profile) > _IMPORTS_MATTER:
        profile = _with_imports(profile, sandbox, workload, python)
    return profile


def _with_imports(profile: Profile, sandbox: Sandbox, workload: Workload, python: Path) -> Profile:
    imports = _importtime.measure(sandbox, workload, python)
    if imports is None or imports.share <= _IMPORTS_MATTER:
        return profile
    return _warned(replace(profile, imports=imports.of_repo or imports.costs), imports.sentence())


def _warned(profile: Profile, message: str) -> Profile:
    return replace(profile, warnings=(*profile.warnings, message))
