import subprocess
import sys

from shoplog import daily_sheet, read_log

LOG = """\
2026-03-14 09:41 #1 mira tea,cup,tea,cup,tea 18.50 please ring
2026-03-14 09:59 #2 noor tea 1200.05
2026-03-14 10:02 #3 mira cup 2.00 please
"""
SHEET = """\
orders     3, 1 220.55 EUR
customers  2, 0 regular
baskets    3 different
boxes      4, the last one for #1
lockers    3 in use
notes      please 2
     1 x cup
     1 x cup, cup, tea, tea, tea
     1 x tea"""


def test_the_sheet_of_a_day():
    assert daily_sheet(read_log(LOG.splitlines())) == SHEET


def test_a_day_without_orders():
    assert "boxes      none" in daily_sheet([])


def test_the_command(tmp_path):
    log = tmp_path / "orders.log"
    log.write_text(LOG)
    done = subprocess.run([sys.executable, "-m", "shoplog", str(log)], capture_output=True, text=True, check=True)
    assert done.stdout == SHEET + "\n"
