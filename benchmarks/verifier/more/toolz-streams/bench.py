"""Sequences grouped, joined, merged and counted; prints a digest of what comes out."""

import hashlib

import toolz

NUMBERS = [(n * 7919) % 1009 for n in range(3000)]
PEOPLE = [{"id": n % 97, "town": f"t{n % 13}", "age": n % 50} for n in range(600)]


def key(one):
    return one % 17


print(
    hashlib.sha256(
        repr(
            [
                toolz.groupby(key, NUMBERS),
                toolz.countby(key, NUMBERS),
                toolz.reduceby(key, lambda total, one: total + one, NUMBERS, 0),
                list(toolz.unique(NUMBERS, key=key)),
                list(toolz.merge_sorted(sorted(NUMBERS[:900]), sorted(NUMBERS[900:1500]), key=lambda one: -one)),
                list(toolz.partition_all(7, NUMBERS[:500])),
                list(toolz.sliding_window(3, NUMBERS[:500])),
                list(toolz.interleave([NUMBERS[:300], NUMBERS[300:500]])),
                list(toolz.diff(NUMBERS[:400], NUMBERS[200:600], default=None)),
                len(list(toolz.join("id", PEOPLE, "age", PEOPLE[:200]))),
                toolz.merge_with(sum, *({n % 5: n} for n in range(200))),
                toolz.get_in(["a", 1, "b"], {"a": [0, {"b": NUMBERS[3]}]}),
                toolz.pipe(NUMBERS, toolz.curried.map(key), toolz.frequencies),
                list(toolz.topk(9, NUMBERS)),
                toolz.assoc_in({}, ["x", "y"], 3),
            ]
        ).encode()
    ).hexdigest()
)
