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
SERIES = 48
"""Rounds of a recorded series."""


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
    (FUNCTION, 0.05, 60),
    (FUNCTION, 0.03, 60),
    (FUNCTION, 0.02, 60),
    (FUNCTION, RECORD, 30),
    (SHORT, NULL, 100),
    (SHORT, 0.05, 60),
    (SHORT, 0.03, 60),
    (SHORT, 0.02, 60),
    (SHORT, RECORD, 30),
    (LONG, NULL, 20),
    (LONG, 0.05, 20),
    (LONG, 0.03, 20),
    (LONG, 0.02, 20),
    (LONG, RECORD, 10),
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
        Part(method=rival, form=SHORT, gain=gain, condition=condition, wanted=20)
        for condition in CONDITIONS
        for rival in rivals
        for gain in (NULL, 0.05)
    ]
    kinds = [
        Part(method=PERFSMITH, form=kind, gain=gain, condition="quiet", wanted=10, workloads=(kind,))
        for kind in OTHERS
        for gain in (NULL, KINDS_GAIN)
    ]
    return (*own, *others, *kinds)


def quick_plan(rivals: Sequence[str]) -> tuple[Part, ...]:
    """About three minutes: a taste of each, too few to prove anything."""
    own = [
        Part(method=PERFSMITH, form=form, gain=gain, condition="quiet", wanted=wanted)
        for form, gain, wanted in ((FUNCTION, NULL, 6), (FUNCTION, 0.05, 4), (SHORT, NULL, 6), (SHORT, 0.05, 4))
    ]
    others = [
        Part(method=rival, form=SHORT, gain=gain, condition="quiet", wanted=1 if rival == "pyperf" else 2)
        for rival in rivals
        for gain in (NULL, 0.05)
        if (rival, gain) != ("pyperf", 0.05)
    ]
    return (*own, *others)
