"""Several streams as one: when time is up, each of them has had its turn."""

from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import TypeVar

Item = TypeVar("Item")


def in_turn(*streams: Iterable[Item]) -> Iterator[Item]:
    """One of each, then the second ones, and so on."""
    for row in zip_longest(*streams):
        yield from (one for one in row if one is not None)
