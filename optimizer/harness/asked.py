"""A mapping that remembers what it was asked for: loaded by who loads `building.py`, by path.

A payload for the target's interpreter (3.6 or newer; standard library only). Code that takes callbacks or options by
name tells only by asking which names there are. Where functions are kept, one that does nothing is there for every
name, so that the code goes on as it does for who gave one; those that were recorded may not run here.
"""

MOST = 64


def quiet(*arguments, **named):
    """In place of a callback that nobody gave."""


class Asked(dict):
    """The same mapping. `told` is label → {"names": what was asked for, "functions": whether such are kept}."""

    def __init__(self, label, contents, callbacks, told):
        dict.__init__(self, contents)
        self.functions = all(map(callable, contents.values())) if contents else callbacks
        self.names = told.setdefault(label, {"names": [], "functions": self.functions})["names"]

    def answers(self, key):
        if type(key) is str and key not in self.names and len(self.names) < MOST:
            self.names.append(key)
        return dict.__contains__(self, key) or (self.functions and type(key) is str)

    def __contains__(self, key):
        return self.answers(key)

    def __getitem__(self, key):
        return quiet if self.answers(key) and self.functions else dict.__getitem__(self, key)

    def get(self, key, default=None):
        return self[key] if self.answers(key) else default

    def pop(self, key, *default):
        return quiet if self.answers(key) and self.functions else dict.pop(self, key, *default)
