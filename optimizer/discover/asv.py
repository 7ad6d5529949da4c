"""Benchmarks written for airspeed velocity: where they lie, what they are called, which of them can be a workload."""

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from .tree import Tree, by_depth, parent

CALLS: Final = "PERFSMITH_CALLS"
"""A word of a command that gives way to a number before the command is run: how often the benchmark is called."""
HARNESS: Final = Path(__file__).resolve().parent.parent / "harness" / "asv.py"
_NAME: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*(\(.*\))?", re.DOTALL)
_TIMED: Final = re.compile(r"Time[A-Z_].+|time_.+")
_UNTIMED: Final = {
    "timeraw": "is run in processes of asv's own",
    "track": "tracks a number and takes no time of its own",
    "peakmem": "measures memory",
    "mem": "measures memory",
}
_Names = dict[str, ast.stmt]


def folder(tree: Tree) -> str | None:
    """Where asv's benchmarks lie, None if the project has none."""
    config = next((path for path in by_depth(tree.files) if path.endswith("asv.conf.json")), None)
    if config is None:
        return None
    told = re.search(r'"benchmark_dir"\s*:\s*"([^"]+)"', tree.text(config))
    inner = told[1].removeprefix("./").strip("/") if told else "benchmarks"
    return f"{parent(config)}/{inner}".strip("/")


def is_name(text: str, tree: Tree) -> bool:
    """Does this text begin with one of asv's modules, so that it is no command?"""
    return bool(_NAME.fullmatch(text)) and _place(text, tree) is not None


def name_of(path: str, tree: Tree) -> str:
    """What asv calls the module in that file."""
    inside = path.removeprefix(f"{folder(tree)}/").removesuffix(".py").removesuffix("/__init__")
    return inside.replace("/", ".")


def problem(text: str, tree: Tree) -> str:
    """Why a name cannot be a workload, empty if it can; what is inherited or generated shows only when it is run."""
    place = _place(text, tree)
    if place is None:
        return "is in no module of asv's folder"
    path, rest = place
    try:
        module = ast.parse(tree.text(path))
    except (SyntaxError, ValueError):
        return "cannot be parsed"
    kind = rest[-1].partition("_")[0].lower() if rest else ""
    if kind in _UNTIMED:
        return f"{_UNTIMED[kind]}: only time_ benchmarks can be a workload"
    names = _names(module.body)
    if rest and rest[0] not in names and not _imports(module):
        return f"is not in {path}"
    if not any(_timed(names, rest)) and not _imports(module):
        return "has no time_ benchmark"
    return ""


def command(names: list[str], tree: Tree) -> str:
    """Runs them in the target's interpreter, each called as often as `CALLS` will say."""
    words = [str(HARNESS), folder(tree) or ".", CALLS, *names]
    return " ".join(["python", *map(shlex.quote, words)])


def _place(text: str, tree: Tree) -> tuple[str, list[str]] | None:
    """The file of the longest module that the name begins with, and what is left of the name."""
    home = folder(tree)
    if home is None:
        return None
    parts = text.partition("(")[0].split(".")
    for length in range(len(parts), 0, -1):
        base = "/".join([home, *parts[:length]])
        for path in (f"{base}.py", f"{base}/__init__.py"):
            if path in tree.files:
                return path, parts[length:]
    return None


def _names(body: list[ast.stmt]) -> _Names:
    return {node.name: node for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def _timed(names: _Names, rest: list[str]) -> Iterator[str]:
    """Timed functions under what the name leaves open; a class that inherits may have any."""
    for name, node in names.items():
        if rest and name != rest[0]:
            continue
        if isinstance(node, ast.ClassDef):
            inner = _names(node.body)
            yield from (name for name in inner if _TIMED.match(name) and (len(rest) < 2 or name == rest[1]))
            yield from (name for _ in node.bases)
        elif _TIMED.match(name):
            yield name


def _imports(module: ast.Module) -> bool:
    """Whether benchmarks may come from elsewhere by a star."""
    return any(isinstance(node, ast.ImportFrom) and node.names[0].name == "*" for node in module.body)
