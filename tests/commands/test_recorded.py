"""A run's ledger as the commands open it."""

from contextlib import suppress

from perfsmith.commands.run import Output, recorded
from perfsmith.optimizer.core.events import Warned
from perfsmith.optimizer.store.ledger import read

QUIET = Output(form="json", quiet=True, plain=True)


def told(state, *events, problem=None):
    """Where the ledger of a run lies that says this and then has a problem."""
    with suppress(ValueError, KeyboardInterrupt), recorded(state, QUIET) as run:
        for event in events:
            run.record(event)
        raise problem or ValueError
    return run


def test_a_run_that_never_began_leaves_no_folder(tmp_path):
    run = told(tmp_path)
    assert run.ledger.is_relative_to(tmp_path)
    assert list((tmp_path / "runs").iterdir()) == []


def test_a_run_that_said_something_stays(tmp_path):
    run = told(tmp_path, Warned(message="x"), problem=KeyboardInterrupt())
    assert [entry.event for entry in read(run.ledger)] == [Warned(message="x")]
    with recorded(tmp_path, QUIET, run.id) as again:
        again.record(Warned(message="y"))
    assert [entry.seq for entry in read(run.ledger)] == [1, 2]
