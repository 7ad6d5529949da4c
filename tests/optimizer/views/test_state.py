"""The fold of a recorded run says what happened in it."""

import json
from pathlib import Path

import pytest
from perfsmith.optimizer.core.events import (
    CandidateJudged,
    CandidateProposed,
    CheckFinished,
    Entry,
    ReplyReceived,
    StepStarted,
)
from perfsmith.optimizer.core.values import Candidate, Origin, Reply
from perfsmith.optimizer.core.verdicts import REASONS, Accepted, Passed, Proof, Speedup, refuse
from perfsmith.optimizer.store.ledger import read
from perfsmith.optimizer.views import words
from perfsmith.optimizer.views.lines import status
from perfsmith.optimizer.views.report_json import report
from perfsmith.optimizer.views.state import Cost, State, advance, fold

GOLDEN = Path(__file__).parents[2] / "golden"


@pytest.fixture
def kept():
    return fold(read(GOLDEN / "kept.jsonl"))


def entry(event, at=0.0):
    return Entry(seq=1, at=at, run="r", event=event)


def test_counts_are_of_what_was_found(kept):
    assert (kept.tried, kept.correct, kept.faster, len(kept.kept)) == (5, 2, 1, 1)
    assert [one.number for one in kept.tries] == [1, 2, 3, 1, 2]


def test_a_try_knows_all_that_became_of_it(kept):
    (one,) = kept.kept
    assert [outcome.check for outcome in one.outcomes] == ["applies", "tests", "generated", "replay"]
    assert one.screened.estimate == 1.42
    assert one.alpha == 0.005
    assert one.verdict.reason == "faster"
    assert one.commit.sha.startswith("c0ffee1")


def test_time_and_money_are_added_up(kept):
    assert kept.cost == Cost(
        replies=2, tokens_in=32200, tokens_cached=27400, tokens_out=6100, usd=0.0, unpriced=0, seconds=40.8
    )
    assert kept.testing == pytest.approx(6.4 * 3 + 6.1)
    assert kept.checking > kept.testing
    assert kept.measuring > 0.5


def test_the_state_does_not_hold_the_stacks(kept):
    assert kept.profiled.profile.stacks == ()
    assert kept.samples == 4210


def test_folding_in_two_steps_is_folding_at_once(kept):
    entries = read(GOLDEN / "kept.jsonl")
    for cut in (0, 1, 17, len(entries)):
        assert fold(entries[cut:], fold(entries[:cut])) == kept


def test_an_unfinished_candidate_is_not_counted_as_tried():
    state = fold(read(GOLDEN / "interrupted.jsonl"))
    assert (len(state.tries), state.tried) == (1, 0)
    assert json.loads(report(state))["counts"]["tried"] == 0


def test_a_run_that_was_killed_can_be_reported_at_any_point():
    entries = read(GOLDEN / "kept.jsonl")
    for cut in range(len(entries)):
        found = json.loads(report(fold(entries[:cut])))
        assert found["schema"] == "perfsmith/report/1"
        assert (found["ending"] is None) == (cut < len(entries) - 2)


def test_an_event_about_an_unknown_candidate_changes_nothing_else():
    state = advance(State(), entry(CandidateJudged(candidate="?", verdict=refuse("slower", "m"))))
    state = advance(state, entry(CheckFinished(candidate="?", outcome=Passed(check="tests", seconds=2.0))))
    assert state.tries == ()
    assert state.testing == 2.0


def test_a_price_that_is_unknown_is_not_called_free():
    def reply(usd):
        return ReplyReceived(sha="s", reply=Reply(text="", model="m", usd=usd))

    state = fold([entry(reply(None))])
    assert words.money(state.cost) == "price unknown"
    assert json.loads(report(state))["cost"]["usd"] is None
    assert words.money(fold([entry(reply(0.5)), entry(reply(None))]).cost) == "$0.50 and 1 reply of unknown price"
    assert words.money(fold([entry(reply(0.001))]).cost) == "under $0.01"


def test_every_reason_has_its_words():
    for reason in REASONS:
        proof = Proof(workloads=())
        verdict = Accepted(message="m", proof=proof) if reason == "faster" else refuse(reason, "because")
        assert words.reason(verdict).startswith(("YES", "no: ", "undecided: "))
        assert reason == "faster" or words.answer(verdict).endswith("because")
        assert words.reason(verdict).startswith("undecided") == (verdict.outcome == "inconclusive")


@pytest.mark.parametrize(
    ("ratio", "low", "high", "said"),
    [
        (1.43, 1.38, 1.47, "1.43x faster (1.38-1.47)"),
        (1.012, 1.004, 1.019, "1.01x faster (1.004-1.019)"),
        (0.8, 0.75, 0.85, "1.25x slower (1.18-1.33)"),
        (1.01, 0.99, 1.03, "1.01x (0.990-1.030), no difference proven"),
    ],
)
def test_a_change_is_called_faster_only_if_the_whole_interval_is(ratio, low, high, said):
    assert words.change(Speedup(ratio=ratio, low=low, high=high, confidence=0.99, pairs=9)) == said


def test_the_status_names_the_candidate_and_the_time():
    one = Candidate(edits=(), idea="x", origin=Origin(author="m"), hotspot="a.py::C.split", problem="p")
    state = fold([entry(CandidateProposed(candidate=one), 5), entry(StepStarted(what="tests\x1b"), 10)])
    assert status(state, 51) == "candidate 1 of C.split: tests? (0:41)"
    assert status(fold([entry(StepStarted(what="profiling"), 10)]), 12) == "profiling (0:02)"


@pytest.mark.parametrize(("seconds", "said"), [(0.4, "0:00"), (161.9, "2:41"), (3725, "1:02:05")])
def test_time_that_passes(seconds, said):
    assert words.clock(seconds) == said


def test_tokens_for_people():
    assert [words.tokens(count) for count in (812, 48_000, 999_499, 999_500, 1_200_000)] == [
        "812", "48k", "999k", "1.0M", "1.2M",
    ]  # fmt: skip
