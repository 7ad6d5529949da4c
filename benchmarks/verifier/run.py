"""The mutation study: of faults that a package's own tests do not notice, how many does each rung of the ladder?

    python benchmarks/verifier/run.py --targets DIR --work DIR [--only NAME ...] [--seconds 1800] [--hot 10]
    python benchmarks/verifier/run.py --targets DIR --work DIR --table

Goes on where it stopped: every fault that was tried is a line of `WORK/faults/NAME.jsonl`. The time is shared by the
targets. `--again` asks the rungs again about survivors that lack an answer of a rung that exists by now, `--anew NAME`
about all that are known, once for each name.
"""

import argparse
import json
import os
import sys
import time
from dataclasses import asdict
from itertools import zip_longest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "targets"))

from equivalents import equivalents  # noqa: E402
from perfsmith.optimizer.verify.mutants import Mutant, mutants  # noqa: E402
from prepared import Target, load, parser  # noqa: E402
from tables import table  # noqa: E402
from trying import Document, Laboratory, by_path, identity, opened  # noqa: E402

SEED = 7
HONEST_SHARE = 6
"""One edit that changes nothing for so many faults."""


def main() -> int:
    """Try faults until the time is up, then print the table."""
    asking = parser(__doc__)
    asking.add_argument("--seconds", type=float, default=1800.0, help="for all targets together")
    asking.add_argument("--hot", type=int, default=10, help="hot functions of a target")
    asking.add_argument("--again", action="store_true", help="ask new rungs about known survivors first")
    asking.add_argument("--anew", default="", metavar="NAME", help="only ask about known survivors, with today's rungs")
    asking.add_argument("--kind", choices=("fault", "honest"), help="only faults, or only edits that change nothing")
    asking.add_argument("--table", action="store_true", help="only print what is known, as Markdown")
    given = asking.parse_args()
    folder, work = given.targets.resolve(), given.work.resolve()
    os.environ.setdefault("XDG_STATE_HOME", str(work / "state"))
    names = sorted(path.parent.name for path in folder.glob("*/target.toml"))
    chosen = [name for name in names if not given.only or name in given.only]
    for name in [] if given.table else chosen:
        print(name, file=sys.stderr, flush=True)
        seconds = given.seconds / len(chosen)
        try_target(load(folder, work, name), place(work, name), seconds, given)
    print(table({name: read(place(work, name)) for name in names}, HERE / "judged.toml"))
    return 0


def try_target(target: Target, file: Path, seconds: float, given: argparse.Namespace) -> None:
    """Faults of one target until its time is up."""
    file.parent.mkdir(parents=True, exist_ok=True)
    known = {one["id"]: one for one in read(file)}
    then = by_path((one["path"], one["unit"]) for one in known.values()) if given.anew else None
    with opened(target.name, target.before, target.tests, target.workload, given.hot, then) as laboratory:
        names, end = {rung.name for rung in laboratory.rungs}, time.monotonic() + seconds
        for kind, one in _in_turn(laboratory):
            waiting = not given.anew or any(_waiting(said, given) for said in known.values())
            if time.monotonic() > end or not waiting:
                return
            if given.kind not in (None, kind):
                continue
            name = identity(target.name, one)
            old = known.get(name)
            said = None
            if given.anew:
                said = old | {"rungs": laboratory.judged(one)} if old and _waiting(old, given) else None
            elif old is None or (given.again and "rungs" in old and not names <= old["rungs"].keys()):
                said = tried(laboratory, kind, one, name)
            if said:
                known[name] = said | {"asked": given.anew}
                with file.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps(known[name]) + "\n")


def _waiting(said: Document, given: argparse.Namespace) -> bool:
    """Whether the rungs were not asked under that name yet."""
    return "rungs" in said and said.get("asked") != given.anew and given.kind in (None, said["kind"])


def tried(laboratory: Laboratory, kind: str, one: Mutant, name: str) -> Document:
    """What the tests say of a fault, and of a survivor what every rung says."""
    said: Document = {"id": name, "kind": kind, **asdict(one)}
    del said["source"]
    if kind == "fault":
        said["tests"] = laboratory.tested(one)
    if kind == "honest" or said["tests"]["status"] != "noticed":
        said["rungs"] = laboratory.judged(one)
    return said


def _in_turn(laboratory: Laboratory):
    """Faults of all hot files in turn, and now and then an edit that changes nothing."""
    sources = laboratory.sources()
    faults = _round([mutants(path, text, laboratory.hot[path], seed=SEED) for path, text in sources.items()])
    honest = _round([equivalents(path, text, laboratory.hot[path], seed=SEED) for path, text in sources.items()])
    for number, one in enumerate(faults):
        yield "fault", one
        if number % HONEST_SHARE == 0:
            yield from (("honest", other) for other in [next(honest, None)] if other is not None)


def _round(each):
    for group in zip_longest(*each):
        yield from (one for one in group if one is not None)


def place(work: Path, name: str) -> Path:
    """Where the faults of a target are kept."""
    return work / "faults" / f"{name}.jsonl"


def read(file: Path) -> list[Document]:
    """Every fault that was tried, as it was last judged."""
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    return list({one["id"]: one for one in map(json.loads, lines)}.values())


if __name__ == "__main__":
    sys.exit(main())
