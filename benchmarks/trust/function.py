"""Trials of the function meter: a kernel's function in two folders, called on a ring of distinct inputs."""

import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from kernels import BODIES, KERNEL, STEPS
from perfsmith.commands.target import state_folder
from perfsmith.optimizer.core.verdicts import Round
from perfsmith.optimizer.measure.function import NO_WORKLOAD, FunctionMeter, given
from perfsmith.optimizer.measure.looks import SINGLE_ALPHA
from perfsmith.optimizer.measure.session import Terms, confirm
from perfsmith.optimizer.measure.stats import log_ratios
from perfsmith.optimizer.sandbox.cores import out_of_the_way
from perfsmith.optimizer.sandbox.locks import measuring_lock
from perfsmith.optimizer.sandbox.trees import plain
from plan import NULL, RECORD, SERIES, Part
from results import Result

_INPUTS = range(900, 932)


def function_trial(part: Part, workload: str, seed: int, python: Path) -> Result:
    """One confirmation on the function alone, or a recorded series of rounds."""
    gain = max(part.gain, NULL)
    with tempfile.TemporaryDirectory() as name, measuring_lock(state_folder(), lambda: None), out_of_the_way():
        sides = [Path(name) / side for side in ("before", "after")]
        for folder, steps in zip(sides, (STEPS, round(STEPS / (1 + gain))), strict=True):
            folder.mkdir()
            (folder / "kernel.py").write_text(KERNEL.format(steps=steps, body=BODIES[workload]))
        start = time.monotonic()
        rounds = _rounds(sides[0], sides[1], seed, python)
        if part.gain == RECORD:
            logs = tuple(log_ratios(list(islice(rounds, SERIES[part.form])), "cpu"))
            return Result(part=part.key, workload=workload, truth=1.0, answer="recorded", pairs=len(logs), logs=logs)
        found = confirm("work", rounds, Terms(alpha=SINGLE_ALPHA), time.monotonic)
    return Result(
        part=part.key,
        workload=workload,
        truth=STEPS / round(STEPS / (1 + gain)),
        claimed=found.kind == "faster",
        answer=found.kind,
        seconds=time.monotonic() - start,
        ratio=found.speedup.ratio,
        low=found.speedup.low,
        high=found.speedup.high,
        pairs=found.speedup.pairs,
    )


def _rounds(before: Path, after: Path, seed: int, python: Path) -> Iterator[Round]:
    calls = [((number,), {}) for number in _INPUTS]
    meter = FunctionMeter(subject=given(python, "kernel", "work", calls))
    return meter.rounds(plain(before, python), plain(after, python), NO_WORKLOAD, seed)
