"""A private repository that shares objects with the user's: candidates live here, nothing of theirs changes."""

import contextlib
import hashlib
import shutil
from collections.abc import Collection, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

from ..core.errors import CandidateError
from ..core.values import Edit
from .checkout import Checkout, Identity
from .git import GitFailed, git
from .ownership import own_mark, still_alive
from .scratch import no_state

_INDEX = "index-"
_NEW = "new-"
_PLAIN = "100644"
_PARALLEL = ("-c", "checkout.workers=0", "-c", "checkout.thresholdForParallelism=2000")
"""As many as there are cores; small trees are written as quickly by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateRepository:
    """Bare, without hooks, with its own configuration; `folder` lies in perfsmith's state folder."""

    folder: Path

    def tree(self, revision: str) -> str:
        """Id of a commit's tree."""
        return self._line("rev-parse", "--verify", "--quiet", f"{revision}^{{tree}}")

    def files(self, tree: str) -> tuple[str, ...]:
        """Paths of the regular files of a tree."""
        entries = _split(git(self.folder, "ls-tree", "-r", "-z", tree))
        return tuple(entry.partition("\t")[2] for entry in entries if entry.startswith("100"))

    def read(self, tree: str, path: str) -> bytes:
        """Contents of a file. Raises `FileNotFoundError`."""
        try:
            return git(self.folder, "cat-file", "blob", f"{tree}:{path}")
        except GitFailed as error:
            raise FileNotFoundError(path) from error

    def with_edits(self, tree: str, edits: Sequence[Edit]) -> str:
        """Id of the tree with the edits made."""
        with self._index(tree) as index:
            lines: list[bytes] = []
            for edit in edits:
                name = edit.path.encode("utf-8", "surrogateescape")
                if edit.after is None:
                    lines.append(b"0 " + b"0" * len(tree) + b"\t" + name)
                else:
                    blob = git(self.folder, "hash-object", "-w", "--stdin", stdin=edit.after).strip()
                    lines.append(self._mode(tree, edit) + b" " + blob + b"\t" + name)
            git(self.folder, "update-index", "-z", "--index-info", stdin=b"\0".join([*lines, b""]), env=index)
            return git(self.folder, "write-tree", env=index).decode().strip()

    def with_patch(self, tree: str, patch: bytes) -> str:
        """Id of the tree with a patch applied. Raises `CandidateError` if it does not apply."""
        if not patch.strip():
            return tree
        with self._index(tree) as index:
            try:
                git(self.folder, "apply", "--cached", "--whitespace=nowarn", "-", stdin=patch, env=index)
            except GitFailed as error:
                raise CandidateError(
                    "malformed_edit", "the patch does not apply to the base", evidence=error.said
                ) from error
            return git(self.folder, "write-tree", env=index).decode().strip()

    def edits(self, before: str, after: str) -> tuple[Edit, ...]:
        """What differs between two trees. Links and submodules keep their mode, for the scope check to refuse."""
        output = _split(git(self.folder, "diff-tree", "-r", "-z", "--no-renames", before, after))
        return tuple(self._edit(meta, path) for meta, path in zip(output[::2], output[1::2], strict=True))

    def diff(self, before: str, after: str) -> str:
        """The same as a patch, for people."""
        output = git(self.folder, "diff-tree", "-p", "--no-renames", "--no-ext-diff", before, after)
        return output.decode("utf-8", "replace")

    def differing(self, before: str, after: str) -> frozenset[str]:
        """Paths that two trees do not have alike."""
        if before == after:
            return frozenset()
        return frozenset(
            _split(git(self.folder, "diff-tree", "-r", "-z", "--name-only", "--no-renames", before, after))
        )

    def check_out(self, tree: str, folder: Path, only: Collection[str] | None = None) -> None:
        """Write the files of a tree, or those of `only` that it has, where none of them are; without a `.git`."""
        with self._index(tree) as index:
            which, names = ("--all",), b""
            if only is not None:
                kept = sorted(set(only).intersection(_split(git(self.folder, "ls-files", "-z", env=index))))
                which, names = ("-z", "--stdin"), "\0".join([*kept, ""]).encode("utf-8", "surrogateescape")
            target = (*_PARALLEL, f"--work-tree={folder}", "checkout-index", "--quiet", f"--prefix={folder}/", *which)
            git(self.folder, *target, stdin=names, env=index)

    def commit(self, tree: str, parent: str, message: str, who: Identity) -> str:
        """Id of a new commit."""
        names = _signed(who, "AUTHOR", "COMMITTER")
        output = git(self.folder, "commit-tree", tree, "-p", parent, "-F", "-", stdin=message.encode(), env=names)
        return output.decode().strip()

    def picked(self, head: str, base: str, tip: str, who: Identity) -> str:
        """Id of the last of the commits from `base` to `tip`, made once more on top of `head`.

        Git's own merge decides, no driver of anybody's. Raises `GitFailed` where it finds a conflict.
        """
        with TemporaryDirectory(prefix=_INDEX + own_mark(), dir=self.folder) as folder:
            tree = Path(folder) / "tree"
            git(self.folder, "worktree", "prune")
            git(self.folder, "worktree", "add", "--quiet", "--detach", "--no-checkout", str(tree), head)
            git(tree, "read-tree", "HEAD")  # no files: git writes those that it merges, and misses no other
            git(tree, "cherry-pick", f"{base}..{tip}", env=_signed(who, "COMMITTER"))
            made = git(tree, "rev-parse", "HEAD").decode().strip()
        git(self.folder, "worktree", "prune")
        return made

    def _mode(self, tree: str, edit: Edit) -> bytes:
        """An edited file stays executable: whoever rewrites a function knows only contents."""
        if edit.before is None or edit.mode != _PLAIN:
            return edit.mode.encode()
        known = git(self.folder, "ls-tree", tree, "--", f":(literal){edit.path}")
        return known.partition(b" ")[0] or edit.mode.encode()

    def _line(self, *arguments: str) -> str:
        return git(self.folder, *arguments).decode("utf-8", "surrogateescape").strip()

    def _edit(self, meta: str, path: str) -> Edit:
        mode_before, mode_after, blob_before, blob_after, _ = meta.lstrip(":").split(" ")[:5]
        return Edit(
            path=path,
            before=self._blob(mode_before, blob_before),
            after=self._blob(mode_after, blob_after),
            mode=mode_after if mode_after != "000000" else mode_before,
        )

    def _blob(self, mode: str, blob: str) -> bytes | None:
        if mode == "000000":
            return None
        return b"" if mode == "160000" else git(self.folder, "cat-file", "blob", blob)

    @contextlib.contextmanager
    def _index(self, tree: str) -> Generator[dict[str, str]]:
        """Environment with a temporary index that holds a tree."""
        with TemporaryDirectory(prefix=_INDEX + own_mark(), dir=self.folder) as folder:
            env = {"GIT_INDEX_FILE": f"{folder}/index"}
            git(self.folder, "read-tree", tree, env=env)
            yield env


