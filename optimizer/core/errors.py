"""What can go wrong with the machinery or the set-up, and the exit code of each.

    PerfsmithError        70   carries .code (stable) and .hint (what the user can do)
    ├─ UsageError          2   options or configuration are wrong
    ├─ TargetError         3   the target cannot be tested, run or timed as it is
    │  └─ SandboxError     3   our side of running it: no disk, no private repository
    ├─ ModelError          4   the model is unreachable, refuses, or never answers in the format
    ├─ BudgetSpent         6   a cap was reached; what was kept stays kept
    ├─ LockHeld            7   another run works on this repository
    └─ CandidateError      -   never leaves attempt(): it becomes a verdict

Bad news about a candidate is a value (`verdicts.Rejected`), not an exception; `CandidateError` is
the short way from deep inside a check to that value.
"""

from .verdicts import Reason


class PerfsmithError(Exception):
    """A problem of ours or of the set-up; `code` is stable for scripts, `hint` says what to do."""

    exit_code = 70

    def __init__(self, message: str, *, code: str = "internal_error", hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint


class UsageError(PerfsmithError):
    """An option, an argument or a configuration key is wrong."""

    exit_code = 2


class TargetError(PerfsmithError):
    """The target cannot be used as it is: not a repository, red tests, a failing build."""

    exit_code = 3


def beyond_limits(what: str, exceeded: str) -> TargetError:
    """The base itself meets a limit of the sandbox, `exceeded` in words: no candidate could be told apart from it."""
    return TargetError(
        f"{what} {exceeded} on the untouched base, and was killed",
        code="limit_exceeded",
        hint="choose something smaller with --workload or --tests; the limits are in docs/reference/sandbox.md",
    )


class SandboxError(TargetError):
    """Our side of running the target failed: no disk space, no private repository, no process."""


class ModelError(PerfsmithError):
    """The model cannot be reached, refuses, or never keeps to the format."""

    exit_code = 4


class BudgetSpent(PerfsmithError):
    """A cap of the user's was reached; ends the run cleanly."""

    exit_code = 6


class LockHeld(PerfsmithError):
    """Another run works on this repository."""

    exit_code = 7


class CandidateError(PerfsmithError):
    """Bad news about a candidate, on its way to becoming a verdict; never leaves `attempt()`."""

    def __init__(self, reason: Reason, message: str, *, evidence: str = "", check: str = "") -> None:
        super().__init__(message, code=reason)
        self.reason: Reason = reason
        self.evidence = evidence
        self.check = check
