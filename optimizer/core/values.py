"""The values that flow through a run: repository, workload, profile, hotspot, prompt, candidate.

All are frozen. Paths inside the target are POSIX strings relative to its root; seconds are floats;
bytes of memory are ints.
"""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Repo:
    """The target: a git checkout and what was found out about it."""

    root: Path
    revision: str
    """Full id of the base commit."""
    python: Path
    """The target's interpreter."""
    source: tuple[str, ...]
    """Folders or files that may be edited."""
    exclude: tuple[str, ...] = ()
    """Glob patterns of what may not be edited all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """What exercises the slow code; the thing that is measured. Run by a shell in the tree."""

    name: str
    command: str
    timeout: float = 600.0
    told: str = ""
    """What `--workload` takes for this one where that is not the command: a benchmark's own name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """How the target's tests are run, by a shell in the tree."""

    command: str
    pytest: bool
    """Outcomes can be read test by test; otherwise only the exit code counts."""
    timeout: float = 1800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """A fact that was found out rather than told, and the option that changes it."""

    what: str
    value: str
    how: str
    option: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One call in a stack: function name, file as the sampler saw it, line that was running."""

    name: str
    path: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A call stack, root first, and how often it was seen."""

    frames: tuple[Frame, ...]
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportCost:
    """Time of one module's import, without (`own`) and with (`total`) what it imports; seconds."""

    module: str
    own: float
    total: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Where a workload's time went."""

    workload: str
    profiler: str
    seconds: float
    """Process CPU seconds that the samples stand for; wall seconds where that is unknown."""
    root: str
    """The root of the target as the frames' paths show it."""
    stacks: tuple[Stack, ...]
    imports: tuple[ImportCost, ...] = ()
    """Most expensive first; filled when import time matters."""
    warnings: tuple[str, ...] = ()

    @property
    def samples(self) -> int:
        """How many samples were taken."""
        return sum(stack.count for stack in self.stacks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One function or method of a file: its place in the bytes and its qualified name."""

    name: str
    """Qualified inside the module: `func`, `Class.method`, `outer.inner`."""
    path: str
    first: int
    """First line, decorators included; 1-based."""
    last: int
    start: int
    """Byte offset of the first line's code, decorators included."""
    end: int
    """Byte offset just after the last character of the body."""
    indent: str
    """White space before the first line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hotspot:
    """A unit that takes time and may be edited."""

    rank: int
    unit: Unit
    symbol: str
    """`pkg.mod:Class.method`."""
    own: float
    """Share of the workload's time in the unit itself, 0 to 1."""
    total: float
    """Share with everything it calls, 0 to 1."""

    @property
    def id(self) -> str:
        """The same over runs as long as file and name stay."""
        return f"{self.unit.path}::{self.unit.name}"

    @property
    def ceiling(self) -> float:
        """Speedup of the whole workload if this cost nothing (Amdahl); infinite at a share of 1."""
        return 1 / (1 - self.total) if self.total < 1 else float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One turn of a conversation with a model; `role` is system, user or assistant."""

    role: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What is sent to a model. `sha` identifies templates and text and travels with the candidate."""

    template: str
    messages: tuple[Message, ...]

    @property
    def sha(self) -> str:
        """Hex digest of everything that is sent."""
        digest = hashlib.sha256(self.template.encode())
        for message in self.messages:
            digest.update(f"\0{message.role}\0{message.text}".encode("utf-8", "surrogatepass"))
        return digest.hexdigest()[:16]

    def render(self) -> str:
        """The conversation as plain text, for people and for programs that read standard input."""
        if len(self.messages) == 1:
            return self.messages[0].text
        return "\n\n".join(f"[{message.role}]\n{message.text}" for message in self.messages)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back from a model and what it cost; None where the server did not say."""

    text: str
    model: str
    tokens_in: int | None = None
    tokens_out: int | None = None
    tokens_cached: int | None = None
    usd: float | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One file before and after, in bytes; None before is a new file, None after a deleted one."""

    path: str
    before: bytes | None
    after: bytes | None
    mode: str = "100644"
    """Git file mode afterwards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Who wrote a candidate. Never consulted by verification or measurement."""

    author: str
    """Model id, `rules:NAME`, or `patch`."""
    strategy: str = ""
    prompt: str = ""
    """`Prompt.sha` of what was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A proposed change, whoever wrote it."""

    edits: tuple[Edit, ...]
    idea: str
    """One sentence, in the imperative: it becomes the commit's subject."""
    origin: Origin
    hotspot: str = ""
    """`Hotspot.id`, or empty for a change that came from outside."""
    problem: str = ""
    """Why the reply could not be read: such a candidate has no edits and is `malformed_edit`."""
    id: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", _identity(self.edits, self.problem))


def _identity(edits: tuple[Edit, ...], problem: str) -> str:
    """Same contents, same id: duplicates are free to spot."""
    digest = hashlib.sha256(problem.encode("utf-8", "surrogatepass"))
    for edit in sorted(edits, key=lambda edit: edit.path):
        for part in (edit.path.encode("utf-8", "surrogateescape"), edit.before, edit.after, edit.mode.encode()):
            digest.update(b"\1absent" if part is None else b"\0" + len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:12]
