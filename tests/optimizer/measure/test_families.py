"""Other inputs: what counts as a loss is decided by simulated rounds; blocks are made of calls that fit."""

import random

import pytest
from perfsmith.optimizer.measure.families import Family, FamilyStudy, family, judged
from perfsmith.optimizer.measure.workers import Limits

RECORDED = Family(name="as recorded", calls=(0, 1))
LONG = Family(name="ten times as long", calls=(2,))


def rounds(ratio, base=0.01, noise=0.02, count=8):
    """The recorded calls take 1 ms and gain by half; the others take `base` seconds and `ratio` times less."""
    rng = random.Random(5)

    def wobbly(seconds):
        return seconds * rng.lognormvariate(0, noise)

    return [
        {
            RECORDED.name: {"A": wobbly(0.001), "B": wobbly(0.001 / 1.5)},
            LONG.name: {"A": wobbly(base), "B": wobbly(base / ratio)},
        }
        for _ in range(count)
    ]


@pytest.mark.parametrize(
    ("ratio", "more", "loss"),
    [
        (1.5, {}, False),
        (1.0, {}, False),
        (0.98, {}, False),
        (0.5, {}, True),
        (0.8, {}, True),
        (0.5, {"base": 0.000002}, False),
        (0.8, {"noise": 0.5}, False),
    ],
    ids=["gains", "same", "a little less", "half", "a fifth", "half of next to nothing", "nobody can tell"],
)
def test_a_loss_is_proven_and_matters(ratio, more, loss):
    first, second = judged(rounds(ratio, **more), [RECORDED, LONG])
    assert not first.loss
    assert first.speedup.low < 1.5 < first.speedup.high
    assert second.loss is loss
    assert second.speedup.low < second.speedup.ratio < second.speedup.high


@pytest.mark.parametrize("chance", range(20))
def test_equal_families_are_no_loss(chance):
    rng = random.Random(chance)
    taken = [
        {one: {side: rng.lognormvariate(-5, 0.05) for side in "AB"} for one in (RECORDED.name, LONG.name)}
        for _ in range(8)
    ]
    assert not any(one.loss for one in judged(taken, [RECORDED, LONG]))


def disturbed(taken, numbers=(1, 4, 6)):
    """The same, but something else took the base's core away in some of the rounds of the long inputs."""
    found = {number: taken[number][LONG.name] for number in numbers}
    wild = {number: {"A": 6 * times["A"], "B": times["B"]} for number, times in found.items()}
    return [{**one, LONG.name: wild.get(number, one[LONG.name])} for number, one in enumerate(taken)]


def test_a_likely_loss_that_is_not_proven_is_a_doubt():
    first, second = judged(disturbed(rounds(0.5)), [RECORDED, LONG])
    assert (first.doubt, second.loss, second.doubt) == (False, False, True)
    assert second.speedup.low < 0.5 < second.speedup.high


def test_rounds_of_some_families_prove_what_the_first_ones_left_open():
    later = [{LONG.name: one[LONG.name]} for one in rounds(0.5, count=16)]
    first, second = judged([*disturbed(rounds(0.5)), *later], [RECORDED, LONG])
    assert (first.speedup.pairs, second.speedup.pairs) == (8, 24)
    assert (second.loss, second.doubt) == (True, False)


class Played(FamilyStudy):
    """Gives rounds that were made up, of the families that it is asked for."""

    __slots__ = ("asked", "script")

    def _round(self, families):
        names = [one.name for one in families]
        self.asked.append(names)
        return {name: self.script[len(self.asked) - 1][name] for name in names}


def played(script, deciding):
    study = Played(
        subject=None,
        families=[RECORDED, LONG],
        trees={},
        rng=random.Random(1),
        clock=lambda: 0.0,
        limits=Limits(timeout=1.0),
        deciding=deciding,
    )
    study.asked, study.script = [], script
    return study


def test_only_a_doubt_about_what_decides_is_looked_at_longer():
    script = [*disturbed(rounds(0.5)), *rounds(0.5, count=16)]
    study = played(script, [LONG.name])
    assert study.ratios()[1].loss
    assert study.asked == [[RECORDED.name, LONG.name]] * 8 + [[LONG.name]] * 16
    for other in (played(script, []), played(rounds(0.5), [LONG.name])):
        other.ratios()
        assert len(other.asked) == 8


def test_a_block_is_of_calls_that_fit():
    assert family("as recorded", {0: 0.0001, 1: 0.0001}).calls == (0, 1)
    assert family("as recorded", {0: 0.09, 1: 0.05, 2: 0.005}).calls == (0, 2)
    assert family("as recorded", {0: 5.0}) is None
