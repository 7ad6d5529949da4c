from itertools import pairwise

import pytest
from perfsmith.optimizer.measure.looks import MIN_PAIRS, SINGLE_ALPHA, alpha_for, schedule


def test_the_looks_of_a_single_confirmation_are_back_loaded():
    assert [look.pairs for look in schedule(SINGLE_ALPHA)] == [8, 12, 20, 32, 48]
    assert [look.alpha for look in schedule(SINGLE_ALPHA)] == pytest.approx([0.0002, 0.0005, 0.0008, 0.0013, 0.0022])


def test_patience_adds_two_looks():
    assert [look.pairs for look in schedule(0.005, patient=True)] == [8, 12, 20, 32, 48, 80, 128]


@pytest.mark.parametrize("patient", [False, True])
@pytest.mark.parametrize("alpha", [SINGLE_ALPHA, 0.0025, 1e-5])
def test_all_looks_together_spend_the_alpha_and_no_more(alpha, patient):
    looks = schedule(alpha, patient=patient)
    assert sum(look.alpha for look in looks) == pytest.approx(alpha, rel=1e-12)
    assert looks[0].pairs == MIN_PAIRS


def test_all_confirmations_of_a_run_together_spend_at_most_five_percent():
    spent = [alpha_for(number) for number in range(1, 100_001)]
    assert spent[:10] == [0.0025] * 10
    assert 0.0499 < sum(spent) <= 0.05
    assert all(later <= earlier for earlier, later in pairwise(spent))


def test_confirmations_are_counted_from_one():
    with pytest.raises(ValueError, match="from 1"):
        alpha_for(0)
