"""The built package holds what the folders hold: explicit lists go stale in silence."""

import fnmatch
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TOOL = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
OUTSIDE = {"tests", "benchmarks", "docs", "build", "dist", "changelog.d"}


def code(path):
    """A path of the package itself: not of tests, nor hidden, nor of a bundled sample."""
    parts = path.relative_to(ROOT).parts
    hidden = any(part.startswith(".") or part == "__pycache__" or part.endswith(".egg-info") for part in parts)
    return not hidden and parts[0] not in OUTSIDE and not (parts[0] == "samples" and len(parts) > 2)


def test_every_folder_of_code_is_a_package_and_is_listed():
    inits = [path.parent.relative_to(ROOT).parts for path in ROOT.rglob("__init__.py") if code(path)]
    bare = {path.parent for path in ROOT.rglob("*.py") if code(path) and not (path.parent / "__init__.py").exists()}
    loose = {".".join(("perfsmith", *folder.relative_to(ROOT).parts)) for folder in bare}
    found = {".".join(("perfsmith", *parts)) for parts in inits}
    assert set(TOOL["packages"]) == found | loose
    assert len(TOOL["packages"]) == len(set(TOOL["packages"]))


def data():
    """Files that are read at run time and are no modules."""
    prompts = sorted((ROOT / "prompts").glob("*.md"))
    samples = [path for path in (ROOT / "samples").rglob("*") if path.is_file() and path.parent != ROOT / "samples"]
    return [*prompts, *(path for path in samples if not {"__pycache__", ".pytest_cache"} & set(path.parts))]


@pytest.mark.parametrize("path", data(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_file_that_is_read_is_carried(path):
    relative = path.relative_to(ROOT)
    package, rest = f"perfsmith.{relative.parts[0]}", "/".join(relative.parts[1:])
    patterns = TOOL["package-data"].get(package, [])
    assert any(matches(rest, pattern) for pattern in patterns), f"{package}: {patterns}"


def matches(path, pattern):
    """As setuptools understands a pattern: `**` crosses folders, `*` does not."""
    parts, wanted = path.split("/"), pattern.split("/")
    if "**" in wanted:
        at = wanted.index("**")
        return parts[:at] == wanted[:at] and fnmatch.fnmatch(parts[-1], wanted[-1])
    return len(parts) == len(wanted) and all(map(fnmatch.fnmatch, parts, wanted))
