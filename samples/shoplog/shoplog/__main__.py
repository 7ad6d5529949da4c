"""Writes the daily sheet of a log file: python -m shoplog orders.log."""

import sys

from .orders import read_log
from .report import daily_sheet


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: python -m shoplog LOGFILE", file=sys.stderr)
        return 2
    with open(sys.argv[1], encoding="utf-8") as log:
        print(daily_sheet(read_log(log)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
