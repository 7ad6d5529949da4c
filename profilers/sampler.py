"""The fallback: a thread inside the workload's own processes samples their stacks.

Needs no rights at all, but gets in only through `sitecustomize` on `PYTHONPATH`, and looks only when the
interpreter lets go of its lock: lines are less exact than py-spy's, functions are good.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

from ..optimizer.core.ports import Profiler, Sandbox
from ..optimizer.core.values import Profile, Workload
from . import _inject


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampler:
    """Options of `[profilers.sampler]`."""

    python: Path = Path(sys.executable)
    """The target's interpreter; only used to start the workload's shell."""
    rate: int = 100
    """Looks per second."""
    min_seconds: float = 10.0
    """CPU seconds to sample: the workload is repeated until it has used them."""

    def profile(self, sandbox: Sandbox, workload: Workload) -> Profile:
        """Sample the workload. Raises `TargetError` when it fails or nothing of it could be entered."""
        profile, _ = _inject.take("sampler", sandbox, workload, self.python, rate=self.rate, seconds=self.min_seconds)
        return profile


PLUGIN: type[Profiler] = Sampler