def open_private(checkout: Checkout, state: Path) -> PrivateRepository:
    """The private repository of a checkout, made or brought up to date. Raises `SandboxError`."""
    folder = state / "repositories" / repository_key(checkout)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        if not folder.exists():
            _initialise(folder, git(checkout.root, "rev-parse", "--show-object-format").decode().strip())
        objects = f"{checkout.common_dir / 'objects'}\n".encode("utf-8", "surrogateescape")
        _keep_equal(folder / "objects" / "info" / "alternates", objects)
        shallow = checkout.common_dir / "shallow"
        _keep_equal(folder / "shallow", shallow.read_bytes() if shallow.exists() else None)
    except OSError as error:
        raise no_state(f"the private repository in {folder}", error) from error
    return PrivateRepository(folder=folder)


def repository_key(checkout: Checkout) -> str:
    """The same for all work trees of one repository."""
    return hashlib.sha256(str(checkout.common_dir).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def abandoned(state: Path) -> tuple[Path, ...]:
    """Private repositories whose user's repository is gone."""
    found: list[Path] = []
    for folder in (state / "repositories").glob("[0-9a-f]*"):
        try:
            objects = (folder / "objects" / "info" / "alternates").read_text("utf-8", "surrogateescape").rstrip("\n")
        except OSError:
            continue
        if not Path(objects).exists():
            found.append(folder)
    return tuple(found)


def _initialise(folder: Path, form: str) -> None:
    """Whole or not at all: made beside its place, then moved there."""
    made = Path(mkdtemp(prefix=_NEW + own_mark(), dir=folder.parent))
    git(made, "init", "--bare", "--quiet", "--template=", f"--object-format={form}", ".")
    (made / "objects" / "info").mkdir(exist_ok=True)
    try:
        made.rename(folder)
    except OSError:
        if not (folder / "HEAD").exists():  # else another process was first
            raise


def _keep_equal(path: Path, content: bytes | None) -> None:
    """Write or remove a file where it differs, in one step: other processes of ours read it meanwhile."""
    if content is None:
        path.unlink(missing_ok=True)
    elif not path.exists() or path.read_bytes() != content:
        fresh = path.with_name(f"{path.name}-{own_mark()}")
        fresh.write_bytes(content)
        fresh.replace(path)


def _sweep(folder: Path) -> None:
    """Remove what killed processes left: temporary indexes, and repositories that were not made to the end."""
    stale = [(place, _INDEX) for place in folder.glob(f"{_INDEX}*")]
    stale += [(place, _NEW) for place in folder.parent.glob(f"{_NEW}*")]
    for place, prefix in stale:
        if not still_alive(place.name.removeprefix(prefix)):
            shutil.rmtree(place, ignore_errors=True)


def _signed(who: Identity, *roles: str) -> dict[str, str]:
    """Variables that say who made a commit."""
    return {f"GIT_{role}_{key}": value for role in roles for key, value in (("NAME", who.name), ("EMAIL", who.email))}


def _split(output: bytes) -> list[str]:
    return [part for part in output.decode("utf-8", "surrogateescape").split("\0") if part]
