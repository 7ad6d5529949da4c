"""Real bases of real repositories, behind each level of walls that works here."""

import sys
import time
from functools import partial
from pathlib import Path

import pytest
from perfsmith.optimizer.core.goal import Goal
from perfsmith.optimizer.core.ports import Trial
from perfsmith.optimizer.core.values import Candidate, Edit, Origin, Repo
from perfsmith.optimizer.ondemand import OnDemand
from perfsmith.optimizer.sandbox.assemble import open_base
from perfsmith.optimizer.sandbox.checkout import open_checkout
from perfsmith.optimizer.sandbox.choice import levels, opened
from perfsmith.optimizer.sandbox.exposure import Outside
from perfsmith.optimizer.sandbox.levels.process import ProcessOnly
from perfsmith.optimizer.store.kept import KeptFacts

PYTHON = Path(sys.executable)


@pytest.fixture
def open_walls():
    """Opens the walls of a level; skips, saying why, where they do not work on this machine."""

    def make(name, home):
        walls = opened(levels()[name], home)
        if isinstance(walls, str):
            pytest.skip(f"{name} does not work here, and is not tested: {walls}")
        return walls

    return make


@pytest.fixture(params=["bubblewrap", "process"])
def walls(request, tmp_path, open_walls):
    """A level that moves trees, and one that does not; `test_conformance.py` is about all of them."""
    return open_walls(request.param, tmp_path / "home")


@pytest.fixture(scope="session")
def base_in():
    """Opens the base of a repository with a state folder, with our own interpreter as the target's."""

    def make(
        state, repository, walls=None, *, source=("src",), commands=(), python=PYTHON, paths=(), typed=(), build=""
    ):
        checkout = open_checkout(repository.root)
        repo = Repo(root=checkout.root, revision=checkout.head, python=python, source=source)
        return open_base(
            checkout,
            repo=repo,
            walls=walls or ProcessOnly(),
            state=state,
            build=build,
            outside=Outside(commands=commands, paths=paths, typed=typed),
        )

    return make


@pytest.fixture
def base_of(tmp_path, base_in):
    """The same with a state folder of the test's own."""
    return partial(base_in, tmp_path / "state")


@pytest.fixture
def kept(tmp_path):
    """Opens the facts of earlier runs: the same ones every time, for the same surroundings."""

    def make(about="", **more):
        given = {"folder": tmp_path / "facts/repository", "clock": time.time, "say": lambda _: None} | more
        return KeptFacts(about=about, **given)

    return make


@pytest.fixture(scope="session")
def candidate():
    """A candidate that changes files of a base: path → new contents, None to delete."""

    def make(base, files, mode="100644", **more):
        edits = []
        for path, after in files.items():
            try:
                before = base.read(path)
            except FileNotFoundError:
                before = None
            content = after.encode() if isinstance(after, str) else after
            edits.append(Edit(path=path, before=before, after=content, mode=mode))
        return Candidate(edits=tuple(edits), idea="Do it faster", origin=Origin(author="patch"), **more)

    return make


@pytest.fixture(scope="session")
def climb():
    """Runs one rung on a candidate, in trees that are opened when they are needed."""

    def run(rung, candidate, base, goal=None):
        opened = []

        def opening(edits):
            context = base.fork(edits)
            opened.append(context)
            return context.__enter__()

        trial = Trial(
            candidate=candidate,
            goal=goal or Goal(workloads=(), suite=None),
            base=base,
            before=OnDemand(lambda: opening(())),
            after=OnDemand(lambda: opening(candidate.edits)),
        )
        try:
            return rung.run(trial)
        finally:
            for context in opened:
                context.__exit__(None, None, None)

    return run
