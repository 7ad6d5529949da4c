"""ruff's fixes: each finding alone, bytes exact, only inside the function."""

import json
import subprocess

import pytest
from perfsmith.agents.rules._ruff import findings
from perfsmith.agents.rules._rule import applied
from perfsmith.optimizer.core.errors import PerfsmithError
from perfsmith.optimizer.languages.python import units

SOURCE = '''\
"""Ünïcode before it."""


def outside(xs):
    return set([x for x in xs])


def inside(xs):
    é = "ü"; found = sorted(list(xs))  # keep this 你好
    out = []
    for x in xs:
        out.append(x * 2)
    return é, found, out
'''


def run(command: tuple[str, ...], given: bytes) -> bytes:
    return subprocess.run(command, input=given, stdout=subprocess.PIPE, check=True).stdout


def fixes(source: bytes) -> dict[str, bytes]:
    unit = next(unit for unit in units("m.py", source) if unit.name == "inside")
    found = findings(source, unit, run)
    return {code: applied(source, proposal.splices) for code, _, proposal in found}


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_each_fix_is_applied_alone(ending: str):
    source = SOURCE.replace("\n", ending)
    found = fixes(source.encode())
    assert set(found) == {"C414", "PERF401"}
    assert found["C414"].decode() == source.replace("sorted(list(xs))", "sorted(xs)")
    comprehension = source.replace(f"    for x in xs:{ending}        out.append(x * 2){ending}", "")
    assert found["PERF401"].decode() == comprehension.replace("out = []", "out = [x * 2 for x in xs]")


def test_a_byte_order_mark_moves_nothing():
    plain, marked = fixes(SOURCE.encode()), fixes(b"\xef\xbb\xbf" + SOURCE.encode())
    assert marked == {code: b"\xef\xbb\xbf" + text for code, text in plain.items()}
    one_line = b"\xef\xbb\xbfdef inside(xs): return sorted(list(xs))\n"
    assert fixes(one_line) == {"C414": b"\xef\xbb\xbfdef inside(xs): return sorted(xs)\n"}


def test_the_sentence_is_an_imperative():
    source = SOURCE.encode()
    unit = units("m.py", source)[1]
    found = list(findings(source, unit, run))
    assert [what for code, what, _ in found if code == "C414"] == ["remove the inner list() call"]
    assert all(proposal.detail in SOURCE for _, _, proposal in found)


def test_a_fix_for_display_only_is_left_out():
    finding = {
        "code": "PERF401",
        "message": "m",
        "location": {"row": 9, "column": 1},
        "fix": {"applicability": "display", "message": None, "edits": []},
    }
    unit = units("m.py", SOURCE.encode())[1]
    assert list(findings(SOURCE.encode(), unit, lambda command, given: json.dumps([finding]).encode())) == []


def test_an_answer_that_is_no_json_is_an_error_with_a_hint():
    unit = units("m.py", SOURCE.encode())[1]
    with pytest.raises(PerfsmithError, match="JSON") as caught:
        list(findings(SOURCE.encode(), unit, lambda command, given: b"error: unexpected argument"))
    assert caught.value.hint
