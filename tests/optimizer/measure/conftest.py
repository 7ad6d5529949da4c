"""Rounds out of random numbers, and a sandbox that plays runs from a script instead of starting anything."""

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

import pytest
from perfsmith.optimizer.core.ports import Completed, Job, Usage
from perfsmith.optimizer.core.verdicts import Reading, Round


@dataclass
class Simulated:
    """Rounds of a CPU-bound command whose candidate is `speedup` times as fast; noise by log-normal factors."""

    speedup: float = 1.0
    noise: float = 0.02
    wall_speedup: float | None = None
    wall_noise: float = 0.0
    busy: float = 0.99
    """(CPU + delay) / wall."""
    peak: tuple[int, int] = (10_000_000, 10_000_000)
    seed: int = 0
    taken: int = 0

    def __iter__(self) -> Iterator[Round]:
        rng = random.Random(self.seed)
        for number in count():
            self.taken += 1
            cpu = [0.1234567 * math.exp(rng.gauss(0, self.noise / math.sqrt(2))) for _ in "AB"]
            shift = [math.exp(rng.gauss(0, self.wall_noise / math.sqrt(2))) for _ in "AB"]
            wall = [seconds / self.busy * factor for seconds, factor in zip(cpu, shift, strict=True)]
            after_cpu, after_wall = cpu[1] / self.speedup, wall[1] / (self.wall_speedup or self.speedup)
            yield Round(
                before=Reading(wall=wall[0], cpu=cpu[0], delay=0.0, peak=self.peak[0]),
                after=Reading(wall=after_wall, cpu=after_cpu, delay=0.0, peak=self.peak[1]),
                order="AB" if number % 2 else "BA",
                seed=number + 1,
            )


def finished(seconds: float = 0.1234567, **changes) -> Completed:
    """A run that went well."""
    usage = Usage(wall=seconds, cpu=0.99 * seconds, delay=0.0, peak=10_000_000, leftovers=0)
    ended = Completed(code=0, stdout=b"digest ab12\n", stderr=b"", seconds=seconds + 0.01, usage=usage)
    of_usage = {key: changes.pop(key) for key in list(changes) if hasattr(usage, key) and key != "seconds"}
    return replace(ended, usage=replace(usage, **of_usage), **changes)


@dataclass
class Scripted:
    """Answers the n-th job (counted from 0) with `script(n, job)` and notes it in the common log."""

    name: str
    log: list[tuple[str, Job]]
    script: Callable[[int, Job], Completed] = lambda _number, _job: finished()
    root: Path = Path("/tree")
    folder: Path = Path("/tree")
    ran: int = field(default=0)

    def run(self, job: Job) -> Completed:
        self.log.append((self.name, job))
        self.ran += 1
        return self.script(self.ran - 1, job)


@pytest.fixture
def simulated():
    return Simulated


@pytest.fixture
def scripted():
    return Scripted


@pytest.fixture
def finish():
    return finished
