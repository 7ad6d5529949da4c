"""A checkout that is only made when a command is to be run in it: most refusals need none."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from .core.goal import Goal
from .core.ports import Base, Completed, Conversation, Job, Sandbox, Trial
from .core.values import Candidate


class OnDemand:
    """A `Sandbox` behind a function that opens it, called at most once."""

    def __init__(self, opening: Callable[[], Sandbox]) -> None:
        self._opening = opening
        self._opened: Sandbox | None = None

    @property
    def root(self) -> Path:
        """Where commands see the checkout."""
        return self._sandbox.root

    @property
    def folder(self) -> Path:
        """Where it lies on disk."""
        return self._sandbox.folder

    def run(self, job: Job) -> Completed:
        """Run a command in it."""
        return self._sandbox.run(job)

    def converse(self, job: Job) -> AbstractContextManager[Conversation]:
        """Start a worker in it."""
        return self._sandbox.converse(job)

    @property
    def _sandbox(self) -> Sandbox:
        if self._opened is None:
            self._opened = self._opening()
        return self._opened


@contextmanager
def trial_of(candidate: Candidate, base: Base, goal: Goal) -> Generator[Trial]:
    """The candidate with the trees of both sides, which are made when a check first runs something in them."""
    with ExitStack() as stack:
        yield Trial(
            candidate=candidate,
            goal=goal,
            base=base,
            before=OnDemand(lambda: stack.enter_context(base.fork())),
            after=OnDemand(lambda: stack.enter_context(base.fork(candidate.edits))),
        )
