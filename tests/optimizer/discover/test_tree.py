import pytest
from perfsmith.optimizer.discover.tree import find_project, table_at, texts_at


def test_paths_are_from_the_project_s_folder_and_reading_from_the_root(tree):
    project = tree({"packages/a/x.py": "A = 1\n", "packages/ab/y.py": "", "z.py": ""}, "packages/a")
    assert project.files == {"x.py"}
    assert project.text("x.py") == "A = 1\n"
    assert project.rooted("x.py") == "packages/a/x.py"
    assert project.text("z.py") == ""


def test_configuration_that_is_broken_or_missing_is_empty(tree):
    broken = tree({"pyproject.toml": "[project\n", "setup.cfg": "no section\n"})
    assert broken.toml() == {}
    assert broken.ini("setup.cfg").sections() == []
    assert tree({}).toml() == {}


def test_values_of_another_type_are_passed_over():
    table = {"tool": {"a": ["x", 1, "y"], "b": "z", "c": 3}}
    assert texts_at(table, "tool", "a") == ("x", "y")
    assert texts_at(table, "tool", "b") == ("z",)
    assert texts_at(table, "tool", "c") == texts_at(table, "nothing", "here") == ()
    assert table_at(table, "tool", "b") == {}


ROOT = ("pyproject.toml", "pkg/mod.py", "tests/test_mod.py")
MONO = ("a/pyproject.toml", "a/src/one/mod.py", "b/setup.py", "b/two.py", "README.md")
WORKSPACE = ("pyproject.toml", *MONO)


@pytest.mark.parametrize(
    ("files", "targets", "folder"),
    [
        (ROOT, (), ""),
        (ROOT, ("pkg/mod.py::f",), ""),
        (("a.py",), (), ""),
        (("code/setup.cfg", "code/x.py", "doc/y.md"), (), "code"),
        (MONO, (), ""),
        (MONO, ("a/src/one/mod.py:12",), "a"),
        (MONO, ("two:function",), "b"),
        (MONO, ("one.mod:Class.method",), "a"),
        (MONO, ("one.mod:f", "b/two.py::g"), ""),
        (MONO, ("unknown:f",), ""),
        (WORKSPACE, (), ""),
        (WORKSPACE, ("b/two.py::f",), "b"),
    ],
)
def test_the_project_is_the_nearest_above_the_target(files, targets, folder):
    found = find_project(files, targets)
    assert found.value == folder
    assert found.guess.option == "TARGET"


def test_several_projects_and_no_target_is_said():
    assert "2 projects here" in find_project(MONO).guess.how
