"""The screens: a sign of life, streams that cannot show or take everything, a status line that leaves no trace."""

import io
import os
import pty
import re
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from perfsmith.optimizer.core.events import CandidateJudged, Entry, RoundMeasured, RunFinished, StepStarted, Warned
from perfsmith.optimizer.core.verdicts import Reading, Round, refuse
from perfsmith.optimizer.store.codec import decode, encode
from perfsmith.optimizer.views import screen
from perfsmith.optimizer.views.fit import showable, wrapped
from perfsmith.optimizer.views.jsonl import JsonLines
from perfsmith.optimizer.views.lines import Line
from perfsmith.optimizer.views.plain import Plain
from perfsmith.optimizer.views.terminal import Terminal

STORY = Path(__file__).parents[2] / "golden" / "kept.jsonl"


class Terminals(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self):
        return True


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def story():
    return [decode(line) for line in STORY.read_text().splitlines()]


def entry(event, at=0.0):
    return Entry(seq=1, at=at, run="r", event=event)


def measured(number):
    reading = Reading(wall=1.0, cpu=1.0, delay=0.0, peak=1)
    pair = Round(before=reading, after=reading, order="AB", seed=number)
    return RoundMeasured(candidate="c", workload="bench.py", phase="screening", round=pair, number=number)


def test_silence_is_broken_after_the_patience_and_not_before():
    clock, stream = Clock(), io.StringIO()
    plain = Plain(stream, clock, patience=30)
    plain(entry(StepStarted(what="testing the base"), at=100))
    clock.now = 29
    plain(entry(StepStarted(what="testing the base"), at=129))
    assert stream.getvalue() == ""
    clock.now = 41
    plain.tick()
    plain.tick()
    assert stream.getvalue() == "  still testing the base (0:12)\n"


def test_rounds_say_nothing_but_count():
    clock, stream = Clock(), io.StringIO()
    plain = Plain(stream, clock, patience=30)
    for number in range(1, 5):
        clock.now = number * 10.0
        plain(entry(measured(number), at=clock.now))
    assert stream.getvalue() == "  still measuring bench.py (screening): pair 3, about 1.00x so far (0:20)\n"


def test_a_finished_run_is_not_still_running():
    clock, stream = Clock(), io.StringIO()
    plain = Plain(stream, clock, patience=30)
    plain(entry(RunFinished(ending="interrupted", seconds=1)))
    said = stream.getvalue()
    clock.now = 1000
    plain.tick()
    assert stream.getvalue() == said
    assert "stopped by you" in said


def test_life_is_shown_while_no_event_comes():
    written = threading.Event()

    class Told(io.StringIO):
        def write(self, text):
            written.set()
            return super().write(text)

    with Plain(Told(), iter(range(10**6)).__next__, patience=1):
        assert written.wait(20)


@pytest.mark.parametrize("listener", [lambda stream: Plain(stream, Clock()), JsonLines], ids=["plain", "jsonl"])
def test_a_reader_that_went_away_does_not_end_the_run(listener):
    read_end, write_end = os.pipe()
    os.close(read_end)
    stream = os.fdopen(write_end, "w")
    shown = listener(stream)
    for one in story():
        shown(one)
    with pytest.raises(BrokenPipeError):
        stream.close()


def test_a_closed_stream_does_not_end_the_run():
    stream = io.StringIO()
    stream.close()
    Plain(stream, Clock())(entry(Warned(message="x")))


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [("utf-8", "3 µs …é"), ("ascii", "3 us ...?"), ("latin-1", "3 us ...é"), (None, "3 us ...?")],
)
def test_what_a_stream_cannot_encode_is_replaced(encoding, shown):
    assert showable("3 µs …é", encoding) == shown


def test_an_ascii_stream_takes_the_whole_story():
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    plain = Plain(stream, Clock())
    for one in [*story(), entry(Warned(message="żółw \u202e"))]:
        plain(one)
    stream.seek(0)
    assert "note: ???w ?" in stream.read()


@pytest.mark.parametrize(("command", "shown"), [("verify", 16), ("optimize", 6)])
def test_of_a_long_counterexample_what_each_side_did_is_shown(command, shown):
    start, *rest = story()
    judged = next(one for one in rest if isinstance(one.event, CandidateJudged))
    calls = [f"x.put({number})" for number in range(40)]
    evidence = "\n".join([*calls, "  before: returns 1", "  after:  returns 2"])
    verdict = refuse("wrong_behavior", "Box returns something else", check="generated", evidence=evidence)
    stream = io.StringIO()
    plain = Plain(stream, Clock())
    plain(replace(start, event=replace(start.event, command=command)))
    plain(replace(judged, event=replace(judged.event, verdict=verdict)))
    lines = [line.strip() for line in stream.getvalue().partition("something else")[2].splitlines() if line.strip()]
    assert len(lines) == shown
    assert lines[:2] == ["x.put(0)", f"... {42 - shown + 1} more lines"]
    assert lines[-3:] == ["x.put(39)", "before: returns 1", "after:  returns 2"]


