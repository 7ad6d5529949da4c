"""Recorded runs, drawn: what users and reviewers see, in files that can be read.

The stories below are written to `tests/golden/*.jsonl` and drawn from there.
"""

import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import get_args

import pytest
from perfsmith.optimizer.core.events import (
    Applied,
    BaseTested,
    BaseTimed,
    CallsTimed,
    CandidateJudged,
    CandidateProposed,
    CheckFinished,
    Committed,
    ComparisonStarted,
    ConfirmationStarted,
    Discovered,
    Entry,
    Event,
    FinalMeasured,
    FloorMeasured,
    HostProbed,
    HotspotClosed,
    HotspotOpened,
    Profiled,
    PromptSent,
    PythonPeaksTraced,
    ReplyReceived,
    RoundMeasured,
    RunFinished,
    RunStarted,
    Screened,
    StepStarted,
    StopAsked,
    StrengthMeasured,
    Undone,
    Walled,
    Warned,
    WorkloadCompared,
)
from perfsmith.optimizer.core.goal import Goal
from perfsmith.optimizer.core.machine import HostFacts, NoiseFloor
from perfsmith.optimizer.core.values import (
    Candidate,
    Edit,
    Frame,
    Guess,
    Hotspot,
    Message,
    Origin,
    Profile,
    Prompt,
    Reply,
    Repo,
    Stack,
    Suite,
    Unit,
    Workload,
)
from perfsmith.optimizer.core.verdicts import (
    Accepted,
    CallRatios,
    Caught,
    Compared,
    Failed,
    Fault,
    Faults,
    Inconclusive,
    Passed,
    Proof,
    PythonPeak,
    Reading,
    Rejected,
    Round,
    Skipped,
    Speedup,
    WorkloadResult,
)
from perfsmith.optimizer.store.codec import decode, encode
from perfsmith.optimizer.views.lines import DETAIL, NORMAL, RESULT
from perfsmith.optimizer.views.plain import Plain
from perfsmith.optimizer.views.report_json import report as report_json
from perfsmith.optimizer.views.report_md import report as report_md
from perfsmith.optimizer.views.rounds import series
from perfsmith.optimizer.views.state import fold

REPO = Repo(
    root=Path("/home/ada/textkit"),
    revision="4be1c02d9a1f6a51c1d5c3f8e0a7b2c4d6e8f0a1",
    python=Path("/home/ada/textkit/.venv/bin/python"),
    source=("textkit",),
)
GOAL = Goal(
    workloads=(Workload(name="bench.py", command="python bench.py"),), suite=Suite(command="pytest -q", pytest=True)
)
SPLIT = Hotspot(
    rank=1,
    unit=Unit(name="split", path="textkit/wrap.py", first=88, last=104, start=2100, end=2700, indent=""),
    symbol="textkit.wrap:split",
    own=0.31,
    total=0.339,
)
FOLD = Hotspot(
    rank=2,
    unit=Unit(name="fold", path="textkit/norm.py", first=40, last=61, start=900, end=1500, indent=""),
    symbol="textkit.norm:fold",
    own=0.184,
    total=0.184,
)
MODEL = "ollama/qwen3-coder:30b"
HOST = HostFacts(
    system="Linux 6.8.0",
    model="AMD Ryzen 7",
    cores=16,
    usable=8,
    virtual="",
    governor="powersave",
    load=0.41,
    pressure=0.02,
    counters=True,
    valgrind=False,
    build="CPython 3.12.4, optimised",
    clock="clock_gettime(CLOCK_MONOTONIC), tsc",
    resolution=1e-9,
)
FLOOR = NoiseFloor(
    workload="bench.py",
    share=0.018,
    biased=False,
    ratio=1.003,
    low=0.98,
    high=1.027,
    metric="cpu",
    together=True,
    wall=0.0412,
    cpu=0.0398,
    pairs=12,
    detectable=1.031,
)
PROMPT = Prompt(template="optimise", messages=(Message(role="user", text="Make split faster."),))


