"""CPU time of a workload with and without the default profiler, and what the profiler itself uses.

    python benchmarks/profiling/overhead.py [--rate HZ] [--pairs N] [--python EXE] [COMMAND]

Run in the folder the command wants. Both sides run in turn, through the same payload that repeats the
command; the ratio counts py-spy's own CPU time too.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from perfsmith.optimizer.core.values import Workload
from perfsmith.profilers._runs import repeated
from perfsmith.profilers.pyspy import PySpy

DEFAULT = f'{sys.executable} -c "import json; x=[json.loads(json.dumps(list(range(500)))) for _ in range(12000)]"'


def cpu_per_run(command: str, python: Path, seconds: float, rate: int) -> float:
    """CPU seconds of one run, everything that was started included; `rate` 0 is without profiler."""
    with tempfile.TemporaryDirectory() as folder:
        repetition = repeated(Workload(name="overhead", command=command), python, Path(folder), seconds)
        profiler = PySpy(rate=rate).record(Path(folder) / "out.json") if rate else ()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run((*profiler, *repetition.command), check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        runs = json.loads(repetition.reply.read_text())["runs"]
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / runs


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("command", nargs="?", default=DEFAULT)
    options.add_argument("--rate", type=int, default=PySpy().rate)
    options.add_argument("--pairs", type=int, default=3)
    options.add_argument("--seconds", type=float, default=5.0)
    options.add_argument("--python", type=Path, default=Path(sys.executable))
    args = options.parse_args()
    ratios: list[float] = []
    for _ in range(args.pairs):
        plain, profiled = (cpu_per_run(args.command, args.python, args.seconds, rate) for rate in (0, args.rate))
        ratios.append(profiled / plain)
        print(f"plain {plain:.3f} s, profiled {profiled:.3f} s of CPU time per run: {ratios[-1]:.3f}")
    print(json.dumps({"rate": args.rate, "ratio": round(statistics.median(ratios), 3), "pairs": args.pairs}))


if __name__ == "__main__":
    main()
