"""Long data with the middle left out: of calls that take long each, there is time for few variations.

What code looks for stands mostly at both ends: what data begin with, and what tells that they are over.
"""

from .nodes import COLLECTIONS, TEXTS, Node, mapped, size

HEAVY = 3000
"""Size of a call of which few variations are made."""
_TEXT = 160, 80
_MEMBERS = 10, 6
"""What is kept at the beginning and at the end."""


def is_heavy(tree: Node) -> bool:
    """Whether a call is given so much that a thousand of its kind would find no time."""
    return size(tree) > HEAVY


def lighter(tree: Node) -> Node:
    """The same call with all that is long in it cut; steps of a history stay."""
    return mapped(tree, _cut)


def _cut(node: Node) -> Node:
    if node.tag in TEXTS and isinstance(node.value, str) and len(node.value) > sum(_TEXT):
        return Node(node.tag, node.value[: _TEXT[0]] + node.value[-_TEXT[1] :])
    if node.tag in COLLECTIONS and len(node.items) > sum(_MEMBERS):
        return node.with_items((*node.items[: _MEMBERS[0]], *node.items[-_MEMBERS[1] :]))
    return node
