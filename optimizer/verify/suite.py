"""Runs the target's tests in a tree and reads the outcomes, test by test where the runner is pytest."""

import shlex
from collections.abc import Sequence

from ..core.errors import TargetError, beyond_limits
from ..core.ports import Completed, Job, Sandbox
from ..core.values import Suite
from ..sandbox.scratch import read_left, scratch_folder
from .junit import TestRun, read_junit

_OUTPUT = 2 << 20
WHOLE = "the whole suite"
"""The one test id of a suite that only has an exit code."""


def run_suite(
    sandbox: Sandbox, suite: Suite, *, timeout: float, options: Sequence[str] = ()
) -> tuple[TestRun | None, Completed]:
    """One run; the first part is None when the runner wrote no report, because it was killed or left early.

    `options` are extra pytest options.
    """
    if not suite.pytest:
        done = sandbox.run(Job(command=suite.command, timeout=timeout, output_limit=_OUTPUT))
        outcome = "passed" if done.ok else "failed"
        run = TestRun(outcomes={WHOLE: outcome}, durations={}, code=done.code, seconds=done.seconds)
        return (None if done.timed_out else run), done
    with scratch_folder("tests") as folder:
        report = folder / "report.xml"
        added = shlex.join([f"--junitxml={report}", *options])
        done = sandbox.run(
            Job(
                command=suite.command,
                timeout=timeout,
                env=(("PYTEST_ADDOPTS", added),),
                scratch=folder,
                output_limit=_OUTPUT,
            )
        )
        try:
            return read_junit(read_left(report) or b"", code=done.code, seconds=done.seconds), done
        except ValueError:
            return None, done


def base_run(sandbox: Sandbox, suite: Suite) -> TestRun | None:
    """One run on the untouched base; None when there are no tests. Raises `TargetError` if they cannot be run."""
    run, done = run_suite(sandbox, suite, timeout=suite.timeout)
    if done.timed_out:
        raise TargetError(
            f"the tests did not end within {suite.timeout:.0f} s on the untouched base",
            code="tests_hang_at_base",
            hint="choose quicker or fewer tests with --tests",
        )
    if done.exceeded:
        raise beyond_limits("the test run", done.exceeded)
    if suite.pytest and done.code == 5:
        return None
    if run is None or (suite.pytest and done.code not in (0, 1)):
        collecting = suite.pytest and done.code == 2
        raise TargetError(
            f"the tests cannot be {'collected' if collecting else 'run'} on the untouched base:\n{done.tail()}",
            code="tests_cannot_be_collected" if collecting else "tests_cannot_run",
            hint=f"try it yourself: {suite.command}   (another command: --tests, another interpreter: --python)",
        )
    return run
