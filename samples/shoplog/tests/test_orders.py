import pytest

from shoplog import Order, parse_line, read_log

LINE = "2026-03-14 09:41 #1042 mira tea,cup,tea 18.50 please ring twice"


def test_a_line_is_an_order():
    assert parse_line(LINE) == Order(
        number=1042,
        day="2026-03-14",
        minute=581,
        customer="mira",
        items=["tea", "cup", "tea"],
        cents=1850,
        note="please ring twice",
    )


def test_the_note_may_be_missing():
    assert parse_line("2026-03-14 00:00 #1 al tea 0.05\n").note == ""


@pytest.mark.parametrize("line", ["", "closed on monday", "2026-03-14 09:41 1042 mira tea 1.00"])
def test_other_lines_are_refused(line):
    with pytest.raises(ValueError, match="not an order"):
        parse_line(line)


def test_a_log_may_have_comments_and_empty_lines():
    assert [order.number for order in read_log(["# spring", "", LINE, "  \n", LINE])] == [1042, 1042]
