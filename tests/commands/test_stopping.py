"""Ctrl-C: the first press finishes the step that is going on, the second ends everything at once; nothing is lost."""

import fcntl
import json
import os
import pty
import signal
import subprocess
import sys
import termios
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from perfsmith.cli import run
from perfsmith.commands.stopping import stoppable
from perfsmith.optimizer.core.errors import SandboxError
from perfsmith.optimizer.core.events import (
    CandidateJudged,
    CheckFinished,
    Committed,
    RunFinished,
    RunStarted,
    StepStarted,
    StopAsked,
    Warned,
)
from perfsmith.optimizer.core.goal import Goal
from perfsmith.optimizer.core.values import Repo
from perfsmith.optimizer.core.verdicts import Passed, refuse
from perfsmith.optimizer.sandbox.family import alive
from perfsmith.optimizer.store.ledger import read

REPO = Repo(root=Path("/r"), revision="r0", python=Path("/p"), source=())
START = RunStarted(repo=REPO, goal=Goal(workloads=(), suite=None), command="optimize", model="", version="0")
STEP = StepStarted(what="testing")
JUDGED = CandidateJudged(candidate="c", verdict=refuse("noisy", "said"))
KEPT = Committed(candidate="c", sha="1", subject="s", ref="r", branch="b")
END = RunFinished(ending="done", seconds=1.0)


def checked(name):
    return CheckFinished(candidate="c", outcome=Passed(check=name, seconds=0.0))


def press():
    signal.raise_signal(signal.SIGINT)


def test_what_is_decided_is_kept_before_the_run_stops():
    said = []
    with stoppable(said.append) as stopping:
        stopping.after(START)
        press()
        for event in (Warned(message="x"), checked("measurement"), checked("memory"), JUDGED):
            stopping.after(event)
        with pytest.raises(KeyboardInterrupt):
            stopping.after(KEPT)
        stopping.after(END)
    assert said == [StopAsked()]


@pytest.mark.parametrize("event", [STEP, checked("tests"), KEPT])
def test_between_two_steps_a_run_stops(event):
    with stoppable(lambda _: None) as stopping:
        stopping.after(START)
        stopping.after(event)
        press()
        with pytest.raises(KeyboardInterrupt):
            stopping.after(event)


def test_the_second_press_ends_it_at_once_and_so_does_the_first_where_no_step_goes_on():
    said = []
    with stoppable(said.append) as stopping:
        with pytest.raises(KeyboardInterrupt):
            press()
        stopping.after(START)
        with pytest.raises(KeyboardInterrupt), stopping.at_once():
            press()
        stopping.after(START)
        press()
        with pytest.raises(KeyboardInterrupt):
            press()
        stopping.after(END)
        with pytest.raises(KeyboardInterrupt):
            press()
    assert said == [StopAsked()]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_nobody_is_asked_anything_after_the_first_press():
    with stoppable(lambda _: None) as stopping:
        stopping.after(START)
        press()
        with pytest.raises(KeyboardInterrupt), stopping.at_once():
            raise AssertionError("asked all the same")


def test_a_run_that_ends_by_itself_meanwhile_has_ended_well():
    with stoppable(lambda _: None) as stopping:
        stopping.after(START)
        press()
        stopping.after(END)


def test_a_full_disk_does_not_keep_it_from_stopping():
    def full(event):
        raise SandboxError("no space left", code="disk_full")

    with stoppable(full) as stopping:
        stopping.after(START)
        press()
        with pytest.raises(KeyboardInterrupt):
            stopping.after(STEP)


def test_a_signal_that_is_switched_off_stays_off():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with stoppable(lambda _: None) as stopping:
            stopping.after(START)
            press()
            stopping.after(STEP)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


FILES = {
    "src/words.py": "def unique(items):\n    return sorted(set(items), key=items.index)\n",
    "check.py": """\
import os, sys, time
with open(sys.argv[1], "a") as marks:
    print("begin", os.getpid(), file=marks, flush=True)
    time.sleep(float(sys.argv[2]))
    print("end", file=marks, flush=True)
""",
    "bench.py": "import sys\nsys.path.insert(0, 'src')\nfrom words import unique\nprint(unique([1, 2, 1]))\n",
}


