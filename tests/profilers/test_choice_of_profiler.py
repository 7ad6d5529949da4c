"""Which profiler is used, and when import time is looked at."""

import stat
import sys
from pathlib import Path

import pytest
from perfsmith.optimizer.core.errors import TargetError
from perfsmith.optimizer.core.values import Workload
from perfsmith.profilers import Unavailable, profile_with_fallback
from perfsmith.profilers.pyspy import PySpy
from perfsmith.profilers.sampler import Sampler

PYTHON = Path(sys.executable)


def program(folder, text):
    path = folder / "py-spy"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_a_refused_ptrace_is_told_apart_from_other_trouble(sandbox, workload, tmp_path):
    refused = program(
        tmp_path, "echo 'Error: Permission Denied: Try running again with elevated permissions'>&2; exit 1"
    )
    with pytest.raises(Unavailable) as caught:
        PySpy(executable=refused).profile(sandbox, workload)
    assert caught.value.code == "ptrace_refused"
    unseen = program(tmp_path, "echo 'Error: No python processes found in process 7' >&2; exit 1")
    with pytest.raises(Unavailable) as caught:
        PySpy(executable=unseen).profile(sandbox, workload)
    assert caught.value.code == "ptrace_refused"
    broken = program(tmp_path, "echo 'Error: Failed to find python version from target process' >&2; exit 1")
    with pytest.raises(Unavailable, match="Failed to find python version") as caught:
        PySpy(executable=broken).profile(sandbox, workload)
    assert caught.value.code == "profiler_failed"


def test_without_py_spy_the_sampler_steps_in_and_says_so(sandbox, workload, tmp_path):
    (tmp_path / "venv").mkdir()
    refused = program(tmp_path / "venv", "echo 'Operation not permitted (os error 1)' >&2; exit 1")
    profile = profile_with_fallback(Redirected(sandbox, refused), workload, PYTHON, min_seconds=0.5)
    assert profile.profiler == "sampler"
    assert "profiled with 'sampler' instead" in profile.warnings[0]
    assert profile.samples > 20


class Redirected:
    """A sandbox in which py-spy is another program."""

    def __init__(self, sandbox, executable):
        self.sandbox, self.executable = sandbox, executable
        self.root = self.folder = sandbox.folder

    def run(self, job):
        command = tuple(self.executable if Path(word).name == "py-spy" else word for word in job.command)
        return self.sandbox.run(type(job)(command=command, timeout=job.timeout, env=job.env, scratch=job.scratch))


def test_another_profiler_than_the_default_is_not_replaced(sandbox):
    workload = Workload(name="shell", command="true", timeout=10)
    with pytest.raises(TargetError) as caught:
        profile_with_fallback(sandbox, workload, PYTHON, name="cprofile")
    assert caught.value.code == "nothing_sampled"


def test_the_sampler_says_when_it_could_not_get_in(sandbox):
    workload = Workload(name="isolated", command=f"{sys.executable} -I work.py", timeout=60)
    with pytest.raises(TargetError) as caught:
        Sampler(min_seconds=0.1).profile(sandbox, workload)
    assert caught.value.code == "nothing_sampled"
    assert "pyspy" in caught.value.hint


def test_a_sitecustomize_of_the_target_still_runs(sandbox):
    (sandbox.folder / "site").mkdir()
    (sandbox.folder / "site" / "sitecustomize.py").write_text("open('loaded', 'w').close()\n")
    workload = Workload(name="own", command=f"PYTHONPATH=site {sys.executable} work.py", timeout=60)
    assert Sampler(min_seconds=0.1).profile(sandbox, workload).samples > 0
    assert (sandbox.folder / "loaded").exists()


def test_waiting_threads_weigh_nothing_in_the_sampler(sandbox):
    (sandbox.folder / "threads.py").write_text(
        "import threading, time, work\n"
        "def wait():\n    time.sleep(30)\n"
        "threading.Thread(target=wait, daemon=True).start()\nwork.main()\n"
    )
    workload = Workload(name="threads", command=f"{sys.executable} threads.py", timeout=60)
    profile = Sampler(min_seconds=0.1).profile(sandbox, workload)
    waiting = sum(stack.count for stack in profile.stacks if stack.frames[-1].name == "wait")
    assert waiting < 0.05 * profile.samples


def test_short_processes_lead_to_their_imports(sandbox):
    (sandbox.folder / "slowpkg").mkdir()
    (sandbox.folder / "slowpkg" / "__init__.py").write_text("import decimal, email.message, asyncio\n")
    command = f"for i in 1 2 3; do {sys.executable} -c 'import slowpkg'; done"
    profile = profile_with_fallback(sandbox, Workload(name="cli", command=command, timeout=60), PYTHON, min_seconds=0.5)
    modules = {cost.module for cost in profile.imports}
    assert {"slowpkg", "asyncio", "email.message"} <= modules
    assert any("of the time is import time; for slowpkg:" in warning for warning in profile.warnings)


def test_a_computing_workload_is_not_asked_for_its_imports(sandbox, workload):
    profile = profile_with_fallback(sandbox, workload, PYTHON, min_seconds=0.5)
    assert profile.imports == ()