def start(command="optimize", model=MODEL, **more):
    return RunStarted(
        repo=REPO, goal=GOAL, command=command, model=model, version="0.1.0", **{"branch": "main", "changed": 2} | more
    )


def speedup(ratio, low, high, pairs=40):
    return Speedup(ratio=ratio, low=low, high=high, confidence=0.99, pairs=pairs)


RATIOS = CallRatios(
    same=speedup(1.5, 1.4, 1.6, 8),
    copies=speedup(1.51, 1.4, 1.6, 8),
    distinct=speedup(1.49, 1.4, 1.6, 8),
    first=speedup(1.31, 1.1, 1.5, 8),
    imports=None,
    remarks=("the first call in a process takes 1.2 ms longer than later ones",),
)


def result(speed, before=0.0412, name="bench.py", memory=1.0, first_call=None):
    cpu = 1 / speed.ratio
    return WorkloadResult(
        name=name,
        before_s=before,
        after_s=before / speed.ratio,
        metric="cpu",
        speedup=speed,
        cpu=cpu,
        memory=memory,
        first_call=first_call,
    )


def candidate(idea, hotspot=SPLIT, author=MODEL, **more):
    edit = Edit(
        path=hotspot.unit.path if hotspot else "textkit/wrap.py", before=b"slow", after=idea.encode("utf-8", "replace")
    )
    origin = Origin(author=author, strategy="single", prompt=PROMPT.sha)
    return Candidate(edits=(edit,), idea=idea, origin=origin, hotspot=hotspot.id if hotspot else "", **more)


def rounds(one, phase, *ratios, order=""):
    for number, ratio in enumerate(ratios, start=1):
        before = Reading(wall=0.0412, cpu=0.0398, delay=0.0, peak=18 << 20)
        after = Reading(wall=0.0412 / ratio, cpu=0.0398 / ratio, delay=0.0, peak=18 << 20)
        pair = Round(before=before, after=after, order=order or ("AB" if number % 2 else "BA"), seed=number)
        yield RoundMeasured(candidate=one.id, workload="bench.py", phase=phase, round=pair, number=number)


def checks(one, *outcomes):
    return [CheckFinished(candidate=one.id, outcome=outcome) for outcome in outcomes]


APPLIES = Passed(check="applies", seconds=0.02)
TESTS = Passed(check="tests", seconds=6.4, note="812 same")
GENERATED = Passed(check="generated", seconds=3.1, note="4 input families equal")


def setting_out():
    stack = Stack(frames=(Frame(name="split", path="/src/textkit/wrap.py", line=91),), count=4210)
    profile = Profile(workload="bench.py", profiler="sampling", seconds=9.1, root="/src", stacks=(stack,))
    return [
        start(),
        HostProbed(host=HOST),
        Discovered(
            guess=Guess(what="python", value=".venv/bin/python", how="3.12.4, uv project", option="--python EXE")
        ),
        Discovered(guess=Guess(what="workload", value="python bench.py", how="found", option="--workload CMD")),
        Walled(level="landlock", why="no user namespaces here; `perfsmith doctor` shows how to get a stronger one"),
        StepStarted(what="testing the base"),
        BaseTested(tests=812, seconds=6.4, runs=3, flaky=("tests/test_net.py::test_retry",)),
        BaseTimed(workload="bench.py", wall=0.0412, cpu=0.0398),
        StepStarted(what="profiling bench.py"),
        Profiled(profile=profile, hotspots=(SPLIT, FOLD)),
    ]


