"""What others would have said about the same two trees: each tool at its defaults, its answer read as its users do."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bench import Trial

BAR = 1.01
RULE = 1.05
RUNS = 5
Method = Callable[[str, Path, Path], Trial]


def pyperf_compare(command: str, before: Path, after: Path) -> Trial:
    """`pyperf command` twice, then `compare_to`: claimed where it says faster, by the bar or more."""
    with tempfile.TemporaryDirectory() as name:
        files = [Path(name) / "before.json", Path(name) / "after.json"]
        for file, tree in zip(files, (before, after), strict=True):
            _run([sys.executable, "-m", "pyperf", "command", "-q", "-o", str(file), "--", *command.split()], tree)
        said = _run([sys.executable, "-m", "pyperf", "compare_to", *map(str, files)], before)
    found = re.search(r"([\d.]+)x (faster|slower)", said)
    ratio = 1.0 if found is None else float(found[1]) if found[2] == "faster" else 1 / float(found[1])
    return _trial(claimed=ratio >= BAR, answer=said.strip().splitlines()[-1], ratio=ratio)


def hyperfine(command: str, before: Path, after: Path) -> Trial:
    """Both commands in one call; claimed where the ratio of the means is above the bar and beyond its own sigma."""
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "found.json"
        both = [f"cd {tree} && {command}" for tree in (before, after)]
        _run(["hyperfine", "--export-json", str(file), *both], before)
        one, two = json.loads(file.read_text())["results"]
    ratio = one["mean"] / two["mean"]
    sigma = ratio * ((one["stddev"] / one["mean"]) ** 2 + (two["stddev"] / two["mean"]) ** 2) ** 0.5
    return _trial(claimed=ratio >= BAR and ratio - sigma > 1, answer=f"{ratio:.3f} +- {sigma:.3f}", ratio=ratio)


def least_of_five(command: str, before: Path, after: Path) -> Trial:
    """The least wall time of five runs, first one tree, then the other; claimed from 5 % on."""
    least: list[float] = []
    for tree in (before, after):
        taken: list[float] = []
        for _ in range(RUNS):
            start = time.monotonic()
            _run(command.split(), tree)
            taken.append(time.monotonic() - start)
        least.append(min(taken))
    ratio = least[0] / least[1]
    return _trial(claimed=ratio >= RULE, answer=f"{ratio:.3f}", ratio=ratio)


RIVALS: dict[str, Method] = {"least of 5": least_of_five, "pyperf": pyperf_compare}
if shutil.which("hyperfine"):
    RIVALS["hyperfine"] = hyperfine


def asked(method: Method, command: str, before: Path, after: Path) -> Trial:
    """The method's answer with the seconds it took."""
    start = time.monotonic()
    found = method(command, before, after)
    return replace(found, seconds=time.monotonic() - start)


def _run(argv: list[str], folder: Path) -> str:
    return subprocess.run(argv, cwd=folder, check=True, capture_output=True, text=True).stdout


def _trial(*, claimed: bool, answer: str, ratio: float) -> Trial:
    return Trial(claimed=claimed, answer=answer, seconds=0.0, ratio=ratio)
