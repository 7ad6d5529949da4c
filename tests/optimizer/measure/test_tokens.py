import pytest
from perfsmith.optimizer.measure.tokens import tokens


def timed(line):
    return [(token.text, pytest.approx(token.seconds)) for token in tokens(line) if token.seconds is not None]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('{"seconds": 0.118, "wall": 0.12, "digest": "ab12"}', [("0.118", 0.118), ("0.12", 0.12)]),
        ("took 1 min 2 s", [("1 min 2 s", 62.0)]),
        ("real\t0m0.118s", [("0m0.118s", 0.118)]),
        ("10 loops, best of 5: 3.2 ms per loop", [("3.2 ms", 0.0032)]),
        ("[100 rows in 0.1s]", [("0.1s", 0.1)]),
        ("Finished in 1.2e-01 seconds.", [("1.2e-01 seconds", 0.12)]),
        ("980µs", [("980µs", 980e-6)]),
        ("elapsed_ms: 42", [("42", 0.042)]),
        ("wallSeconds=2", [("2", 2.0)]),
        ("elapsed 0:01.5", [("0:01.5", 1.5)]),
        ("elapsed 2", [("2", 2.0)]),
        ("time: 0.5", [("0.5", 0.5)]),
        ("8 it/s, 84.7 MB/s, 3 calls per second", [("8 it/s", 0), ("84.7 MB/s", 0), ("3 calls per second", 0)]),
    ],
)
def test_running_times_are_known_by_their_unit_or_their_name(line, found):
    assert timed(line) == found


@pytest.mark.parametrize(
    "line",
    [
        "count 42",
        "total time: 42",
        "speed 12 m/s",
        "digest 12s4f",
        "digest ab12s",
        "cpu: 2",
        "score 0.5",
        "2024-01-02",
        "v1.2.3",
        "",
    ],
)
def test_other_numbers_are_no_running_times(line):
    assert timed(line) == []


def test_only_few_digits_can_be_the_same_by_chance():
    assert tokens("0.118 s")[0].coarse
    assert not tokens("0.1183 s")[0].coarse
    assert not tokens("word")[0].coarse


def test_a_running_time_fits_only_the_process_it_ran_in():
    token = tokens("0.1 s")[0]
    assert token.fits(0.12)
    assert not token.fits(0.03)
    assert not tokens("-0.1 s")[0].fits(1.0)


def test_white_space_is_no_token_and_a_sign_belongs_to_its_number():
    assert [token.text for token in tokens("a   -1.5\tb 5-3")] == ["a", "-1.5", "b", "5", "-", "3"]
