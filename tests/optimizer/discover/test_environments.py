import base64
import hashlib
from pathlib import Path

import pytest
from perfsmith.optimizer.discover.environments import conventional, on_path, pyenv


def tag(folder):
    return base64.urlsafe_b64encode(hashlib.sha256(str(folder.resolve()).encode()).digest()).decode()[:8]


def places(root, home, **environ):
    return [(str(place.path), place.how) for place in conventional(root, {"HOME": str(home)} | environ)]


def first(root, home, **environ):
    return places(root, home, **environ)[0]


def test_nothing_is_invented(root, tmp_path):
    (root / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert places(root, tmp_path) == []


def test_the_hash_is_the_one_that_poetry_and_hatch_really_use(tmp_path, environment):
    # poetry 2 and hatch 1 made "my-proj-ysAjrIF2-py3.11" and "my-proj/ysAjrIF2/my-proj" for this folder
    env = environment(tmp_path / ".local/share/hatch/env/virtual/my-proj/ysAjrIF2/my-proj")
    assert first(Path("/tmp/toolrepo/My Proj"), tmp_path)[0] == str(env)


@pytest.mark.parametrize(
    "text",
    ["[project]\nname = 'My $Proj'\n[tool.poetry]\npackage-mode = false\n", "[tool.poetry]\nname = 'My $Proj'\n"],
)
def test_poetry_s_cache(root, tmp_path, environment, text):
    (root / "pyproject.toml").write_text(text)
    cache = tmp_path / ".cache" / "pypoetry" / "virtualenvs"
    environment(cache / f"my__proj-{tag(root)}-py3.9")
    newest = environment(cache / f"my__proj-{tag(root)}-py3.12")
    environment(cache / "my__proj-AAAAAAAA-py3.13")
    assert first(root, tmp_path)[0] == str(newest)
    assert len(places(root, tmp_path)) == 2
    moved = environment(tmp_path / "moved" / f"my__proj-{tag(root)}-py3.11")
    assert first(root, tmp_path, POETRY_VIRTUALENVS_PATH=str(moved.parent))[0] == str(moved)


def test_a_project_that_is_not_poetry_s_has_no_poetry_environment(root, tmp_path, environment):
    (root / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    environment(tmp_path / ".cache" / "pypoetry" / "virtualenvs" / f"x-{tag(root)}-py3.12")
    assert places(root, tmp_path) == []


def test_hatch_s_test_environment_comes_first(root, tmp_path, environment):
    home = tmp_path / ".local" / "share" / "hatch" / "env" / "virtual" / "x"
    environment(home / tag(root) / "x")
    tests = environment(home / tag(root) / "hatch-test.py3.12")
    environment(home / "AAAAAAAA" / "x")
    assert first(root, tmp_path)[0] == str(tests)
    assert len(places(root, tmp_path)) == 2


def test_pipenv_says_which_project_an_environment_is_for(root, tmp_path, environment):
    (root / "Pipfile").touch()
    environment(tmp_path / ".local" / "share" / "virtualenvs" / "other-1").joinpath(".project").write_text("/other")
    ours = environment(tmp_path / ".local" / "share" / "virtualenvs" / "repo-2")
    (ours / ".project").write_text(str(root))
    assert places(root, tmp_path) == [(str(ours), "pipenv's environment of the project")]


def test_the_file_dot_venv_names_an_environment(root, tmp_path, environment):
    env = environment(tmp_path / ".virtualenvs" / "dev")
    (root / ".venv").write_text("dev\n")
    assert first(root, tmp_path) == (str(env), "named by the file .venv")
    (root / ".venv").write_text(str(env))
    assert first(root, tmp_path)[0] == str(env)


def test_uv_s_variable_comes_before_dot_venv(root, tmp_path, environment):
    (root / "pyproject.toml").touch()
    environment(root / ".venv")
    env = environment(root / "ci-env")
    assert first(root, tmp_path, UV_PROJECT_ENVIRONMENT="ci-env") == (str(env), "UV_PROJECT_ENVIRONMENT")


def test_pdm_names_its_interpreter(root, tmp_path, environment):
    env = environment(tmp_path / "pdm")
    (root / ".pdm-python").write_text(f"{env}/bin/python\n")
    assert first(root, tmp_path) == (f"{env}/bin/python", "named by .pdm-python")


def test_pixi_and_local_conda(root, tmp_path):
    (root / ".pixi" / "envs" / "default").mkdir(parents=True)
    (root / "envs" / "dev" / "conda-meta").mkdir(parents=True)
    (root / "env").mkdir()
    assert [path.removeprefix(str(root)) for path, _ in places(root, tmp_path)] == ["/.pixi/envs/default", "/envs/dev"]


def test_a_conda_environment_by_the_name_in_environment_yml(root, tmp_path):
    (root / "environment.yml").write_text("channels: [conda-forge]\nname: science\n")
    (tmp_path / "miniforge3" / "envs" / "science").mkdir(parents=True)
    assert first(root, tmp_path) == (
        str(tmp_path / "miniforge3" / "envs" / "science"),
        "conda environment of environment.yml",
    )


def test_tox_and_nox_the_newest_working_python_first(root, tmp_path, environment):
    for name in ("py39", "py310", "lint"):
        environment(root / ".tox" / name)
    environment(root / ".tox" / "py313", dangling=True)
    environment(root / ".nox" / "tests-3-12")
    shown = [path.removeprefix(str(root)) for path, _ in places(root, tmp_path)]
    assert shown == ["/.tox/py310", "/.tox/py39", "/.nox/tests-3-12"]


def test_pyenv_takes_the_newest_that_fits(root, tmp_path):
    (root / ".python-version").write_text("3.12\n")
    for version in ("3.12.9", "3.12.10", "3.11.1", "3.120.1"):
        (tmp_path / ".pyenv" / "versions" / version).mkdir(parents=True)
    found = [place.path.name for place in pyenv(root, {"HOME": str(tmp_path)})]
    assert found == ["3.12.10", "3.12.9"]


def test_path_is_searched_in_order_python3_before_python(tmp_path):
    for name in ("b/python", "a/python3", "b/python3"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch(mode=0o755)
    (tmp_path / "a" / "python").touch(mode=0o644)
    found = [place.path.relative_to(tmp_path).as_posix() for place in on_path({"PATH": f"{tmp_path}/a:{tmp_path}/b"})]
    assert found == ["a/python3", "b/python3", "b/python"]
