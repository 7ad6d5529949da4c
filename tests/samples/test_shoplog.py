"""The bundled sample as a user gets it: its tests pass, its workload repeats itself, and it has what a demo needs."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from perfsmith.agents.rules._rule import applied, sites
from perfsmith.optimizer.core.errors import UsageError
from perfsmith.optimizer.core.plugins import load
from perfsmith.optimizer.languages.python import units
from perfsmith.samples import sample_folder

SLOW = {
    "first_seen": ("customers.py", "set_beside_list"),
    "frequent_words": ("notes.py", "count_once"),
    "words_of": ("notes.py", "compile_pattern"),
    "packing_plan": ("packing.py", "deque_queue"),
    "assign_lockers": ("lockers.py", "min_of_sorted"),
}


@pytest.fixture
def shoplog(tmp_path):
    copy = tmp_path / "shoplog"
    shutil.copytree(sample_folder("shoplog"), copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def run(folder, *arguments, seed="0"):
    environ = os.environ | {"PYTHONHASHSEED": seed, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run([sys.executable, *arguments], cwd=folder, env=environ, capture_output=True, text=True)


def suite_of(folder):
    return run(folder, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider")


def rewrite(folder, file, function, rule):
    """Apply a rule's first proposal for a function of the copy."""
    path = folder / "shoplog" / file
    source = path.read_bytes()
    [unit] = [unit for unit in units(f"shoplog/{file}", source) if unit.name == function]
    [proposal, *_] = [found for site in sites(source, unit) for found in load("agents.rules", rule).rewrite(site)]
    path.write_bytes(applied(source, proposal.splices))


def test_its_tests_pass(shoplog):
    done = suite_of(shoplog)
    assert done.returncode == 0, done.stdout
    assert "22 passed" in done.stdout


def test_its_workload_prints_the_same_under_any_hash_seed(shoplog):
    first, second = run(shoplog, "bench.py", seed="1"), run(shoplog, "bench.py", seed="2")
    assert first.returncode == 0, first.stderr
    assert first.stdout == second.stdout
    assert len(first.stdout.splitlines()) == 6


def test_rules_speed_up_what_is_slow_without_changing_what_comes_out(shoplog):
    before = run(shoplog, "bench.py").stdout
    for function, (file, rule) in SLOW.items():
        rewrite(shoplog, file, function, rule)
    done = suite_of(shoplog)
    assert done.returncode == 0, done.stdout
    assert run(shoplog, "bench.py").stdout == before


def test_the_obvious_rewrite_of_baskets_is_wrong_and_its_tests_notice(shoplog):
    rewrite(shoplog, "baskets.py", "distinct_baskets", "set_beside_list")
    done = suite_of(shoplog)
    assert done.returncode == 1
    assert "unhashable type: 'list'" in done.stdout


def test_it_is_configured_and_carried_whole():
    folder = sample_folder("shoplog")
    table = tomllib.loads((folder / "pyproject.toml").read_text())["tool"]["perfsmith"]
    assert table == {"workload": "python bench.py"}
    ours = tomllib.loads((Path(folder).parents[1] / "pyproject.toml").read_text())["tool"]["setuptools"]
    globs = ours["package-data"]["perfsmith.samples"]
    carried = {path for glob in globs for path in folder.parent.glob(glob)}
    present = {
        path for path in folder.rglob("*") if path.is_file() and not {"__pycache__", ".pytest_cache"} & {*path.parts}
    }
    assert carried == present
    assert "perfsmith.samples" in ours["packages"]


def test_an_unknown_sample_is_refused_with_the_known_ones():
    with pytest.raises(UsageError) as caught:
        sample_folder("../tests")
    assert "shoplog" in caught.value.hint
