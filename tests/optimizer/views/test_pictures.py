"""Pictures of intervals and rounds: in characters, in Markdown, in HTML."""

import io
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from perfsmith.optimizer.core.verdicts import Compared, Reading, Round, Speedup, WorkloadResult
from perfsmith.optimizer.store.codec import decode
from perfsmith.optimizer.views.comparison import table
from perfsmith.optimizer.views.fit import showable
from perfsmith.optimizer.views.plain import Plain
from perfsmith.optimizer.views.plot import WIDTH, Bar, dots, intervals, scale, strips
from perfsmith.optimizer.views.report_html import report
from perfsmith.optimizer.views.report_md import report as report_md
from perfsmith.optimizer.views.rounds import Series, Taken, series
from perfsmith.optimizer.views.state import fold

GOLDEN = Path(__file__).parents[2] / "golden"


def speedup(ratio, low, high):
    return Speedup(ratio=ratio, low=low, high=high, confidence=0.99, pairs=8)


def bar(*numbers, label="cand 1"):
    return Bar(label=label, speedup=speedup(*numbers))


def story(name):
    return [decode(line) for line in (GOLDEN / f"{name}.jsonl").read_text().splitlines()]


def where(row, mark):
    return [column for column, char in enumerate(row) if char == mark]


def test_all_rows_share_one_scale_with_1_and_the_bar_marked():
    faster, same, legend = intervals([bar(1.06, 1.05, 1.08), bar(1.0, 0.99, 1.005)], 1.01)
    assert where(faster, "│") == where(same, "●") or where(faster, "│") == where(same, "┼")
    assert where(faster, "│")[0] < where(faster, "┊")[0] < where(faster, "├")[0] < where(faster, "●")[0]
    assert where(same, "┤")[0] <= where(faster, "┊")[0]
    assert faster.endswith("1.06x (1.050-1.080)")
    assert "1.01x, the bar" in legend
    assert max(map(len, (faster, same, legend))) <= WIDTH


def test_slower_lies_to_the_left_and_twice_as_far_as_half():
    across = scale([0.25, 4.0], 1.01)
    assert across.at(1.0) == pytest.approx(0.5)
    assert across.at(2.0) - across.at(1.0) == pytest.approx(across.at(4.0) - across.at(2.0))
    slower, _ = intervals([bar(0.8, 0.7, 0.9)], 1.01)
    assert where(slower, "┤")[0] < where(slower, "│")[0]


@pytest.mark.parametrize("numbers", [(float("nan"), 0.0, float("inf")), (1e9, 0.0, 1e12), (1.0, 1.0, 1.0)])
def test_numbers_from_nowhere_fit_too(numbers):
    assert all(len(line) < 200 for line in intervals([bar(*numbers)], 1.01))


def test_a_strip_counts_the_rounds():
    across = scale([0.9, 1.3], 1.01)
    strip = dots([1.2, 1.2, 1.2, 1.2, 1.25, 0.95, 0.95], across, 1.01, 40)
    assert (strip.count("#"), strip.count("·"), strip.count(":")) == (1, 1, 1)
    assert where(strip, ":")[0] < where(strip, "#")[0] < where(strip, "·")[0]


def taken(kind, *ratios):
    sides = [
        (Reading(wall=ratio, cpu=ratio, delay=0, peak=0), Reading(wall=1, cpu=1, delay=0, peak=0)) for ratio in ratios
    ]
    order = "together" if kind == "together" else "AB"
    rounds = [Round(before=before, after=after, order=order, seed=1) for before, after in sides]
    return Series(
        subject="c",
        workload="w",
        phase="confirmation",
        kind=kind,
        attempt=1,
        taken=tuple(Taken(round=one, at=0.0) for one in rounds),
    )


def test_both_kinds_of_rounds_have_strips_of_their_own():
    together, apart, found, _ = strips([taken("together", 1.2, 1.3), taken("apart", 1.1)], bar(1.2, 1.1, 1.3), 1.01)
    assert together.startswith("sharing a core")
    assert together.endswith("1.25x, 2 rounds")
    assert apart.endswith("1.10x, 1 rounds")
    assert where(found, "├")[0] == where(apart, "·")[0]


