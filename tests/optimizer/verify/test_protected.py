"""What nothing exercises, or what runs from somewhere else, is unverifiable: real trees, real interpreters."""

import subprocess
import sys
from pathlib import Path

import pytest
from perfsmith.optimizer.core.goal import Goal
from perfsmith.optimizer.core.values import Suite, Workload
from perfsmith.optimizer.core.verdicts import Failed, Passed
from perfsmith.optimizer.verify.exercised import Exercise
from perfsmith.optimizer.verify.protected import Protected

MODULE = "def tested(x):\n    return x + 1\n\n\ndef benched(x):\n    return x + 2\n\n\ndef idle(x):\n    return x + 3\n"
FILES = {
    "src/pkg/__init__.py": "",
    "src/pkg/mod.py": MODULE,
    "tests/test_mod.py": "from pkg.mod import tested\ndef test_it(): assert tested(1) == 2\n",
    "bench.py": "import sys; sys.path.insert(0, 'src')\nfrom pkg.mod import benched\nprint(benched(1))\n",
}
BENCH = Workload(name="bench", command="python bench.py", timeout=30)
PYTEST = Suite(command="PYTHONPATH=src python -m pytest -q -p no:cacheprovider", pytest=True, timeout=60)
UNITTEST = Suite(command="PYTHONPATH=src python -c 'import tests.test_mod as t; t.test_it()'", pytest=False, timeout=60)


def goal(suite=PYTEST, *workloads):
    return Goal(workloads=workloads or (BENCH,), suite=suite)


@pytest.fixture(scope="module")
def base(tmp_path_factory, new_repository, base_in):
    folder = tmp_path_factory.mktemp("protected")
    return base_in(folder / "state", new_repository(folder / "repo", FILES))


def changed(candidate, base, *numbers):
    source = base.read("src/pkg/mod.py").decode()
    for number in numbers:
        source = source.replace(f"x + {number}", f"{number} + x")
    return candidate(base, {"src/pkg/mod.py": source})


def rung(asked):
    return Protected(exercise=Exercise(goal=asked, record=lambda _: None))


def test_what_tests_reach_is_protected(base, climb, candidate):
    asked = goal()
    outcome = climb(rung(asked), changed(candidate, base, 1), base, asked)
    assert isinstance(outcome, Passed)
    assert (outcome.note, outcome.warnings) == ("1 tests reach the change", ())


def test_what_only_the_workload_reaches_is_said_to_be(base, climb, candidate):
    asked = goal()
    outcome = climb(rung(asked), changed(candidate, base, 2), base, asked)
    assert isinstance(outcome, Passed)
    assert outcome.note == "the workload reaches the change, no test does"
    assert len(outcome.warnings) == 1
    without = goal(None)
    assert climb(rung(without), changed(candidate, base, 2), base, without).warnings == ()


@pytest.mark.parametrize("numbers", [(3,), (1, 3), (2, 3)])
def test_what_nothing_reaches_is_unverifiable(base, climb, candidate, numbers):
    asked = goal()
    outcome = climb(rung(asked), changed(candidate, base, *numbers), base, asked)
    assert isinstance(outcome, Failed)
    assert (outcome.check, outcome.reason) == ("protected", "unverifiable")
    assert "src/pkg/mod.py::idle" in outcome.message
    assert "tested" not in outcome.message


def test_a_suite_that_is_not_pytests_counts_too(base, climb, candidate):
    asked = goal(UNITTEST)
    outcome = climb(rung(asked), changed(candidate, base, 1), base, asked)
    assert isinstance(outcome, Passed)
    assert outcome.note == "the suite reaches the change"


def test_a_question_is_asked_once_for_each_base_and_unit(base, climb, candidate):
    asked = goal()
    told = []
    exercise = Exercise(goal=asked, record=told.append)
    climb(Protected(exercise=exercise), changed(candidate, base, 1), base, asked)
    climb(
        Protected(exercise=exercise),
        candidate(base, {"src/pkg/mod.py": MODULE.replace("x + 1", "x - -1")}),
        base,
        asked,
    )
    assert len(told) == 1
    climb(Protected(exercise=exercise), changed(candidate, base, 2), base, asked)
    assert len(told) == 2


