"""What the user asked for: workloads, bars, policies and caps."""

from dataclasses import dataclass
from typing import Literal

from .values import Suite, Workload

Policy = Literal["forbid", "ask", "allow"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Caps; None is no cap."""

    seconds: float | None = None
    usd: float | None = None
    tokens: int | None = None
    candidates: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What was asked for beside the goal, and holds for a run that is resumed, too."""

    api_base: str = ""
    """The model server's address."""
    record: str = ""
    """The file that keeps what the model answers."""
    offline: bool = False
    show_prompt: bool = False
    strength: bool = False
    require_gain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """One request, as the settings, the options and the discovery made it."""

    workloads: tuple[Workload, ...]
    suite: Suite | None
    targets: tuple[str, ...] = ()
    """As typed: `pkg.mod:func`, `file.py::func`, `file.py:120`; empty for the top hotspots."""
    hotspots: int = 3
    """How many hotspots to pursue when no target is named."""
    candidates: int = 6
    """How many candidates a hotspot may get."""
    min_gain: float = 0.01
    """The bar: the whole interval must lie above 1 + this."""
    max_memory: float = 0.05
    """Peak memory may rise by this share or 1 MiB, whichever is more."""
    cache: Policy = "ask"
    parallel: Policy = "ask"
    float_ulps: int = 0
    quarantine: tuple[str, ...] = ()
    """Test ids, or `auto`."""
    budget: Budget = Budget()
    patient: bool = False
    build: str = ""
    """Command that builds a tree before it can be tested; empty for none."""
    seed: int = 0
