"""More packages for the mutation study, made from their source distributions: `more/NAME/target.toml` says which.

    python benchmarks/verifier/prepare.py --work DIR [--only NAME ...]

Each becomes a git repository with one commit and a virtual environment, in `WORK/before/NAME`; then `run.py --targets
benchmarks/verifier/more --work DIR` plants faults in it. Needs the package index.
"""

import argparse
import hashlib
import shutil
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory

MORE = Path(__file__).resolve().parent / "more"
PERSON = ("-c", "user.name=targets", "-c", "user.email=targets@invalid", "-c", "commit.gpgsign=false")


def main() -> int:
    """Make the trees that are missing."""
    asking = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asking.add_argument("--work", type=Path, required=True)
    asking.add_argument("--only", nargs="*", default=[], metavar="NAME")
    given = asking.parse_args()
    for file in sorted(MORE.glob("*/target.toml")):
        place = given.work.resolve() / "before" / file.parent.name
        if not place.exists() and (not given.only or file.parent.name in given.only):
            make(tomllib.loads(file.read_text("utf-8")), place)
            print(place)
    return 0


def make(said: dict[str, dict[str, str]], place: Path) -> None:
    """The repository and its environment, whole or not at all."""
    with TemporaryDirectory() as folder:
        unpacked = Path(folder) / "unpacked"
        with tarfile.open(_fetched(said["before"], Path(folder))) as archive:
            archive.extractall(unpacked, filter="data")
        [tree] = unpacked.iterdir()
        run(tree, "git", "init", "-q", "-b", "main")
        (tree / ".git/info/exclude").write_text(".venv\n__pycache__\n*.egg-info\n", "utf-8")
        run(tree, "git", "add", "-A", "-f", ".")
        run(tree, "git", *PERSON, "commit", "-q", "-m", said["before"]["requirement"])
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(tree, place)
    run(place, sys.executable, "-m", "venv", ".venv")
    run(place, ".venv/bin/python", "-m", "pip", "install", "-q", *said["setup"]["deps"])


def _fetched(before: dict[str, str], folder: Path) -> Path:
    """The source distribution, by pip. Raises `SystemExit` where it is not the one that is named."""
    run(
        folder,
        sys.executable,
        "-m",
        "pip",
        "download",
        "-q",
        "--no-deps",
        "--no-binary",
        ":all:",
        before["requirement"],
    )
    file = folder / before["sdist"]
    if hashlib.sha256(file.read_bytes()).hexdigest() != before["sha256"]:
        raise SystemExit(f"{file.name} has not the expected sha256")
    return file


def run(folder: Path, *argv: str) -> None:
    """Raises `CalledProcessError`."""
    subprocess.run(argv, cwd=folder, check=True)


if __name__ == "__main__":
    sys.exit(main())
