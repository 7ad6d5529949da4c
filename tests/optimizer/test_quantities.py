import pytest
from perfsmith.optimizer.core.goal import Budget
from perfsmith.optimizer.quantities import parse_budget, parse_duration, parse_share


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("10m", 600), ("1h30m", 5400), ("1h 30m", 5400), ("500ms", 0.5), ("2min", 120), ("1.5s", 1.5)],
)
def test_durations(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "10", "m", "ten minutes", "10m x", "-5s", "10 parsecs"])
def test_what_is_no_duration(text):
    with pytest.raises(ValueError, match="expected a duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "share"), [("1%", 0.01), ("2.5 %", 0.025), ("0.05", 0.05), ("0%", 0), ("150%", 1.5), (".5", 0.5)]
)
def test_shares(text, share):
    assert parse_share(text) == pytest.approx(share)


@pytest.mark.parametrize("text", ["5", "1", "-1%", "five", "", "%", "1e3", "nan"])
def test_what_is_no_share(text):
    with pytest.raises(ValueError, match="expected a percentage"):
        parse_share(text)


def test_budget_of_all_kinds():
    assert parse_budget("10m,2usd,200ktok,12cand") == Budget(seconds=600, usd=2, tokens=200_000, candidates=12)


def test_budget_of_one_kind_leaves_the_others_uncapped():
    assert parse_budget("1h30m") == Budget(seconds=5400)
    assert parse_budget("$0.5") == parse_budget("0.5 USD") == Budget(usd=0.5)
    assert parse_budget("1.5Mtok") == Budget(tokens=1_500_000)


@pytest.mark.parametrize("text", ["", "10m,", "10m,5s", "2usd,$3", "0cand", "lots", "12", "1.5cand", "-1usd"])
def test_what_is_no_budget(text):
    with pytest.raises(ValueError, match="expected"):
        parse_budget(text)
