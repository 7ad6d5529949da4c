"""What is asked how often: parts of the benchmark, each a question to one method under one condition."""

from collections.abc import Sequence
from dataclasses import dataclass

from kernels import BODIES, OTHERS

NULL, RECORD = 0.0, -1.0
"""No planted gain; and a series of rounds of identical code, recorded without asking anything."""
SHORT, LONG, FUNCTION = "short", "long", "function"
SECONDS = {SHORT: 0.15, LONG: 0.6}
"""CPU time of one run of the commands."""
PERFSMITH = "perfsmith"
CONDITIONS = ("quiet", "busy")
KINDS_GAIN = 0.10
SERIES = {FUNCTION: 96, SHORT: 96, LONG: 48}
"""Rounds of a recorded series; those of earlier days have 48."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One question, asked `wanted` times over its workloads in turn."""

    method: str
    form: str
    gain: float
    condition: str
    wanted: int
    workloads: tuple[str, ...] = tuple(BODIES)

    @property
    def key(self) -> str:
        """Names the part in the file of results."""
        return f"{self.method}|{self.form}|{self.gain:g}|{self.condition}"


_LIVE = (
    (FUNCTION, NULL, 300),
    (FUNCTION, 0.05, 25),
    (FUNCTION, 0.03, 25),
    (FUNCTION, 0.02, 25),
    (FUNCTION, RECORD, 14),
    (SHORT, NULL, 100),
    (SHORT, 0.05, 25),
    (SHORT, 0.03, 25),
    (SHORT, 0.02, 25),
    (SHORT, RECORD, 13),
    (LONG, NULL, 20),
    (LONG, 0.05, 10),
    (LONG, 0.03, 10),
    (LONG, 0.02, 10),
    (LONG, RECORD, 12),
)
"""Form, gain and how often under each condition."""


def whole_plan(rivals: Sequence[str]) -> tuple[Part, ...]:
    """Everything; some hours."""
    own = [
        Part(method=PERFSMITH, form=form, gain=gain, condition=condition, wanted=wanted)
        for condition in CONDITIONS
        for form, gain, wanted in _LIVE
    ]
    others = [
        Part(method=rival, form=SHORT, gain=gain, condition=condition, wanted=5)
        for condition in CONDITIONS
        for rival in rivals
        for gain in (NULL, 0.05)
    ]
    kinds = [
        Part(method=PERFSMITH, form=kind, gain=gain, condition="quiet", wanted=5, workloads=(kind,))
        for kind in OTHERS
        for gain in (NULL, KINDS_GAIN)
    ]
    return (*own, *others, *kinds)


def quick_plan(rivals: Sequence[str]) -> tuple[Part, ...]:
    """About three minutes on a calm machine: a taste of each, too few to prove anything."""
    own = [
        Part(method=PERFSMITH, form=form, gain=gain, condition="quiet", wanted=wanted)
        for form, gain, wanted in ((FUNCTION, NULL, 5), (FUNCTION, 0.05, 3), (SHORT, NULL, 2), (SHORT, 0.05, 2))
    ]
    others = [
        Part(method=rival, form=SHORT, gain=gain, condition="quiet", wanted=1)
        for rival in rivals
        for gain in (NULL, 0.05)
        if (rival, gain) != ("pyperf", 0.05)
    ]
    return (*own, *others)
