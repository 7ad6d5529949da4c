import pytest
from perfsmith.optimizer.core.errors import TargetError
from perfsmith.optimizer.discover.tests import find_suite

PLAIN = "def test_a():\n    assert True\n"
UNITTEST = "import unittest\n\nclass TestA(unittest.TestCase):\n    def test_a(self): pass\n"
OLD_UNITTEST = "import unittest\n\nclass ATest(unittest.TestCase):\n    def test_a(self): pass\n"


def suite(tree, python, root, files, *modules, folder=""):
    return find_suite(None, None, tree(files, folder), python(*modules), root)


def test_option_then_configuration_then_detection(tree, python, root):
    files = tree({"tests/test_a.py": PLAIN})
    told = find_suite("make test", "pytest -x", files, python("pytest"), root)
    assert (told.value.command, told.value.pytest, told.guess.how) == ("make test", False, "set by --tests")
    configured = find_suite(None, "pytest -x", files, python("pytest"), root)
    assert (configured.value.command, configured.value.pytest) == ("pytest -x", True)
    assert "[tool.perfsmith]" in configured.guess.how
    detected = find_suite(None, None, files, python("pytest"), root)
    assert (detected.value.command, detected.value.pytest) == ("python -m pytest -q", True)
    assert detected.guess.option == "--tests"


def test_an_empty_option_means_no_tests(tree, python, root):
    found = find_suite("", None, tree({"tests/test_a.py": PLAIN}), python(), root)
    assert found.value is None
    assert found.guess.value == "none"


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("pytest.ini", "[pytest]\n"),
        (".pytest.ini", ""),
        ("pyproject.toml", "[tool.pytest.ini_options]\naddopts = '-q'\n"),
        ("tox.ini", "[tox]\n[pytest]\n"),
        ("setup.cfg", "[tool:pytest]\n"),
    ],
)
def test_pytest_by_its_configuration(tree, python, root, file, text):
    found = suite(tree, python, root, {file: text, "checks/a.py": ""}, "pytest")
    assert found.value.command == "python -m pytest -q"
    assert file in found.guess.how


def test_configuration_of_others_is_no_sign_of_pytest(tree, python, root):
    files = {"tox.ini": "[tox]\n", "setup.cfg": "[metadata]\nname = x\n", "pyproject.toml": "[tool.ruff]\n"}
    found = suite(tree, python, root, files, "pytest")
    assert found.value is None
    assert "no test files" in found.guess.how


def test_pytest_that_is_not_installed_is_an_error_with_a_way_out(tree, python, root):
    with pytest.raises(TargetError) as caught:
        suite(tree, python, root, {"tests/test_a.py": PLAIN})
    assert caught.value.code == "pytest_missing"
    assert "--tests" in caught.value.hint
    assert "--python" in caught.value.hint


def test_unittest_by_pytest_where_it_is_installed(tree, python, root):
    found = suite(tree, python, root, {"tests/test_a.py": OLD_UNITTEST}, "pytest")
    assert found.value.pytest
    assert "unittest tests in tests, run by pytest" in found.guess.how


@pytest.mark.parametrize(
    ("files", "command"),
    [
        ({"tests/test_a.py": OLD_UNITTEST}, "python -m unittest discover -s tests"),
        (
            {"tests/test_a.py": OLD_UNITTEST, "tests/__init__.py": ""},
            "python -m unittest discover -s tests -t .",
        ),
        ({"test_a.py": OLD_UNITTEST}, "python -m unittest discover"),
        ({"tests/a_test.py": OLD_UNITTEST}, "python -m unittest discover -s tests -p '*_test.py'"),
        (
            {"pkg/tests/unit/test_a.py": OLD_UNITTEST, "pkg/tests/func/test_b.py": OLD_UNITTEST},
            "python -m unittest discover -s pkg/tests",
        ),
        (
            {"one/test_a.py": OLD_UNITTEST, "two/test_b.py": OLD_UNITTEST},
            "python -m unittest discover",
        ),
    ],
)
def test_unittest_alone(tree, python, root, files, command):
    found = suite(tree, python, root, files)
    assert found.value.command == command
    assert not found.value.pytest


def test_django_runs_its_own(tree, python, root):
    files = {"manage.py": "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'x')\n", "app/tests.py": UNITTEST}
    assert suite(tree, python, root, files).value.command == "python manage.py test"


def test_tests_of_others_do_not_count(tree, python, root):
    files = {"pkg/_vendor/x/test_a.py": PLAIN, "examples/test_b.py": PLAIN, ".hidden/test_c.py": PLAIN}
    assert suite(tree, python, root, files).value is None


def test_files_that_only_sound_like_tests(tree, python, root):
    found = suite(tree, python, root, {"test_data.py": "X = 1\n"}, "pytest")
    assert found.value is None
    assert "hold none" in found.guess.how


SRC = {"src/pkg/__init__.py": "", "tests/test_a.py": PLAIN}


def test_src_layout_that_is_not_installed_is_put_on_the_path(tree, python, root):
    found = suite(tree, python, root, SRC, "pytest")
    assert found.value.command == "env PYTHONPATH=src python -m pytest -q"
    assert found.value.pytest


def test_src_layout_installed_from_the_tree_needs_nothing(tree, python, root):
    found = suite(tree, python, root, SRC, "pytest", f"pkg={root}/src")
    assert found.value.command == "python -m pytest -q"


def test_a_copy_installed_elsewhere_is_not_what_is_tested(tree, python, root):
    assert suite(tree, python, root, SRC, "pytest", "pkg").value.command.startswith("env PYTHONPATH=src ")


def test_a_copy_in_the_environment_inside_the_tree_is_a_copy_too(tree, python, root):
    site = f"{root}/.venv/lib/python3.12/site-packages"
    assert suite(tree, python, root, SRC, "pytest", f"pkg={site}").value.command.startswith("env PYTHONPATH=src ")


def test_a_compiled_copy_is_left_in_place(tree, python, root, tmp_path):
    (tmp_path / "built" / "pkg").mkdir(parents=True)
    (tmp_path / "built" / "pkg" / "_core.cpython-312.so").touch()
    found = suite(tree, python, root, SRC, "pytest", f"pkg={tmp_path}/built")
    assert found.value.command == "python -m pytest -q"


def test_pytest_s_own_pythonpath_is_enough(tree, python, root):
    files = SRC | {"pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['src']\n"}
    assert suite(tree, python, root, files, "pytest").value.command == "python -m pytest -q"


def test_a_flat_layout_needs_nothing(tree, python, root):
    files = {"pkg/__init__.py": "", "tests/test_a.py": PLAIN}
    assert suite(tree, python, root, files, "pytest").value.command == "python -m pytest -q"


def test_a_member_of_a_monorepo_is_tested_in_its_folder(tree, python, root):
    files = {"a b/src/pkg/__init__.py": "", "a b/tests/test_a.py": PLAIN, "c/test_c.py": UNITTEST}
    found = suite(tree, python, root, files, "pytest", folder="a b")
    assert found.value.command == "cd 'a b' && env PYTHONPATH=src python -m pytest -q"
    assert found.value.pytest
