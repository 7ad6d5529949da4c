"""A plain sandbox: the job runs directly in a folder."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from perfsmith.optimizer.core.ports import Completed
from perfsmith.optimizer.core.values import Workload

HOT_AND_COLD = """
def hot():
    total = 0
    for i in range(400000):
        total += i * i
    return total

def cold():
    return sum([i * i for i in range(20000)])

def main():
    for _ in range(8):
        hot()
        cold()

if __name__ == "__main__":
    main()
"""


@dataclass(frozen=True)
class PlainSandbox:
    folder: Path

    @property
    def root(self):
        return self.folder

    def run(self, job):
        command = job.command if isinstance(job.command, tuple) else ("/bin/sh", "-c", job.command)
        start = time.monotonic()
        try:
            done = subprocess.run(
                command,
                cwd=self.folder,
                env={**os.environ, **dict(job.env)},
                input=job.stdin,
                capture_output=True,
                timeout=job.timeout,
            )
        except subprocess.TimeoutExpired:
            return Completed(code=-9, stdout=b"", stderr=b"", seconds=job.timeout, timed_out=True)
        seconds = time.monotonic() - start
        return Completed(code=done.returncode, stdout=done.stdout, stderr=done.stderr, seconds=seconds)


@pytest.fixture
def sandbox(tmp_path):
    """A checkout with one module that has a hot and a cold function."""
    folder = tmp_path.resolve() / "repo"
    folder.mkdir()
    (folder / "work.py").write_text(HOT_AND_COLD)
    return PlainSandbox(folder)


@pytest.fixture
def workload():
    return Workload(name="work", command=f"{sys.executable} work.py", timeout=60)
