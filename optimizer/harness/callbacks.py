"""Functions that stand in place of a callback: loaded by who loads `building.py`, by path.

A payload for the target's interpreter (3.6 or newer; standard library only). What each of them was told is compared:
`canonical.py` reads it from the list that they close over.
"""

import zlib


class Failed(Exception):
    """Raised by a callback that fails."""


def given_first(*arguments, **named):
    """In place of a function that chooses, filters or converts."""
    return arguments[0] if arguments else None


def chooses(*arguments, **named):
    """In place of a predicate: it likes about half of what it is asked about, and the same each time."""
    text = "".join([liked(one) for one in arguments] + [liked(one) for one in named.values()])
    return zlib.crc32(text.encode("utf-8", "backslashreplace")) % 2 == 1


def liked(value):
    """What a choice depends on: a plain value, a name, or the type alone."""
    name = value if isinstance(value, (bool, int, float, str, bytes, type(None))) else getattr(value, "name", "")
    return "%s %s;" % (type(value).__name__, name if isinstance(name, (bool, int, float, str, bytes)) else "")


def listener():
    """It is there to be called, and does nothing."""
    told = []

    def hear(*arguments, **named):
        told.append((arguments, named))

    hear.perfsmith = "a callback"
    return hear


def failing():
    """The same, but its first call ends in an error."""
    told = []

    def fail(*arguments, **named):
        told.append((arguments, named))
        if len(told) == 1:
            raise Failed("the first call of this callback fails")

    fail.perfsmith = "a callback that fails"
    return fail


def reentrant(subject, name):
    """The same, but on its first call it gives itself to another method of the object that calls it."""
    told = []

    def once(*arguments, **named):
        told.append((arguments, named))
        if len(told) == 1:
            getattr(subject(), name)(once)

    once.perfsmith = "a callback that gives itself to %s" % name
    return once


def asking(subject, name, given, keywords):
    """The same, but on its first call it asks something of the object that calls it."""
    told = []

    def ask(*arguments, **named):
        told.append((arguments, named))
        if len(told) == 1:
            try:
                told.append(("it was answered", getattr(subject(), name)(*given, **keywords)))
            except Exception as error:
                told.append(("it was refused", type(error).__name__))

    ask.perfsmith = "a callback that calls %s" % name
    return ask
