"""The workload: the sheet of one busy month, always the same; prints a digest of all that came out."""

import hashlib
import random

import shoplog

ITEMS = "tea cup jam honey bread salt soap candle paper ink string lamp".split()
SYLLABLES = "ka lo mi ne ru sa te vo".split()


def month(orders=3200, seed=11):
    """Lines of a log; made with nothing but `random()`, whose numbers are the same in every Python."""
    draw = random.Random(seed).random

    def pick(choices):
        return choices[int(draw() * len(choices))]

    words = ["".join(pick(SYLLABLES) for _ in range(3)) for _ in range(60)]
    shelves = [",".join(pick(ITEMS) for _ in range(1 + int(draw() * 9))) for _ in range(2400)]
    for number in range(1, orders + 1):
        minute = number * 60 * 16 // orders
        note = " ".join(pick(words) for _ in range(9))
        customer = f"c{int(draw() * draw() * 1900)}"
        total = f"{int(draw() * 90)}.{int(draw() * 100):02d}"
        yield f"2026-03-{number * 30 // orders + 1:02d} {minute // 60:02d}:{minute % 60:02d} #{number} {customer} {pick(shelves)} {total} {note}"


def main():
    orders = shoplog.read_log(month())
    results = [
        shoplog.first_seen(orders),
        shoplog.frequent_words(shoplog.words_of(orders)),
        shoplog.packing_plan(orders * 4),
        shoplog.assign_lockers(orders),
        shoplog.distinct_baskets(orders * 2),
        shoplog.daily_sheet(orders[:200]),
    ]
    for result in results:
        print(len(result), hashlib.sha256(repr(result).encode()).hexdigest()[:16])


if __name__ == "__main__":
    main()
