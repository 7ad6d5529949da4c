import os
import sys
from pathlib import Path

import pytest
from perfsmith.optimizer.core.errors import TargetError, UsageError
from perfsmith.optimizer.discover.interpreter import Python, find_python


def guessed(found, root):
    return found.value.path.relative_to(root).as_posix(), found.guess.how


def executable(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def on_path(*folders):
    return {"PATH": os.pathsep.join(str(folder) for folder in folders), "HOME": "/nonexistent"}


def test_option_may_be_a_file_a_folder_or_a_name(root, environment, ask, tmp_path):
    env = environment(tmp_path / "elsewhere")
    for option in (str(env), str(env / "bin" / "python")):
        found = find_python(option, "ignored", root, {}, ask)
        assert found.value.path == env / "bin" / "python"
        assert found.guess.option == "--python"
        assert found.guess.how == "set by --python"
    named = executable(tmp_path / "bin" / "python3.9")
    assert find_python("python3.9", None, root, on_path(named.parent), ask).value.path == named


def test_option_and_configuration_are_taken_from_the_project_s_folder(root, environment, ask):
    env = environment(root / "envs" / "dev")
    assert find_python("envs/dev", None, root, {}, ask).value.path == env / "bin" / "python"
    found = find_python(None, "envs/dev", root, {}, ask)
    assert found.value.path == env / "bin" / "python"
    assert found.guess.value == "envs/dev (3.12.4)"
    assert "[tool.perfsmith] python" in found.guess.how


def test_a_told_place_may_go_up(root, environment, ask, tmp_path, monkeypatch):
    env = environment(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "deep").mkdir()
    monkeypatch.chdir(root)
    up = os.path.relpath(env, root)
    assert up.startswith("..")
    for option in (up, f"{up}/bin/python", f"{up}/deep/.."):
        assert find_python(option, None, root, {}, ask).value.path == env / "bin" / "python", option


@pytest.mark.parametrize(("option", "config"), [("missing", None), (None, "missing")])
def test_a_told_interpreter_that_is_not_there_is_a_usage_error(root, ask, option, config):
    with pytest.raises(UsageError) as caught:
        find_python(option, config, root, {}, ask)
    assert caught.value.code == "python_not_found"
    assert "--python" in caught.value.hint


def test_the_symlink_of_an_environment_is_kept(root, environment, ask):
    environment(root / ".venv")
    found = find_python(None, None, root, {}, ask)
    assert found.value.path == root / ".venv" / "bin" / "python"
    assert found.guess.value == ".venv (3.12.4)"


def test_uv_and_poetry_projects_are_called_so(root, environment, ask):
    environment(root / ".venv")
    (root / "pyproject.toml").write_text("[tool.poetry]\nname = 'x'\n")
    assert find_python(None, None, root, {}, ask).guess.how == "poetry project"
    (root / "uv.lock").touch()
    assert find_python(None, None, root, {}, ask).guess.how == "uv project"


def test_an_active_environment_in_the_repository_wins(root, environment, ask):
    environment(root / ".venv")
    other = environment(root / "other")
    found = find_python(None, None, root, {"VIRTUAL_ENV": str(other)}, ask)
    assert guessed(found, root) == ("other/bin/python", "active environment")


def test_an_active_environment_elsewhere_loses_to_the_project_s_own(root, environment, ask, tmp_path):
    active = {"VIRTUAL_ENV": str(environment(tmp_path / "active"))}
    assert find_python(None, None, root, active, ask).value.path.is_relative_to(tmp_path / "active")
    environment(root / ".venv")
    assert find_python(None, None, root, active, ask).value.path.is_relative_to(root)


def test_an_active_conda_environment(root, environment, ask, tmp_path):
    env = environment(tmp_path / "conda" / "envs" / "x")
    found = find_python(None, None, root, {"CONDA_PREFIX": str(env)}, ask)
    assert found.guess.how == "active conda environment"


def test_a_broken_environment_is_an_error_with_a_way_out(root, environment, ask):
    environment(root / ".venv", dangling=True)
    with pytest.raises(TargetError) as caught:
        find_python(None, None, root, on_path(Path(sys.executable).parent), ask)
    assert caught.value.code == "broken_interpreter"
    assert ".venv is broken" in str(caught.value)
    assert "points nowhere" in str(caught.value)
    assert "create .venv again" in caught.value.hint


def test_an_empty_environment_folder_is_broken_too(root, ask):
    (root / ".venv").mkdir()
    with pytest.raises(TargetError, match="is missing"):
        find_python(None, None, root, {}, ask)


def test_what_does_not_start_is_broken(root, environment):
    environment(root / ".venv")
    with pytest.raises(TargetError, match="does not start as a Python"):
        find_python(None, None, root, {}, lambda path: None)


def test_python_two_is_too_old(root, environment, tmp_path):
    class Old:
        version, executable, prefix, path = "2.7.18", "/x", "/", ()

    with pytest.raises(UsageError) as caught:
        find_python(str(environment(tmp_path / "two")), None, root, {}, lambda path: Old())
    assert caught.value.code == "python_too_old"


def test_a_tracked_folder_called_venv_is_no_environment(root, ask, tmp_path):
    (root / "venv").mkdir()
    system = executable(tmp_path / "bin" / "python3")
    assert find_python(None, None, root, on_path(system.parent), ask).value.path == system


def test_python_on_path_is_the_last_resort_and_shims_are_seen_through(root, tmp_path, ask):
    shim = executable(tmp_path / "shims" / "python3")
    real = executable(tmp_path / "real" / "bin" / "python3")

    def through(path):
        return ask(real)

    found = find_python(None, None, root, on_path(shim.parent), through)
    assert found.value.path == real
    assert found.guess.how == "python3 on PATH"


def test_our_own_interpreter_on_path_is_passed_over(root, tmp_path, ask):
    ours = executable(tmp_path / "ours" / "bin" / "python3")
    system = executable(tmp_path / "system" / "bin" / "python3")
    environ = on_path(ours.parent, system.parent)
    assert find_python(None, None, root, environ, ask, own=tmp_path / "ours").value.path == system


def test_our_own_interpreter_is_taken_aloud_when_there_is_nothing_else(root, tmp_path, ask):
    ours = executable(tmp_path / "ours" / "bin" / "python3")
    found = find_python(None, None, root, on_path(ours.parent), ask, own=tmp_path / "ours")
    assert found.value.path == ours
    assert "perfsmith's own" in found.guess.how


def test_our_own_environment_is_taken_when_it_is_active(root, tmp_path, environment, ask):
    ours = environment(tmp_path / "ours")
    system = executable(tmp_path / "system" / "bin" / "python3")
    environ = on_path(system.parent) | {"VIRTUAL_ENV": str(ours)}
    found = find_python(None, None, root, environ, ask, own=ours)
    assert found.value.path.is_relative_to(ours)
    assert "perfsmith's own" in found.guess.how


def test_no_python_at_all(root, ask):
    with pytest.raises(TargetError) as caught:
        find_python(None, None, root, {"PATH": ""}, ask)
    assert caught.value.code == "no_python"


def test_a_stale_active_environment_is_passed_over(root, tmp_path, ask):
    system = executable(tmp_path / "bin" / "python3")
    environ = on_path(system.parent) | {"VIRTUAL_ENV": str(tmp_path / "deleted")}
    assert find_python(None, None, root, environ, ask).value.path == system


def test_a_member_of_a_monorepo_has_its_own_or_the_workspace_s(root, environment, ask):
    (root / "packages" / "a").mkdir(parents=True)
    environment(root / ".venv")
    found = find_python(None, None, root, {}, ask, project="packages/a")
    assert found.value.path == root / ".venv" / "bin" / "python"
    environment(root / "packages" / "a" / ".venv")
    found = find_python(None, None, root, {}, ask, project="packages/a")
    assert found.value.path == root / "packages" / "a" / ".venv" / "bin" / "python"


class Facts:
    version, executable, prefix = "3.12.0", "/x", "/x"

    def __init__(self, *path):
        self.path = tuple(str(folder) for folder in path)


def test_where_a_module_comes_from(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
    (second / "one").mkdir()
    (second / "two.py").touch()
    (first / "three.cpython-312-x86_64-linux-gnu.so").touch()
    (first / "__editable___four_1_0_finder.py").write_text(
        f"MAPPING: dict[str, str] = {{'four': '{tmp_path}/src/four'}}\n"
    )
    python = Python(path=Path("/x"), facts=Facts(first, second, tmp_path / "python312.zip"))
    assert python.home_of("one") == second / "one"
    assert python.home_of("two") == second / "two.py"
    assert python.home_of("three") == first / "three.cpython-312-x86_64-linux-gnu.so"
    assert python.home_of("four") == tmp_path / "src" / "four"
    assert python.home_of("five") is None
