"""Trees: private checkouts of a base or a candidate, run behind the walls; made fresh, removed afterwards."""

import contextlib
import json
import os
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..core.cores import usable_cores
from ..core.errors import CandidateError, SandboxError, TargetError
from ..core.ports import Base, Completed, Job, Usage
from ..core.values import Edit, Repo
from .checkout import Identity
from .conversation import Talk
from .environment import environment
from .large import LargeFiles
from .laying import Laying
from .levels.process import ProcessOnly
from .limits import Limits, default_limits, exceeded_by, kernel_limits
from .orphans import end_orphans
from .places import sweep_places
from .private import PrivateRepository
from .process import run_process, started
from .scratch import sweep_scratch
from .sharing import Sharing, copy_in, link_in, make_points
from .walls import HOME, Mount, View, Walls, Wrapped, laid
from .watchdog import Guard

HARNESS = Path(__file__).resolve().parent.parent / "harness"
LAUNCHER = HARNESS / "launch.py"
_BUILD_SECONDS = 1800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What is the same for every tree of a run."""

    root: Path
    python: Path
    walls: Walls
    carried: Sharing
    """What git does not carry."""
    large: LargeFiles
    """What git carries as pointers only."""
    build: str
    """Command that every fresh tree is built with before anything else is run in it; empty for none."""
    exposed: tuple[Path, ...]
    """Interpreter, harness, and what the commands name outside the root."""
    shut: tuple[Path, ...] = ()
    """Secrets that lie in what is exposed."""
    limits: Limits = field(default_factory=default_limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """One checkout in which commands run; implements `core.ports.Sandbox`."""

    surroundings: Surroundings
    folder: Path
    shown: tuple[str, ...]
    """What git does not carry and is bound or linked, relative to the root."""

    @property
    def root(self) -> Path:
        """Where commands see it."""
        return self.surroundings.root if self.surroundings.walls.moves else self.folder

    def run(self, job: Job) -> Completed:
        """Run a command in this tree, through the launcher, to the end, its deadline or a limit."""
        reading, writing = os.pipe()
        told = (writing, *((job.gate.ready, job.gate.go) if job.gate else ()))
        with os.fdopen(reading, "rb") as report:
            try:
                with laid(self._launched(job, ":".join(str(fd) for fd in told))) as (argv, needed):
                    done = run_process(
                        argv,
                        cwd=self.folder,
                        env={**self._environment(), **dict(job.env)},
                        timeout=job.timeout,
                        stdin=job.stdin,
                        output_limit=job.output_limit,
                        pass_fds=(*told, *needed),
                        guard=self._guard,
                    )
            finally:
                os.close(writing)
            done = _with_usage(done, report.read(4096))
        return replace(done, exceeded=done.exceeded or exceeded_by(done.code, self.surroundings.limits))

    @contextlib.contextmanager
    def converse(self, job: Job) -> Generator[Talk]:
        """Start a worker through the launcher, behind the same walls; it dies with the block, whatever it started."""
        with (
            Path(os.devnull).open("wb") as nowhere,
            laid(self._launched(job, str(nowhere.fileno()))) as (argv, needed),
            started(
                argv,
                cwd=self.folder,
                env={**self._environment(), **dict(job.env)},
                pass_fds=(nowhere.fileno(), *needed),
                guard=self._guard,
            ) as process,
        ):
            yield Talk(process=process, launcher=str(LAUNCHER), limit=job.output_limit)

    @property
    def _guard(self) -> Guard:
        return Guard(limits=self.surroundings.limits, folder=self.folder.parent)

    def _launched(self, job: Job, report: str) -> Wrapped:
        """The command line; the launcher gives its account on the descriptor `report`."""
        around = self.surroundings
        argv = ("/bin/sh", "-c", job.command) if isinstance(job.command, str) else job.command
        cores = ",".join(str(core) for core in job.cores or usable_cores()) or "-"
        limits = kernel_limits(around.limits, job.timeout)
        launch = (str(around.python), "-I", "-S", str(LAUNCHER), report, cores, limits, *argv)
        return around.walls.wrap(launch, self._view(job))

    def _environment(self) -> dict[str, str]:
        around = self.surroundings
        if around.walls.moves:
            return environment(around.python, home=HOME, temporary=Path("/tmp"))
        private = self.folder.parent
        return environment(around.python, home=private / "home", temporary=private / "tmp")

    def _view(self, job: Job) -> View:
        around = self.surroundings
        outside = [Mount(outside=path, inside=path) for path in (*around.exposed, *job.expose) if path.exists()]
        if job.scratch is not None:
            outside.append(Mount(outside=job.scratch, inside=job.scratch, writable=True))
        if not around.walls.moves:
            private = [self.folder.parent / name for name in ("home", "tmp")]
            outside += [Mount(outside=path, inside=path, writable=True) for path in private if path.exists()]
        own = Mount(outside=self.folder, inside=around.root, writable=not job.frozen)
        kept = [Mount(outside=around.root / name, inside=around.root / name) for name in self.shown]
        carried = {Path(name) for name in self.shown}
        secret = (path for path in around.carried.secret if carried & {*path.relative_to(around.root).parents})
        return View(cwd=self.root, mounts=(*outside, own, *kept), shut=(*around.shut, *sorted(secret)))


def _with_usage(done: Completed, report: bytes) -> Completed:
    """Add what the launcher saw; without its report the command was killed together with it."""
    try:
        seen = json.loads(report)
        code = int(seen.pop("code"))
        usage = Usage(**seen)
        return replace(done, code=code, usage=usage)
    except (ValueError, KeyError, TypeError):
        if done.code == 0 and not done.timed_out:
            raise SandboxError(
                "the launcher gave no report", code="launcher_failed", hint="is the target's interpreter a Python 3?"
            ) from None
        return done


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateBase:
    """A commit in the private repository that candidates are compared with; implements `core.ports.Base`."""

    repo: Repo
    private: PrivateRepository
    surroundings: Surroundings
    laying: Laying
    revision: str
    tree: str
    who: Identity

    def files(self) -> tuple[str, ...]:
        """Paths of the tracked regular files."""
        return self.private.files(self.tree)

    def read(self, path: str) -> bytes:
        """Contents of a tracked file. Raises `FileNotFoundError`."""
        return self.private.read(self.tree, path)

    @contextlib.contextmanager
    def fork(self, edits: Sequence[Edit] = ()) -> Generator[Tree]:
        """A checkout with the edits made and nothing else in it, removed at the end or put back for the next."""
        tree = self.private.with_edits(self.tree, edits) if edits else self.tree
        with self.laying.out(tree) as folder:
            written = {edit.path for edit in edits if edit.after is not None}
            self.surroundings.large.put(folder, written)
            shown = self._share(folder, written)
            fresh = Tree(surroundings=self.surroundings, folder=folder, shown=shown)
            _build(fresh, self.surroundings.build, changed=bool(edits))
            yield fresh

    def _share(self, folder: Path, written: set[str]) -> tuple[str, ...]:
        """Put what git does not carry into a tree, but for what edits write; returns what is to be mounted."""
        around = self.surroundings
        copied, shown = (
            tuple(name for name in names if not _covers(name, written))
            for names in (around.carried.copied, around.carried.shown)
        )
        copy_in(around.root, folder, copied, around.carried.secret)
        (make_points if around.walls.moves else link_in)(around.root, folder, shown)
        return shown

    def since(self, other: Base) -> tuple[Edit, ...]:
        """What differs from another base of the same repository."""
        return self.private.edits(self.private.tree(other.revision), self.tree)

    def commit(self, edits: Sequence[Edit], message: str) -> "PrivateBase":
        """A new base on top of this one; only the private repository changes."""
        tree = self.private.with_edits(self.tree, edits)
        revision = self.private.commit(tree, self.revision, message, self.who)
        return replace(self, revision=revision, tree=tree, repo=replace(self.repo, revision=revision))


def _build(tree: Tree, command: str, *, changed: bool) -> None:
    """Raises `CandidateError` where edits are to blame, `TargetError` for the untouched base."""
    done = tree.run(Job(command=command, timeout=_BUILD_SECONDS)) if command else None
    if done is None or done.ok:
        return
    if changed:
        raise CandidateError("does_not_build", "the build command fails", check="builds", evidence=done.tail())
    raise TargetError(
        f"the build command fails on the untouched base: {done.tail(4)}",
        code="build_failed",
        hint=f"try it yourself: {command}   (another one: --build)",
    )


def plain(folder: Path, python: Path) -> Tree:
    """A folder as it lies there, without walls, git or a copy: for files of our own, such as a benchmark's kernels."""
    around = Surroundings(
        root=folder,
        python=python,
        walls=ProcessOnly(),
        carried=Sharing(),
        large=LargeFiles(),
        build="",
        exposed=(),
    )
    return Tree(surroundings=around, folder=folder, shown=())


def sweep(state: Path) -> int:
    """Remove what killed runs left: processes, scratch folders, trees; returns how many trees there were."""
    end_orphans()
    sweep_scratch()
    return sweep_places(state)


def _covers(name: str, paths: set[str]) -> bool:
    return any(path == name or path.startswith(f"{name}/") for path in paths)
