"""The only writes to the user's repository: refs for what was kept and, when asked, moving their branch."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import SandboxError, TargetError
from .checkout import Checkout, identity, open_checkout
from .git import GitFailed, git, line
from .moving import Move, check, put_back, step, uninterrupted
from .private import PrivateRepository
from .scratch import LEAST, full, no_room


@dataclass(frozen=True, slots=True, kw_only=True)
class Landing:
    """Where kept commits of one run become visible to the user."""

    root: Path
    private: PrivateRepository
    run: str

    @property
    def branch(self) -> str:
        """The branch that holds everything the run kept."""
        return branch_of(self.run)

    def publish(self, revision: str, number: int) -> str:
        """Bring a commit into the user's repository; returns its ref. Their branches, index and files stay.

        Raises `TargetError` if their repository cannot be written.
        """
        ref = f"refs/perfsmith/{self.run}/{number}"
        self.bring(revision, ref, f"refs/heads/{self.branch}")
        return ref

    def bring(self, revision: str, *refs: str) -> None:
        """A commit of the private repository, under these refs of the user's. Raises `TargetError`."""
        ref = refs[0]
        self._unlock(*refs)
        git(self.private.folder, "update-ref", ref, revision)
        try:
            git(
                self.root,
                "fetch",
                "--quiet",
                "--no-tags",
                "--no-write-fetch-head",
                "--no-auto-maintenance",
                "--no-recurse-submodules",
                str(self.private.folder),
                *(f"+{ref}:{name}" for name in refs),
                local=True,
                settings=(("core.alternateRefsCommand", "true"),),
            )
        except GitFailed as error:
            raise TargetError(
                f"the kept commit cannot be written to {self.root}: {error.said}",
                code="cannot_publish",
                hint=f"it is safe as {revision[:10]} in {self.private.folder}; then: perfsmith runs resume",
            ) from error

    def _unlock(self, *refs: str) -> None:
        """Remove locks of the run's own refs, which a kill left: no other process may write these."""
        common = Path(line(self.root, "rev-parse", "--path-format=absolute", "--git-common-dir"))
        for place, name in ((self.private.folder, refs[0]), *((common, name) for name in refs)):
            with suppress(OSError):  # what is wrong there is said by git
                (place / f"{name}.lock").unlink()


def branch_of(run: str) -> str:
    """Name of a run's branch."""
    return f"perfsmith/{run}"


def has_branch(root: Path, run: str) -> bool:
    """Whether a run's branch is still there."""
    return bool(line(root, "for-each-ref", "--format=%(refname)", f"refs/heads/{branch_of(run)}"))


def forget(root: Path, run: str) -> None:
    """Remove a run's refs below `refs/perfsmith`; branches stay."""
    for ref in line(root, "for-each-ref", "--format=%(refname)", f"refs/perfsmith/{run}/").splitlines():
        git(root, "update-ref", "-d", ref)


def apply(
    root: Path, run: str, base: str, private: PrivateRepository, journal: Callable[[Move], object] = lambda move: None
) -> Move:
    """Move the current branch to what the run kept: forward where it can, else with the commits on top of it.

    `journal` is told of the move just before it is made. Raises `TargetError`, with everything as it was, when that
    cannot be done cleanly.
    """
    checkout = _ready(root)
    tip = _tip(root, run)
    if _is_ancestor(root, tip, checkout.head):
        raise TargetError(
            f"{checkout.branch} already holds {branch_of(run)}", code="already_applied", hint="nothing needs to be done"
        )
    if no_room(root, LEAST):
        raise full(root)  # git would stop in the middle of their files
    try:
        if not _is_ancestor(root, checkout.head, tip):
            tip = _on_top(Landing(root=root, private=private, run=run), checkout.head, base, tip)
        move = Move(branch=checkout.branch, before=checkout.head, after=tip)
        check(root, move.before, move.after)
        with uninterrupted():
            journal(move)
            _make(root, move)
    except GitFailed as error:
        raise TargetError(
            f"{branch_of(run)} does not go onto {checkout.branch} cleanly: {error.said}",
            code="does_not_apply",
            hint=f"commit or stash your changes to these files, or merge by hand: git merge {branch_of(run)}",
        ) from error
    return move


def _on_top(landing: Landing, head: str, base: str, tip: str) -> str:
    """The kept commits once more, on top of the user's own: made apart, where nothing of theirs is touched."""
    made = landing.private.picked(head, base, tip, identity(landing.root))
    landing.bring(made, f"refs/perfsmith/{landing.run}/on-top")
    return made


def _make(root: Path, move: Move) -> None:
    """All of it or nothing."""
    try:
        step(root, move.before, move.after)
    except SandboxError:
        with suppress(TargetError, SandboxError):
            put_back(root, move)
        raise


def undo(root: Path, move: Move) -> Move:
    """Move the branch back to where it was before `apply`, also where that was cut short; local changes stay.

    Raises `TargetError` if the branch went on, or if local changes are in the way.
    """
    checkout = _ready(root)
    if checkout.branch != move.branch or checkout.head not in (move.before, move.after):
        raise TargetError(
            f"{move.branch} has moved on since the commits were applied",
            code="moved_on",
            hint=f"take them back one by one: git revert {move.before[:10]}..{move.after[:10]}",
        )
    with uninterrupted():
        try:
            if checkout.head == move.after:
                step(root, move.after, move.before)
        except GitFailed:
            put_back(root, move)
        else:
            if checkout.head == move.before:
                put_back(root, move)
    return Move(branch=move.branch, before=move.after, after=move.before)


def _ready(root: Path) -> Checkout:
    checkout = open_checkout(root)
    if checkout.unfinished:
        raise TargetError(
            f"{checkout.unfinished} is going on in {root}", code="unfinished_operation", hint="finish or abort it first"
        )
    if not checkout.branch:
        raise TargetError(
            "HEAD is detached: there is no branch to move", code="detached", hint="git switch a branch first"
        )
    return checkout


def _tip(root: Path, run: str) -> str:
    try:
        return line(root, "rev-parse", "--verify", "--quiet", f"refs/heads/{branch_of(run)}^{{commit}}")
    except GitFailed as error:
        raise TargetError(
            f"run {run} kept nothing here, or its branch is gone", code="nothing_kept", hint="see: perfsmith runs list"
        ) from error


def _is_ancestor(root: Path, older: str, newer: str) -> bool:
    try:
        git(root, "merge-base", "--is-ancestor", older, newer)
    except GitFailed as error:
        if error.said:
            raise
        return False
    return True
