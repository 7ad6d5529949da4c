"""Moves a branch of the user's together with its files, and puts back what a kill left between two commits.

Git writes files, then the index, then the branch. Whatever of it was done, each file that the move touches is as one
commit has it, as the other has it, or cut short; anything else is the user's own work and is not written over.
"""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from signal import SIG_BLOCK, SIG_SETMASK, SIGINT, SIGTERM, pthread_sigmask

from ..core.errors import TargetError
from .family import pids, text
from .git import git, line, written
from .scratch import scratch_folder

_LITERAL = {"GIT_LITERAL_PATHSPECS": "1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A branch of the user's that is moved; `before` and `after` are its tips."""

    branch: str
    before: str
    after: str


@contextmanager
def uninterrupted() -> Generator[None]:
    """Ctrl-C and SIGTERM wait for the end of the block; programs that are started meanwhile do not hear them."""
    before = pthread_sigmask(SIG_BLOCK, {SIGINT, SIGTERM})
    try:
        yield
    finally:
        pthread_sigmask(SIG_SETMASK, before)


def check(root: Path, old: str, new: str) -> None:
    """Whether nothing is in the way of a step. Raises `GitFailed`."""
    written(root, "update-index", "-q", "--refresh")
    written(root, "read-tree", "-m", "-u", "--dry-run", old, new)


def step(root: Path, old: str, new: str) -> None:
    """From one commit to another; local and staged changes of other files stay. Raises `GitFailed`."""
    written(root, "update-index", "-q", "--refresh")
    written(root, "read-tree", "-m", "-u", old, new)
    git(root, "update-ref", "-m", f"perfsmith: moving to {new[:10]}", "HEAD", new, old, as_user=True)


def put_back(root: Path, move: Move) -> None:
    """Branch, index and files as they were before a move that may have been cut short anywhere.

    Raises `TargetError`, with everything as it is, where that would lose what somebody else wrote.
    """
    _unlock(root, move.branch)
    names = _touched(root, move)
    strange = sorted(_strange(root, move, names))
    if strange:
        raise TargetError(
            f"your local changes are in the way: {', '.join(strange[:3])}",
            code="does_not_apply",
            hint=f"commit or stash them first; or, to lose them: git restore --source={move.before[:10]} "
            f"--staged --worktree {strange[0]}",
        )
    old, index = _entries(root, move.before, names), _indexed(root, names)
    known = [name for name in names if name in old or name in index]
    if known:
        written(root, "restore", f"--source={move.before}", "--staged", "--worktree", "--", *known, env=_LITERAL)
    for name in set(names).difference(known):
        (root / name).unlink(missing_ok=True)
    head = line(root, "rev-parse", "HEAD")
    if head != move.before:
        git(root, "update-ref", "-m", "perfsmith: moving back", "HEAD", move.before, head, as_user=True)


def _touched(root: Path, move: Move) -> list[str]:
    return _names(git(root, "diff-tree", "-r", "-z", "--name-only", "--no-renames", move.before, move.after))


def _strange(root: Path, move: Move, names: list[str]) -> set[str]:
    """Files, or their entries in the index, that are as neither commit has them."""
    trees = [_entries(root, commit, names) for commit in (move.before, move.after)]
    index = _indexed(root, names)
    staged = {name for name in names if index.get(name) not in [tree.get(name) for tree in trees]}
    changed = set(names).intersection(*(_unlike(root, tree) | (set(names) - tree.keys()) for tree in trees))
    cut = {name for name in changed if _cut_short(root, move, name)}
    return staged | (changed - cut)


def _entries(root: Path, commit: str, names: Iterable[str]) -> dict[str, str]:
    """Mode and blob of the files by name, as a commit has them."""
    said = _names(git(root, "ls-tree", "-r", "-z", "--full-tree", commit, "--", *names, env=_LITERAL))
    pairs = [entry.split("\t", 1) for entry in said]
    return {name: " ".join(meta.split(" ")[::2]) for meta, name in pairs}


def _indexed(root: Path, names: Iterable[str]) -> dict[str, str]:
    """The same of the index."""
    said = _names(git(root, "ls-files", "-z", "--stage", "--", *names, env=_LITERAL))
    pairs = [entry.split("\t", 1) for entry in said]
    return {name: " ".join(meta.split(" ")[:2]) for meta, name in pairs}


def _unlike(root: Path, tree: dict[str, str]) -> set[str]:
    """Files that are not as these entries say, by the user's own way to write them."""
    with scratch_folder("index") as folder:
        env = {"GIT_INDEX_FILE": str(folder / "index")}
        lines = "".join(f"{meta}\t{name}\0" for name, meta in tree.items())
        git(root, "update-index", "-z", "--index-info", stdin=lines.encode("utf-8", "surrogateescape"), env=env)
        written(root, "update-index", "-q", "--refresh", env=env)
        return set(_names(written(root, "diff-files", "-z", "--name-only", env=env)))


def _cut_short(root: Path, move: Move, name: str) -> bool:
    """Git removes a file before it writes it anew, from its beginning."""
    path = root / name
    if path.is_symlink() or not path.is_file():
        return not path.is_symlink() and not path.exists()
    found = path.read_bytes()
    trees = ((commit, _entries(root, commit, [name])) for commit in (move.before, move.after))
    wholes = (written(root, "cat-file", "--filters", f"{commit}:{name}") for commit, tree in trees if tree)
    return any(whole.startswith(found) for whole in wholes)


def _unlock(root: Path, branch: str) -> None:
    """Remove locks of index and branch that a killed git left, where no git is at work here."""
    if not pids() or any(_at_work(pid, root) for pid in pids()):
        return
    own, common = (
        Path(line(root, "rev-parse", "--path-format=absolute", which)) for which in ("--git-dir", "--git-common-dir")
    )
    for lock in (own / "index.lock", own / "HEAD.lock", common / f"refs/heads/{branch}.lock"):
        lock.unlink(missing_ok=True)


def _at_work(pid: int, root: Path) -> bool:
    """Whether a process is a git whose place is in the checkout, or hidden from us."""
    if not text(f"/proc/{pid}/comm").startswith("git"):
        return False
    try:
        place = Path(f"/proc/{pid}/cwd").readlink()
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return place.is_relative_to(root)


def _names(output: bytes) -> list[str]:
    return [name for name in output.decode("utf-8", "surrogateescape").split("\0") if name]
