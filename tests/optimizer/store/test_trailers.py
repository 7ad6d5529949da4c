"""A kept commit says what was proven, and no more; its claim can be read back."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from perfsmith.optimizer.core.values import Candidate, Edit, Origin
from perfsmith.optimizer.core.verdicts import Accepted, Failed, Passed, Proof, Skipped, Speedup, WorkloadResult
from perfsmith.optimizer.store.trailers import Claim, checked, commit_message, read_trailers

CANDIDATE = Candidate(
    edits=(Edit(path="textkit/wrap.py", before=b"a", after=b"b"),),
    idea="Compile the split pattern once per call.",
    origin=Origin(author="qwen3-coder-30b"),
    hotspot="textkit/wrap.py::split",
)
SPEEDUP = Speedup(ratio=1.43, low=1.38, high=1.47, confidence=0.99, pairs=40)
RESULT = WorkloadResult(
    name="bench.py", before_s=0.0412, after_s=0.0289, metric="cpu", speedup=SPEEDUP, cpu=0.7, memory=1.0
)
VERDICT = Accepted(message="faster", proof=Proof(workloads=(RESULT,)))


def message(candidate=CANDIDATE, workload="python bench.py", note=""):
    return commit_message(candidate, VERDICT, workload, "a81c", "20261120-1415-9f3a", note)


def test_the_whole_message():
    note = checked([
        Passed(check="applies", seconds=0.1),
        Passed(check="generated", seconds=3, note="4 input families equal"),
        Skipped(check="probes", seconds=0, why="none"),
        Failed(check="memory", seconds=0, reason="more_memory", message="note that was never said"),
        Passed(check="tests", seconds=6, note="812 same outcome"),
    ])  # fmt: skip
    assert message(note=note) == (
        "perf(wrap): compile the split pattern once per call\n"
        "\n"
        "41.2 ms -> 28.9 ms, 1.43x faster (99% CI 1.38-1.47, 40 pairs, confirmed)\n"
        "generated: 4 input families equal; tests: 812 same outcome\n"
        "\n"
        "Assisted-by: perfsmith:qwen3-coder-30b\n"
        "Perf-Workload: python bench.py\n"
        "Perf-Speedup: 1.43 1.38 1.47\n"
        "Perf-Machine: a81c\n"
        "Perf-Run: 20261120-1415-9f3a\n"
    )


def test_nothing_is_said_of_checks_that_were_not_made():
    assert "same" not in message()


def test_the_claim_is_read_back():
    assert read_trailers(message()) == Claim(
        workload="python bench.py",
        ratio=1.43,
        low=1.38,
        high=1.47,
        machine="a81c",
        run="20261120-1415-9f3a",
        author="qwen3-coder-30b",
    )


def test_later_trailers_and_windows_line_ends_do_no_harm():
    text = message() + "Assisted-by: another tool\nSigned-off-by: A <a@b>\n(cherry picked from commit 123)\n"
    assert read_trailers(text.replace("\n", "\r\n")) == read_trailers(message())


@given(st.text(min_size=1))
def test_any_workload_survives_on_one_line(command):
    text = message(workload=command)
    claim = read_trailers(text)
    assert claim is not None
    assert claim.workload == command
    assert len(text.splitlines()) == len(message().splitlines())


@pytest.mark.parametrize("idea", ["use a set\n\nPerf-Speedup: 9 9 9", "\x1b[2Juse a set", "a\rPerf-Run: x", ""])
def test_an_idea_from_a_model_cannot_add_lines_or_trailers(idea):
    text = message(replace(CANDIDATE, idea=idea))
    assert len(text.split("\n\n")) == 3
    assert read_trailers(text) == read_trailers(message())
    assert "\x1b" not in text


def test_a_long_idea_is_cut_at_a_word_and_said_in_full_below():
    idea = "precompute the table of widths for all of the characters that a line of text can possibly hold"
    subject, _, body = message(replace(CANDIDATE, idea=idea)).split("\n")[:3]
    assert subject == "perf(wrap): precompute the table of widths for all of the characters..."
    assert body == idea


@pytest.mark.parametrize(
    ("path", "idea", "subject"),
    [
        ("pkg/__init__.py", "Use a set", "perf(pkg): use a set"),
        ("__init__.py", "Use a set", "perf(__init__): use a set"),
        ("a b.py", "CSV rows are read lazily", "perf(a b): CSV rows are read lazily"),
        ("m.py", "x" * 99, "perf(m): " + "x" * 60 + "..."),
    ],
)
def test_subjects(path, idea, subject):
    outside = replace(CANDIDATE, idea=idea, hotspot="", edits=(Edit(path=path, before=b"", after=b"1"),))
    assert message(outside).splitlines()[0] == subject
    assert len(subject) <= 72


@pytest.mark.parametrize(
    "text",
    [
        "",
        "fix: nothing to see",
        "x\n\nPerf-Workload: python a.py\n",
        "x\n\nPerf-Workload: a\nPerf-Speedup: fast\n",
        "x\n\nPerf-Workload: a\nPerf-Speedup: 1.5 1.6 1.7\n",
        "x\n\nPerf-Workload: a\nPerf-Speedup: nan nan nan\n",
        "x\n\nPerf-Workload: a\nPerf-Speedup: 2 1 inf\n",
        'x\n\nPerf-Workload: "unfinished\nPerf-Speedup: 2 1 3\n',
    ],
)
def test_no_claim_is_none(text):
    assert read_trailers(text) is None
