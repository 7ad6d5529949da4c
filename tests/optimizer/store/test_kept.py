"""Facts that outlive a run: whatever lies in the folder, a fact is the one that was asked for, or there is none."""

import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from perfsmith.optimizer.core.recording import Call, Recording, Step
from perfsmith.optimizer.store.codec import LedgerError, from_text, to_text
from perfsmith.optimizer.store.kept import AGE, LARGEST, tidy
from perfsmith.optimizer.verify.exercised import Exercised
from perfsmith.optimizer.verify.facts import SuiteFacts
from perfsmith.optimizer.verify.probe import Reached

CALL = Call(
    id="c0",
    label="a.py::A.f",
    module="a",
    parts=("A", "f"),
    kind="method",
    pickle="gASV",
    states=frozenset({"a.py::A", "a.py::B"}),
    steps=(Step(name="g", kind="call", pickle="gASW", states=frozenset({"a.py::B"})),),
)
FACT = Exercised(
    changed=("a.py::A.f", "\udcff.py::f"),
    by_workload=Reached(tests={"a.py::A.f": frozenset({""})}),
    by_suite=Reached(tests={"a.py::A.f": frozenset({"t.py::test_b", "t.py::test_a"}), "x": frozenset()}),
    recording=Recording(calls=(CALL,), refused=(("a.py::A.f", "a lock"),), modules={"a": "/r/a.py"}, path=("", "/r")),
)
QUESTION = ("exercised", "key", "revision")
SUITE = SuiteFacts(outcomes={"a::b": "passed"}, durations={"a::b": 0.25}, seconds=1.0, flaky=("c",), failing=(), code=0)


def written(kept):
    (place,) = kept.folder.iterdir()
    return place


@pytest.mark.parametrize("fact", [FACT, SUITE, Recording()])
def test_a_fact_comes_back_as_it_was(kept, fact):
    kept().store(fact, *QUESTION)
    assert kept().load(type(fact), *QUESTION) == fact
    assert from_text(type(fact), to_text(fact)) == fact


@pytest.mark.parametrize(
    "question", [(), QUESTION[:2], (*QUESTION, ""), ("exercised", "keyrevision", ""), ("outcomes", *QUESTION[1:])]
)
def test_another_question_has_another_answer(kept, question):
    kept().store(FACT, *QUESTION)
    assert kept().load(Exercised, *question) is None


def test_so_have_other_surroundings_another_repository_and_another_type(kept, tmp_path):
    kept().store(FACT, *QUESTION)
    assert kept("another environment").load(Exercised, *QUESTION) is None
    assert kept(folder=tmp_path / "facts/other").load(Exercised, *QUESTION) is None
    assert kept().load(SuiteFacts, *QUESTION) is None


def test_a_file_that_was_written_for_another_question_does_not_count(kept):
    kept().store(FACT, *QUESTION)
    place = written(kept())
    kept("new").store(FACT, *QUESTION)
    (other,) = set(kept().folder.iterdir()) - {place}
    other.replace(place)
    assert kept().load(Exercised, *QUESTION) is None


def test_a_torn_file_does_not_count_wherever_it_was_torn(kept):
    kept().store(FACT, *QUESTION)
    place = written(kept())
    whole = place.read_bytes()
    for end in range(0, len(whole), 7):
        place.write_bytes(whole[:end])
        assert kept().load(Exercised, *QUESTION) is None
    place.write_bytes(whole)
    assert kept().load(Exercised, *QUESTION) == FACT