PEAKS = (
    PythonPeak(workload="bench.py", before=10 << 20, after=12 << 20),
    PythonPeak(workload="make bench", note="only a command of the form `python script.py …` can be traced"),
)
FAULTS = Faults(
    planted=30,
    by=(Caught(check="replay", faults=22), Caught(check="tests", faults=6)),
    missed=(
        Fault(
            path="textkit/wrap.py", unit="split", line=91, operator="< to <=", before="if a < b:", after="if a <= b:"
        ),
        Fault(
            path="textkit/wrap.py", unit="split", line=95, operator="statement removed", before="trim(b)", after="pass"
        ),
    ),
    seconds=41.5,
    form="candidate",
    unreached=("textkit/wrap.py:95",),
)


def kept():
    slower = candidate("keep all chunks in a list")
    wrong = candidate("split on white space only")
    good = candidate("compile the split pattern once per call")
    cached = candidate("remember results between calls", hotspot=FOLD)
    unread = candidate("", hotspot=FOLD, problem="no code block in the reply")
    reply = Reply(text="...", model=MODEL, tokens_in=16100, tokens_cached=13700, tokens_out=3050, usd=0.0, seconds=20.4)
    verdict = Accepted(message="1.43x faster on bench.py", proof=Proof(workloads=(result(speedup(1.43, 1.38, 1.47)),)))
    return [
        *setting_out(),
        HotspotOpened(hotspot=SPLIT),
        PromptSent(hotspot=SPLIT.id, model=MODEL, prompt=PROMPT),
        ReplyReceived(sha=PROMPT.sha, reply=reply),
        CandidateProposed(candidate=slower),
        *checks(slower, APPLIES, TESTS, GENERATED),
        *rounds(slower, "screening", 0.97, 1.01, 0.98),
        Screened(candidate=slower.id, workload="bench.py", estimate=0.98, promising=False, pairs=3),
        CandidateJudged(
            candidate=slower.id,
            verdict=Rejected(
                reason="not_faster",
                message="could be anything from 2% slower to 3% faster",
                check="measurement",
                proof=Proof(workloads=(result(speedup(1.004, 0.981, 1.027, 30)),)),
            ),
        ),
        CandidateProposed(candidate=wrong),
        *checks(
            wrong,
            APPLIES,
            Failed(
                check="tests",
                seconds=6.1,
                reason="tests_failed",
                message="1 of 812 differs",
                evidence="tests/test_wrap.py::test_nbsp\nexpected 'a\\xa0b', got 'a b'",
            ),
        ),
        CandidateJudged(
            candidate=wrong.id,
            verdict=Rejected(
                reason="tests_failed",
                message="1 of 812 differs",
                check="tests",
                evidence="tests/test_wrap.py::test_nbsp\nexpected 'a\\xa0b', got 'a b'",
            ),
        ),
        CandidateProposed(candidate=good),
        *checks(good, APPLIES, TESTS, GENERATED, Skipped(check="replay", seconds=0.0, why="nothing was recorded")),
        *rounds(good, "screening", 1.41, 1.44, 1.40, 1.47, 1.42),
        Screened(candidate=good.id, workload="bench.py", estimate=1.42, promising=True, pairs=5),
        ConfirmationStarted(candidate=good.id, alpha=0.005),
        *rounds(good, "confirmation", 1.43, 1.42, 1.45),
        FloorMeasured(base=REPO.revision, floor=FLOOR),
        CallsTimed(candidate=good.id, ratios=RATIOS),
        StrengthMeasured(candidate=good.id, faults=FAULTS),
        PythonPeaksTraced(candidate=good.id, peaks=PEAKS),
        CandidateJudged(candidate=good.id, verdict=verdict),
        Committed(
            candidate=good.id,
            sha="c0ffee1b2a3d4e5f60718293a4b5c6d7e8f90a1b",
            subject="perf(wrap): compile the split pattern once per call",
            ref="refs/perfsmith/20261120-1415-9f3a",
            branch="perfsmith/20261120-1415-9f3a",
        ),
        HotspotClosed(hotspot=SPLIT.id, tried=3, kept=1, why="an edit was kept"),
        HotspotOpened(hotspot=FOLD),
        ReplyReceived(sha=PROMPT.sha, reply=reply),
        CandidateProposed(candidate=cached),
        *checks(cached, APPLIES, TESTS),
        CandidateJudged(
            candidate=cached.id,
            verdict=Rejected(
                reason="cheating",
                message="keeps results in a module dict between calls",
                check="protected",
                evidence="textkit/norm.py:41  _SEEN[text] = folded",
            ),
        ),
        CandidateProposed(candidate=unread),
        CandidateJudged(
            candidate=unread.id,
            verdict=Rejected(reason="malformed_edit", message="no code block in the reply", check="applies"),
        ),
        HotspotClosed(hotspot=FOLD.id, tried=2, kept=0, why="out of ideas"),
        Warned(message="frequency scaling is on; the pairs cancel most of it"),
        FinalMeasured(
            base=REPO.revision,
            head="c0ffee1b2a3d4e5f60718293a4b5c6d7e8f90a1b",
            proof=Proof(workloads=(result(speedup(1.12, 1.10, 1.14)),)),
        ),
        RunFinished(ending="done", seconds=372.0),
        Applied(branch="main", before=REPO.revision, after="c0ffee1b2a3d4e5f60718293a4b5c6d7e8f90a1b"),
        Undone(branch="main", before="c0ffee1b2a3d4e5f60718293a4b5c6d7e8f90a1b", after=REPO.revision),
    ]


