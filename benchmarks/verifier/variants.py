"""Wrong variants of the targets' hot functions: does the ladder refuse each, and would the package's tests alone?

    python benchmarks/verifier/variants.py --targets DIR --work DIR [--only NAME ...] [--few]

The first line of `variants/NAME/*.patch` says what is wrong. The rungs of `perfsmith verify` are asked in turn up to
the first that refuses; planted faults and the measurement look at other things and are left out. Answers are kept in
`WORK/variants`, one file each; remove one to ask again. The exit code is 1 if a variant was let through.
"""

import json
import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "targets"))

from perfsmith.commands.run import Output, bench, prepare, quick_rungs, recorded  # noqa: E402
from perfsmith.commands.target import Asked, open_target, state_folder  # noqa: E402
from perfsmith.optimizer.core.errors import CandidateError  # noqa: E402
from perfsmith.optimizer.core.ports import Check, Trial  # noqa: E402
from perfsmith.optimizer.core.values import Candidate, Origin  # noqa: E402
from perfsmith.optimizer.core.verdicts import Failed, Passed, Skipped  # noqa: E402
from perfsmith.optimizer.ondemand import trial_of  # noqa: E402
from perfsmith.optimizer.sandbox.trees import PrivateBase  # noqa: E402
from prepared import Target, load, parser  # noqa: E402

FEW = {
    "attrs-asdict": "tests/test_funcs.py tests/test_hooks.py",
    "packaging-versions": "tests/test_utils.py tests/test_requirements.py",
}
"""Files of tests that make calls enough, of suites that take half a minute."""
Document = dict[str, Any]


def main() -> int:
    """Ask what is missing; print one row a variant."""
    asking = parser(__doc__)
    asking.add_argument("--few", action="store_true", help="of long suites only some files of tests")
    given = asking.parse_args()
    work = given.work.resolve()
    os.environ.setdefault("XDG_STATE_HOME", str(work / "state"))
    print("| target | variant | what is wrong | package's tests | refused by | seconds |\n|---|---|---|---|---|---|")
    through = 0
    for folder in sorted((HERE / "variants").iterdir()):
        if given.only and folder.name not in given.only:
            continue
        target = load(given.targets.resolve(), work, folder.name)
        if given.few and folder.name in FEW:
            target = replace(target, tests=f"{target.tests.removesuffix('tests')}{FEW[folder.name]}")
        for patch, said in asked(target, sorted(folder.glob("*.patch")), work / "variants" / folder.name):
            through += not said["refused"]
            print(_row(folder.name, patch, said), flush=True)
    return int(through > 0)


def asked(target: Target, patches: Iterable[Path], answers: Path) -> Iterator[tuple[Path, Document]]:
    """Each variant with what the ladder says of it, remembered."""
    patches = list(patches)
    answers.mkdir(parents=True, exist_ok=True)
    places = {patch: answers / f"{patch.stem}.json" for patch in patches}
    missing = [patch for patch in patches if not places[patch].exists()]
    if missing:
        with ladder(target) as (base, goal, rungs):
            for patch in missing:
                edits = base.private.edits(base.tree, base.private.with_patch(base.tree, patch.read_bytes()))
                candidate = Candidate(edits=edits, idea=patch.stem, origin=Origin(author="patch"))
                with trial_of(candidate, base, goal) as trial:
                    places[patch].write_text(json.dumps(judged(trial, rungs), indent=1))
    for patch in patches:
        yield patch, json.loads(places[patch].read_text())


@contextmanager
def ladder(target: Target) -> Iterator[tuple[PrivateBase, Any, list[Check]]]:
    """The target as `verify` prepares it, with the rungs that are asked."""
    python = str(target.before / ".venv/bin/python")
    options = {"tests": target.tests, "workload": (target.workload,), "python": python}
    with recorded(state_folder(), Output(quiet=True)) as run:
        ready = prepare(open_target(Asked(command="verify", repo=target.before, options=options)), run)
        tools = bench(ready, run, (), single=True)
        yield ready.target.base, ready.target.goal, [*quick_rungs(), *tools.thorough]


def judged(trial: Trial, rungs: Iterable[Check]) -> Document:
    """What each rung says, up to the first that refuses; which one that is."""
    said: Document = {}
    for rung in rungs:
        start = time.monotonic()
        try:
            outcome: Failed | Passed | Skipped = rung.run(trial)
            status = type(outcome).__name__.lower()
            words = outcome.note if isinstance(outcome, Passed) else getattr(outcome, "why", "")
        except CandidateError as error:
            outcome, status, words = Failed(check=rung.name, seconds=0.0, reason=error.reason, message=""), "failed", ""
        if isinstance(outcome, Failed):
            words = f"{outcome.reason}: {outcome.message}\n{outcome.evidence}"
        said[rung.name] = {"status": status, "seconds": round(time.monotonic() - start, 2), "words": words}
        if status == "failed":
            return {"refused": rung.name, "rungs": said}
    return {"refused": "", "rungs": said}


def _row(name: str, patch: Path, said: Document) -> str:
    tests = said["rungs"].get("tests", {}).get("status", "not asked")
    seconds = sum(one["seconds"] for one in said["rungs"].values())
    wrong = patch.read_text("utf-8").partition("\n")[0]
    return f"| {' | '.join([name, patch.stem, wrong, tests, said['refused'] or 'nobody', f'{seconds:.0f}'])} |"


if __name__ == "__main__":
    sys.exit(main())
