"""The user's own checkout: looked at, never written to, except by the last steps: `publish` and `move_branch`."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import TargetError, UsageError
from .git import GitFailed, files_of, git, line
from .large import LargeFiles
from .named import names_folder, shown
from .secret_files import is_keys, looks_secret

_UNFINISHED = {
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
    "MERGE_HEAD": "a merge",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
    "BISECT_LOG": "a bisection",
}
_PATCH = (
    "--binary",
    "--full-index",
    "--no-renames",
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--submodule=short",
    "--ignore-submodules=dirty",
)
"""To look for changes in a submodule git would run itself there, with filters that only its configuration names."""
_NOT_CARRIED = ("__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".git")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """Where the user's repository is and what state it is in."""

    root: Path
    git_dir: Path
    common_dir: Path
    head: str
    branch: str
    """Empty when HEAD is detached."""
    changed: tuple[str, ...]
    """Files that differ from HEAD, untracked ones included."""
    unfinished: str
    """`a rebase`, `a merge`… that is going on; empty otherwise."""


def open_checkout(path: Path) -> Checkout:
    """Look at the repository that holds `path`. Raises `TargetError` where there is none to work on."""
    if not names_folder(path):
        raise UsageError(
            f"{shown(path)} is not a folder", code="no_such_folder", hint="give the target's folder with -C"
        )
    try:
        bare = line(path, "rev-parse", "--is-bare-repository")
    except GitFailed as error:
        raise _not_a_repository(path, error) from error
    if bare == "true":
        raise TargetError(
            f"{path} is a bare repository: there are no files to run",
            code="bare_repository",
            hint="clone it, and run perfsmith in the clone",
        )
    root = Path(line(path, "rev-parse", "--show-toplevel"))
    if root not in (real := path.resolve(), *real.parents):
        raise TargetError(
            f"{path} says that its files are in {root}",
            code="strange_work_tree",
            hint=f"core.worktree leads out of the repository; if that is right, go there: cd {root}",
        )
    head = _head(root)
    git_dir = Path(line(root, "rev-parse", "--absolute-git-dir"))
    return Checkout(
        root=root,
        git_dir=git_dir,
        common_dir=(root / line(root, "rev-parse", "--git-common-dir")).resolve(),
        head=head,
        branch=_branch(root),
        changed=_changed(root),
        unfinished=next((name for entry, name in _UNFINISHED.items() if (git_dir / entry).exists()), ""),
    )


def _head(root: Path) -> str:
    try:
        return line(root, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    except GitFailed as error:
        raise TargetError(
            f"{root} has no commit yet",
            code="no_commits",
            hint="commit the code first: candidates are compared with it",
        ) from error


def _not_a_repository(path: Path, error: GitFailed) -> TargetError:
    if "dubious ownership" in error.said:
        return TargetError(
            f"git does not trust {path}: it belongs to another user",
            code="dubious_ownership",
            hint=f"if you trust it: git config --global --add safe.directory {path}",
        )
    return TargetError(
        f"{path} is not inside a git repository",
        code="not_a_repository",
        hint="go to one or give it with -C; to start one: git init && git add -A && git commit",
    )


def _branch(root: Path) -> str:
    try:
        return line(root, "symbolic-ref", "--quiet", "--short", "HEAD")
    except GitFailed:
        return ""


def _changed(root: Path) -> tuple[str, ...]:
    output = files_of(root, "status", "--porcelain=v1", "-z", "--no-renames", "--ignore-submodules=all")
    return tuple(entry[3:] for entry in _names(output))


def _names(output: bytes) -> list[str]:
    return [name for name in output.decode("utf-8", "surrogateescape").split("\0") if name]


def resolve(root: Path, revision: str) -> str:
    """Full id of a commit. Raises `UsageError` if there is none of that name."""
    try:
        return line(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    except GitFailed as error:
        raise UsageError(
            f"there is no commit '{revision}' in {root}", code="unknown_revision", hint="see: git log --oneline --all"
        ) from error


def parent(root: Path, revision: str) -> str:
    """First parent of a commit. Raises `UsageError` for a root commit."""
    try:
        return line(root, "rev-parse", "--verify", "--quiet", f"{revision}^1")
    except GitFailed as error:
        raise UsageError(
            f"{revision[:10]} has no parent to compare with", code="no_parent", hint="name the base with --base"
        ) from error


def message(root: Path, revision: str) -> str:
    """The commit's message."""
    return git(root, "log", "-1", "--format=%B", revision).decode("utf-8", "replace")


def staged_patch(root: Path, index: str = "") -> bytes:
    """What the index changes against HEAD, as a patch; `index` names another index file, as hooks get one."""
    env = {"GIT_INDEX_FILE": index} if index else {}
    return files_of(root, "diff", "--cached", *_PATCH, env=env)


def working_patch(root: Path) -> bytes:
    """What the tracked files of the working tree change against HEAD, as a patch."""
    return files_of(root, "diff", *_PATCH, "HEAD")


def commit_patch(root: Path, base: str, revision: str) -> bytes:
    """What a revision changes against a base, as a patch."""
    return git(root, "diff", *_PATCH, base, revision)


def not_carried(root: Path) -> tuple[str, ...]:
    """What git does not carry and commands may need: environments, built extensions, generated and ignored data.

    Relative paths, folders without a trailing slash. Caches and files that look like secrets are left out;
    checked-out submodules are in.
    """
    ignored = files_of(root, "ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory")
    names = [name.rstrip("/") for name in _names(ignored)]
    return tuple(name for name in (*names, *_submodules(root)) if carried(root, name))


def missing_submodules(root: Path) -> tuple[str, ...]:
    """Submodules that are not checked out: whatever needs their files fails."""
    return tuple(name for name in _submodules(root) if not (root / name / ".git").exists())


def large_files(checkout: Checkout) -> LargeFiles:
    """Tracked files whose attributes say `filter=lfs`."""
    names = files_of(checkout.root, "ls-files", "-z", "--", ":(top,attr:filter=lfs)")
    return LargeFiles(store=checkout.common_dir / "lfs" / "objects", names=tuple(_names(names)))


def _submodules(root: Path) -> list[str]:
    staged = _names(git(root, "ls-files", "-z", "--stage"))
    return [entry.partition("\t")[2] for entry in staged if entry.startswith("160000 ")]


def carried(root: Path, name: str) -> bool:
    """Whether trees get what lies there: the root itself, caches and secrets are not for them."""
    last = name.rpartition("/")[2]
    parts = name.split("/")
    if name == "." or any(part in _NOT_CARRIED or is_keys(part) for part in parts):
        return False
    if last.endswith((".pyc", ".egg-info")):
        return False
    if last.startswith(".env") and last != ".env" and (root / name).is_dir():
        return True
    return not looks_secret(last) and _plain(root / name)


def _plain(path: Path) -> bool:
    """Files and folders; no sockets, pipes, devices or dangling links."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who commits: the user's own name and address."""

    name: str
    email: str


def identity(root: Path) -> Identity:
    """The user's name and address as git knows them, else perfsmith's own."""
    found = {key: os.environ.get(f"GIT_AUTHOR_{key.upper()}", "") for key in ("name", "email")}
    for key in ("name", "email"):
        try:
            found[key] = found[key] or line(root, "config", "--get", f"user.{key}", as_user=True)
        except GitFailed:
            found[key] = ""
    return Identity(name=found["name"] or "perfsmith", email=found["email"] or "perfsmith@localhost")