def nothing_kept():
    one = candidate("use a set for the membership test", author="rules:membership")
    return [
        start(model="rules", changed=0),
        HotspotOpened(hotspot=SPLIT),
        CandidateProposed(candidate=one),
        *checks(one, APPLIES, TESTS),
        CandidateJudged(
            candidate=one.id,
            verdict=Inconclusive(
                reason="noisy",
                message="the interval still crosses the bar after 120 pairs",
                check="measurement",
                proof=Proof(workloads=(result(speedup(1.02, 0.995, 1.046, 120)),)),
            ),
        ),
        HotspotClosed(hotspot=SPLIT.id, tried=1, kept=0, why="out of ideas"),
        RunFinished(ending="done", seconds=61.0),
    ]


def interrupted():
    one = candidate("hoist the loop invariant")
    return [
        start(),
        HotspotOpened(hotspot=SPLIT),
        CandidateProposed(candidate=one),
        *checks(one, APPLIES),
        *rounds(one, "screening", 1.1),
        StopAsked(),
        RunFinished(ending="interrupted", seconds=12.3),
    ]


def red_base():
    return [
        start(branch="", changed=1),
        BaseTested(tests=812, seconds=6.4, runs=3, failing=tuple(f"tests/test_{letter}.py::test" for letter in "abcd")),
        RunFinished(ending="failed", seconds=21.0, message="4 of 812 tests fail before any change"),
    ]


def verified():
    one = candidate("Use a set", hotspot=None, author="patch")
    proof = Proof(
        workloads=(
            result(speedup(1.43, 1.38, 1.47), first_call=1.31),
            result(speedup(0.97, 0.953, 0.985), before=1.92, name="cli.py big.txt", memory=1.04),
        )
    )
    return [
        start("verify", "", changed=0),
        CandidateProposed(candidate=one),
        *checks(one, APPLIES, TESTS),
        ConfirmationStarted(candidate=one.id, alpha=0.01),
        CandidateJudged(
            candidate=one.id,
            verdict=Accepted(message="1.43x faster", proof=proof, warnings=("docs/wrap.md was set aside",)),
        ),
        RunFinished(ending="done", seconds=44.0),
    ]


