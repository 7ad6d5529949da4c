import dataclasses

import pytest
from perfsmith.optimizer.core.errors import UsageError
from perfsmith.optimizer.core.goal import Budget
from perfsmith.optimizer.settings import PERSONAL_KEYS, PROJECT_KEYS, Settings, load


def loaded(tmp_path, *, options=None, environ=None, project="", user=""):
    project_file, user_file = tmp_path / "pyproject.toml", tmp_path / "config.toml"
    project_file.write_text(project)
    user_file.write_text(user)
    return load(options or {}, environ or {}, project=project_file, user=user_file)


def refused(tmp_path, **layers):
    with pytest.raises(UsageError) as caught:
        loaded(tmp_path, **layers)
    assert caught.value.hint
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_nothing_given_is_built_in(tmp_path):
    found = load({}, {}, project=None, user=tmp_path / "absent.toml")
    assert found.settings == Settings()
    assert found.origins == {}
    assert found.warnings == ()


def test_what_a_project_may_set_is_a_short_list():
    assert PROJECT_KEYS & {"model", "api-base", "api-key", "budget", "sandbox", "trust", "offline", "yes"} == set()
    assert PROJECT_KEYS.isdisjoint(PERSONAL_KEYS)


@pytest.mark.parametrize("key", sorted((PROJECT_KEYS | PERSONAL_KEYS) - {"workloads"}))
def test_every_key_sets_a_field_of_its_own(tmp_path, key):
    field = {"workload": "workloads"}.get(key, key.replace("-", "_").replace(".", "_"))
    for value in ("7", "7%", "true", "allow", "landlock", "12cand"):
        try:
            got = loaded(tmp_path, options={key: value}).settings
        except UsageError:
            continue
        if got != Settings():
            changed = {name.name for name in dataclasses.fields(got) if getattr(got, name.name) != name.default}
            assert changed == {field}
            return
    pytest.fail("no value changed anything")


def test_precedence_is_option_environment_project_user(tmp_path):
    layers = {
        "options": {"candidates": 1},
        "environ": {"PERFSMITH_CANDIDATES": "2", "PERFSMITH_HOTSPOTS": "2"},
        "project": "[tool.perfsmith]\ncandidates = 3\nhotspots = 3\ncache = 'forbid'\n",
        "user": "candidates = 4\nhotspots = 4\ncache = 'allow'\nparallel = 'allow'\n",
    }
    found = loaded(tmp_path, **layers)
    got = found.settings
    assert (got.candidates, got.hotspots, got.cache, got.parallel) == (1, 2, "forbid", "allow")
    assert found.origins == {
        "candidates": "option",
        "hotspots": "environment",
        "cache": "project",
        "parallel": "user",
    }


def test_an_option_that_is_none_was_not_given(tmp_path):
    found = loaded(tmp_path, options={"python": None, "trust": None}, project="[tool.perfsmith]\npython = '.venv'\n")
    assert found.settings.python == ".venv"


def test_the_whole_table_of_the_documentation(tmp_path):
    got = loaded(
        tmp_path,
        project="""
[tool.perfsmith]
tests = "python -m pytest -q"
workload = "python bench.py"
python = ".venv"
source = ["src/pkg"]
exclude = ["**/_vendor/**"]
min-gain = "1%"
candidates = 6
cache = "ask"
[tool.perfsmith.check]
threshold = "7%"
""",
    )
    assert got.warnings == ()
    assert got.settings == Settings(
        tests="python -m pytest -q",
        workloads=("python bench.py",),
        python=".venv",
        source=("src/pkg",),
        exclude=("**/_vendor/**",),
        check_threshold=0.07,
    )


@pytest.mark.parametrize("key", ["model", "api-base", "api-key", "budget", "sandbox", "trust", "offline"])
def test_a_project_cannot_set_what_is_personal(tmp_path, key):
    found = loaded(tmp_path, project=f"[tool.perfsmith]\n{key} = 'evil'\n")
    assert found.settings == Settings()
    [warning] = found.warnings
    assert key in warning
    assert "ignored" in warning
    assert "pyproject.toml" in warning


