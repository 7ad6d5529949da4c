"""Lines of the order log."""

from dataclasses import dataclass


@dataclass
class Order:
    number: int
    day: str
    minute: int
    customer: str
    items: list
    cents: int
    note: str = ""


def parse_line(line):
    """One order of a line such as

    2026-03-14 09:41 #1042 mira tea,cup,tea 18.50 please ring twice
    """
    parts = line.strip().split(" ", 6)
    if len(parts) < 6 or not parts[2].startswith("#"):
        raise ValueError(f"not an order: {line!r}")
    day, clock, number, customer, items, total = parts[:6]
    hours, minutes = clock.split(":")
    euros, cents = total.split(".")
    return Order(
        number=int(number[1:]),
        day=day,
        minute=int(hours) * 60 + int(minutes),
        customer=customer,
        items=items.split(","),
        cents=int(euros) * 100 + int(cents),
        note=parts[6] if len(parts) > 6 else "",
    )


def read_log(lines):
    """All orders of a log; empty lines and comments are passed over."""
    return [parse_line(line) for line in lines if line.strip() and not line.startswith("#")]
