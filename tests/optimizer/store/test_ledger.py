"""The ledger is durable, private, tolerant of a kill, and tells its listeners."""

import os
import resource
import signal
import stat
import subprocess
import sys
import threading

import pytest
from perfsmith.optimizer.core.errors import SandboxError
from perfsmith.optimizer.core.events import (
    CandidateJudged,
    CandidateProposed,
    Entry,
    RunFinished,
    StepStarted,
    Warned,
)
from perfsmith.optimizer.core.values import Candidate, Edit, Origin
from perfsmith.optimizer.core.verdicts import Rejected
from perfsmith.optimizer.store.ledger import Ledger, history, read


def open_ledger(path, *listeners):
    return Ledger(path, "run-1", iter(range(1000)).__next__, listeners)


def candidate(text, hotspot="a.py::f"):
    edit = Edit(path="a.py", before=b"", after=text.encode())
    return Candidate(edits=(edit,), idea=text, origin=Origin(author="rules:x"), hotspot=hotspot)


def test_what_is_recorded_is_read_back_and_told(tmp_path):
    told: list[Entry] = []
    path = tmp_path / "runs" / "run-1" / "ledger.jsonl"
    with open_ledger(path, told.append) as ledger:
        ledger.record(StepStarted(what="tests"))
        ledger.record(RunFinished(ending="done", seconds=1.5))
    assert read(path) == tuple(told)
    assert [(entry.seq, entry.at, entry.run) for entry in told] == [(1, 0, "run-1"), (2, 1, "run-1")]
    assert read(path, {"run_finished"}) == tuple(told[1:])


def test_only_the_user_may_read_it(tmp_path):
    old = os.umask(0)
    try:
        open_ledger(tmp_path / "new" / "ledger.jsonl").close()
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "new" / "ledger.jsonl").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_a_listener_hears_of_an_event_only_after_it_is_in_the_file(tmp_path):
    path = tmp_path / "ledger.jsonl"
    seen = []
    with open_ledger(path, lambda entry: seen.append(entry in read(path))) as ledger:
        ledger.record(Warned(message="a"))
    assert seen == [True]


def test_a_torn_last_line_is_left_out_and_the_next_run_goes_on(tmp_path):
    path = tmp_path / "ledger.jsonl"
    with open_ledger(path) as ledger:
        ledger.record(Warned(message="first"))
        ledger.record(Warned(message="second"))
    path.write_bytes(path.read_bytes()[:-9])
    assert [entry.event.message for entry in read(path)] == ["first"]
    with open_ledger(path) as ledger:
        ledger.record(Warned(message="third"))
    first, torn, third = read(path)
    assert (first.event.message, third.event.message) == ("first", "third")
    assert "line 2 of ledger.jsonl was left out" in torn.event.message
    assert third.seq == 2


def test_an_event_of_a_newer_version_becomes_a_warning_in_its_place(tmp_path):
    path = tmp_path / "ledger.jsonl"
    with open_ledger(path) as ledger:
        ledger.record(Warned(message="a"))
        ledger.record(Warned(message="b"))
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], '{"seq":2,"at":1,"run":"r","kind":"teleported"}', lines[1], ""]))
    assert "teleported" in read(path)[1].event.message
    assert len(read(path)) == 3


def test_a_line_written_twice_counts_once(tmp_path):
    path = tmp_path / "ledger.jsonl"
    with open_ledger(path) as ledger:
        ledger.record(Warned(message="a"))
    path.write_bytes(path.read_bytes() * 2)
    assert len(read(path)) == 1


def test_a_full_disk_is_said_and_loses_nothing(tmp_path):
    path = tmp_path / "ledger.jsonl"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with open_ledger(path) as ledger:
        ledger.record(Warned(message="first"))
        whole = path.read_bytes()
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) + 10, before[1]))
        try:
            with pytest.raises(SandboxError) as caught:
                ledger.record(Warned(message="second"))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert caught.value.code == "disk_full"
        assert "resume" in caught.value.hint
        assert path.read_bytes() == whole
        ledger.record(Warned(message="third"))
    assert [entry.event.message for entry in read(path)] == ["first", "second", "third"]


def test_a_place_that_cannot_be_written_is_a_sandbox_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SandboxError) as caught:
        open_ledger(tmp_path / "file" / "ledger.jsonl")
    assert caught.value.code == "ledger_io"
    assert caught.value.hint


def test_a_killed_process_costs_at_most_the_line_being_written(tmp_path):
    path = tmp_path / "ledger.jsonl"
    code = f"""
from pathlib import Path
from perfsmith.optimizer.core.events import Warned
from perfsmith.optimizer.store.ledger import Ledger
ledger = Ledger(Path({str(path)!r}), "r", lambda: 0.0)
for number in range(10**9):
    ledger.record(Warned(message=str(number)))
    if number == 50:
        print("go", flush=True)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"go\n"
        process.send_signal(signal.SIGKILL)
    entries = read(path)
    assert len(entries) >= 51
    assert [entry.event.message for entry in entries] == [str(number) for number in range(len(entries))]


def test_threads_do_not_mix_their_lines(tmp_path):
    path = tmp_path / "ledger.jsonl"
    with Ledger(path, "r", lambda: 0.0) as ledger:
        threads = [
            threading.Thread(target=lambda: [ledger.record(Warned(message="x" * 200)) for _ in range(50)])
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [entry.seq for entry in read(path)] == list(range(1, 201))


def test_history_pairs_candidates_of_one_hotspot_with_their_verdicts(tmp_path):
    mine, unjudged, other = candidate("a"), candidate("b"), candidate("c", "b.py::g")
    no = Rejected(reason="slower", message="slower")
    path = tmp_path / "ledger.jsonl"
    with open_ledger(path) as ledger:
        for proposed in (mine, other, unjudged):
            ledger.record(CandidateProposed(candidate=proposed))
        for judged in (mine, other):
            ledger.record(CandidateJudged(candidate=judged.id, verdict=no))
    (attempt,) = history(read(path), "a.py::f")
    assert (attempt.candidate, attempt.verdict) == (mine, no)
    assert history(read(path), "nowhere") == ()
