"""A plain paired timing of two trees, to hold perfsmith's ratio against: whole processes, nothing clever."""

import math
import os
import random
import statistics
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """CPU seconds before / after: the median of pairs, and an interval of order statistics around it."""

    ratio: float
    low: float
    high: float
    pairs: int


def paired(command: str, before: Path, after: Path, *, pairs: int, seed: int = 1) -> Ratio:
    """Run the command in both trees in turn, in fresh processes, the order drawn for each pair."""
    draw = random.Random(seed)
    trees = {"before": before, "after": after}
    for tree in trees.values():  # writes the bytecode
        cpu(command, tree, 0)
    ratios: list[float] = []
    for number in range(pairs):
        order = draw.sample(sorted(trees), 2)
        seconds = {side: cpu(command, trees[side], number + 1) for side in order}
        ratios.append(seconds["before"] / seconds["after"])
    ratios.sort()
    outer = _rank(pairs)
    return Ratio(ratio=statistics.median(ratios), low=ratios[outer], high=ratios[-1 - outer], pairs=pairs)


def cpu(command: str, tree: Path, hash_seed: int) -> float:
    """User and system seconds of a run and all its descendants. Raises `RuntimeError` if it fails."""
    environment = {"PATH": os.defpath, "HOME": str(tree), "PYTHONHASHSEED": str(hash_seed)}
    process = subprocess.Popen(command, shell=True, cwd=tree, env=environment, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command} ended with {process.returncode} in {tree}")
    return used.ru_utime + used.ru_stime


def _rank(pairs: int, confidence: float = 0.99) -> int:
    """How many pairs to leave out at each end for a distribution-free interval of the median."""
    left = 0.0
    for rank in range(pairs):
        left += math.comb(pairs, rank) / 2**pairs
        if 2 * left > 1 - confidence:
            return max(rank - 1, 0)
    return 0
