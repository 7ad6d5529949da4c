"""One trial of one part: the same trees for every method, the truth known beforehand."""

import json

from bench import Benches, Trial
from kernels import OTHERS, Case, kernel_case, other_case
from plan import FUNCTION, NULL, PERFSMITH, RECORD, SECONDS, SERIES, Part
from results import Result
from rivals import RIVALS, asked

_CALLS = 200


def make_trial(part: Part, workload: str, number: int, benches: Benches) -> Result:
    """Open the workload's trees and ask; every trial has a seed of its own."""
    if part.form == FUNCTION:
        from function import function_trial

        return function_trial(part, workload, number, benches.python)
    case, start = _case(part.form, workload, benches)
    gain = max(part.gain, NULL)
    amount = case.whole if gain == NULL else _amount(case, gain, start)
    seed = 1000003 * number + hash_of(part.key)
    bench = benches.of(case)
    if part.gain == RECORD:
        logs = tuple(bench.record(amount, SERIES[part.form], seed))
        return Result(part=part.key, workload=workload, truth=1.0, answer="recorded", pairs=len(logs), logs=logs)
    if part.method == PERFSMITH:
        return _result(part, workload, gain, bench.ask(amount, seed))
    with bench.trees(amount) as (before, after):
        found = asked(
            RIVALS[part.method], case.command.replace("python", str(benches.python), 1), before.folder, after.folder
        )
    return _result(part, workload, gain, found)


def hash_of(text: str) -> int:
    """The same number in every process."""
    return sum(ord(letter) * 31**place for place, letter in enumerate(text)) % 1000003


def _result(part: Part, workload: str, gain: float, found: Trial) -> Result:
    return Result(
        part=part.key,
        workload=workload,
        truth=1 + gain,
        claimed=found.claimed,
        answer=found.answer,
        seconds=found.seconds,
        ratio=found.ratio,
        low=found.low,
        high=found.high,
        pairs=found.pairs,
    )


def _case(form: str, workload: str, benches: Benches) -> tuple[Case, float]:
    """The workload in the wanted length, and the share of its time that is the start of the process."""
    if workload in OTHERS:
        return other_case(workload), 0.0
    fixed, each = _calibration(workload, benches)
    repeats = max(1, round((SECONDS[form] - fixed) / each))
    return kernel_case(workload, repeats), fixed / (fixed + repeats * each)


def _amount(case: Case, gain: float, start: float) -> int:
    """Work to be left so that the whole process is 1 + gain times as fast: what starting takes cannot shrink."""
    return round(case.whole * (1 / (1 + gain) - start) / (1 - start))


def _calibration(kernel: str, benches: Benches) -> tuple[float, float]:
    """CPU seconds of an empty run and of one call, found once and kept."""
    file = benches.root.parent / f"calibration-{kernel}.json"
    if not file.exists():
        case = kernel_case(kernel, _CALLS)
        bench = benches.of(case)
        fixed, full = bench.cpu(f"python run.py {kernel} 0", 25), bench.cpu(case.command, 25)
        file.write_text(json.dumps([fixed, (full - fixed) / _CALLS]))
    fixed, each = json.loads(file.read_text())
    return fixed, each