def compared():
    """Two workloads, both kinds of rounds."""
    name = "compare"
    faster = Compared(finding="faster", result=result(speedup(1.43, 1.38, 1.47, 8)))
    other = result(speedup(0.997, 0.981, 1.013, 48), before=1.92, name="cli.py big.txt")
    return [
        start("compare", "", changed=1),
        ComparisonStarted(base="main", head="working tree", tree="5d1f"),
        BaseTimed(workload="bench.py", wall=0.0412, cpu=0.0398, cpu_bound=True),
        *rounds(SimpleNamespace(id=name), "comparison", 1.40, 1.47, 1.43, 1.45),
        *rounds(SimpleNamespace(id=name), "comparison", 1.42, 1.43, 1.44, 1.43, 1.42, 1.44, order="together"),
        WorkloadCompared(compared=faster),
        WorkloadCompared(compared=Compared(finding="inconclusive", result=other, note="the first varies by itself")),
        RunFinished(ending="done", seconds=31.0),
    ]


def hostile():
    """Text from a model that tries to rule the terminal and the report."""
    evil = "\x1b[2J\x1b]0;owned\x07fast | `rm -rf` <script>x</script>\n# Kept\r**1000x** \u202egnol\udcff"
    one = candidate(evil, hotspot=None, author="cmd:evil\x1b[31m")
    return [
        start(),
        CandidateProposed(candidate=one),
        CandidateJudged(
            candidate=one.id, verdict=Rejected(reason="sandbox_violation", message=evil, evidence=evil)
        ),
        Warned(message=evil),
        RunFinished(ending="budget", seconds=1.0, message=evil),
    ]  # fmt: skip


STORIES = {
    "kept": kept,
    "nothing-kept": nothing_kept,
    "interrupted": interrupted,
    "red-base": red_base,
    "verified": verified,
    "compared": compared,
    "hostile": hostile,
}
STEP = 2.5
"""Seconds between two entries of a story."""


def tell(events):
    run = "20261120-1415-9f3a"
    return [Entry(seq=seq, at=1_795_184_100 + seq * STEP, run=run, event=event) for seq, event in enumerate(events, 1)]


@pytest.fixture(params=STORIES)
def story(request, golden):
    """Name and entries of a recorded run, after a look whether the record is up to date."""
    text = "".join(encode(entry) + "\n" for entry in tell(STORIES[request.param]()))
    golden(f"{request.param}.jsonl", text)
    return request.param, [decode(line) for line in text.splitlines()]


def draw(entries, level=NORMAL, width=80):
    stream = io.StringIO()
    ticking = iter(entry.at for entry in entries for _ in range(99))
    screen = Plain(stream, ticking.__next__, level=level, width=width, patience=1e9)
    for entry in entries:
        screen(entry)
    return stream.getvalue()


def test_screen(story, golden):
    name, entries = story
    golden(f"{name}.txt", draw(entries))


def test_report(story, golden):
    name, entries = story
    golden(f"{name}.md", report_md(fold(entries), series(entries)))


def test_report_for_scripts(story, golden):
    name, entries = story
    golden(f"{name}.json", json.dumps(json.loads(report_json(fold(entries), series(entries))), indent=1) + "\n")


def test_verbose_and_quiet(golden):
    entries = tell(kept())
    golden("kept-verbose.txt", draw(entries, DETAIL))
    golden("kept-quiet.txt", draw(entries, RESULT))


def test_every_event_is_in_a_story():
    told = {type(entry.event) for make in STORIES.values() for entry in tell(make())}
    assert told == set(get_args(Event))


def test_no_line_is_wider_than_the_terminal(story):
    for width in (40, 80):
        assert max(map(len, draw(story[1], DETAIL, width).splitlines())) <= width


def test_nothing_from_outside_reaches_a_terminal_or_report_unescaped():
    entries = tell(hostile())
    for text in (draw(entries, DETAIL), report_md(fold(entries), series(entries))):
        assert all(char.isprintable() for char in text.replace("\n", ""))
    assert "<script>" not in report_md(fold(entries), series(entries)).replace("`", "")
    assert "\n# Kept" not in report_md(fold(entries), series(entries))
