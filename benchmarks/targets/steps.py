"""What perfsmith must say of a target: each step asks the command line and returns what is to be remembered."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from paired import paired
from prepared import Target, comment_patch, git, release_patch

Document = dict[str, Any]
FIRST = 10
PAIRS = 21
"""Of the plain timing."""
RELEASE = {"attrs-asdict": "faster", "packaging-versions": "tests_failed", "multipart-crlf": "tests_failed"}
"""What the difference of the two releases must come to; the others are judged and reported."""


def ask(target: Target, *arguments: str | Path) -> Document:
    """One run of the command line on the state before: what it took, its exit code and its document."""
    command = [sys.executable, "-m", "perfsmith", *map(str, arguments), "-C", str(target.before), "--json"]
    start = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "NO_COLOR": "1"})
    seconds = time.monotonic() - start
    try:
        document = json.loads(done.stdout)
    except ValueError:
        document = None
    return {"exit": done.returncode, "seconds": seconds, "document": document, "said": done.stderr}


def exercised(target: Target) -> tuple[str, ...]:
    """The options that every command gets."""
    return "--tests", target.tests, "--workload", target.workload


def profile(target: Target, work: Path) -> Document:
    """Is a function that the expert changed among the first ten, or is the import named as what takes the time?"""
    found = ask(target, "profile", "--workload", target.workload)
    document = found["document"] or {}
    ranks = [spot["rank"] for spot in document.get("hotspots", []) if _changed(target, spot["symbol"])]
    imports = [name for name in target.functions if name.startswith("import ")]
    told = [line for line in document.get("warnings", []) if "import" in line]
    met = bool(told) if imports else bool(ranks) and min(ranks) <= FIRST
    return {**found, "met": met, "rank": min(ranks, default=None), "imports": told}


def _changed(target: Target, symbol: str) -> bool:
    name = symbol.partition(":")[2]
    return any(name == one or name.startswith(f"{one}.") for one in target.functions)


def comment(target: Target, work: Path) -> Document:
    """A change of comments alone is not faster."""
    found = ask(target, "verify", comment_patch(target, work), *exercised(target))
    return {**found, "met": _reason(found) == "not_faster"}


def release(target: Target, work: Path) -> Document:
    """The expert's release, which changes more than speed, in the files that the expert changed."""
    found = ask(target, "verify", release_patch(target, work), *exercised(target))
    expected = RELEASE.get(target.name)
    return {**found, "met": _reason(found) == expected if expected else None}


def own(target: Target, work: Path) -> Document:
    """Our own version of the expert's idea, which changes no answer."""
    found = ask(target, "verify", target.edit, *exercised(target))
    return {**found, "met": _reason(found) == "faster"}


def timing(target: Target, work: Path) -> Document:
    """The plain timing of our own version: must agree with what perfsmith measured within both intervals."""
    start = time.monotonic()
    plain = paired(target.workload, target.before, target.own, pairs=PAIRS)
    return {"seconds": time.monotonic() - start, "plain": asdict(plain)}


def rules(target: Target, work: Path) -> Document:
    """The whole loop with the built-in rules runs to its end; the branch that it may leave is removed."""
    known = _references(target)
    found = ask(target, "optimize", "--model", "rules", "--budget", "10m", "--no-input", *exercised(target))
    for new in _references(target) - known:
        git("update-ref", "-d", new, cwd=target.before)
    return {**found, "met": found["exit"] in (0, 6) and bool(found["document"])}


def _references(target: Target) -> set[str]:
    return set(git("for-each-ref", "--format=%(refname)", cwd=target.before).decode().split())


def _reason(found: Document) -> str | None:
    return (found["document"] or {}).get("reason")


STEPS: dict[str, Callable[[Target, Path], Document]] = {
    step.__name__: step for step in (profile, comment, release, own, timing, rules)
}
