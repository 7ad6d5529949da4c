"""The JSON documents keep their keys: scripts read them."""

import json

import pytest
from perfsmith.optimizer.core.machine import Machine
from perfsmith.optimizer.core.verdicts import (
    Accepted,
    CallRatios,
    Compared,
    Failed,
    FamilyRatio,
    Inconclusive,
    Passed,
    Proof,
    Rejected,
    Skipped,
    Speedup,
    WorkloadResult,
)
from perfsmith.optimizer.views.documents import compare_document, error_document, verify_document

MACHINE = Machine(python="3.11.7", noise_floor=0.018, sandbox="bubblewrap", id="a81c")
SPEEDUP = Speedup(ratio=1.43, low=1.38, high=1.47, confidence=0.99, pairs=40)
RESULT = WorkloadResult(
    name="bench.py",
    before_s=0.0412,
    after_s=0.0289,
    metric="cpu",
    speedup=SPEEDUP,
    cpu=0.7,
    memory=1.0,
    first_call=1.31,
)


def test_an_accepted_change_is_the_document_of_the_interface():
    speedup = Speedup(ratio=1.25, low=1.2, high=1.3, confidence=0.998, pairs=8)
    inputs = (FamilyRatio(name="sorted", calls=16, speedup=speedup),)
    verdict = Accepted(message="1.43x faster on bench.py", proof=Proof(workloads=(RESULT,), inputs=inputs))
    text = verify_document(verdict, [Passed(check="applies", seconds=0.01)], MACHINE)
    assert json.loads(text) == {
        "schema": "perfsmith/verify/1",
        "outcome": "accepted",
        "reason": "faster",
        "message": "1.43x faster on bench.py",
        "speedup": {"ratio": 1.43, "low": 1.38, "high": 1.47, "confidence": 0.99, "pairs": 40},
        "memory": {"ratio": 1.00},
        "cpu": {"ratio": 0.70},
        "first_call": {"ratio": 1.31},
        "checks": [{"name": "applies", "status": "passed", "seconds": 0.01, "evidence": None}],
        "compared": None,
        "planted": None,
        "strength": None,
        "python_peak": None,
        "workloads": [{"name": "bench.py", "before_s": 0.0412, "after_s": 0.0289}],
        "inputs": [
            {
                "name": "sorted",
                "calls": 16,
                "speedup": {"ratio": 1.25, "low": 1.2, "high": 1.3, "confidence": 0.998, "pairs": 8},
                "loss": False,
                "doubt": False,
            }
        ],
        "calls": None,
        "machine": {"python": "3.11.7", "noise_floor": 0.018, "sandbox": "bubblewrap"},
        "warnings": [],
    }


def test_calls_are_shown_by_how_their_inputs_come():
    ratios = CallRatios(same=None, copies=SPEEDUP, distinct=SPEEDUP, first=SPEEDUP, imports=None)
    verdict = Accepted(message="1.43x faster on bench.py", proof=Proof(workloads=(RESULT,)))
    found = json.loads(verify_document(verdict, [], MACHINE, calls=ratios))["calls"]
    assert list(found) == ["same", "copies", "distinct", "first", "import"]
    assert (found["same"], found["import"]) == (None, None)
    assert found["copies"] == {"ratio": 1.43, "low": 1.38, "high": 1.47, "confidence": 0.99, "pairs": 40}


@pytest.mark.parametrize(
    "verdict",
    [Rejected(reason="tests_failed", message="m"), Inconclusive(reason="unverifiable", message="m")],
)
def test_what_was_not_measured_is_null(verdict):
    found = json.loads(verify_document(verdict, [], Machine(python="3.11.7", sandbox="process")))
    assert found["outcome"] == verdict.outcome
    assert [found[key] for key in ("speedup", "memory", "cpu", "first_call")] == [None] * 4
    assert found["machine"]["noise_floor"] is None
    assert found["workloads"] == found["checks"] == []


def test_checks_say_what_they_found_and_warnings_are_collected_once():
    outcomes = [
        Passed(check="tests", seconds=6.4, note="812 same", warnings=("slow", "from a check")),
        Failed(check="replay", seconds=1, reason="wrong_behavior", message="differs", evidence="f(1) gave 2"),
        Failed(check="static", seconds=0, reason="cheating", message="reads the clock"),
        Skipped(check="probes", seconds=0, why="no generator"),
    ]
    verdict = Rejected(
        reason="wrong_behavior",
        message="m",
        warnings=("of the verdict",),
        proof=Proof(workloads=(), warnings=("of the measurement", "slow")),
    )
    found = json.loads(verify_document(verdict, outcomes, MACHINE, ["slow"]))
    assert [(check["name"], check["status"], check["evidence"]) for check in found["checks"]] == [
        ("tests", "passed", "812 same"),
        ("replay", "failed", "f(1) gave 2"),
        ("static", "failed", "reads the clock"),
        ("probes", "skipped", "no generator"),
    ]
    assert found["warnings"] == ["slow", "of the verdict", "of the measurement", "from a check"]


def test_numbers_that_json_cannot_say_are_null():
    endless = WorkloadResult(
        name="w",
        before_s=float("inf"),
        after_s=1 / 3,
        metric="cpu",
        speedup=Speedup(ratio=float("nan"), low=1, high=float("inf"), confidence=0.99, pairs=3),
        cpu=1,
        memory=1,
    )
    text = verify_document(Inconclusive(reason="noisy", message="", proof=Proof(workloads=(endless,))), [], MACHINE)
    found = json.loads(text, parse_constant=pytest.fail)
    assert found["speedup"]["ratio"] is found["speedup"]["high"] is found["workloads"][0]["before_s"] is None
    assert found["workloads"][0]["after_s"] == 0.333333


def test_a_comparison():
    text = compare_document("4be1c02", "c0ffee1", [Compared(finding="faster", result=RESULT)], MACHINE, ["w"])
    assert json.loads(text) == {
        "schema": "perfsmith/compare/1",
        "base": "4be1c02",
        "head": "c0ffee1",
        "workloads": [
            {
                "name": "bench.py",
                "verdict": "faster",
                "speedup": {"ratio": 1.43, "low": 1.38, "high": 1.47, "confidence": 0.99, "pairs": 40},
                "memory": {"ratio": 1.0},
                "before_s": 0.0412,
                "after_s": 0.0289,
                "metric": "cpu",
                "note": None,
            }
        ],
        "machine": {"python": "3.11.7", "noise_floor": 0.018, "sandbox": "bubblewrap"},
        "warnings": ["w"],
    }


def test_an_error():
    assert json.loads(error_document(3, "tests_fail_at_base", "3 fail", "--quarantine auto")) == {
        "schema": "perfsmith/error/1",
        "exit": 3,
        "code": "tests_fail_at_base",
        "message": "3 fail",
        "hint": "--quarantine auto",
    }


def test_text_with_lone_surrogates_can_still_be_written_anywhere():
    assert error_document(3, "x", "bad \udcff name", "").isascii()
