"""Reads the order log of a small shop."""

from .baskets import distinct_baskets, popular_baskets
from .customers import first_seen, regulars
from .lockers import assign_lockers
from .notes import frequent_words, words_of
from .orders import Order, parse_line, read_log
from .packing import packing_plan
from .report import daily_sheet

__all__ = [
    "Order",
    "assign_lockers",
    "daily_sheet",
    "distinct_baskets",
    "first_seen",
    "frequent_words",
    "packing_plan",
    "parse_line",
    "popular_baskets",
    "read_log",
    "regulars",
    "words_of",
]
