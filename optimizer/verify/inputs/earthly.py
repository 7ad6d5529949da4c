"""Objects of classes that the tests define stand in for the world, such as a clock: they have finite numbers."""

import re
from collections.abc import Iterator
from math import isfinite

from .nodes import Node, places, text_of

_OF_TESTS = re.compile(r"(^|\.)(test_\w*|\w+_test|tests?|conftest)(\.|:)")
_NOT_FINITE = ("NaN", "Infinity")


def is_earthly(tree: Node) -> bool:
    """Whether no such object holds a number that is none, or has no end."""
    text = text_of(tree)
    if not any(word in text for word in _NOT_FINITE):
        return True
    return all(isfinite(number) for number in _numbers(tree))


def _numbers(tree: Node) -> Iterator[float]:
    for _, node in places(tree):
        if node.tag == "object" and _OF_TESTS.search(node.about):
            yield from (inner.value for _, inner in places(node) if isinstance(inner.value, float))
