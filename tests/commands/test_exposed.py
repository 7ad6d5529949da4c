"""What a repository's settings and its environment say opens no folder of the user's to the commands that are run."""

import os
import sys
from pathlib import Path

import pytest
from perfsmith.commands.target import Asked, open_target
from perfsmith.optimizer.core.ports import Job
from perfsmith.optimizer.sandbox.choice import choose


@pytest.fixture
def home(tmp_path, monkeypatch):
    place = tmp_path / "home"
    (place / "notes").mkdir(parents=True)
    (place / "notes/diary").write_text("canary")
    for name in [name for name in os.environ if name.startswith(("PERFSMITH_", "XDG_", "VIRTUAL_ENV", "CONDA_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(place))
    if "reads" not in choose("auto", place).walls.promises:
        pytest.skip("no walls on this machine")
    return place


@pytest.fixture
def repo(repository, home):
    """Its environment names a folder of the user's to import from, and so do its settings."""
    settings = f'[tool.perfsmith]\nworkload = "python bench.py {home}/notes/diary"\n'
    files = {"pyproject.toml": settings, ".gitignore": ".venv\n", "mod.py": "X = 1\n", "bench.py": "print(1)\n"}
    made = repository(files)
    python = Path(sys.executable).resolve()
    packages = f".venv/lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
    evil = f"import sys; sys.path.append({str(home / 'notes')!r})\n"
    made.write({".venv/pyvenv.cfg": f"home = {python.parent}\n", f"{packages}/evil.pth": evil})
    (made.root / ".venv/bin").mkdir()
    (made.root / ".venv/bin/python").symlink_to(python)
    return made


def opened(repo, **options):
    return open_target(Asked(command="compare", repo=repo.root, options=options))


def diary(target, home):
    with target.base.fork() as tree:
        return tree.run(Job(command=f"cat {home}/notes/diary", timeout=20)).stdout


def test_settings_and_environment_open_nothing(repo, home):
    target = opened(repo)
    assert target.python.path == repo.root / ".venv/bin/python"
    assert str(home / "notes") in target.python.facts.path
    assert diary(target, home) == b""
    assert any(f"imports from {home}/notes" in warning for warning in target.warnings)


def test_a_claimed_workload_opens_nothing(repo, home):
    options = {"workload": (f"python bench.py {home}/notes/diary",)}
    claimed = Asked(command="verify", repo=repo.root, options=options, borrowed=frozenset(["workload"]))
    assert diary(open_target(claimed), home) == b""


def test_what_is_typed_is_shown(repo, home):
    assert diary(opened(repo, workload=(f"python bench.py {home}/notes/diary",)), home) == b"canary"
