"""`perfsmith demo`: the real loop on a copy of the bundled sample project, with the built-in rules, offline."""

import shutil
import sys
from pathlib import Path
from tempfile import mkdtemp

from ..optimizer.sandbox.git import git
from ..samples import sample_folder
from .optimize import optimize
from .run import Output, print_result
from .target import Asked

_PROFILE_SECONDS = 3.0
_WHO = ("-c", "user.name=perfsmith demo", "-c", "user.email=demo@localhost")


def demo(output: Output, options: dict[str, object]) -> int:
    """Copy, commit, optimise; the copy stays, for a look around."""
    folder = Path(mkdtemp(prefix="perfsmith-demo-")) / sample_folder().name
    shutil.copytree(sample_folder(), folder, ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache"))
    git(folder, "init", "--quiet", "--initial-branch=main", ".")
    git(folder, "add", "--all")
    git(folder, *_WHO, "commit", "--quiet", "--message=A sample project with a few slow places")
    if output.form == "human":
        sys.stderr.write(f"sample project: {folder}\n")
    asked = Asked(
        command="demo",
        repo=folder,
        options={"python": sys.executable, "model": "rules", "hotspots": 3, "candidates": 1, "trust": True, **options},
    )
    code = optimize(asked, output, _PROFILE_SECONDS)
    if output.form == "human":
        print_result(_next(folder))
    return code


def _next(folder: Path) -> str:
    """The commands to try next."""
    return "\n".join(
        (
            "",
            "Look around:",
            f"  cd {folder}",
            "  git log --stat main..$(git for-each-ref --format='%(refname:short)' refs/heads/perfsmith | tail -n 1)",
            "  perfsmith report          what was tried, kept and refused, and why",
            "  perfsmith apply           move the kept commits to main; perfsmith undo moves it back",
            "",
            "Then, in a repository of yours:",
            "  perfsmith profile                    where the time goes",
            "  perfsmith optimize --model rules     the same loop without a model",
            "  perfsmith verify my.patch            is a change of your own correct and faster?",
        )
    )
