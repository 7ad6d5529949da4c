"""Moments, days, times of day and spans of time near a given one."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast

from .nodes import Node
from .words import Words

_HOURS = 3600.0


def moments(node: Node, _: Words) -> Iterator[Node]:
    """Of `datetime`: the same moment in other zones first, then moments near it, then odd days."""
    year, month, day, hour, minute, second, micro, fold = _eight(node.value)
    zone = node.items[0]
    if zone.tag == "zone":
        for hours in (2.0, -5.5, 14.0, 0.0):
            moved = Node("zone", hours * _HOURS)
            yield replace(_moved(node, (hours - float(_number(zone)) / _HOURS) * 60), items=(moved,))
            yield replace(node, items=(moved,))
    for minutes in (1, -1, 60, -60, 24 * 60, -24 * 60, 90, 30 * 24 * 60):
        yield _moved(node, minutes)
    at = (hour, minute, second, micro, fold)
    yield replace(node, value=(year, month, day, hour, minute, second, (micro + 1) % 1000000, fold))
    yield replace(node, value=(year, month, day, hour, minute, second, micro, 1 - fold))
    for day in ((2024, 2, 29), (2023, 12, 31), (2000, 1, 1), (1969, 12, 31), (1, 1, 1), (9999, 12, 31)):
        yield replace(node, value=(*day, *at))
    yield replace(node, value=(year, month, day, 0, 0, 0, 0, 0))
    yield replace(node, value=(year, month, day, 23, 59, 59, 999999, 0))


def _number(node: Node) -> float:
    return node.value if isinstance(node.value, int | float) else 0.0


def _eight(value: object) -> tuple[int, int, int, int, int, int, int, int]:
    given = cast("tuple[int, ...]", value) if isinstance(value, tuple) else ()
    a, b, c, d, e, f, g, h = (*given, *(2000, 1, 1, 0, 0, 0, 0, 0)[len(given) :])
    return a, b, c, d, e, f, g, h


def _moved(node: Node, minutes: float) -> Node:
    year, month, day, hour, minute, second, micro, fold = _eight(node.value)
    try:
        moved = datetime(year, month, day, hour, minute, second, micro) + timedelta(minutes=minutes)  # noqa: DTZ001
    except (OverflowError, ValueError):
        return node
    return replace(node, value=(*moved.timetuple()[:6], moved.microsecond, fold))


def days(node: Node, _: Words) -> Iterator[Node]:
    for day in ((2024, 2, 29), (2023, 12, 31), (2000, 1, 1), (1900, 2, 28), (1, 1, 1), (9999, 12, 31), (2024, 12, 30)):
        yield replace(node, value=day)
    for more in (1, -1, 2, 3, 4, 5, 6, 7, 31, 365):
        year, month, day, *_rest = _eight(node.value)
        moved = _moved(Node("datetime", (year, month, day, 0, 0, 0, 0, 0)), more * 24 * 60)
        yield replace(node, value=_eight(moved.value)[:3])


def spans(node: Node, _: Words) -> Iterator[Node]:
    value = int(_number(node))
    seconds = (0, 1, -1, 60, 3600, 86400, -86400, 86399, 90061, 31536000, 604800, 2678400)
    micros = [value + 1, value - 1, -value, value * 2, value // 2, *(one * 10**6 for one in seconds), 1, 999999]
    yield from (replace(node, value=one) for one in micros)


def times(node: Node, _: Words) -> Iterator[Node]:
    for one in ((0, 0, 0, 0, 0), (23, 59, 59, 999999, 0), (12, 0, 0, 0, 0), (0, 0, 0, 1, 1)):
        yield replace(node, value=one)
