"""Other inputs: what counts as a loss is decided by simulated rounds; blocks are made of calls that fit."""

import random

import pytest
from perfsmith.optimizer.measure.families import Family, family, judged

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


def test_a_block_is_of_calls_that_fit():
    assert family("as recorded", {0: 0.0001, 1: 0.0001}).calls == (0, 1)
    assert family("as recorded", {0: 0.09, 1: 0.05, 2: 0.005}).calls == (0, 2)
    assert family("as recorded", {0: 5.0}) is None