@pytest.mark.parametrize("damage", [b"\0", b"\xff", b"[" * 3000, b"x"])
def test_nor_does_a_damaged_one(kept, damage):
    kept().store(FACT, *QUESTION)
    place = written(kept())
    whole = place.read_bytes()
    for at in (0, 70, len(whole) // 2, len(whole)):
        place.write_bytes(whole[:at] + damage + whole[at + len(damage) :])
        assert kept().load(Exercised, *QUESTION) is None


def test_nor_does_a_folder_or_a_pipe_in_its_place(kept):
    kept().store(FACT, *QUESTION)
    place = written(kept())
    place.unlink()
    place.mkdir()
    assert kept().load(Exercised, *QUESTION) is None
    place.rmdir()
    os.mkfifo(place)
    assert kept().load(Exercised, *QUESTION) is None


@pytest.mark.parametrize("days", [31, -31])
def test_nor_does_an_old_one_or_one_from_the_future(kept, days):
    kept().store(FACT, *QUESTION)
    then = time.time() - days * 86400
    os.utime(written(kept()), (then, then))
    assert kept().load(Exercised, *QUESTION) is None
    assert kept(clock=lambda: then).load(Exercised, *QUESTION) == FACT


def test_only_the_user_can_read_it(kept):
    kept().store(FACT, *QUESTION)
    assert written(kept()).stat().st_mode & 0o777 == 0o600
    assert kept().folder.stat().st_mode & 0o777 == 0o700


def test_a_huge_fact_is_not_kept(kept):
    told = []
    huge = SuiteFacts(outcomes={"a": "x" * LARGEST}, durations={}, seconds=1.0, flaky=(), failing=(), code=0)
    kept(say=told.append).store(huge, *QUESTION)
    assert kept().load(SuiteFacts, *QUESTION) is None
    assert told == []


def test_where_nothing_can_be_written_that_is_said_once(kept, tmp_path):
    (tmp_path / "facts").write_text("in the way")
    told = []
    blocked = kept(say=told.append)
    for _ in range(2):
        blocked.store(FACT, *QUESTION)
    assert blocked.load(Exercised, *QUESTION) is None
    (said,) = told
    assert said.startswith(f"what is found out about the base cannot be kept in {blocked.folder}: ")


def test_a_full_disk_costs_the_fact_and_leaves_no_piece_of_it(kept):
    told = []
    kept().store(SUITE, "outcomes")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200, before[1]))
    try:
        kept(say=told.append).store(FACT, *QUESTION)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert len(told) == 1
    assert len(list(kept().folder.iterdir())) == 1
    assert kept().load(SuiteFacts, "outcomes") == SUITE
    assert kept().load(Exercised, *QUESTION) is None


WRITER = """
import sys, time
from pathlib import Path
from perfsmith.optimizer.store.kept import KeptFacts
from perfsmith.optimizer.core.recording import Recording
told = []
kept = KeptFacts(folder=Path(sys.argv[1]), about="", clock=time.time, say=told.append)
for number in range(150):
    kept.store(Recording(main=sys.argv[2] * 20000), "same")
    found = kept.load(Recording, "same")
    assert found is not None and set(found.main) in ({"a"}, {"b"}), "torn"
assert told == [], told
"""


def test_two_runs_at_once_read_and_write_whole_facts(kept):
    runs = [subprocess.Popen([sys.executable, "-c", WRITER, str(kept().folder), letter]) for letter in "ab"]
    assert [run.wait(60) for run in runs] == [0, 0]
    assert len(list(kept().folder.iterdir())) == 1


def test_the_oldest_go_first_and_so_does_what_killed_runs_left(tmp_path):
    now = 10 * AGE
    ages = {"a/new.json": 1, "b/old.json": 3, "b/older.json": 4, "a/expired.json": AGE + 1}
    ages |= {"a/left.1-ab": 4000, "b/being-written.2-cd": 5}
    for name, age in ages.items():
        place = tmp_path / name
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(b"x" * 100)
        os.utime(place, (now - age, now - age))
    tidy(tmp_path, now, room=250)
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {"a/new.json", "b/old.json", "b/being-written.2-cd"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Odd:
    numbers: tuple[int, ...] = ()
    words: frozenset[str] = field(default_factory=frozenset)


@pytest.mark.parametrize("text", ["", "3", "[]", '{"numbers": 3}', '{"numbers": ["a"]}', '{"words": {}}', "[" * 5000])
def test_a_text_that_is_no_such_value_is_refused(text):
    with pytest.raises(LedgerError):
        from_text(Odd, text)


def test_the_folder_may_vanish_at_any_time(kept, tmp_path):
    assert tidy(Path(tmp_path / "absent"), 0.0) is None
    assert kept().load(Exercised, *QUESTION) is None