@dataclass
class Desk:
    """A person at a real terminal, whose Ctrl-C goes to the whole foreground group."""

    folder: Path
    root: Path
    said: list = field(default_factory=list)

    @property
    def marks(self):
        path = self.folder / "marks"
        return path.read_text().split() if path.exists() else []

    @property
    def text(self):
        return b"".join(self.said).decode("utf-8", "replace")

    @property
    def events(self):
        (ledger,) = (self.folder / "state/perfsmith/runs").glob("*/ledger.jsonl")
        return [entry.event for entry in read(ledger)]

    def start(self, seconds):
        self.ours, theirs = pty.openpty()
        folders = {"HOME": str(self.folder), "XDG_STATE_HOME": str(self.folder / "state"), "TMPDIR": str(self.folder)}
        env = {"PATH": os.environ["PATH"], "TERM": "xterm-256color", **folders}
        tests = f"{sys.executable} check.py {self.folder / 'marks'} {seconds}"
        words = ["optimize", "--model", "rules", "--sandbox", "process", "--trust", "--python", sys.executable]
        command = [sys.executable, "-m", "perfsmith", *words, "--tests", tests, "--workload", "python bench.py"]
        self.process = subprocess.Popen(
            command,
            cwd=self.root,
            env=env,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(theirs)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        try:
            while chunk := os.read(self.ours, 65536):
                self.said.append(chunk)
        except OSError:
            os.close(self.ours)

    def until(self, true, seconds=60.0):
        end = time.monotonic() + seconds
        while not true() and time.monotonic() < end:
            time.sleep(0.02)
        assert true(), self.text

    def press(self):
        os.write(self.ours, b"\x03")


@pytest.fixture
def desk(repository, tmp_path):
    desk = Desk(folder=tmp_path, root=repository(FILES).root)
    yield desk
    if desk.process.poll() is None:
        desk.process.kill()


def test_at_a_terminal_the_first_press_finishes_the_step_and_prints_what_there_is(desk):
    desk.start(3)
    desk.until(lambda: desk.marks)
    desk.press()
    desk.until(lambda: "stopping after this step" in desk.text)
    assert desk.process.wait(60) == 130, desk.text
    assert desk.marks[::2] == ["begin", "end"], "the step was finished, and no other begun"
    assert [type(event) for event in desk.events[-3:]] == [StopAsked, StepStarted, RunFinished]
    assert desk.events[-1].ending == "interrupted"
    desk.until(lambda: "perfsmith: interrupted" in desk.text, 5)
    for words in ("stopped by you", "0 kept, run ", "perfsmith runs resume"):
        assert words in desk.text
    assert desk.text.rfind("\x1b[?25h") > desk.text.rfind("\x1b[?25l")


def test_at_a_terminal_the_second_press_kills_what_runs(desk):
    desk.start(60)
    desk.until(lambda: len(desk.marks) == 2)
    desk.press()
    desk.until(lambda: "stopping after this step" in desk.text)
    desk.press()
    assert desk.process.wait(20) == 130, desk.text
    assert not alive(int(desk.marks[1]))
    assert desk.marks[2:] == []
    assert desk.events[-1].ending == "interrupted"
    assert list((desk.folder / "state/perfsmith/trees").glob("*")) == []


@pytest.mark.parametrize(("words", "hint"), [(["optimize", "--json"], "runs resume"), (["verify", "--json"], "")])
def test_an_interrupted_command_says_so_in_its_document_and_names_resume_where_it_can_be_resumed(
    monkeypatch, capsys, tmp_path, words, hint
):
    def interrupted(path):
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("perfsmith.commands.target.open_checkout", interrupted)
    monkeypatch.setattr("perfsmith.commands.verify.open_checkout", interrupted)
    before = signal.getsignal(signal.SIGTERM)
    try:
        assert run(words) == 130
    finally:
        signal.signal(signal.SIGTERM, before)
    said = json.loads(capsys.readouterr().out)
    assert (said["exit"], said["code"]) == (130, "interrupted")
    assert hint in said["hint"]
    assert bool(said["hint"]) == bool(hint)
