"""Copies what a call is given as bytes, and makes it again in another process: shared by `record.py` and `replay.py`.

A payload for the target's interpreter (3.6 or newer; standard library only; loaded by path). Values are pickled,
with four exceptions, each kept by a persistent id: an object whose history is followed (`h`), a bare `object()` that
is a module's global (`g`), a function that cannot be imported by its name (`f`: its code and what it closes over),
and a module (`m`). What cannot be copied raises `Refused` with a reason that can be counted.
"""

import importlib
import importlib.util
import io
import marshal
import pickle
import re
import sys
import types

LARGEST = 4 << 20
"""Bytes; a call with more than this is not copied."""
PLAIN = frozenset([int, float, complex, bool, str, bytes, bytearray, list, tuple, dict, set, frozenset, type(None)])
FAILURES = (pickle.PickleError, TypeError, ValueError, AttributeError, ImportError, RecursionError, KeyError)


class Refused(Exception):
    """A value cannot be copied; the text says what kind of value."""


class Sink(io.BytesIO):
    def write(self, data):
        if self.tell() + len(data) > LARGEST:
            raise Refused("too large")
        return io.BytesIO.write(self, data)


class Pickler(pickle.Pickler):
    """`follow` says the id of an object's history or None; it may raise `Refused`."""

    def __init__(self, sink, follow):
        pickle.Pickler.__init__(self, sink, 4)
        self.follow = follow

    def persistent_id(self, value):
        kind = type(value)
        if kind in PLAIN:
            return None
        if kind is object:
            return sentinel(value)
        if kind is types.ModuleType:
            return ("m", value.__name__)
        if kind is types.FunctionType:
            return None if importable(value) else by_value(value)
        if isinstance(value, type):
            return None
        return self.follow(value)


def pack(value, follow):
    """The value as bytes. Raises `Refused`."""
    sink = Sink()
    try:
        Pickler(sink, follow).dump(value)
    except Refused:
        raise
    except Exception as error:  # whatever somebody's `__reduce__` may raise
        raise Refused(reason(error))
    return sink.getvalue()


def reason(error):
    text = re.sub(r"0x[0-9a-fA-F]+", "", str(error))
    if "<locals>" in text or "local object" in text:
        return "a class or function made inside a function"
    if text.startswith("Can't pickle <class"):
        return "a class that is not found by its name"
    found = re.search(r"'([\w.]+)' object", text)
    return "a %s" % found.group(1) if found else "%s: %s" % (type(error).__name__, text[:60])


def importable(function):
    place = sys.modules.get(function.__module__)
    for part in function.__qualname__.split("."):
        place = getattr(place, part, None)
    return place is function


def sentinel(value):
    for name, module in list(sys.modules.items()):
        if type(module) is types.ModuleType:
            for key, found in list(vars(module).items()):
                if found is value:
                    return ("g", name, key)
    raise Refused("an object() that no module holds")


def by_value(function):
    cells = []
    for cell in function.__closure__ or ():
        try:
            cells.append(cell.cell_contents)
        except ValueError:
            raise Refused("a function that refers to what does not exist yet")
    try:
        code = marshal.dumps(function.__code__)
    except ValueError:
        raise Refused("a function")
    about = (function.__module__, function.__name__, function.__defaults__, function.__kwdefaults__)
    return ("f", code, about, tuple(cells))


class Unpickler(pickle.Unpickler):
    """`objects` makes the object of a history, as it was after so many calls. `made` collects functions by value."""

    def __init__(self, data, objects, made):
        pickle.Unpickler.__init__(self, io.BytesIO(data))
        self.objects = objects
        self.made = made

    def persistent_load(self, identity):
        kind = identity[0]
        if kind == "h":
            return self.objects(identity[1], identity[2])
        if kind == "m":
            return importlib.import_module(identity[1])
        if kind == "g":
            return getattr(importlib.import_module(identity[1]), identity[2])
        _, code, (module, name, defaults, keywords), cells = identity
        place = vars(importlib.import_module(module))
        made = types.FunctionType(marshal.loads(code), place, name, defaults, tuple(cell(value) for value in cells))
        made.__kwdefaults__ = keywords
        self.made[id(made)] = made
        return made


def cell(value):
    return (lambda: value).__closure__[0]


def unpack(data, objects, made):
    return Unpickler(data, objects, made).load()


def resolve(module, parts):
    """The owner (a module or class) of a qualified name, and the entry itself as it is stored there."""
    owner = importlib.import_module(module)
    for part in parts[:-1]:
        owner = getattr(owner, part)
    entry = entry_of(owner, parts[-1])
    if entry is None:
        raise AttributeError("%s has no %s" % (module, ".".join(parts)))
    return owner, entry


def entry_of(owner, name):
    if not isinstance(owner, type):
        return vars(owner).get(name)
    for kind in owner.__mro__:
        for form in (name, "_%s%s" % (owner.__name__.lstrip("_"), name)):
            if form in vars(kind):
                return vars(kind)[form]
    return None
