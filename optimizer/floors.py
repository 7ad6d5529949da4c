"""The last question before a claim: does the base, measured against itself in the same way, show a difference?

Asked only of workloads on which a candidate was just confirmed, once per base, workload and kind of rounds: 12 pairs
beside the 8 to 48 of the confirmation. The answer comes from the base's rounds alone, so that a candidate has no part
in it, and it forbids the claims of a workload without fault with a probability of 0.005.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from .core.errors import TargetError
from .core.events import FloorMeasured
from .core.ports import Base, Record
from .core.verdicts import Round
from .measure.noise import Objection, noise_floor, objection
from .measure.stats import Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """What a noise floor holds for."""

    base: str
    workload: str
    metric: Metric
    together: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Floors:
    """What is known so far in this run about bases against themselves."""

    record: Record
    gain: float
    known: dict[_Kind, Objection | None] = field(default_factory=dict["_Kind", "Objection | None"])

    def against(
        self, base: Base, workload: str, metric: Metric, *, together: bool, rounds: Callable[[], Iterator[Round]]
    ) -> Objection | None:
        """What the base's own noise has against claims on this workload by this metric, or None.

        `rounds` gives those of base against base, which are taken at most once; raises what they raise about the base.
        """
        kind = _Kind(base=base.revision, workload=workload, metric=metric, together=together)
        if kind not in self.known:
            self.known[kind] = self._measured(kind, rounds())
        return self.known[kind]

    def _measured(self, kind: _Kind, rounds: Iterator[Round]) -> Objection | None:
        try:
            floor = noise_floor(kind.workload, rounds, metric=kind.metric, gain=self.gain)
        except TargetError as error:
            if error.code != "workload_unstable":
                raise
            return Objection(why=str(error), hint=error.hint)
        self.record(FloorMeasured(base=kind.base, floor=floor))
        return objection(floor)
