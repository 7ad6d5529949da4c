"""How the target's tests are run: told, or found in its configuration and files."""

import re
from pathlib import Path

from ..core.errors import TargetError
from ..core.values import Guess, Suite
from .commands import in_project, missing_imports, runs_pytest, with_imports
from .interpreter import Python
from .tree import Found, Tree, by_depth, parent, table_at

_OPTION = "--tests"
_TEST_FILE = re.compile(r"(?:.*/)?(?:test_[^/]*|[^/]*_test|tests)\.py")
_FOREIGN = re.compile(r"(^|/)(_?vendor(ed)?|third_party|node_modules|site-packages|\.[^/]+|docs?|examples?)/")
_UNITTEST = re.compile(r"^\s*(?:import unittest|from unittest import|from django\.test import)", re.MULTILINE)
_PYTEST = re.compile(r"^\s*(?:import pytest|from pytest import)|^def test\w*\(|^class Test\w*:", re.MULTILINE)
_SEEN = 40
"""Test files that are looked into; the way they are written shows early."""


def find_suite(option: str | None, config: str | None, tree: Tree, python: Python, root: Path) -> Found[Suite | None]:
    """How the tests are run, None if there are none (or the empty command was given).

    Order: the option, the project's configuration, pytest if it is configured, else what the test
    files are written for. Tests of unittest are run by pytest where the interpreter has it, for then
    each outcome is seen. Raises `TargetError` when pytest is needed and not installed.
    """
    for told, how in ((option, f"set by {_OPTION}"), (config, "set by [tool.perfsmith] tests")):
        if told is not None:
            return _found(told, how)
    configured = _pytest_configuration(tree)
    if configured:
        return _pytest(f"pytest, configured in {configured}", tree, python, root)
    files = test_files(tree)
    if "manage.py" in tree.files and _mentions("manage.py", "DJANGO_SETTINGS_MODULE", tree):
        return _found(in_project("python manage.py test", tree), "manage.py of Django")
    if not files:
        return _found("", "no test files found")
    if any(_PYTEST.search(tree.text(path)) for path in files[:_SEEN]):
        return _pytest(f"pytest tests in {_where(files)}", tree, python, root)
    if any(_UNITTEST.search(tree.text(path)) for path in files[:_SEEN]):
        return _unittest(files, tree, python, root)
    return _found("", f"{len(files)} files look like tests, but hold none")


def test_files(tree: Tree) -> tuple[str, ...]:
    """Files of the project's own that are called like tests, the shallowest first."""
    return by_depth(path for path in tree.files if _TEST_FILE.fullmatch(path) and not _FOREIGN.search(path))


def _pytest(how: str, tree: Tree, python: Python, root: Path) -> Found[Suite | None]:
    if python.home_of("pytest") is None:
        raise TargetError(
            f"the tests need pytest ({how}), which {python.path} does not have",
            code="pytest_missing",
            hint="install it in that environment, choose another with --python, or say how tests are run with --tests",
        )
    # `python -m pytest` puts the working directory on the path itself
    folders = () if _sets_path(tree) else tuple(folder for folder in missing_imports(tree, python, root) if folder)
    return _found(in_project(with_imports("python -m pytest -q", folders), tree), how)


def _unittest(files: tuple[str, ...], tree: Tree, python: Python, root: Path) -> Found[Suite | None]:
    where = _where(files)
    if python.home_of("pytest") is not None:
        return _pytest(f"unittest tests in {where}, run by pytest to see each outcome", tree, python, root)
    folders = tuple(folder for folder in missing_imports(tree, python, root) if folder)
    top = " -t ." if where != "." and f"{where}/__init__.py" in tree.files else ""
    pattern = " -p '*_test.py'" if all(path.endswith("_test.py") for path in files) else ""
    start = "" if where == "." else f" -s {where}{top}"
    command = with_imports(f"python -m unittest discover{start}{pattern}", folders)
    return _found(in_project(command, tree), f"unittest tests in {where}")


def _pytest_configuration(tree: Tree) -> str:
    """The file that configures pytest, in pytest's own order; empty for none."""
    for name in ("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini"):
        if name in tree.files:
            return name
    tool = table_at(tree.toml(), "tool")
    if "pytest" in tool:
        return "pyproject.toml"
    sections = (("tox.ini", "pytest"), ("setup.cfg", "tool:pytest"))
    return next((name for name, section in sections if tree.ini(name).has_section(section)), "")


def _sets_path(tree: Tree) -> bool:
    """pytest's own `pythonpath` setting makes the layout work."""
    if "pythonpath" in table_at(tree.toml(), "tool", "pytest", "ini_options"):
        return True
    files = (("pytest.ini", "pytest"), ("tox.ini", "pytest"), ("setup.cfg", "tool:pytest"))
    return any(tree.ini(name).has_option(section, "pythonpath") for name, section in files)


def _where(files: tuple[str, ...]) -> str:
    """The folder that holds the test files, `.` when they have none in common."""
    tops = {parent(path).partition("/")[0] for path in files}
    if len(tops) > 1:
        return "."
    common = parent(files[0])
    while not all(f"{parent(path)}/".startswith(f"{common}/") for path in files):
        common = parent(common)
    return common or "."


def _mentions(path: str, word: str, tree: Tree) -> bool:
    return word in tree.text(path)


def _found(command: str, how: str) -> Found[Suite | None]:
    suite = Suite(command=command, pytest=runs_pytest(command)) if command else None
    return Found(value=suite, guess=Guess(what="tests", value=command or "none", how=how, option=_OPTION))
