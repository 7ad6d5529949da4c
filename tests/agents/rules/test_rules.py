"""Every rule, held to its own example and to the case in which it is wrong."""

import ast
import importlib
from collections.abc import Iterator

import pytest
from perfsmith.agents.rules._rule import Rule, applied, sites
from perfsmith.optimizer.core import plugins
from perfsmith.optimizer.languages.python import units

NAMES = plugins.names("agents.rules")
RULES: list[Rule] = [plugins.load("agents.rules", name) for name in NAMES]
each = pytest.mark.parametrize("rule", RULES, ids=NAMES)


def rewrites(rule: Rule, source: str) -> Iterator[tuple[str, str]]:
    """Idea and new source of every proposal, unit by unit."""
    data = source.encode()
    for unit in units("example.py", data):
        for site in sites(data, unit)[:1]:
            for proposal in rule.rewrite(site):
                yield rule.idea(proposal), applied(data, proposal.splices).decode()


def outcome(source: str, call: str) -> tuple[str, str]:
    """What a call gives: its value, or the kind of exception."""
    names: dict[str, object] = {}
    exec(compile(source, "example.py", "exec"), names)
    try:
        return "value", repr(eval(call, names))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        return "raised", type(error).__name__


def test_there_are_enough_rules():
    assert len(RULES) >= 18


@each
def test_name_is_the_file_name_and_the_sentence_is_a_subject(rule: Rule):
    module = importlib.import_module(f"perfsmith.agents.rules.{rule.name}")
    assert module.PLUGIN is rule
    assert module.__doc__
    assert rule.what[0].islower()
    assert not rule.what.endswith(".")
    assert rule.wrong_when.endswith(".")


@each
def test_example_becomes_exactly_the_other_example(rule: Rule):
    ideas, results = zip(*rewrites(rule, rule.example_before), strict=True)
    assert results[0] == rule.example_after
    assert ideas[0].startswith(rule.what)
    assert "\n" not in ideas[0]


@each
def test_example_gives_the_same_before_and_after(rule: Rule):
    assert rule.calls
    for call in rule.calls:
        before = outcome(rule.example_before, call)
        assert before[0] == "value", call
        assert outcome(rule.example_after, call) == before, call


@each
def test_rewriting_comes_to_an_end(rule: Rule):
    source = rule.example_before
    for _ in range(4):
        first = next(rewrites(rule, source), None)
        if first is None:
            return
        source = first[1]
    pytest.fail(f"still something to rewrite:\n{source}")


@each
def test_danger_is_seen_or_is_real(rule: Rule):
    found = list(rewrites(rule, rule.wrong_example))
    if not rule.wrong_call:
        assert not found
        return
    assert outcome(found[0][1], rule.wrong_call) != outcome(rule.wrong_example, rule.wrong_call)


@each
def test_line_endings_are_kept(rule: Rule):
    results = [new for _, new in rewrites(rule, rule.example_before.replace("\n", "\r\n"))]
    assert results[0] == rule.example_after.replace("\n", "\r\n")


@each
def test_tabs_are_kept(rule: Rule):
    results = [new for _, new in rewrites(rule, rule.example_before.replace("    ", "\t"))]
    assert ast.parse(results[0])
    assert "\n " not in results[0]
    assert "\t " not in results[0]


@each
def test_byte_order_mark_and_text_beyond_ascii_are_kept(rule: Rule):
    source = "\ufeff# héllo 你好\nNAME = 'ü'\n\n\n" + rule.example_before.removeprefix('"""Flattening."""\n\n')
    results = [new for _, new in rewrites(rule, source)]
    assert results
    assert results[0].count("\ufeff") == 1
    assert results[0].startswith("\ufeff")
    assert "# héllo 你好\n" in results[0]
    assert "NAME = 'ü'\n" in results[0]
    ast.parse(results[0].encode())
