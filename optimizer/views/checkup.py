"""The answer of `perfsmith doctor`, for people and as `perfsmith/doctor/1`."""

from collections.abc import Sequence
from typing import Protocol

from ..core.machine import HostFacts, NoiseFloor
from .documents import Fields, document, number


class Line(Protocol):
    """One thing that was looked at."""

    @property
    def name(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def fix(self) -> str: ...


def checkup(findings: Sequence[Line]) -> str:
    """A line each, and below it what to do."""
    told: list[str] = []
    for one in findings:
        told.append(f"  {one.status:<6}{one.name:<11}{one.text}")
        if one.fix:
            told.append(f"{'':19}-> {one.fix}")
    return "\n".join(told)


def doctor_document(
    status: str, findings: Sequence[Line], host: HostFacts, floors: Sequence[NoiseFloor], models: Sequence[str]
) -> str:
    """`perfsmith/doctor/1`."""
    lines = [{"name": one.name, "status": one.status, "text": one.text, "fix": one.fix or None} for one in findings]
    return document(
        "doctor",
        {
            "status": status,
            "findings": lines,
            "host": host_fields(host),
            "models": list(models),
            "workloads": [floor_fields(floor) for floor in floors],
        },
    )


def host_fields(host: HostFacts) -> Fields:
    """The machine, as in every report."""
    return {
        "system": host.system,
        "model": host.model or None,
        "cores": host.cores,
        "usable": host.usable,
        "virtual": host.virtual or None,
        "governor": host.governor or None,
        "load": host.load,
        "pressure": None if host.pressure is None else number(host.pressure),
        "counters": host.counters,
        "valgrind": host.valgrind,
        "build": host.build,
        "clock": host.clock,
        "resolution_s": number(host.resolution),
    }


def floor_fields(floor: NoiseFloor) -> Fields:
    """What one workload showed of itself."""
    return {
        "name": floor.workload,
        "noise_floor": number(floor.share),
        "biased": floor.biased,
        "ratio": number(floor.ratio),
        "detectable": number(floor.detectable),
        "metric": floor.metric,
        "together": floor.together,
        "pairs": floor.pairs,
        "wall_s": number(floor.wall),
        "cpu_s": number(floor.cpu),
    }
