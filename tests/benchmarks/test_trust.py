"""The benchmark of trust: what is drawn from recorded series says of how much, and no answer ends a collection."""

import sys
from pathlib import Path
from random import Random

import pytest
from perfsmith.optimizer.core.verdicts import Inconclusive

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks" / "trust"))

from bench import trial_of
from plan import FUNCTION, RECORD, SERIES, Part, whole_plan
from resample import coverage, pool
from results import Result, Results
from table import tables

QUIET = Part(method="perfsmith", form=FUNCTION, gain=RECORD, condition="quiet", wanted=10)


def recorded(count, length, rng):
    return [tuple(rng.gauss(0, 0.02) for _ in range(length)) for _ in range(count)]


@pytest.mark.parametrize(
    ("count", "length", "rounds", "blocks"), [(5, 48, 12, 20), (5, 48, 24, None), (40, 47, 48, None), (10, 96, 48, 20)]
)
def test_nothing_is_drawn_from_fewer_than_twenty_disjoint_blocks(count, length, rounds, blocks):
    found = pool(recorded(count, length, Random(1)), rounds)
    assert (found and found.blocks) == blocks


def test_old_series_are_used_with_new_ones_as_far_as_they_are_long_enough():
    rng = Random(2)
    found = pool([*recorded(6, 48, rng), *recorded(4, 96, rng)], 24)
    assert (len(found.series), found.blocks) == (10, 28)
    assert found.origin == "from 10 series, 28 disjoint blocks of 24"
    assert coverage(found, 200, rng).missed < 30


def test_every_resampled_cell_says_from_how_much_it_comes(tmp_path):
    results = Results(tmp_path / "results.jsonl")
    rng = Random(3)
    for logs in recorded(5, 48, rng):
        results.add(Result(part=QUIET.key, workload="arithmetic", truth=1.0, answer="recorded", logs=logs))
    table = tables(results, whole_plan(()))
    assert "over 12 rounds" in table
    assert "from 5 series, 20 disjoint blocks of 12" in table
    assert not any(row in table for row in ("over 24 rounds", "over 48 rounds", "resampled windows", "best of 20"))


def test_series_are_long_enough_for_what_is_wanted():
    wanted = {part.form: part.wanted for part in whole_plan(()) if part.gain == RECORD}
    assert wanted[FUNCTION] * (SERIES[FUNCTION] // 48) >= 20


def test_an_answer_without_numbers_is_a_trial():
    found = trial_of(Inconclusive(reason="noisy", message="the base looks 1.1x as fast as itself"), 3.0, 20)
    assert (found.claimed, found.answer, found.ratio, found.low, found.pairs) == (False, "noisy", 1.0, None, 20)
