"""What a verification costs without measuring: with nothing known of the base, and with its facts kept.

    python benchmarks/verifier/timing.py --targets DIR --work DIR [--only NAME ...]
    python benchmarks/verifier/timing.py --targets DIR --work DIR --table

The real command is run, `perfsmith verify --jsonl`, up to the answer of the last rung before the measurement. First our
own edit of the target is judged in a new state folder, then another edit of the same functions: ours with a change that
changes nothing. Between them the suite is run plainly. Answers lie in `WORK/timing`, one file a target; remove one to
ask again. Where a control group can be made, CPU seconds of all processes are taken too, walls and tests included: on
a machine that is shared they say more than the clock.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "targets"))

from equivalents import equivalents  # noqa: E402
from perfsmith.optimizer.verify.probe import MODULE, changed_units  # noqa: E402
from prepared import Target, git, load, make, parser  # noqa: E402

LAST = "probes"
"""The last rung before the measurement."""
FACTOR, SECONDS = 3.0, 10.0
SEED = 7
GROUPS = Path("/sys/fs/cgroup/cpuacct")


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """One command; seconds. CPU is that of all its processes, -1 where nobody counts."""

    wall: float
    cpu: float
    rungs: dict[str, float]
    """Rung → wall seconds."""
    refused: str = ""


def main() -> int:
    """Ask what is missing, then print the table; the exit code is 1 if a target misses the bound."""
    asking = parser(__doc__)
    asking.add_argument("--table", action="store_true", help="only print what is known, as Markdown")
    given = asking.parse_args()
    folder, work = given.targets.resolve(), given.work.resolve()
    names = sorted(path.parent.name for path in folder.glob("*/target.toml"))
    for name in names:
        place = work / "timing" / f"{name}.json"
        if not given.table and not place.exists() and (not given.only or name in given.only):
            print(name, file=sys.stderr, flush=True)
            found = timed(load(folder, work, name), folder, work)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(
                json.dumps({what: [asdict(one) for one in took] for what, took in found.items()}, indent=1)
            )
    known = {
        name: json.loads(place.read_text()) for name in names if (place := work / "timing" / f"{name}.json").exists()
    }
    print(table(known))
    return int(not all(within(found, "wall") or within(found, "cpu") for found in known.values()))


def timed(target: Target, folder: Path, work: Path) -> dict[str, list[Took]]:
    """The suite three times, and between its runs both verifications."""
    if not target.before.exists() or not target.own.exists():
        make(target, folder, work)
    state = work / "timing" / f"{target.name}-state"
    shutil.rmtree(state, ignore_errors=True)
    other = another(target, work)
    suite = [plainly(target)]
    cold = verified(target, target.edit, state)
    suite.append(plainly(target))
    warm = verified(target, other, state)
    suite.append(plainly(target))
    return {"suite": suite, "cold": [cold], "warm": [warm]}


def another(target: Target, work: Path) -> Path:
    """Our edit with one more change, in a function that it touches, that changes nothing."""
    changed = git("diff", "--name-only", cwd=target.own).decode().split()
    for path in changed:
        before, after = ((tree / path).read_bytes() for tree in (target.before, target.own))
        names = [name for name in changed_units(path, after, before) if name != MODULE]
        same = next(equivalents(path, after, names, seed=SEED), None)
        if same is not None:
            (target.own / path).write_bytes(same.source)
            patch = work / "timing" / f"{target.name}-other.patch"
            patch.parent.mkdir(parents=True, exist_ok=True)
            patch.write_bytes(git("diff", "--binary", "HEAD", cwd=target.own))
            (target.own / path).write_bytes(after)
            return patch
    raise ValueError(f"{target.name}: no equivalent change was found")


def plainly(target: Target) -> Took:
    """The tests command by itself, in the tree as it lies there."""
    with counted() as cpu:
        start = time.monotonic()
        done = subprocess.run(target.tests, shell=True, cwd=target.before, capture_output=True)
        wall = time.monotonic() - start
        return Took(wall=wall, cpu=cpu(), rungs={}, refused="" if done.returncode == 0 else "the suite fails")


def verified(target: Target, patch: Path, state: Path) -> Took:
    """`perfsmith verify` up to the answer of the last rung; then it is interrupted."""
    options = ["--tests", target.tests, "--workload", target.workload, "--jsonl"]
    command = [sys.executable, "-m", "perfsmith", "verify", str(patch), "-C", str(target.before), *options]
    environment = {**os.environ, "XDG_STATE_HOME": str(state), "NO_COLOR": "1"}
    rungs: dict[str, float] = {}
    refused = ""
    with counted() as cpu:
        start = time.monotonic()
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
            assert process.stdout is not None
            for line in process.stdout:
                event = json.loads(line)
                outcome = event.get("outcome") if event["kind"] == "check_finished" else None
                if outcome:
                    rungs[outcome["check"]] = rungs.get(outcome["check"], 0.0) + outcome["seconds"]
                    refused = outcome.get("message", "") if outcome["status"] == "failed" else refused
                if (outcome and outcome["check"] == LAST) or event["kind"] == "candidate_judged":
                    break
            wall, used = time.monotonic() - start, cpu()
            process.send_signal(signal.SIGINT)
            process.communicate()
    if LAST not in rungs:
        refused = refused or "it ended early"
    return Took(wall=wall, cpu=used, rungs=rungs, refused=refused)


@contextlib.contextmanager
def counted() -> Iterator:
    """Gives a function that tells the CPU seconds so far of all that this block starts; -1 where that cannot be had."""
    group = GROUPS / f"timing-{os.getpid()}"
    try:
        group.mkdir(exist_ok=True)
        (group / "cgroup.procs").write_text(str(os.getpid()))
    except OSError:
        yield lambda: -1.0
        return
    first = _used(group)
    try:
        yield lambda: _used(group) - first
    finally:
        (GROUPS / "cgroup.procs").write_text(str(os.getpid()))
        with contextlib.suppress(OSError):  # something of it may still be ending
            group.rmdir()


def _used(group: Path) -> float:
    return int((group / "cpuacct.usage").read_text()) / 1e9


def middle(found: dict, what: str, key: str) -> float:
    """The median of what was taken."""
    return median(one[key] for one in found[what])


def within(found: dict, key: str) -> bool:
    """Whether the warm verification keeps to the bound."""
    return middle(found, "warm", key) <= FACTOR * middle(found, "suite", key) + SECONDS


def table(known: dict[str, dict]) -> str:
    """One row a target, CPU and wall seconds."""
    rows = ["| target | seconds | suite alone | cold | warm | bound | within |", "|---|---|---|---|---|---|---|"]
    for name, found in known.items():
        wrong = next((one["refused"] for took in found.values() for one in took if one["refused"]), "")
        for key in ("cpu", "wall"):
            suite, cold, warm = (middle(found, what, key) for what in ("suite", "cold", "warm"))
            if suite < 0:
                continue
            said = wrong or ("yes" if within(found, key) else "no")
            cells = [f"{one:.1f}" for one in (suite, cold, warm, FACTOR * suite + SECONDS)]
            rows.append(f"| {' | '.join([name, key.replace('cpu', 'CPU'), *cells, said])} |")
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())
