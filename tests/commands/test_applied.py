"""`perfsmith apply` and `undo`, killed and interrupted at real moments: the checkout is whole, or can be undone."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from perfsmith.optimizer.core.events import Applied, RunStarted, Undone
from perfsmith.optimizer.core.goal import Goal
from perfsmith.optimizer.core.values import Edit, Repo
from perfsmith.optimizer.sandbox.checkout import identity, open_checkout
from perfsmith.optimizer.sandbox.landing import Landing
from perfsmith.optimizer.sandbox.private import open_private
from perfsmith.optimizer.store.ledger import Ledger, read
from perfsmith.optimizer.store.runs import ledger_path

OLD, NEW = b"def f(x):\n    return x + 1\n", b"def f(x):\n    return 1 + x\n"
NAMES = ("src/a.py", "src/b.py", "src/c.py")
RUN = "20261120-1415-9f3a"
SLOW = """#!/bin/sh
echo "$1" >> {marks}
sleep 0.15
cat
"""

pytestmark = pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="stale locks are told by /proc")


class Desk:
    """A user's checkout with unfinished work, a run that kept one commit, and git settings that make writing slow."""

    def __init__(self, repo, folder):
        self.repo, self.folder = repo, folder
        self.marks = folder / "marks"
        self.ledger = ledger_path(folder / "state/perfsmith/runs", RUN)
        slow = folder / "slow"
        slow.write_text(SLOW.format(marks=self.marks))
        slow.chmod(0o755)
        (folder / ".gitconfig").write_text(f'[filter "slow"]\n\tsmudge = {slow} %f\n\tclean = cat\n')

    def start(self, command):
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "XDG_STATE_HOME": str(self.folder / "state"),
            "TMPDIR": str(self.folder / "tmp"),
        }
        words = [sys.executable, "-m", "perfsmith", command, "--repo", str(self.repo.root)]
        pipe = subprocess.PIPE
        return subprocess.Popen(words, env=env, stdout=pipe, stderr=pipe, text=True, start_new_session=True)

    def do(self, command):
        process = self.start(command)
        said = process.communicate(timeout=60)
        assert process.returncode == 0, said

    def stopped(self, command, files, number, *, alone=False):
        """Send a signal once that many files are being written; returns the process and what it said."""
        self.marks.unlink(missing_ok=True)
        process = self.start(command)
        end = time.monotonic() + 30
        while process.poll() is None and self.written() < files and time.monotonic() < end:
            time.sleep(0.002)
        assert process.poll() is None
        os.kill(process.pid, number) if alone else os.killpg(process.pid, number)
        said = process.communicate(timeout=60)
        return process, said

    def written(self):
        return len(self.marks.read_text().splitlines()) if self.marks.exists() else 0

    def whole(self):
        """Everything of the user's."""
        git = self.repo.git
        files = {path: path.read_bytes() for path in self.repo.root.glob("*/*") if ".git/" not in f"{path}"}
        refs = "\n".join(line for line in git("for-each-ref").splitlines() if "perfsmith" not in line)
        states = [git("status", "--porcelain=v2"), git("diff"), git("diff", "--cached"), git("stash", "list")]
        return files, refs, git("rev-parse", "HEAD"), states, list((self.repo.root / ".git").rglob("*.lock"))

    def moves(self):
        return [entry.event.kind for entry in read(self.ledger) if isinstance(entry.event, Applied | Undone)]


@pytest.fixture
def desk(repository, tmp_path):
    files = dict.fromkeys(NAMES, OLD)
    repo = repository({**files, "notes.txt": "one\n", "more.txt": "one\n", ".gitattributes": "*.py filter=slow\n"})
    repo.write({"notes.txt": "stashed\n"})
    repo.git("stash")
    repo.write({"notes.txt": "staged\n", "more.txt": "edited\n", "fresh.txt": "new\n"})
    repo.git("add", "notes.txt")
    (tmp_path / "tmp").mkdir()
    desk = Desk(repo, tmp_path)
    checkout = open_checkout(repo.root)
    private = open_private(checkout, tmp_path / "state/perfsmith")
    tree = private.with_edits(private.tree(checkout.head), [Edit(path=name, before=OLD, after=NEW) for name in NAMES])
    kept = private.commit(tree, checkout.head, "faster", identity(repo.root))
    Landing(root=repo.root, private=private, run=RUN).publish(kept, 1)
    about = Repo(root=checkout.root, revision=checkout.head, python=Path(sys.executable), source=("src",))
    with Ledger(desk.ledger, RUN, time.time) as ledger:
        goal = Goal(workloads=(), suite=None)
        ledger.record(RunStarted(repo=about, goal=goal, command="optimize", model="rules", version="1"))
    return desk


@pytest.mark.parametrize(("files", "again"), [(1, "undo"), (2, "undo"), (3, "apply")])
def test_a_killed_apply_can_be_undone_and_done_again(desk, files, again):
    before = desk.whole()
    process, _ = desk.stopped("apply", files, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert desk.moves() == ["applied"]
    desk.do(again)
    if again == "apply":
        assert (desk.repo.root / NAMES[-1]).read_bytes() == NEW
        assert desk.moves() == ["applied", "undone", "applied"]
        desk.do("undo")
    assert desk.whole() == before
    desk.do("apply")
    desk.do("undo")
    assert desk.whole() == before


def test_a_killed_undo_can_be_done_again(desk):
    before = desk.whole()
    desk.do("apply")
    desk.stopped("undo", 2, signal.SIGKILL)
    desk.do("undo")
    assert desk.whole() == before


def test_where_perfsmith_alone_is_killed_git_comes_to_its_end_and_that_can_be_undone(desk):
    before = desk.whole()
    desk.stopped("apply", 2, signal.SIGKILL, alone=True)
    end = time.monotonic() + 30
    while (desk.repo.root / ".git/index.lock").exists() and time.monotonic() < end:
        time.sleep(0.01)
    desk.do("undo")
    assert desk.whole() == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_waits_for_the_end_of_the_step(desk, number):
    before = desk.whole()
    process, (_, said) = desk.stopped("apply", 1, number)
    assert process.returncode == 128 + number, said
    assert [(desk.repo.root / name).read_bytes() for name in NAMES] == [NEW] * 3
    assert desk.moves() == ["applied"]
    desk.do("undo")
    assert desk.whole() == before
