"""The parser and its grammar are two packages that have to fit each other: asked at the start of every command."""

import json

import pytest
from perfsmith.cli import run
from perfsmith.optimizer.core.errors import PerfsmithError
from perfsmith.optimizer.languages import python
from perfsmith.optimizer.languages.python import check_parser


@pytest.fixture(autouse=True)
def afresh():
    caches = (check_parser, python.units, python._parser)
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()


def another_abi():
    raise ValueError("Incompatible Language version 99. Must be between 13 and 15")


class Blind:
    """A grammar whose names are others."""

    def parse(self, source):
        return python.Parser(python.Language(python.tree_sitter_python.language())).parse(b"")


def test_what_is_installed_fits():
    check_parser()


@pytest.mark.parametrize(
    ("parser", "said"), [(another_abi, "Incompatible Language version 99"), (Blind, "no function")]
)
def test_what_does_not_fit_is_said_with_what_to_do(monkeypatch, parser, said):
    monkeypatch.setattr(python, "_parser", parser)
    with pytest.raises(PerfsmithError, match=said) as caught:
        check_parser()
    assert caught.value.code == "parser_unusable"
    assert "pip install" in caught.value.hint


def test_no_command_begins_without_it(monkeypatch, capsys, repository, tmp_path):
    monkeypatch.setattr(python, "_parser", another_abi)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(repository({"a.py": "a = 1\n"}).root)
    assert run(["optimize", "--json"]) == 70
    said = json.loads(capsys.readouterr().out)
    assert said["code"] == "parser_unusable"
    assert "this is a bug" not in said["hint"]