def test_a_long_line_goes_on_under_its_own_text():
    assert wrapped(Line("  tests     " + "word " * 5, hang=12), 30) == [
        "  tests     word word word",
        "            word word",
    ]
    assert wrapped(Line("x" * 50), 30) == ["x" * 30, "    " + "x" * 20]
    assert wrapped(Line("x" * 50), None) == ["x" * 50]


@pytest.mark.parametrize(
    ("stream", "options", "env", "kind"),
    [
        (io.StringIO(), {}, {"TERM": "xterm"}, Plain),
        (Terminals(), {}, {"TERM": "xterm"}, Terminal),
        (Terminals(), {"plain": True}, {"TERM": "xterm"}, Plain),
        (Terminals(), {"quiet": True}, {"TERM": "xterm"}, Plain),
        (Terminals(), {}, {"TERM": "dumb"}, Plain),
        (Terminals(), {}, {}, Plain),
    ],
)
def test_the_screen_suits_the_stream(stream, options, env, kind):
    assert type(screen(stream, env=env, **options)) is kind


def test_quiet_says_only_results():
    stream = io.StringIO()
    shown = screen(stream, quiet=True, clock=Clock())
    for one in story():
        shown(one)
    assert stream.getvalue() == (STORY.parent / "kept-quiet.txt").read_text()


def draw_live(env, width="80"):
    stream = Terminals()
    with Terminal(stream, Clock(), env={"TERM": "xterm-256color", "COLUMNS": width, "LINES": "24"} | env) as shown:
        for one in story():
            shown(one)
    return stream.getvalue()


def without_live_line(text):
    """What stays on the screen: every line that was not erased again."""
    kept = [[]]
    for part in re.split(r"(\x1b\[\d*[A-Za-z]|\x1b\[\?25[hl]|\r|\n)", text):
        match part:
            case "\n":
                kept.append([])
            case "\x1b[2K" | "\r":
                kept[-1].clear()
            case "\x1b[1A":
                kept.pop()
            case str() if not part.startswith("\x1b"):
                kept[-1].append(part)
    return "\n".join("".join(line) for line in kept)


def test_a_terminal_keeps_the_same_lines_as_the_plain_screen():
    text = draw_live({"NO_COLOR": "1"})
    assert "\x1b[?25l" in text
    assert text.rstrip().endswith("\x1b[2K") or "\x1b[?25h" in text
    plain = re.sub(r"\x1b\[[\d;]*m", "", text)
    golden = (STORY.parent / "kept.txt").read_text()
    assert showable(without_live_line(plain), "ascii").strip("\n") == golden.strip("\n")


def test_colors_are_used_only_where_they_are_wanted():
    assert re.search(r"\x1b\[(1;)?3\dm", draw_live({}))
    assert not re.search(r"\x1b\[(1;)?3\dm", draw_live({"NO_COLOR": "1"}))


def test_ctrl_c_gives_the_cursor_back():
    stream = Terminals()
    env = {"TERM": "xterm-256color", "COLUMNS": "80"}

    def interrupted():
        with Terminal(stream, Clock(), env=env) as shown:
            shown(story()[0])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert stream.getvalue().rfind("\x1b[?25h") > stream.getvalue().rfind("\x1b[?25l") >= 0


def test_a_question_gets_the_terminal_for_itself():
    stream = Terminals()
    with Terminal(stream, Clock(), env={"TERM": "xterm-256color", "COLUMNS": "80"}) as shown:
        shown(story()[0])
        with shown.paused():
            assert stream.getvalue().rfind("\x1b[?25h") > stream.getvalue().rfind("\x1b[?25l")
            before = stream.getvalue()
        assert stream.getvalue()[len(before) :].startswith("\x1b[?25l")


def test_a_real_terminal_is_left_in_order_by_ctrl_c():
    code = f"""
import pathlib, sys, time
from perfsmith.optimizer.store.codec import decode
from perfsmith.optimizer.views import screen
with screen(sys.stderr) as shown:
    for line in pathlib.Path({str(STORY)!r}).read_text().splitlines()[:30]:
        shown(decode(line))
    print("ready", flush=True)
    time.sleep(60)
"""
    ours, theirs = pty.openpty()
    env = os.environ | {"TERM": "xterm-256color", "COLUMNS": "60", "LINES": "24"}
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=theirs, env=env) as process:
        os.close(theirs)
        chunks: list[bytes] = []
        reader = threading.Thread(target=drain, args=(ours, chunks))
        reader.start()
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGINT)
        process.wait(20)
    reader.join(20)
    text = b"".join(chunks).decode()
    assert "perfsmith 0.1.0" in text
    assert text.rfind("\x1b[?25h") > text.rfind("\x1b[?25l") >= 0
    assert "KeyboardInterrupt" in text[text.rfind("\x1b[?25h") :]


def drain(source, chunks):
    try:
        while chunk := os.read(source, 65536):
            chunks.append(chunk)
    except OSError:
        pass
    finally:
        os.close(source)


def test_jsonl_is_the_ledger_itself():
    stream = io.StringIO()
    for one in story():
        JsonLines(stream)(one)
    assert stream.getvalue() == STORY.read_text()
    assert encode(story()[0]) == STORY.read_text().splitlines()[0]