def shown(entries, width, encoding="utf-8"):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    ticking = iter(entry.at for entry in entries for _ in range(99))
    screen = Plain(stream, ticking.__next__, width=width, patience=1e9)
    for entry in entries:
        screen(entry)
    stream.seek(0)
    return stream.read()


def test_the_end_of_a_run_shows_its_candidates_side_by_side():
    text = shown(story("kept"), 80)
    rows = [line for line in text.splitlines() if "●" in line]
    assert [row[:16].strip() for row in rows] == ["cand 1 split", "cand 3 split", "all kept togethe"]
    assert len({where(row, "│")[0] for row in rows if "│" in row}) == 1


def test_a_narrow_terminal_gets_the_numbers_instead():
    text = shown(story("kept"), 50)
    assert "●" not in text
    assert "cand 3 split: 1.43x (1.38-1.47)" in text
    assert "the bar is 1.01x" in text


def test_a_stream_that_knows_only_ascii_gets_ascii():
    text = shown(story("kept"), 80, "ascii")
    assert re.search(r"cand 3 split +\| +\[o\] +1\.43x", text) or re.search(r"cand 3 split.*\[-*o-*\].*1\.43x", text)


def compared(name, *numbers):
    result = WorkloadResult(
        name=name, before_s=1.0, after_s=1.0, metric="cpu", speedup=speedup(*numbers), cpu=1.0, memory=1.0
    )
    return Compared(finding="same", result=result)


def test_a_comparison_of_several_workloads_ends_in_a_picture():
    several = [compared("a.py", 1.0, 0.99, 1.005), compared("b.py", 1.3, 1.2, 1.4)]
    assert table("A", "B", several).count("●") == 2
    assert "●" not in table("A", "B", several, room=60)
    assert "●" not in table("A", "B", several[:1])
    showable(table("A", "B", several), "ascii").encode("ascii")


class Checked(HTMLParser):
    """Every element that is opened is closed; nothing runs and nothing is loaded."""

    VOID = frozenset({"meta"})

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.links = [], [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        self.links += [value for name, value in attrs if name in ("src", "href") or name.startswith("on")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", [path.stem for path in sorted(GOLDEN.glob("*.jsonl"))])
def test_the_html_report_stands_alone(name):
    entries = story(name)
    text = report(fold(entries), series(entries))
    page = Checked()
    page.feed(text)
    assert page.open == []
    assert not {"script", "link", "img", "iframe", "object"} & set(page.seen)
    assert page.links == []
    assert "<script>x" not in text
    assert "\x1b" not in text
    for drawing in re.findall(r"<svg.*?</svg>", text):
        ElementTree.fromstring(drawing)


def test_the_html_report_shows_what_calls_gain_by_how_their_inputs_come():
    entries = story("kept")
    text = report(fold(entries), series(entries))
    assert (
        "compile the split pattern once per call: same object 1.50x, copies 1.51x, distinct 1.49x, first 1.31x" in text
    )


def test_the_html_report_has_a_dot_for_every_round():
    entries = story("compared")
    text = report(fold(entries), series(entries))
    rounds = sum(len(one.rounds) for one in series(entries))
    assert text.count("<title>round ") == rounds == 10
    assert text.count('class="together"') == 6
    assert "main compared with working tree" in text
    places = [float(place) for place in re.findall(r'class="apart" cx="([\d.]+)"', text)]
    ratios = [1.40, 1.47, 1.43, 1.45]
    assert all((b > a) == (y > x) for (a, b), (x, y) in zip(pairwise(ratios), pairwise(places), strict=True))


def test_the_markdown_report_has_the_rounds():
    entries = story("compared")
    text = report_md(fold(entries), series(entries))
    assert "## The rounds" in text
    assert "sharing a core" in text
    assert "6 rounds" in text
