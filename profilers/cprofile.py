"""cProfile, on request: exact call edges, but tracing bends the picture, so never for ranking.

Tracing over-weighs functions that make many calls, and on Python 3.11 it turns `s += x` on strings from
linear into quadratic (python/cpython issues 93516 and 99862): the warnings say so.
"""

import sys
from dataclasses import dataclass, replace
from pathlib import Path

from ..optimizer.core.ports import Profiler, Sandbox
from ..optimizer.core.values import Profile, Workload
from . import _inject

_ALWAYS = (
    "cProfile traces every call: code that makes many calls looks slower than it is, and inclusive times "
    "are approximate; do not choose what to optimise from this profile"
)
_ON_311 = "on Python 3.11 tracing makes `s += x` on strings quadratic, so such lines look far too slow"


@dataclass(frozen=True, slots=True, kw_only=True)
class CProfile:
    """Options of `[profilers.cprofile]`."""

    python: Path = Path(sys.executable)
    """The target's interpreter; only used to start the workload's shell."""
    rate: int = 1000
    """Counts per second of wall time in the profile; the tracing itself is exact."""
    min_seconds: float = 0.0
    """CPU seconds to trace: the workload is repeated until it has used them; 0 is one run."""

    def profile(self, sandbox: Sandbox, workload: Workload) -> Profile:
        """Trace the workload; main threads only. Raises `TargetError` when it fails."""
        profile, runs = _inject.take(
            "cprofile", sandbox, workload, self.python, rate=self.rate, seconds=self.min_seconds
        )
        warnings = (_ALWAYS, _ON_311) if runs.python == (3, 11) else (_ALWAYS,)
        return replace(profile, seconds=profile.samples / self.rate, warnings=(*profile.warnings, *warnings))


PLUGIN: type[Profiler] = CProfile
