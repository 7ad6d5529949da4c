"""Two small real commands in real processes. Nothing is asserted about how long they take."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pytest
from perfsmith.optimizer.core.errors import CandidateError
from perfsmith.optimizer.core.ports import Completed, Job, Usage
from perfsmith.optimizer.core.values import Workload
from perfsmith.optimizer.measure.command import CommandMeter


@dataclass
class Plain:
    """A folder in which commands are run with no walls at all; usage is the kernel's own."""

    root: Path

    @property
    def folder(self):
        return self.root

    def run(self, job: Job) -> Completed:
        env = {"PATH": os.environ["PATH"], **dict(job.env)}
        start = time.monotonic()
        with subprocess.Popen(
            ["/bin/sh", "-c", job.command],
            cwd=self.root,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            said = process.stdout.read(), process.stderr.read()
            _, status, used = os.wait4(process.pid, 0)
            wall = time.monotonic() - start
            process.returncode = os.waitstatus_to_exitcode(status)
        cpu = used.ru_utime + used.ru_stime
        usage = Usage(wall=wall, cpu=cpu, delay=0.0, peak=used.ru_maxrss * 1024, leftovers=0)
        seconds = time.monotonic() - start
        return Completed(code=process.returncode, stdout=said[0], stderr=said[1], seconds=seconds, usage=usage)


SCRIPT = """\
import os, sys, time
import work
start = time.perf_counter()
total = work.total({n})
with open("log", "a") as log:
    said = os.environ.get("PYTHONHASHSEED"), os.environ.get("PYTHONDONTWRITEBYTECODE"), os.path.exists("__pycache__")
    log.write(" ".join(map(str, said)) + "\\n")
print("total", total, "in", round(time.perf_counter() - start, 3), "s")
"""
WORKLOAD = Workload(name="bench", command=f"{sys.executable} bench.py", timeout=60.0)


@pytest.fixture
def tree(tmp_path):
    def build(name, body):
        root = tmp_path / name
        root.mkdir()
        (root / "bench.py").write_text(SCRIPT.format(n=20_000))
        (root / "work.py").write_text(body)
        return Plain(root=root)

    return build


SLOW = "def total(n):\n    found = 0\n    for i in range(n):\n        found += i\n    return found\n"
FAST = "def total(n):\n    return n * (n - 1) // 2\n"
WRONG = "def total(n):\n    return n * (n + 1) // 2\n"


def test_real_commands_are_measured_in_pairs(tree):
    before, after = tree("base", SLOW), tree("candidate", FAST)
    rounds = list(islice(CommandMeter().rounds(before, after, WORKLOAD, 5), 6))
    assert {round_.order for round_ in rounds} == {"AB", "BA"}
    for round_ in rounds:
        for reading in (round_.before, round_.after):
            assert reading.wall > 0
            assert reading.cpu > 0
            assert reading.peak > 1 << 20
    logs = [(one.root / "log").read_text().split("\n")[:-1] for one in (before, after)]
    assert logs[0] == logs[1]
    assert [line.split()[1] for line in logs[0]] == ["None", *["1"] * 6]
    assert [line.split()[0] for line in logs[0][1:]] == [str(round_.seed) for round_ in rounds]
    assert all(line.split()[2] == "True" for line in logs[0])


def test_a_wrong_result_of_a_real_command_is_caught_beside_its_timing(tree):
    with pytest.raises(CandidateError) as caught:
        list(islice(CommandMeter().rounds(tree("base", SLOW), tree("candidate", WRONG), WORKLOAD, 5), 8))
    assert caught.value.reason == "wrong_behavior"
    assert "199990000" in caught.value.evidence


def test_a_real_crash_shows_its_last_words(tree):
    with pytest.raises(CandidateError) as caught:
        list(islice(CommandMeter().rounds(tree("base", SLOW), tree("candidate", "boom"), WORKLOAD, 5), 8))
    assert caught.value.reason == "crashed"
    assert "NameError" in caught.value.evidence
