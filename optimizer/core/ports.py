"""The ports: what the domain needs from outside, each one or two methods.

Pure functions are imported; whatever has an effect is handed in through one of these.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, TypeVar

from .events import Event
from .goal import Goal
from .values import Candidate, Edit, Hotspot, Profile, Prompt, Reply, Repo, Workload
from .verdicts import Accepted, Outcome, Round, Verdict

T = TypeVar("T")

Record = Callable[[Event], None]
"""Everything that happens is told to this."""
Clock = Callable[[], float]
"""Monotonic seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Two ends of pipes: a command says on `ready` that it could start, and starts when `go` can be read."""

    ready: int
    go: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A command to run in a sandbox."""

    command: str | tuple[str, ...]
    """A string is run by `/bin/sh -c`; a tuple is run as it is."""
    timeout: float
    """Wall seconds, then the whole process tree is killed."""
    env: tuple[tuple[str, str], ...] = ()
    """On top of the sandbox's allow-listed environment."""
    stdin: bytes = b""
    expose: tuple[Path, ...] = ()
    """Files or folders outside the tree that the command may read."""
    scratch: Path | None = None
    """A folder the command may write; it has the same path inside."""
    output_limit: int = 8 << 20
    """Bytes kept of each of standard output and error; the rest is dropped and said."""
    cores: tuple[int, ...] = ()
    """Run on these cores only; empty for any."""
    metered: bool = False
    """Take a `Usage` of the command itself, through the launcher."""
    gate: Gate | None = None
    """Wait here, behind the walls, for another command that is to start at the same moment."""
    frozen: bool = False
    """It cannot write into the tree, at levels of walls that promise so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a finished command and its descendants used. Seconds; bytes."""

    wall: float
    cpu: float
    delay: float
    """Time that it and they, all threads, were ready and had no core; may be too small, never too large."""
    peak: int
    leftovers: int
    """Processes that outlived the command and were killed."""
    tasks: int = 1
    """Processes and threads that were seen; what lived for a few milliseconds may be missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """A finished command. `code` is negative for a signal, as in `subprocess`."""

    code: int
    stdout: bytes
    stderr: bytes
    seconds: float
    timed_out: bool = False
    truncated: bool = False
    usage: Usage | None = None
    exceeded: str = ""
    """The limit of the sandbox that it was killed for, in words: "used more than …"; empty for none."""

    @property
    def ok(self) -> bool:
        """Ended by itself, with status 0."""
        return self.code == 0 and not self.timed_out and not self.exceeded

    def tail(self, lines: int = 12) -> str:
        """The end of what it said, errors last: the usual evidence."""
        text = b"\n".join(part.strip() for part in (self.stdout, self.stderr) if part.strip())
        ended = [f"killed: it {self.exceeded}"] if self.exceeded else []
        return "\n".join([*text.decode("utf-8", "replace").splitlines(), *ended][-lines:])


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a worker used between two of its answers, read from outside of it. Seconds."""

    wall: float
    """From our question to its answer, without the time for which our side had no core to hear it."""
    cpu: float
    """Of the worker with all its threads, and of its children, since its last answer; 0 where that cannot be read."""
    delay: float
    """Time its main thread was ready but had no core."""
    children: int = 0
    """Processes beside the worker itself that are there now, and 1 more if it has waited for any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a worker said, without the end of the line: `late` after the deadline, `ended` when it has gone."""

    line: bytes
    state: Literal["said", "late", "ended"]
    spent: Spent


class Conversation(Protocol):
    """A worker that lives on between questions."""

    def ask(self, line: bytes, timeout: float) -> Answer:
        """Send a line, wait for one. A line of more than 64 KiB is for workers that are known to read on."""
        ...

    def peak(self) -> int:
        """Largest resident set of the worker so far in bytes; 0 where that cannot be read."""
        ...

    def last_words(self) -> str:
        """The end of what it wrote on standard error."""
        ...


class Sandbox(Protocol):
    """One private checkout of the target in which commands can be run."""

    @property
    def root(self) -> Path:
        """Where commands see the checkout; usually the path of the user's own."""
        ...

    @property
    def folder(self) -> Path:
        """Where the checkout lies on disk, outside the sandbox."""
        ...

    def run(self, job: Job) -> Completed:
        """Run to the end; raises `SandboxError` only if our side failed."""
        ...

    def converse(self, job: Job) -> AbstractContextManager[Conversation]:
        """Start a worker behind the same walls, dead for certain at the end of the block; `job.timeout` is not used."""
        ...


class Base(Protocol):
    """The commit that candidates are compared with, in the private repository."""

    @property
    def repo(self) -> Repo: ...

    @property
    def revision(self) -> str: ...

    def files(self) -> tuple[str, ...]:
        """Tracked files."""
        ...

    def read(self, path: str) -> bytes:
        """Contents of a tracked file; raises `FileNotFoundError`."""
        ...

    def fork(self, edits: Sequence[Edit] = ()) -> AbstractContextManager[Sandbox]:
        """A fresh checkout with the edits applied, removed at the end."""
        ...

    def since(self, other: "Base") -> tuple[Edit, ...]:
        """What differs from another base of the same repository."""
        ...

    def commit(self, edits: Sequence[Edit], message: str) -> "Base":
        """A new base on top of this one; only the private repository changes."""
        ...


class Kept(Protocol):
    """What earlier runs found out about a base. `about` is all that it depends on, the kind of the fact first."""

    def load(self, shape: type[T], *about: str) -> T | None:
        """None where nothing is kept, or what is kept cannot be read: then it is found out again."""
        ...

    def store(self, value: object, *about: str) -> None:
        """Keep it for later runs; where that cannot be done, nothing but time is lost."""
        ...


class Profiler(Protocol):
    """Finds out where a workload's time goes."""

    def profile(self, sandbox: Sandbox, workload: Workload) -> Profile: ...


class Model(Protocol):
    """Text in, text out. Raises `ModelError`."""

    @property
    def name(self) -> str: ...

    def reply(self, prompt: Prompt) -> Reply: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What a strategy may learn from."""

    candidate: Candidate
    verdict: Verdict


class Strategy(Protocol):
    """The next ideas, from what was tried; empty when out of ideas. Holds no state."""

    def propose(self, base: Base, hotspot: Hotspot, history: Sequence[Attempt], limit: int) -> Sequence[Candidate]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One candidate on the bench: the two trees and what was asked."""

    candidate: Candidate
    goal: Goal
    base: Base
    before: Sandbox
    after: Sandbox


class Asker(Protocol):
    """Somebody who can answer a question before anything is run."""

    def confirm(self, question: str) -> bool | None:
        """Yes or no; None where there is nobody to ask."""
        ...


class Check(Protocol):
    """One rung of the ladder. `name` is the interface's name for it."""

    @property
    def name(self) -> str: ...

    def run(self, trial: Trial) -> Outcome: ...


class Meter(Protocol):
    """Runs a workload on two trees in turn, one round at a time, as long as it is asked for more."""

    def rounds(self, before: Sandbox, after: Sandbox, workload: Workload, seed: int) -> Iterator[Round]: ...


class Study(Protocol):
    """Looks into what was confirmed faster, on trees of base and candidate; it may take a claim back and makes none."""

    def judged(
        self, verdict: Accepted, candidate: Candidate, base: Base, before: Sandbox, after: Sandbox, seed: int
    ) -> Verdict: ...
