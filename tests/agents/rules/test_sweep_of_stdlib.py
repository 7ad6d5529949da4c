"""All rules over real modules: nothing crashes, everything parses, and only the function and new lines are touched."""

import ast
import importlib.util
from pathlib import Path

import pytest
from perfsmith.agents.rules._rule import applied, sites
from perfsmith.agents.strategies.rewrite import all_rules
from perfsmith.optimizer.languages.python import units

MODULES = ("difflib", "textwrap", "csv", "gettext", "string", "shlex", "mimetypes", "logging.config", "zipfile")


def source_of(module: str) -> bytes:
    spec = importlib.util.find_spec(module)
    assert spec
    assert spec.origin
    return Path(spec.origin).read_bytes()


@pytest.mark.parametrize("module", MODULES)
def test_proposals_for_real_code(module: str):
    source = source_of(module)
    count = 0
    for unit in units("module.py", source):
        for site in sites(source, unit)[:1]:
            for rule in all_rules():
                for proposal in rule.rewrite(site):
                    count += 1
                    ast.parse(applied(source, proposal.splices))
                    outside = [part for part in proposal.splices if part.start < unit.start or part.end > unit.end]
                    assert all(part.start == part.end for part in outside), rule.name
                    assert all(part.text.endswith(b"\n") or part.start > unit.start for part in outside), rule.name
    assert count
