"""What each level of walls, the launcher and the watchdog cost a command of about 0.15 s, against the bare command.

    python benchmarks/walls/run.py [--rounds N] [--seconds S]

In each round every way to run the command is taken twice in a row, in an order that is drawn anew. Prints three tables:
what the ways cost, whether walls of a level bias what the meter reads (the launcher's account of the command against
the bare command's own), and how far two runs of the same thing lie apart, inside and outside: that is the noise that a
claim has to overcome.
"""

import argparse
import ctypes
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median

from perfsmith.optimizer.core.ports import Job
from perfsmith.optimizer.core.values import Repo
from perfsmith.optimizer.measure.stats import estimate
from perfsmith.optimizer.sandbox.assemble import open_base
from perfsmith.optimizer.sandbox.checkout import open_checkout
from perfsmith.optimizer.sandbox.choice import levels, opened
from perfsmith.optimizer.sandbox.environment import environment
from perfsmith.optimizer.sandbox.limits import default_limits
from perfsmith.optimizer.sandbox.process import run_process
from perfsmith.optimizer.sandbox.trees import PrivateBase
from perfsmith.optimizer.sandbox.watchdog import Guard

PYTHON = Path(sys.executable)
TIMEOUT = 60.0
BARE = "bare"
_SUBREAPER = 36
ALPHA = 0.005
"""Of each side: intervals have 99 % confidence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One run. Seconds: from outside, with all that was started for it, and of the command alone."""

    wall: float
    cpu: float
    own_wall: float
    own_cpu: float


Way = Callable[[], Taken]


def timed(run: Callable[[], tuple[float, float] | None]) -> Taken:
    """Times a way of running the command; what it returns are wall and CPU of the command alone."""
    ours, theirs, start = _cpu(resource.RUSAGE_SELF), _cpu(resource.RUSAGE_CHILDREN), time.perf_counter()
    told = run()
    wall = time.perf_counter() - start
    _reap()
    ours, theirs = _cpu(resource.RUSAGE_SELF) - ours, _cpu(resource.RUSAGE_CHILDREN) - theirs
    own_wall, own_cpu = told or (wall, theirs)
    return Taken(wall=wall, cpu=ours + theirs, own_wall=own_wall, own_cpu=own_cpu)


def _reap() -> None:
    """Wait for what was orphaned: `bwrap` ends without having waited for its own child, whose time would be missing."""
    with suppress(ChildProcessError):
        while True:
            os.wait()


def inherit_orphans() -> None:
    """Linux hands them to us from here on."""
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)


def _cpu(who: int) -> float:
    """Of this process, the watchdog's thread included, or of all children that have ended."""
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def bare(command: tuple[str, ...], folder: Path, env: dict[str, str]) -> Way:
    """As a shell would start it."""

    def run() -> None:
        subprocess.run(command, cwd=folder, env=env, check=True, stdout=subprocess.DEVNULL)

    return lambda: timed(run)


def guarded(command: tuple[str, ...], folder: Path, env: dict[str, str], guard: Guard | None) -> Way:
    """Through our own way to start processes, with or without the watchdog; no launcher, no walls."""

    def run() -> None:
        assert run_process(command, cwd=folder, env=env, timeout=TIMEOUT, guard=guard).ok

    return lambda: timed(run)


def walled(base: PrivateBase, command: tuple[str, ...], stack: ExitStack) -> Way:
    """As the meter runs it: launcher, watchdog, and the walls of a level."""
    tree = stack.enter_context(base.fork())
    job = Job(command=command, timeout=TIMEOUT, metered=True)

    def run() -> tuple[float, float]:
        done = tree.run(job)
        assert done.ok, done.tail()
        assert done.usage is not None
        return done.usage.wall, done.usage.cpu

    return lambda: timed(run)


@contextmanager
def ways(place: Path, command: tuple[str, ...]) -> Generator[dict[str, Way]]:
    """All that work on this machine, by name; what does not is said on standard error."""
    root = repository(place / "target")
    folders = {"home": place, "temporary": place}
    env = environment(PYTHON, **folders)
    guard = Guard(limits=default_limits(), folder=place)
    found: dict[str, Way] = {
        BARE: bare(command, root, env),
        "started by us": guarded(command, root, env, None),
        "started by us, watchdog": guarded(command, root, env, guard),
    }
    with ExitStack() as stack:
        for name, level in levels().items():
            walls = opened(level, Path.home())
            if isinstance(walls, str):
                sys.stderr.write(f"{name} is left out: {walls}\n")
                continue
            checkout = open_checkout(root)
            repo = Repo(root=checkout.root, revision=checkout.head, python=PYTHON, source=(".",))
            base = open_base(checkout, repo=repo, walls=walls, state=place / f"state-{name}")
            found[f"level {name}"] = walled(base, command, stack)
        yield found


