"""A target of `--targets`, as its folder describes it, and its trees in the work folder."""

import argparse
import os
import shlex
import shutil
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

EDITS = Path(__file__).resolve().parent / "edits"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What `target.toml` says, with the commands filled in."""

    name: str
    tests: str
    workload: str
    files: tuple[str, ...]
    """What the human expert changed, relative to the tree."""
    functions: tuple[str, ...]
    stated: float
    """The expert's speedup of the inner part, as measured by whoever prepared the target."""
    before: Path
    after: Path
    own: Path
    """The state before with our own edit."""

    @property
    def edit(self) -> Path:
        """Our own version of the expert's idea."""
        return EDITS / f"{self.name}.patch"


def parser(about: str | None) -> argparse.ArgumentParser:
    """What every script that asks all targets is told."""
    found = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    found.add_argument("--targets", type=Path, required=True)
    found.add_argument("--work", type=Path, required=True)
    found.add_argument("--only", nargs="*", default=[], metavar="NAME")
    return found


def load(targets: Path, work: Path, name: str) -> Target:
    """The target of that name; nothing is made yet."""
    said = tomllib.loads((targets / name / "target.toml").read_text())
    before = (work / "before" / name).resolve()

    def filled(command: str) -> str:
        bench = shlex.quote(str(targets / name / "bench.py"))
        return command.replace("{python}", shlex.quote(str(before / ".venv/bin/python"))).replace("{bench}", bench)

    change = said.get("human_change", {"files": (), "functions": ()})
    return Target(
        name=name,
        tests=filled(said["test"]["command"]),
        workload=filled(said["bench"]["command"]),
        files=tuple(change["files"]),
        functions=tuple(change["functions"]),
        stated=said.get("measured", {"speedup_median": 1.0})["speedup_median"],
        before=before,
        after=(work / "after" / name).resolve(),
        own=work / "own" / name,
    )


def make(target: Target, targets: Path, work: Path) -> None:
    """Prepare the trees that are missing."""
    environment = {"SDIST_CACHE": str(work / "sdists"), **os.environ}
    for state, place in (("before", target.before), ("after", target.after)):
        if not place.exists():
            subprocess.run([targets / "prepare.sh", target.name, place, state], check=True, env=environment)
    shutil.rmtree(target.own, ignore_errors=True)
    git("clone", "-q", "--shared", target.before, target.own)
    git("apply", target.edit, cwd=target.own)


def release_patch(target: Target, work: Path) -> Path:
    """The difference of the two states in the files that the expert changed."""
    tree = work / "release" / target.name
    shutil.rmtree(tree, ignore_errors=True)
    git("clone", "-q", "--shared", target.before, tree)
    for name in target.files:
        shutil.copyfile(target.after / name, tree / name)
    return _written(tree, tree.with_suffix(".patch"))


def comment_patch(target: Target, work: Path) -> Path:
    """A comment inside and a comment behind the first file that the expert changed."""
    tree = work / "comment" / target.name
    shutil.rmtree(tree, ignore_errors=True)
    git("clone", "-q", "--shared", target.before, tree)
    file = tree / target.files[0]
    lines = file.read_text().splitlines(keepends=True)
    at = max(number for number, line in enumerate(lines) if line.startswith("    return "))
    lines.insert(at, "    # nothing but a comment\n")
    file.write_text("".join([*lines, "\n# and another one\n"]))
    return _written(tree, tree.with_suffix(".patch"))


def _written(tree: Path, patch: Path) -> Path:
    patch.write_bytes(git("diff", "--binary", "HEAD", cwd=tree))
    return patch


def git(*arguments: str | Path, cwd: Path | None = None) -> bytes:
    """Run git; its standard output."""
    return subprocess.run(["git", *arguments], cwd=cwd, check=True, stdout=subprocess.PIPE).stdout