def test_children_of_the_workload_count(base, climb, candidate):
    asked = goal(
        None,
        Workload(name="w", command="python -c \"import subprocess as s; s.run(['python', 'bench.py'])\"", timeout=30),
    )
    assert isinstance(climb(rung(asked), changed(candidate, base, 2), base, asked), Passed)


OURS = Path(next(path for path in sys.path if path.endswith("site-packages")))


def environment(folder, root):
    """A virtual environment in which the package is installed: as a link to the checkout, or as a copy."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    site = next(folder.glob("lib/python*/site-packages"))
    (site / "ours.pth").write_text(f"{OURS}\n")
    return folder / "bin" / "python", site


@pytest.fixture
def installed(repository, tmp_path):
    """A repository whose tests import whatever is installed; only the workload takes the checkout's own."""
    repo = repository(FILES)
    python, site = environment(tmp_path / "venv", repo.root)
    return repo, python, site


SUITE = Suite(command="python -m pytest -q -p no:cacheprovider", pytest=True, timeout=60)


def test_tests_that_import_an_installed_copy_prove_nothing(installed, base_of, walls, climb, candidate):
    repo, python, site = installed
    (site / "pkg").mkdir()
    for name in ("__init__.py", "mod.py"):
        (site / "pkg" / name).write_bytes((repo.root / "src/pkg" / name).read_bytes())
    base = base_of(repo, walls, python=python, paths=(OURS,))
    asked = goal(SUITE)
    one = climb(rung(asked), changed(candidate, base, 1), base, asked)
    assert one.reason == "unverifiable"
    two = climb(rung(asked), changed(candidate, base, 2), base, asked)
    assert two.reason == "unverifiable"
    assert "they import the copy in" in two.message
    assert "site-packages" in two.message


FINDER = """
import importlib.machinery, importlib.util, os, sys

class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        place = os.path.join({src!r}, *name.split("."))
        if name.split(".")[0] != "pkg":
            return None
        if os.path.isdir(place):
            init = os.path.join(place, "__init__.py")
            return importlib.util.spec_from_file_location(name, init, submodule_search_locations=[place])
        return importlib.util.spec_from_file_location(name, place + ".py")

sys.meta_path.{how}
"""
LAST, FIRST = "append(Finder)", "insert(0, Finder)"
BACK_ENDS = {
    "hatchling": ({"_pkg.pth": "{src}\n"}, False),
    "setuptools": (
        {"__editable__.pkg-1.pth": "import __editable___pkg_finder\n", "__editable___pkg_finder.py": LAST},
        False,
    ),
    "meson-python": ({"pkg-editable.pth": "import _pkg_editable_loader\n", "_pkg_editable_loader.py": FIRST}, True),
    "scikit-build-core": ({"_pkg_editable.pth": "import _pkg_editable\n", "_pkg_editable.py": FIRST}, True),
}
"""Files that an editable install leaves beside installed packages, and whether its loader comes before `PYTHONPATH`."""


@pytest.mark.parametrize("back_end", BACK_ENDS)
def test_an_editable_install_is_covered_where_the_walls_can_and_else_found_out(
    installed, base_of, walls, climb, candidate, back_end
):
    """Loaders in the manner of each build back end; a faster copy that is not the one that ran proves nothing."""
    repo, python, site = installed
    files, first = BACK_ENDS[back_end]
    for name, text in files.items():
        how = text if name.endswith(".py") else ""
        (site / name).write_text((FINDER if how else text).format(src=str(repo.root / "src"), how=how))
    base = base_of(repo, walls, python=python, paths=(OURS,))
    change = changed(candidate, base, 1)
    outcome = climb(rung(goal(SUITE)), change, base, goal(SUITE))
    told = climb(rung(goal(PYTEST)), change, base, goal(PYTEST))
    if walls.moves:
        assert isinstance(outcome, Passed)
        assert outcome.note == told.note == "1 tests reach the change"
    else:
        assert outcome.reason == "unverifiable"
        assert isinstance(told, Failed if first else Passed)
    assert (repo.root / "src/pkg/mod.py").read_text() == MODULE
