import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from perfsmith.optimizer.measure.output import Printed, stable_difference


def runs(*texts, seconds=0.12, truncated=False):
    return [Printed(text=text.encode(), seconds=seconds, truncated=truncated) for text in texts]


def test_the_same_output_is_the_same():
    assert stable_difference(runs("a 1\nb 2\n", "a 1\nb 2\n"), runs("a 1\nb 2\n")) is None
    assert stable_difference(runs("", ""), runs("")) is None


@pytest.mark.parametrize(
    ("base", "candidate", "evidence"),
    [
        ("total 41\n", "total 42\n", "line 1: base printed 'total 41', candidate printed 'total 42'"),
        ("a\nb\n", "a\n", "base printed 2 lines, candidate 1"),
        ("a\n", "a\nTraceback\n", "base printed 1 lines, candidate 2"),
        ("", "hello\n", "base printed 0 lines, candidate 1"),
        ("a b\n", "a  b\n", "line 1: base printed 'a b', candidate printed 'a  b'"),
        ("x=0.1183 s\n", "x=0.1184 s\n", "line 1: base printed 'x = 0.1183 s', candidate printed 'x = 0.1184 s'"),
        ("mean 0.5\n", "mean 0.4\n", "line 1: base printed 'mean 0.5', candidate printed 'mean 0.4'"),
    ],
)
def test_what_is_stable_must_stay(base, candidate, evidence):
    assert stable_difference(runs(base, base, base), runs(candidate)) == evidence


def test_what_varies_between_runs_of_the_base_may_be_anything():
    base = runs("pid 411 at 0x7f01 ok", "pid 412 at 0x7f02 ok", "pid 413 at 0x7f03 ok")
    assert stable_difference(base, runs("pid 999 at 0x7fff ok")) is None
    assert stable_difference(base, runs("pid 999 at 0x7fff failed"))


def result(seconds, digest="ab12"):
    return "warming up\n" + json.dumps({"seconds": round(seconds, 3), "wall": round(seconds, 2), "digest": digest})


def test_own_timings_may_change_and_the_digest_beside_them_may_not():
    base = runs(result(0.118), result(0.121), result(0.119))
    assert stable_difference(base, runs(result(0.05), seconds=0.06)) is None
    found = stable_difference(base, runs(result(0.05, digest="cd34"), seconds=0.06))
    assert found
    assert "ab12" in found
    assert "cd34" in found


@pytest.mark.parametrize(
    ("base", "candidate"),
    [
        ("done in 0.1 s, sum 7", "done in 0.05 s, sum 7"),
        ("done in 1.1 ms, sum 7", "done in 980 µs, sum 7"),
        ("done in 62 ms, sum 7", "done in 9 ms, sum 7"),
        ('{"elapsed": 0.1, "sum": 7}', '{"elapsed": 0.0, "sum": 7}'),
        ("8 it/s, sum 7", "21 it/s, sum 7"),
        ("time   0.12 s", "time 0.05512 s"),
    ],
)
def test_a_coarse_timing_that_was_the_same_by_chance_blames_nobody(base, candidate):
    assert stable_difference(runs(base, base, base), runs(candidate, seconds=0.06)) is None


@pytest.mark.parametrize(
    ("base", "candidate"),
    [
        ("done in 0.1 s, sum 7", "done in 0.05 s, sum 8"),
        ("simulated 40 s", "simulated 41 s"),
        ("elapsed: 300", "elapsed: 299"),
        ("done in 0.1 s", "done in 0.9 s"),
        ("done in 0.1 s", "done"),
        ("best time 12 m", "best time 13 m"),
    ],
)
def test_results_that_look_like_times_are_still_results(base, candidate):
    assert stable_difference(runs(base, base, base), runs(candidate, seconds=0.06))


def test_a_line_whose_number_of_words_varies_is_left_out():
    base = runs("found a b\nsum 7", "found a b c\nsum 7")
    assert stable_difference(base, runs("found\nsum 7")) is None
    assert stable_difference(base, runs("found\nsum 8"))


def test_where_the_number_of_lines_varies_the_constant_lines_are_counted():
    base = runs("start\nwait\nsum 7 in 0.12 s", "start\nwait\nwait\nsum 7 in 0.13 s", "start\nwait\nsum 7 in 0.12 s")
    assert stable_difference(base, runs("start\nsum 7 in 0.05 s", seconds=0.06)) is None
    found = stable_difference(base, runs("start\nsum 8 in 0.05 s", seconds=0.06))
    assert found == "base printed 'sum 7 in …' once, candidate never"
    assert (
        stable_difference(base, runs("start\nstart\nsum 7 in 0.1 s")) == "base printed 'start' once, candidate 2 times"
    )


def test_of_a_truncated_output_whole_lines_are_compared():
    base = runs("a 1\nb 2\nc", "a 1\nb 2\nc", truncated=True)
    assert stable_difference(base, runs("a 1\nb 2\ncc", truncated=True)) is None
    assert stable_difference(base, runs("a 1\nb 3\nc", truncated=True))
    assert stable_difference(base, runs("a 1\nb 2\nc 3\nd\n")) is None


def test_a_short_output_is_not_taken_for_a_truncated_one():
    assert stable_difference(runs("a\nb\nc", "a\nb\nc", truncated=True), runs("a\n"))
    assert stable_difference(runs("a\n", "a\n"), runs("a\nb\nc", truncated=True))


def test_bytes_that_are_no_text_are_compared_too():
    base = [Printed(text=b"\xff\x01", seconds=0.1)] * 2
    assert stable_difference(base, [Printed(text=b"\xff\x01", seconds=0.1)]) is None
    assert stable_difference(base, [Printed(text=b"\xfe\x01", seconds=0.1)])


def test_long_lines_make_short_evidence():
    found = stable_difference(runs("x" * 9000, "x" * 9000), runs("y" * 9000))
    assert found
    assert len(found) < 250


def test_one_run_of_the_base_shows_nothing():
    with pytest.raises(ValueError, match="two runs"):
        stable_difference(runs("a"), runs("a"))


def test_honest_output_with_timings_of_every_precision_is_never_blamed():
    rng = random.Random(2)
    for _ in range(300):
        digits = rng.randint(0, 4)

        def text(seconds, digits=digits):
            return f"{seconds:.{digits}f} s, {1000 * seconds:.{digits}f} ms, elapsed={seconds:.{digits}f}, sum 7\n"

        base = [0.12 * rng.gauss(1, 0.02) for _ in range(5)]
        faster = 0.08 * rng.gauss(1, 0.02)
        printed = [Printed(text=text(one).encode(), seconds=one) for one in base]
        assert stable_difference(printed, [Printed(text=text(faster).encode(), seconds=faster)]) is None


@given(st.binary(max_size=200), st.text(alphabet="0123456789.:eE+-msµ /it\n", max_size=80))
def test_any_output_is_the_same_as_itself(noise, numbers):
    printed = Printed(text=noise + b"\n" + numbers.encode(), seconds=0.1)
    assert stable_difference([printed, printed], [printed]) is None


@given(st.lists(st.text(alphabet="ab 01.5s\n", max_size=20), min_size=3, max_size=5))
def test_a_base_is_never_refused_for_what_it_printed_itself(texts):
    printed = [Printed(text=text.encode(), seconds=0.1) for text in texts]
    assert stable_difference(printed, printed) is None
