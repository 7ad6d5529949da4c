"""What may be edited: the project's own Python code, never its tests, benchmarks, tooling or what others wrote."""

import difflib
import re
from collections.abc import Iterable
from functools import lru_cache

from ..core.errors import TargetError, UsageError
from ..core.values import Guess
from .packages import declared, guessed
from .tree import Found, Tree

_OPTION = "[tool.perfsmith] source"
_FOLDERS = frozenset(
    """tests test testing_data docs doc examples example samples demo demos tutorials benchmarks benchmark bench benches
    asv_bench _vendor _vendored vendor vendored third_party thirdparty extern _extern migrations node_modules
    site-packages __pycache__ build dist""".split()  # noqa: SIM905
)
_FILES = re.compile(
    r"test_.*|.*_tests?|tests?|conftest|setup|noxfile|versioneer|fabfile|manage|sitecustomize|usercustomize"
    r"|bench|bench_.*|.*_bench|benchmarks?|benchmark_.*|.*_benchmarks?|.*_pb2|.*_pb2_grpc|_version"
)
_GENERATED = re.compile(
    rb"^\s*#.*(?:@generated|\bdo not edit\b|auto-?generated|\b(?:file|code|module|automatically) generated"
    rb"|^\s*#\s*generated (?:by|from|with)|don'?t change, don'?t track)",
    re.IGNORECASE | re.MULTILINE,
)


def find_source(config: Iterable[str], tree: Tree) -> Found[tuple[str, ...]]:
    """Folders and files (from the root of the target) whose code may be edited.

    Order: the configuration; what the build configuration declares; what looks like the project's
    packages. Raises `UsageError` for a configured path that is not tracked, `TargetError` if no
    code of the project's own is found.
    """
    if told := tuple(path.strip("/").removeprefix("./") or "." for path in config):
        for path in told:
            _check_told(path, tree)
        return _found(told, f"set by {_OPTION}", tree)
    for found, how in ((declared(tree), "declared by the build configuration"), (guessed(tree), "packages found")):
        own = tuple(path for path in _outermost(found) if _has_code(path, tree))
        if own:
            return _found(own, how, tree)
    raise TargetError(
        "no Python code of the project's own was found", code="no_source", hint=f"name it: {_OPTION} = [...]"
    )


def editable(path: str, source: Iterable[str], exclude: Iterable[str] = ()) -> bool:
    """May this file (POSIX, from the root of the target) be edited?

    It must be a plain relative path of a .py file under `source`. Below the source entry that it
    belongs to, nothing may look like tests, documentation, benchmarks, vendored or built code, and
    its own name never like a test, a benchmark or a file that tools run by themselves. `exclude`
    holds globs: `**` crosses folders, a pattern without a slash matches any one part of the path.
    """
    parts = path.split("/")
    if not path.endswith(".py") or "\\" in path or any(part in ("", ".", "..") for part in parts):
        return False
    if any(_pattern(glob).fullmatch(path) for glob in exclude):
        return False
    below = (_below(path, entry.strip("/").removeprefix("./")) for entry in source)
    return any(rest is not None and not _refused(rest, parts[-1]) for rest in below)


def generated(content: bytes) -> bool:
    """Do the comments at its top say that the file is written by a program?"""
    return _GENERATED.search(b"\n".join(content[:4096].splitlines()[:12])) is not None


def _below(path: str, entry: str) -> str | None:
    """The folders between a source entry and the file; None if it is not under the entry."""
    if entry in ("", "."):
        return path.rpartition("/")[0]
    if path == entry:
        return ""
    return path.removeprefix(f"{entry}/").rpartition("/")[0] if path.startswith(f"{entry}/") else None


def _refused(folders: str, name: str) -> bool:
    return _FILES.fullmatch(name.removesuffix(".py")) is not None or any(
        part in _FOLDERS or part.startswith(".") or part.endswith((".egg-info", "_tests"))
        for part in folders.split("/")
    )


@lru_cache(maxsize=256)
def _pattern(glob: str) -> re.Pattern[str]:
    """A glob as a regular expression over the whole path."""
    glob = glob.strip("/").removeprefix("./")
    if "/" not in glob:
        return re.compile(rf"(?:.*/)?{_translated(glob)}(?:/.*)?")
    parts = "".join(
        "(?:.*/)?" if part == "**/" else ".*" if part == "**" else _translated(part)
        for part in re.split(r"(\*\*/|\*\*$)", glob)
    )
    return re.compile(rf"{parts}(?:/.*)?")


def _translated(part: str) -> str:
    return "".join("[^/]*" if char == "*" else "[^/]" if char == "?" else re.escape(char) for char in part)


def _check_told(path: str, tree: Tree) -> None:
    if path == "." or path in tree.files or tree.has_folder(path):
        return
    folders = {parent for file in tree.files if file.endswith(".py") for parent in (file, file.rpartition("/")[0])}
    close = difflib.get_close_matches(path, sorted(folders), n=1)
    raise UsageError(
        f"{_OPTION}: no tracked file is at or under {path}",
        code="source_not_found",
        hint=f"did you mean {close[0]}?" if close else "name tracked folders or files, from the project's folder",
    )


def _outermost(paths: Iterable[str]) -> tuple[str, ...]:
    """In order, without doubles and without what lies below another one."""
    unique = tuple(dict.fromkeys(paths))
    if "." in unique:
        return (".",)
    return tuple(path for path in unique if not any(path.startswith(f"{other}/") for other in unique))


def _has_code(path: str, tree: Tree) -> bool:
    return any(editable(file, (path,)) for file in tree.files)


def _found(paths: tuple[str, ...], how: str, tree: Tree) -> Found[tuple[str, ...]]:
    rooted = tuple(tree.rooted(path) if path != "." else tree.folder or "." for path in paths)
    guess = Guess(what="source", value=", ".join(rooted), how=how, option=_OPTION)
    return Found(value=rooted, guess=guess)
