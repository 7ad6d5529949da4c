"""What a value consists of, by identity: loaded by whoever loads `playing.py`, by path.

A payload for the target's interpreter (3.6 or newer; standard library only). `canonical`, its neighbour, is put into
its globals by whoever loads it.
"""

import collections

canonical = globals()["canonical"]


def parts(value, limit=20000, private=False):
    """id → path of the mutable things that a value consists of; bounded. They must be kept alive while this is used.

    Arrays stand under the id of the array that owns their memory.
    """
    found, waiting = {}, [("", value)]
    while waiting and len(found) < limit:
        path, one = waiting.pop()
        kind = type(one)
        if kind in canonical.PLAIN or id(canonical.owner(one)) in found:
            continue
        found[id(canonical.owner(one))] = (path, one)
        if isinstance(one, dict):
            waiting += [("%s[%s]" % (path, ascii(key)[:40]), inner) for key, inner in list(dict.items(one))]
        elif isinstance(one, (list, tuple, collections.deque)):
            waiting += [("%s[%d]" % (path, number), inner) for number, inner in enumerate(list(one)[:limit])]
        elif isinstance(one, (set, frozenset)):
            waiting += [("%s member" % path, inner) for inner in list(one)]
        elif not isinstance(one, canonical.NAMES) and getattr(one, "__dict__", None):
            names = [name for name in vars(one) if private or not name.startswith("_")]
            waiting += [("%s.%s" % (path, name), vars(one)[name]) for name in names]
    return found


def outline(value, depth=2):
    """Of a collection the length and which members it has, in order; two levels deep. Hashable, for this process."""
    if isinstance(value, dict):
        inner = [(id(key), id(one), outline(one, depth - 1)) for key, one in dict.items(value)] if depth else ()
        return (id(value), len(value), tuple(inner))
    if isinstance(value, (list, tuple, set, frozenset, collections.deque)):
        inner = [(id(one), outline(one, depth - 1)) for one in value] if depth else ()
        return (id(value), len(value), tuple(inner))
    state = getattr(value, "__dict__", None)
    return (id(value), outline(state, depth - 1) if depth and isinstance(state, dict) else None)