def repository(root: Path) -> Path:
    """One script."""
    root.mkdir()
    script = "import sys\nx = 0\nfor i in range(int(sys.argv[1])):\n    x += i * i % 7\nprint(x)\n"
    (root / "bench.py").write_text(script)
    who = ["-c", "user.name=bench", "-c", "user.email=bench@localhost"]
    for arguments in (["init", "-q"], ["add", "-A"], [*who, "commit", "-qm", "start"]):
        subprocess.run(["git", *arguments], cwd=root, check=True)
    return root


def work_for(seconds: float) -> int:
    """How many steps take about so long here, start and all."""
    steps = 200_000
    script = f"x = 0\nfor i in range({steps}):\n    x += i * i % 7\n"
    starts = [_seconds("pass") for _ in range(3)]
    full = [_seconds(script) for _ in range(3)]
    return max(1000, round(steps * (seconds - min(starts)) / (min(full) - min(starts))))


def _seconds(script: str) -> float:
    start = time.perf_counter()
    subprocess.run([str(PYTHON), "-c", script], check=True)
    return time.perf_counter() - start


def rounds(found: dict[str, Way], count: int, random: Random) -> dict[str, list[tuple[Taken, Taken]]]:
    """Each way twice in a row, all ways in each round."""
    taken: dict[str, list[tuple[Taken, Taken]]] = {name: [] for name in found}
    for way in found.values():
        way()
    for number in range(count):
        for name in random.sample(list(found), len(found)):
            taken[name].append((found[name](), found[name]()))
        sys.stderr.write(f"round {number + 1} of {count}\n")
    return taken


def ratio(logs: list[float]) -> str:
    """Typical ratio with its interval, by the statistics of the meter."""
    found = estimate(logs)
    return f"{found.ratio:.3f} ({found.low(ALPHA):.3f} to {found.high(ALPHA):.3f})"


def print_tables(taken: dict[str, list[tuple[Taken, Taken]]]) -> None:
    """Costs and bias against the bare command, round by round; the same against itself."""
    base = taken[BARE]
    milliseconds = median(one.wall for pair in base for one in pair) * 1e3
    print(f"bare command: {milliseconds:.0f} ms, {len(base)} rounds, load {os.getloadavg()[0]:.1f}\n")
    print("| way | added | wall / bare | CPU / bare |\n|---|---:|---:|---:|")
    for name, pairs in taken.items():
        if name != BARE:
            added = (_middle(pairs, "wall") - _middle(base, "wall")) * 1e3
            print(f"| {name} | {added:+.1f} ms | {_against(pairs, base, 'wall')} | {_against(pairs, base, 'cpu')} |")
    print("\n| the command alone, as the meter reads it | wall / bare | CPU / bare |\n|---|---:|---:|")
    for name, pairs in taken.items():
        if name.startswith("level "):
            print(f"| {name} | {_against(pairs, base, 'own_wall')} | {_against(pairs, base, 'own_cpu')} |")
    print("\n| the same twice | wall, second / first | CPU, second / first | spread of CPU |\n|---|---:|---:|---:|")
    for name, pairs in taken.items():
        wall, cpu = (_twice(pairs, kind) for kind in ("own_wall", "own_cpu"))
        spread = median(abs(value - median(cpu)) for value in cpu)
        print(f"| {name} | {ratio(wall)} | {ratio(cpu)} | {spread * 100:.2f}% |")


def _middle(pairs: list[tuple[Taken, Taken]], kind: str) -> float:
    return median(getattr(one, kind) for pair in pairs for one in pair)


def _against(pairs: list[tuple[Taken, Taken]], base: list[tuple[Taken, Taken]], kind: str) -> str:
    logs = [math.log(_sum(pair, kind) / _sum(other, kind)) for pair, other in zip(pairs, base, strict=True)]
    return ratio(logs)


def _sum(pair: tuple[Taken, Taken], kind: str) -> float:
    return sum(getattr(one, kind) for one in pair)


def _twice(pairs: list[tuple[Taken, Taken]], kind: str) -> list[float]:
    return [math.log(getattr(second, kind) / getattr(first, kind)) for first, second in pairs]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=40)
    options.add_argument("--seconds", type=float, default=0.15, help="how long the bare command takes, about")
    options.add_argument("--seed", type=int, default=1)
    args = options.parse_args()
    inherit_orphans()
    with tempfile.TemporaryDirectory(prefix="perfsmith-walls-") as name:
        command = (str(PYTHON), "bench.py", str(work_for(args.seconds)))
        with ways(Path(name).resolve(), command) as found:
            print_tables(rounds(found, args.rounds, Random(args.seed)))


if __name__ == "__main__":
    main()