def test_a_user_can_set_what_is_personal(tmp_path):
    text = "model = 'ollama/x'\nbudget = '10m,2usd'\nsandbox = 'bubblewrap'\noffline = true\napi-key = 'secret'\n"
    found = loaded(tmp_path, user=text)
    got = found.settings
    assert found.warnings == ()
    assert (got.model, got.sandbox, got.offline) == ("ollama/x", "bubblewrap", True)
    assert got.budget == Budget(seconds=600, usd=2)
    assert got.api_key == "secret"
    assert "secret" not in repr(found)


def test_unknown_keys_warn_with_the_near_one(tmp_path):
    found = loaded(tmp_path, project="[tool.perfsmith]\nmin_gain = '3%'\n", user="zzz = 1\n[other]\nx = 1\n")
    assert found.settings.min_gain == 0.01
    near, far, table = found.warnings
    assert "min_gain" in near
    assert "did you mean min-gain?" in near
    assert "config.toml: other.x" in far
    assert "zzz" in table
    assert "known: " in table


def test_unknown_variables_warn(tmp_path):
    found = loaded(tmp_path, environ={"PERFSMITH_MODLE": "x", "PERFSMITH_MODEL": "rules", "PERFSMITH_TRUST": ""})
    assert found.settings.model == "rules"
    assert not found.settings.trust
    assert found.warnings == ("PERFSMITH_MODLE is not a known variable; did you mean PERFSMITH_MODEL?",)


def test_lists_in_variables_stand_one_a_line(tmp_path):
    got = loaded(tmp_path, environ={"PERFSMITH_WORKLOADS": "python a.py\npython b.py", "PERFSMITH_SOURCE": "src"})
    assert got.settings.workloads == ("python a.py", "python b.py")
    assert got.settings.source == ("src",)


def test_flags_in_variables(tmp_path):
    assert loaded(tmp_path, environ={"PERFSMITH_PLAIN": "Yes"}).settings.plain
    assert not loaded(tmp_path, environ={"PERFSMITH_PLAIN": "0"}, user="plain = true").settings.plain


def test_an_empty_test_command_means_no_tests(tmp_path):
    assert loaded(tmp_path, options={"tests": ""}).settings.tests == ""
    assert loaded(tmp_path).settings.tests is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("candidates = 0", "from 1 on"),
        ("candidates = true", "whole number"),
        ("candidates = 'six'", "whole number"),
        ("min-gain = 5", "percent sign"),
        ("min-gain = '5 apples'", "percentage"),
        ("cache = 'always'", "forbid, ask or allow"),
        ("source = 3", "list of texts"),
        ("source = ['src', 3]", "a text"),
        ("source = ['']", "no empty text"),
        ("tests = ['python', '-m', 'pytest']", "a text"),
    ],
)
def test_wrong_values_name_file_key_and_expectation(tmp_path, line, expected):
    message = refused(tmp_path, project=f"[tool.perfsmith]\n{line}\n")
    assert str(tmp_path / "pyproject.toml") in message
    assert line.partition(" ")[0] in message
    assert expected in message


def test_wrong_options_and_variables_are_named_as_such(tmp_path):
    assert "option --budget" in refused(tmp_path, options={"budget": "a lot"})
    assert "PERFSMITH_SANDBOX" in refused(tmp_path, environ={"PERFSMITH_SANDBOX": "castle"})
    assert "--check-threshold" in refused(tmp_path, options={"check.threshold": "x"})
    assert "unknown option --modle" in refused(tmp_path, options={"modle": "x"})


def test_a_wrong_value_that_is_overruled_does_not_matter(tmp_path):
    assert loaded(tmp_path, options={"candidates": 2}, user="candidates = 'x'").settings.candidates == 2


def test_workload_and_workloads_together_are_refused(tmp_path):
    assert "both workload and workloads" in refused(
        tmp_path, project="[tool.perfsmith]\nworkload = 'a'\nworkloads = ['b']\n"
    )


def test_a_broken_file_is_named(tmp_path):
    message = refused(tmp_path, project="[tool.perfsmith\n")
    assert "pyproject.toml" in message
    assert "line 1" in message


def test_a_byte_order_mark_is_no_obstacle(tmp_path):
    path = tmp_path / "pyproject.toml"
    path.write_bytes(b"\xef\xbb\xbf[tool.perfsmith]\ncandidates = 2\n")
    assert load({}, {}, project=path, user=None).settings.candidates == 2
