"""How far perfsmith's claims can be trusted, beside what others say of the same trees. Prints Markdown tables.

    python benchmarks/trust/run.py --work DIR [--minutes M] [--quick] [--only TEXT] [--table [--also DIR ...]]

Every trial is one line in DIR/results.jsonl; an interrupted benchmark goes on where it was. `--minutes` ends it early:
the parts advance evenly, so the tables are always of all parts. `--only` takes the parts in whose name the regular
expression TEXT is found. What the tables in `benchmarks/README.md` were made of lies in `recorded/`, a folder a day;
`--also` adds other days' trials to the tables. In that folder:

    python ../run.py --work 2026-11-28 --table --also 2026-11-22
"""

import argparse
import atexit
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="perfsmith-bench-")

from bench import Benches
from kernels import make_interpreter, make_repository
from plan import Part, quick_plan, whole_plan
from results import Results
from rivals import RIVALS
from table import tables
from trial import make_trial

atexit.register(shutil.rmtree, os.environ["XDG_STATE_HOME"], ignore_errors=True)


def main() -> int:
    """Ask what is missing, then print what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=600.0)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default="", help="a regular expression: METHOD|FORM|GAIN|CONDITION")
    parser.add_argument("--table", action="store_true", help="only print what is known")
    parser.add_argument("--also", type=Path, nargs="*", default=[], help="folders with more trials, for the tables")
    given = parser.parse_args()
    work: Path = given.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    results = Results(work / "results.jsonl")
    plan = [
        part for part in (quick_plan if given.quick else whole_plan)(tuple(RIVALS)) if re.search(given.only, part.key)
    ]
    if not given.table:
        make_repository(work / "kernels")
        python = make_interpreter(work / "python")
        with ExitStack() as stack:
            fill(results, plan, Benches(root=work / "kernels", python=python, stack=stack), _end(given.minutes))
    for more in given.also:
        results.all += Results(more / "results.jsonl").all
    print(tables(results, plan))
    return 0


def _end(minutes: float) -> float:
    return time.monotonic() + 60 * minutes


def fill(results: Results, plan: Sequence[Part], benches: Benches, end: float) -> None:
    """Trials until all parts are complete, or the time is over."""
    while time.monotonic() < end and (part := results.next_part(plan)):
        number = len(results.of(part))
        workload = part.workloads[number % len(part.workloads)]
        with condition(part.condition):
            result = make_trial(part, workload, number, benches)
        results.add(result)
        print(f"{part.key} {workload}: {result.answer} {result.ratio:.4f} {result.seconds:.1f} s", file=sys.stderr)


@contextmanager
def condition(name: str) -> Generator[None]:
    """Quiet, or beside a process that computes all the time."""
    if name == "quiet":
        yield
        return
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as busy:
        try:
            yield
        finally:
            busy.kill()


if __name__ == "__main__":
    sys.exit(main())
