"""Files that run by themselves (conftest.py, sitecustomize.py, .pth): what one command drops no later one meets."""

import sys
from pathlib import Path

import pytest
from perfsmith.optimizer.core.ports import Job
from perfsmith.optimizer.sandbox.interpreter import inspect_modules

PYTHON = Path(sys.executable)
NAMES = ("conftest.py", "sitecustomize.py", "evil.pth")
DROP = """
import pathlib, sys
for folder in map(pathlib.Path, [".", "src", ".venv/site-packages", *sys.path]):
    for name in ("conftest.py", "sitecustomize.py", "evil.pth"):
        try:
            (folder / name).write_text("print('dropped')")
        except OSError:
            pass
"""
FILES = {"src/pkg.py": "X = 1\n", "src/hostile.py": DROP, "test_x.py": "def test_x(): pass\n", ".gitignore": ".venv/\n"}
LOOK = (
    "find . -name conftest.py -o -name sitecustomize.py -o -name '*.pth'; "
    "PYTHONPATH=.:src:.venv/site-packages python -c 'print(1)'; python -m pytest -q -s -p no:cacheprovider | head -1"
)


@pytest.fixture(params=["bubblewrap", "unshare", "landlock"])
def base(request, repository, base_of, open_walls, tmp_path):
    repo = repository(FILES)
    repo.write({".venv/site-packages/kept.py": ""})
    return base_of(repo, open_walls(request.param, tmp_path / "home"))


def met(tree):
    """What a command finds there."""
    return tree.run(Job(command=LOOK, timeout=60)).stdout.decode().split("\n")[:2]


def test_another_tree_has_none_of_it(base):
    with base.fork() as tree:
        assert tree.run(Job(command=("python", "src/hostile.py"), timeout=60)).ok
        assert "dropped" in "".join(tree.run(Job(command=LOOK, timeout=60)).stdout.decode())
    with base.fork() as tree:
        assert met(tree) == ["1", "."]


def test_environments_cannot_be_written(base, repository):
    """The interpreter's own is our tests', the other one the checkout's: both are for all later commands."""
    with base.fork() as tree:
        tree.run(Job(command=("python", "src/hostile.py"), timeout=60))
        packages = base.surroundings.root / ".venv/site-packages"
        assert [path.name for path in packages.iterdir()] == ["kept.py"]
    own = [Path(folder) / name for folder in sys.path if folder for name in NAMES]
    assert not [path for path in own if path.is_file() and "dropped" in path.read_text("utf-8", "replace")]


def test_a_measured_run_leaves_nothing_for_the_next_round(base):
    with base.fork() as tree:
        tree.run(Job(command=("python", "src/hostile.py"), timeout=60, frozen=True))
        assert met(tree) == ["1", "."]


def test_a_module_that_is_looked_at_leaves_nothing_for_the_tests(base):
    with base.fork() as tree:
        inspect_modules(tree, PYTHON, {"hostile": "src/hostile.py"}, ("src",))
        assert met(tree) == ["1", "."]
