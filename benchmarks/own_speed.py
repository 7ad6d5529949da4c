"""What perfsmith itself costs: its start against a bare interpreter's, and each refused candidate. Prints two tables.

    python benchmarks/own_speed.py

Starts are interleaved, each in a fresh process, and compared by their medians. Candidates are refused by the quick
rungs of the ladder on a small repository made for the purpose; no test is run and nothing is measured.
"""

import atexit
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="perfsmith-bench-")

from perfsmith.commands.run import Output, bench, introduce, prepare, quick_rungs, recorded
from perfsmith.commands.target import Asked, open_target, state_folder
from perfsmith.optimizer.attempt import verify
from perfsmith.optimizer.core.values import Candidate, Edit, Origin

atexit.register(shutil.rmtree, os.environ["XDG_STATE_HOME"], ignore_errors=True)

STARTS = 15
TRIES = 10
MODULE = b'''"""Sums."""
import math


def total(values):
    """The sum of all values."""
    result = 0
    for value in values:
        result += math.floor(value)
    return result
'''
CASES = {
    "reply cannot be read": None,
    "public signature changed": MODULE.replace(b"total(values)", b"total(values, start=0)"),
    "does not compile": MODULE.replace(b"result = 0", b"result = = 0"),
    "name does not exist": MODULE.replace(b"math.floor(value)", b"math.flor(value)"),
    "passes all quick rungs": MODULE.replace(b"result += math.floor(value)", b"result = result + math.floor(value)"),
}


def starts() -> None:
    """Medians of interleaved starts, and their ratio to the bare interpreter's."""
    script = str(Path(sys.executable).parent / "perfsmith")
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "perfsmith --version": [script, "--version"],
        "perfsmith --help": [script, "--help"],
    }
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(STARTS):
        for name, command in commands.items():
            start = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            taken[name].append(time.perf_counter() - start)
    bare = statistics.median(taken["python -c pass"])
    print("| start | median | ratio to bare |\n|---|---:|---:|")
    for name, seconds in taken.items():
        middle = statistics.median(seconds)
        print(f"| `{name}` | {middle * 1000:.0f} ms | {middle / bare:.1f} |")


def small_repository(folder: Path) -> Path:
    """One package, one test, one workload."""
    root = folder / "small"
    files = {
        "small/__init__.py": b"from .sums import total\n",
        "small/sums.py": MODULE,
        "tests/test_sums.py": b"from small import total\n\n\ndef test_total():\n    assert total([1, 2]) == 3\n",
        "bench.py": b"from small import total\n\nfor _ in range(400):\n    total([1, 2] * 500)\nprint(total([1, 2]))\n",
        "pyproject.toml": b'[project]\nname = "small"\nversion = "1"\n[tool.pytest.ini_options]\npythonpath = ["."]\n',
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
    who = ["-c", "user.name=bench", "-c", "user.email=bench@localhost"]
    for command in (["init", "-q"], ["add", "-A"], [*who, "commit", "-qm", "start"]):
        subprocess.run(["git", *command], cwd=root, check=True)
    return root


def refusals() -> None:
    """Median seconds that the quick rungs take for candidates of several kinds."""
    with tempfile.TemporaryDirectory() as name, recorded(state_folder(), Output(plain=True, quiet=True)) as run:
        root = small_repository(Path(name))
        asked = Asked(
            command="optimize", repo=root, options={"python": sys.executable, "workload": ("python bench.py",)}
        )
        target = open_target(asked)
        introduce(target, run, "")
        tools = bench(prepare(target, run), run, quick_rungs(), single=True)
        print("\n| candidate | median | refused |\n|---|---:|---|")
        for title, after in CASES.items():
            edits = (Edit(path="small/sums.py", before=MODULE, after=after),) if after else ()
            taken: list[float] = []
            reason = ""
            for number in range(TRIES + 1):
                candidate = Candidate(
                    edits=edits, idea=f"try {number}", origin=Origin(author="bench"), problem="" if after else "prose"
                )
                start = time.perf_counter()
                verdict = verify(candidate, target.base, tools, tools.checks)
                taken.append(time.perf_counter() - start)
                reason = verdict.reason if verdict else "no"
            print(f"| {title} | {statistics.median(taken[1:]):.3f} s | {reason} |")


if __name__ == "__main__":
    starts()
    refusals()
