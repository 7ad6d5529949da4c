"""What a recorder notes of an instrumented function and of an object that it follows.

A payload for the target's interpreter (3.6 or newer; standard library only), loaded by `record.py`.
"""

import weakref

KEPT = 120
BYTES = 12 << 20
"""Per function: calls, and bytes of them."""
STEPS = 60
"""Per object."""


class Gate:
    """What is known of one instrumented function."""

    def __init__(self, label):
        self.label = label
        self.skip = 0
        self.misses = 0
        self.chance = 1
        self.passed = 0
        self.counted = 0
        self.told = 2
        self.same = {}
        self.alike = {}
        self.kept = 0
        self.bytes = 0
        self.seconds = 0.0
        self.off = False
        self.test = None
        self.tested = set()
        self.shapes = {}
        self.digests = set()
        self.refusals = set()
        self.place = None

    def missed(self):
        """Nothing new: look away for longer."""
        self.misses += 1
        step = min(1 << (self.misses // 12), 4096)
        self.chance = (self.chance * 1103515245 + 12345) & 0x7FFFFFFF
        self.skip = (self.chance >> 8) % (2 * step - 1)

    def count(self, times, shape, digest):
        """So many calls like this one: one that was kept, where it has a digest that is known."""
        known = digest in self.digests
        place, key = (self.same, digest.hex()[:8]) if known else (self.alike, shape)
        place[key] = place.get(key, 0) + times
        self.counted += times

    def found(self, size):
        self.misses //= 2
        self.kept += 1
        self.bytes += size
        self.off = self.kept >= KEPT or self.bytes > BYTES


class History:
    def __init__(self, key, value):
        self.key = key
        self.steps = 0
        self.broken = False
        self.maker = None
        try:
            self.reference = weakref.ref(value)
        except TypeError:
            self.reference = None

    def of(self, value):
        return self.reference is None or self.reference() is value

    @property
    def open(self):
        return not self.broken and self.steps < STEPS and (self.reference is None or self.reference() is not None)
