"""Every event survives the ledger, and what cannot be read says so."""

import dataclasses
import json
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from perfsmith.optimizer.core.events import CandidateJudged, CandidateProposed, CheckFinished, Entry, Event, Warned
from perfsmith.optimizer.core.values import Candidate, Edit, Hotspot, Origin, Unit
from perfsmith.optimizer.core.verdicts import Inconclusive, Passed, Rejected
from perfsmith.optimizer.store.codec import LedgerError, decode, encode, kind_of

EVENTS = get_args(Event)
st.register_type_strategy(
    Path, st.lists(st.text("abc .é", min_size=1), max_size=3).map(lambda parts: Path("/", *parts))
)


def entry(event):
    return Entry(seq=7, at=1763647000.25, run="20261120-1415-9f3a", event=event)


def back(event):
    return decode(encode(entry(event))).event


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_every_event_survives(kind):
    @settings(max_examples=25, deadline=None, database=None)
    @given(st.from_type(kind))
    def survives(event):
        line = encode(entry(event))
        again = decode(line)
        # repr tells nan from nan being unequal to itself
        assert repr(again) == repr(entry(event))
        assert line.isascii()
        assert "\n" not in line
        assert kind_of(line) == event.kind

    survives()


def test_no_field_of_an_event_hides_one_of_the_entry():
    for kind in EVENTS:
        assert not {"seq", "at", "run"} & set(get_type_hints(kind))


def test_bytes_of_any_encoding_survive_and_utf8_stays_readable():
    edits = (
        Edit(path="latin.py", before="é = 1\r\n".encode("latin-1"), after=b"\x00\xff"),
        Edit(path="plain.py", before=None, after="# żółw\n".encode()),
        Edit(path="gone.py", before=b"", after=None),
        Edit(path="bad-\udcff-name.py", before=b"a", after=b"b"),
    )
    event = CandidateProposed(candidate=Candidate(edits=edits, idea="try", origin=Origin(author="patch")))
    assert back(event) == event
    told = json.loads(encode(entry(event)))["candidate"]
    assert told["edits"][1] == {"path": "plain.py", "before": None, "after": "# żółw\n", "mode": "100644"}
    assert told["id"] == event.candidate.id


@pytest.mark.parametrize("text", ["\udcff", "a\ud800b", "\u2028\x85\x00", "𝄞"])
def test_odd_text_survives(text):
    assert back(Warned(message=text)) == Warned(message=text)


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), 1e-320, 0.1])
def test_odd_numbers_survive(value):
    event = CheckFinished(candidate="a", outcome=Passed(check="tests", seconds=value))
    assert back(event) == event


def test_a_rejection_does_not_come_back_as_inconclusive():
    for verdict in (Rejected(reason="slower", message="m"), Inconclusive(reason="noisy", message="m")):
        assert type(back(CandidateJudged(candidate="a", verdict=verdict)).verdict) is type(verdict)


def test_the_identity_of_a_candidate_is_computed_not_believed():
    event = CandidateProposed(candidate=Candidate(edits=(), idea="", origin=Origin(author="x"), problem="empty"))
    forged = encode(entry(event)).replace(event.candidate.id, "0" * 12)
    assert decode(forged).event == event


def test_fields_of_a_newer_version_are_ignored_and_absent_ones_get_their_defaults():
    unit = Unit(name="f", path="a.py", first=1, last=2, start=0, end=9, indent="")
    hotspot = Hotspot(rank=1, unit=unit, symbol="a:f", own=0.5, total=0.5)
    line = json.dumps({
        "seq": 1, "at": 0.0, "run": "r", "kind": "hotspot_opened", "novel": [1],
        "hotspot": dataclasses.asdict(hotspot) | {"novel": 1},
    })  # fmt: skip
    assert decode(line).event.hotspot == hotspot
    assert decode('{"seq":1,"at":0,"run":"r","kind":"walled","level":"landlock"}').event.why == ""


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", "not JSON"),
        ("[]", "expected dict"),
        ('{"seq":1,"at":0,"run":"r","kind":"teleported"}', "unknown kind 'teleported'"),
        ('{"seq":1,"at":0,"run":"r","kind":"warned"}', "incomplete Warned"),
        ('{"seq":1,"at":0,"run":"r","kind":"warned","message":3}', "expected str, found int"),
        ('{"seq":true,"at":0,"run":"r","kind":"warned","message":""}', "expected int, found bool"),
        ('{"seq":1,"at":0,"run":"r","kind":"run_finished","ending":"odd","seconds":1}', "'odd' is none of"),
        ('{"at":0,"run":"r","kind":"warned","message":""}', "expected int"),
    ],
)
def test_what_cannot_be_read_says_why(line, complaint):
    with pytest.raises(LedgerError, match=complaint) as caught:
        decode(line)
    assert caught.value.hint
