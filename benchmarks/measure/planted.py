"""Confirms a planted gain, or none, in real processes again and again, and prints what the sessions decided.

    python benchmarks/measure/planted.py --gain 0 --sessions 10

A workload does `--loops` of arithmetic (about 0.1 s); the candidate does `1 / (1 + gain)` of them. One row per session:
decision, metric, pairs, estimate, interval, correlation of rounds, seconds; then a summary. The commands run without
walls, so that only the method is seen.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from perfsmith.optimizer.core.ports import Completed, Job, Usage
from perfsmith.optimizer.core.values import Workload
from perfsmith.optimizer.measure.command import CommandMeter
from perfsmith.optimizer.measure.looks import SINGLE_ALPHA
from perfsmith.optimizer.measure.session import Decision, Terms, confirm

BODY = """\
from time import perf_counter
start = perf_counter()
x = 0
for i in range({loops}):
    x = (x * 31 + i) & 65535
print("done in", round(perf_counter() - start, 3), "s")
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bare:
    """A folder in which commands are run; usage is the kernel's own, run-queue delay the waiting process's."""

    root: Path

    @property
    def folder(self) -> Path:
        """The same folder."""
        return self.root

    def run(self, job: Job) -> Completed:
        """Run to the end; the time limit is left out here."""
        start = time.monotonic()
        process = subprocess.Popen(
            job.command,
            shell=True,
            cwd=self.root,
            env={"PATH": os.environ["PATH"], **dict(job.env)},
            stdout=subprocess.PIPE,
        )
        assert process.stdout
        said = process.stdout.read()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        wall = time.monotonic() - start
        delay = int(Path(f"/proc/{process.pid}/schedstat").read_text().split()[1]) / 1e9
        _, status, used = os.wait4(process.pid, 0)
        process.stdout.close()
        process.returncode = code = os.waitstatus_to_exitcode(status)
        cpu = used.ru_utime + used.ru_stime
        usage = Usage(wall=wall, cpu=cpu, delay=delay, peak=used.ru_maxrss * 1024, leftovers=0)
        return Completed(code=code, stdout=said, stderr=b"", seconds=time.monotonic() - start, usage=usage)


def session(gain: float, loops: int, seed: int) -> Decision:
    """One confirmation between two fresh folders."""
    workload = Workload(name="loop", command=f"{sys.executable} bench.py")
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        trees = Bare(root=Path(one)), Bare(root=Path(two))
        for tree, share in zip(trees, (1.0, 1 / (1 + gain)), strict=True):
            (tree.root / "bench.py").write_text(BODY.format(loops=round(loops * share)))
        rounds = CommandMeter().rounds(*trees, workload, seed)
        return confirm(workload.name, rounds, Terms(alpha=SINGLE_ALPHA), time.monotonic)


def main() -> None:
    """Run the sessions and print them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gain", type=float, default=0.0, help="planted share of work saved, as in 1 / (1 + gain)")
    parser.add_argument("--sessions", type=int, default=5)
    parser.add_argument("--loops", type=int, default=1_200_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    kinds: list[str] = []
    for number in range(given.sessions):
        start = time.monotonic()
        found = session(given.gain, given.loops, given.seed + number)
        kinds.append(found.kind)
        speedup = found.speedup
        print(
            f"{found.kind:<11}{found.metric:<5}{speedup.pairs:>3} pairs  {speedup.ratio:.4f}x "
            f"({100 * speedup.confidence:.2f}% CI {speedup.low:.4f}-{speedup.high:.4f})  "
            f"r {found.correlation:+.2f}  {time.monotonic() - start:.1f} s",
            flush=True,
        )
    print(", ".join(f"{kind}: {kinds.count(kind)}" for kind in sorted(set(kinds))))


if __name__ == "__main__":
    main()
