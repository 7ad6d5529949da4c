"""What the facts of a target depend on: nothing that may change an answer changes unseen, and a person may work on."""

import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from perfsmith.commands.kept import kept_facts, walled
from perfsmith.commands.target import Asked, open_target
from perfsmith.optimizer.sandbox.choice import Choice

FILES = {
    "src/words.py": "def f(x):\n    return x\n",
    ".gitignore": "data/\n*.so\n.pytest_cache/\n",
    "notes.txt": "one\n",
}


@pytest.fixture
def outside(tmp_path):
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "bench.py").write_text("import words\n")
    return folder


@pytest.fixture
def about(repository, outside, tmp_path, monkeypatch):
    """The surroundings as a run at this moment sees them."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    repo = repository(FILES)
    repo.write({"data/table.csv": "1,2\n", "_words.so": b"\x7fELF"})

    def seen(**more):
        options = {
            "python": sys.executable,
            "tests": "true",
            "workload": [f"python {outside / 'bench.py'}"],
            "sandbox": "process",
            "trust": True,
        }
        target = open_target(Asked(command="verify", repo=repo.root, options=options | more))
        return kept_facts(target, pytest.fail).about

    seen.repo = repo
    return seen


@pytest.mark.parametrize(
    ("where", "name"),
    [("repo", "data/table.csv"), ("repo", "_words.so"), ("outside", "bench.py"), ("outside", "beside.py")],
)
def test_what_git_does_not_carry_and_what_lies_outside_count(about, outside, where, name):
    first = about()
    assert about() == first
    place = (about.repo.root if where == "repo" else outside) / name
    place.write_text("another\n")
    assert about() != first


def test_so_do_variables_that_commands_inherit_and_how_a_tree_is_built(about, monkeypatch):
    first = about()
    assert about(build="make") != first
    monkeypatch.setenv("PERFSMITH_UNRELATED", "1")
    assert about() == first
    monkeypatch.setenv("LANG", "tlh_KX.UTF-8")
    assert about() != first


def test_packages_of_the_interpreter_count(about, tmp_path):
    """An environment of our own: installing something is another environment."""
    env = tmp_path / "env"
    (env / "bin").mkdir(parents=True)
    (env / "bin/python").symlink_to(Path(sys.executable).resolve())
    (env / "pyvenv.cfg").write_text(f"home = {Path(sys.executable).resolve().parent}\n")
    site = env / f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
    site.mkdir(parents=True)
    python = str(env / "bin/python")
    first = about(python=python)
    assert first != about()
    (site / "new.py").write_text("x = 1\n")
    assert about(python=python) != first


def test_work_that_goes_on_in_the_checkout_costs_nothing(about):
    first = about()
    repo = about.repo
    repo.write({"src/words.py": "def f(x):\n    return +x\n", "src/new.py": "x = 1\n", ".pytest_cache/v": "1"})
    repo.write({"src/__pycache__/words.cpython-311.pyc": b"x"})
    assert about() == first


def test_facts_that_the_targets_own_code_could_write_are_not_believed(about):
    options = {"python": sys.executable, "tests": "true", "workload": ["true"], "sandbox": "process", "trust": True}
    target = open_target(Asked(command="verify", repo=about.repo.root, options=options))
    assert not walled(target)
    moving = SimpleNamespace(promises=frozenset({"writes"}), level="bubblewrap")
    assert walled(replace(target, choice=Choice(walls=moving)))
