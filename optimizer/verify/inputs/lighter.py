"""Long data with the middle left out: of calls that take long each, there is time for few variations.

What code looks for stands mostly at both ends: what data begin with, and what tells that they are over.
"""

from .nodes import COLLECTIONS, TEXTS, Node, mapped, size

LIGHT = 500
"""Size up to which a call is one of thousands that there is time for."""
HEAVY = 3000
"""Size of a call of which there is time for few."""
_SHARES = {LIGHT: 4, HEAVY: 12}
"""One call of a group in so many may be larger than that, and is left as it is."""
_TEXT = 160, 80
_MEMBERS = 10, 6
"""What is kept at the beginning and at the end; of members a third where the call is not heavy."""


class Lightening:
    """Cuts what is long in the calls of one group, once enough of them were as large as they came."""

    def __init__(self, calls: int) -> None:
        self._left = {limit: calls // share for limit, share in _SHARES.items()}

    def of(self, tree: Node) -> Node:
        """The call as it is, or a smaller one; steps of a history stay."""
        much = size(tree)
        limit = HEAVY if much > HEAVY else LIGHT
        self._left[limit] -= much > limit
        return tree if self._left[limit] >= 0 else lightened(tree)


def lightened(tree: Node) -> Node:
    """A call to vary many times: cut where it is large, before anything is varied, for lengths may be limits."""
    much = size(tree)
    return tree if much <= LIGHT else lighter(tree, 1 if much > HEAVY else 3)


def lighter(tree: Node, divided: int = 1) -> Node:
    """The same call with all that is long in it cut."""
    members = [length // divided for length in _MEMBERS]

    def cut(node: Node) -> Node:
        if node.tag in TEXTS and isinstance(node.value, str) and len(node.value) > sum(_TEXT):
            return Node(node.tag, node.value[: _TEXT[0]] + node.value[-_TEXT[1] :])
        if node.tag in COLLECTIONS and len(node.items) > sum(members):
            return node.with_items((*node.items[: members[0]], *node.items[-members[1] :]))
        return node

    return mapped(tree, cut)
