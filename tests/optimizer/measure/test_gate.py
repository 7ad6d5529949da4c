"""A gate opens when all wait at it, and for nothing else than an end of the waiting."""

import os
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from perfsmith.optimizer.core.ports import Job
from perfsmith.optimizer.measure.gate import closed_gate
from perfsmith.optimizer.sandbox.trees import plain


def test_it_opens_once_both_wait():
    running = [Future[int](), Future[int]()]
    with closed_gate() as (gate, open_gate):
        os.set_blocking(gate.go, False)
        os.write(gate.ready, b"..")
        open_gate(running)
        assert os.read(gate.go, 8) == b".."


def test_a_run_that_has_ended_keeps_nobody_waiting():
    ended = Future[int]()
    ended.set_exception(OSError("could not be started"))
    with closed_gate() as (gate, open_gate):
        os.write(gate.ready, b".")
        open_gate([ended, Future[int]()])
        assert os.read(gate.go, 8) == b".."


def test_a_command_starts_only_when_the_gate_opens(tmp_path):
    job = Job(command="echo started > note", timeout=60.0, metered=True)
    with closed_gate() as (gate, open_gate), ThreadPoolExecutor(max_workers=2) as pool:
        trees = [plain(folder, Path(sys.executable)) for folder in (tmp_path / "a", tmp_path / "b")]
        for tree in trees:
            tree.folder.mkdir()
        running = [pool.submit(tree.run, replace(job, gate=gate)) for tree in trees[:1]]
        assert not (tmp_path / "a" / "note").exists()
        running.append(pool.submit(trees[1].run, replace(job, gate=gate)))
        open_gate(running)
        ended = [run.result() for run in running]
    assert all(run.ok and run.usage for run in ended)
    assert all((tree.folder / "note").exists() for tree in trees)
