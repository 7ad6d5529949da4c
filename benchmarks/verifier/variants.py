"""Wrong variants of the targets' hot functions: does the ladder refuse each, and would the package's tests alone?

    python benchmarks/verifier/variants.py --targets DIR --work DIR [--only NAME ...] [--few]

The first line of `variants/NAME/*.patch` says what is wrong. Answers are kept in `WORK/variants`, one file each; remove
one to ask again. The exit code is 1 if a variant was not refused for what it does.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "targets"))

from prepared import Target, load  # noqa: E402

FEW = {
    "attrs-asdict": "tests/test_funcs.py tests/test_hooks.py",
    "packaging-versions": "tests/test_utils.py tests/test_requirements.py",
}
"""Files of tests that make calls enough, of suites that take half a minute."""
CAUGHT = frozenset({"wrong_behavior", "tests_failed", "timed_out", "crashed", "does_not_build", "cheating"})


def main() -> int:
    """Ask what is missing; print one row a variant."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--targets", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--few", action="store_true", help="of long suites only some files of tests")
    given = parser.parse_args()
    work = given.work.resolve()
    os.environ.setdefault("XDG_STATE_HOME", str(work / "state"))
    print("| target | variant | what is wrong | package's tests | answer | by |\n|---|---|---|---|---|---|")
    missed = 0
    for patch in sorted((HERE / "variants").glob("*/*.patch")):
        name = patch.parent.name
        if given.only and name not in given.only:
            continue
        target = load(given.targets.resolve(), work, name)
        if given.few and name in FEW:
            target = replace(target, tests=f"{target.tests.removesuffix('tests')}{FEW[name]}")
        said = asked(target, patch, work / "variants" / name / f"{patch.stem}.json")
        checks = {one["name"]: one["status"] for one in said.get("checks", [])}
        refused = said.get("reason") in CAUGHT
        missed += not refused
        by = next((check for check, status in checks.items() if status == "failed"), "")
        cells = [name, patch.stem, patch.read_text("utf-8").partition("\n")[0], checks.get("tests", "not asked")]
        print(f"| {' | '.join([*cells, str(said.get('reason', said.get('code'))), by])} |", flush=True)
    return int(missed > 0)


def asked(target: Target, patch: Path, answer: Path) -> dict[str, Any]:
    """What perfsmith says of the variant, remembered."""
    if not answer.exists():
        command = [sys.executable, "-m", "perfsmith", "verify", patch, "-C", target.before, "--json"]
        start = time.monotonic()
        options = ["--tests", target.tests, "--workload", target.workload]
        done = subprocess.run([*command, *options], capture_output=True, text=True)
        answer.parent.mkdir(parents=True, exist_ok=True)
        answer.write_text(json.dumps({**json.loads(done.stdout), "seconds": time.monotonic() - start}))
    return json.loads(answer.read_text())


if __name__ == "__main__":
    sys.exit(main())
