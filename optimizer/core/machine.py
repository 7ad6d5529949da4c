"""The machine that a measurement was made on, as far as a reader of the number needs it."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Says where a number holds: speedups do not always travel from one machine to another."""

    python: str
    """Version of the target's interpreter, e.g. `3.11.7`."""
    sandbox: str
    """The sandbox level, e.g. `bubblewrap`."""
    noise_floor: float | None = None
    """Half width of an A/A interval as a share; None where it was not taken."""
    id: str = ""
    """A few characters that tell two machines apart, and nothing else about them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseFloor:
    """Base against base, on one workload, in one kind of rounds: what is seen where there is nothing to see."""

    workload: str
    share: float
    """Half width of the 95 % interval after so many rounds, as a share of the time: 0.018 is 1.8 %."""
    biased: bool
    """The 99.5 % interval excludes 1: the same tree looks faster or slower than itself, so nothing can be claimed."""
    ratio: float
    """First tree / second tree; 1 but for chance. `low` and `high` are the ends of its 99.5 % interval."""
    low: float
    high: float
    metric: Literal["cpu", "wall"]
    together: bool
    """Whether both runs shared a core, or one came after the other."""
    wall: float
    """Median seconds of one run."""
    cpu: float
    pairs: int
    detectable: float
    """The smallest speedup that a confirmation of 48 such pairs shows in nine cases of ten, as a ratio above 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostFacts:
    """What of the machine bears on its timings; taken once per run. Empty texts and None: not known here."""

    system: str
    """Kernel and release, such as `Linux 6.8.0`."""
    model: str
    """Of the processor."""
    cores: int
    """That the machine has."""
    usable: int
    """That this process may use."""
    virtual: str
    """The hypervisor's name, or `unknown`; empty on bare metal."""
    governor: str
    """How the frequency of the cores is chosen, such as `powersave`."""
    load: float | None
    """Processes that wanted a core, over the last minute."""
    pressure: float | None
    """Share of the last ten seconds in which something waited for a core (PSI, `some avg10`), 0 to 1."""
    counters: bool
    """Whether the processor's own counters can be read."""
    valgrind: bool
    build: str
    """Our interpreter: implementation, version, and how it was built."""
    clock: str
    """What times are read from."""
    resolution: float
    """Of that clock, in seconds."""
