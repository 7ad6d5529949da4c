"""What a repository's settings and its environment say opens no folder of the user's to the commands that are run."""

import os
import shutil
import sys
import tempfile
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


@pytest.fixture
def elsewhere():
    """A folder that no wall hides by itself."""
    with tempfile.TemporaryDirectory(dir="/opt" if os.access("/opt", os.W_OK) else "/var/lib") as folder:
        yield Path(folder)


def read(target, *paths):
    """Which of the files a command can read."""
    script = "for name in " + " ".join(map(str, paths)) + "; do cat $name >/dev/null 2>&1 && echo $name; done; true"
    with target.base.fork() as tree:
        return [Path(line) for line in tree.run(Job(command=script, timeout=20)).stdout.decode().splitlines()]


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


def test_state_and_temporary_folder_are_hidden_wherever_they_are(repo, monkeypatch, elsewhere):
    monkeypatch.setenv("XDG_STATE_HOME", str(elsewhere / "state"))
    monkeypatch.setenv("TMPDIR", str(elsewhere / "temporary"))
    (elsewhere / "temporary").mkdir()
    names = ("state/perfsmith/runs/1/ledger", "temporary/secret", "open")
    for name in names:
        (elsewhere / name).parent.mkdir(parents=True, exist_ok=True)
        (elsewhere / name).write_text("canary")
    target = opened(repo, sandbox="bubblewrap" if shutil.which("bwrap") else "auto")
    assert read(target, *(elsewhere / name for name in names)) == [elsewhere / "open"]


def test_state_in_the_checkout_is_hidden(repo, monkeypatch):
    (repo.root / ".git/info/exclude").write_text("mine/\ntmp/\n")
    repo.write({"mine/state/perfsmith/runs/1/ledger": "canary", "mine/data": "x", "tmp/secret": "canary"})
    monkeypatch.setenv("XDG_STATE_HOME", str(repo.root / "mine/state"))
    monkeypatch.setenv("TMPDIR", str(repo.root / "tmp"))
    target = opened(repo)
    names = ("mine/state/perfsmith/runs/1/ledger", "mine/data", "tmp/secret")
    assert read(target, *map(Path, names)) == [Path("mine/data")]


@pytest.mark.parametrize("place", ["beside", "main/.git/inside"])
def test_the_repository_of_a_linked_worktree_is_hidden(repository, elsewhere, home, new_repository, place):
    files = {"pyproject.toml": "", "mod.py": "X = 1\n", "bench.py": "print(1)\n"}
    main = new_repository(elsewhere / "main", files)
    main.git("worktree", "add", "--quiet", str(elsewhere / place))
    asked = Asked(
        command="compare",
        repo=elsewhere / place,
        options={"workload": (f"python bench.py {elsewhere}/main/bench.py",), "python": sys.executable},
    )
    target = open_target(asked)
    names = (elsewhere / "main/.git/config", elsewhere / "main/mod.py", Path("mod.py"))
    assert read(target, *names) == [elsewhere / "main/mod.py", Path("mod.py")]
