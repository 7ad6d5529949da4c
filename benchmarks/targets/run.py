"""perfsmith on real packages in the state just before a human expert made them faster.

    python benchmarks/targets/run.py --targets DIR --work DIR [--only NAME[:STEP] ...]
    python benchmarks/targets/run.py --targets DIR --work DIR --table

`--targets` holds `prepare.sh` and a folder per target (`target.toml`, `bench.py`). What was found out already lies in
the work folder, one JSON file per target and step; such a step is left out until its file is removed. `--table` prints
what is there as Markdown. The exit code is 1 if an expectation was not met.
"""

import argparse
import json
import sys
from pathlib import Path

from prepared import Target, load, make
from steps import STEPS, Document
from table import table


def main() -> int:
    """Ask what is missing, then print what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--targets", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME[:STEP]", help="NAME may be empty: every target")
    parser.add_argument("--table", action="store_true", help="only print what is known, as Markdown")
    given = parser.parse_args()
    folder, work = given.targets.resolve(), given.work.resolve()
    names = sorted(path.parent.name for path in folder.glob("*/target.toml"))
    targets = [load(folder, work, name) for name in names]
    if not given.table:
        for target in targets:
            ask_missing(target, folder, work, [one for one in STEPS if chosen(target.name, one, given.only)])
    known = {
        (target.name, step): found for target in targets for step in STEPS if (found := recall(work, target, step))
    }
    print(table(targets, known))
    return int(any(found.get("met") is False for found in known.values()))


def chosen(name: str, step: str, only: list[str]) -> bool:
    """Whether the step is asked for; everything is when nothing is named."""
    wanted = [one.partition(":") for one in only]
    return not wanted or any(which in ("", name) and what in ("", step) for which, _, what in wanted)


def ask_missing(target: Target, folder: Path, work: Path, steps: list[str]) -> None:
    """Run those steps that have no answer yet, and store each answer."""
    steps = [step for step in steps if not recall(work, target, step)]
    if steps:
        make(target, folder, work)
    for step in steps:
        print(f"{target.name}: {step}", file=sys.stderr, flush=True)
        found = STEPS[step](target, work)
        place = answer(work, target, step)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps(found, indent=1))
        print(f"{target.name}: {step}: {found['seconds']:.0f} s, met: {found.get('met')}", file=sys.stderr, flush=True)


def answer(work: Path, target: Target, step: str) -> Path:
    """Where the answer of a step is kept."""
    return work / "answers" / target.name / f"{step}.json"


def recall(work: Path, target: Target, step: str) -> Document | None:
    """What a step found out earlier."""
    place = answer(work, target, step)
    return json.loads(place.read_text()) if place.exists() else None


if __name__ == "__main__":
    sys.exit(main())
