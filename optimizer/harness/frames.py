"""Reads a call off the frame that begins: where the function is found by name, what it was given, of what shape.

A payload for the target's interpreter (3.6 or newer; standard library only; loaded by path, by `record.py`). At a
function's first statement its locals are its parameters.
"""

import sys
import types

VARARGS, VARKEYWORDS = 4, 8
LATER = 0x20 | 0x80 | 0x200
"""Flags of a code object; the last of generators, coroutines and both at once, whose body runs later."""
AROUND = 20
"""Frames that are looked at."""


class Place:
    """Where a function is found by its name: `kind` is call, method, new, get, set or del."""

    def __init__(self, module, parts, kind, owner, function):
        self.module = module
        self.parts = parts
        self.kind = kind
        self.owner = owner
        self.function = function


def find_place(label, frame):
    """None where the name does not lead to what runs, such as in a class that is made inside a function."""
    parts = label.rpartition("::")[2].split(".")
    module = frame.f_globals.get("__name__")
    if module == "__main__" and frame.f_globals.get("__spec__") is not None:
        module = frame.f_globals["__spec__"].name
    owner = None
    entry = frame.f_globals.get(parts[0])
    for part in parts[1:]:
        owner = entry
        if not isinstance(owner, type):
            return None
        entry = vars(owner).get(part, vars(owner).get("_%s%s" % (owner.__name__.lstrip("_"), part)))
    for kind, function in forms(entry, owner):
        found = unwrapped(function)
        if found is not None and found.__code__ is frame.f_code:
            plain = found is function
            return Place(module, parts, "new" if parts[-1] == "__new__" else kind, owner, found if plain else None)
    if entry is None or isinstance(entry, property):
        return None
    return Place(module, parts, "method" if owner is not None else "call", owner, None)


def forms(entry, owner):
    """(kind, function) for each function that an entry of a class or module may stand for."""
    if isinstance(entry, property):
        return [("get", entry.fget), ("set", entry.fset), ("del", entry.fdel)]
    if isinstance(entry, (staticmethod, classmethod)):
        return [("call", entry.__func__)]
    if owner is not None and type(entry).__name__ == "cached_property" and hasattr(entry, "func"):
        return [("get", entry.func)]
    return [("method" if owner is not None else "call", entry)]


def unwrapped(function):
    """The innermost function of decorators that say what they wrap; None where there is none."""
    for _ in range(20):
        inner = getattr(function, "__wrapped__", None)
        if inner is None:
            return function if isinstance(function, types.FunctionType) else None
        function = inner
    return None


def brought(place):
    """How many of the first arguments the name brings along: the class of a classmethod or of `__new__`."""
    entry = vars(place.owner).get(place.parts[-1]) if place.owner is not None else None
    return int(place.kind == "new" or isinstance(entry, classmethod))


def maker(frame, kind):
    """The outermost of the frames around one that is a class method of a class; None where there is none."""
    found, outer, depth = None, frame.f_back, 0
    while outer is not None and depth < AROUND:
        if is_maker(outer, kind):
            found = outer
        outer, depth = outer.f_back, depth + 1
    return found


def is_maker(frame, kind):
    """Names are asked first: looking at a frame's locals keeps them alive."""
    code = frame.f_code
    entry = next((vars(one)[code.co_name] for one in kind.__mro__ if code.co_name in vars(one)), None)
    if not isinstance(entry, classmethod) or getattr(unwrapped(entry.__func__), "__code__", None) is not code:
        return False
    return not code.co_flags & LATER and frame.f_locals.get(code.co_varnames[0]) is kind


def named(kind):
    """Whether a class is found by its name."""
    place = sys.modules.get(kind.__module__)
    for part in kind.__qualname__.split("."):
        place = getattr(place, part, None)
    return place is kind


def arguments(frame, function, drop):
    """What the call was given, `drop` of the first left out, and nothing that is the default anyway.

    `function` is None where a decorator stands between the name and what runs: its defaults are not the name's.
    """
    code, values = frame.f_code, frame.f_locals
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    rest = len(names)
    more = values.get(code.co_varnames[rest], ()) if code.co_flags & VARARGS else ()
    rest += bool(code.co_flags & VARARGS)
    others = values.get(code.co_varnames[rest], {}) if code.co_flags & VARKEYWORDS else {}
    positional, keywords, by_name = [], {}, False
    defaults = defaults_of(function, names, code)
    only = getattr(code, "co_posonlyargcount", 0)
    for number, name in list(enumerate(names[: code.co_argcount]))[drop:]:
        if not more and name in defaults and defaults[name] is values[name]:
            by_name = number >= only
            if by_name:
                continue
        if by_name:
            keywords[name] = values[name]
        else:
            positional.append(values[name])
    for name in names[code.co_argcount :]:
        if name not in defaults or defaults[name] is not values[name]:
            keywords[name] = values[name]
    keywords.update(others)
    return tuple(positional) + tuple(more), keywords


def defaults_of(function, names, code):
    if function is None:
        return {}
    given = function.__defaults__ or ()
    found = dict(zip(names[code.co_argcount - len(given) : code.co_argcount], given))
    found.update(function.__kwdefaults__ or {})
    return found


def bucket(number):
    """Sizes that count as the same."""
    return number if number < 3 else 3 + int(number).bit_length()


def shape(value, depth=3):
    """What kind of value this is: type, size, sign, a few of its members; cheap."""
    kind = type(value)
    if kind is int:
        return ("int", value > 0, bucket(abs(value)))
    if kind is float:
        steady = value == value and abs(value) < 1e15
        return ("float", value > 0, steady and bucket(abs(int(value))), steady and value == int(value), value != value)
    if kind in (str, bytes, bytearray):
        head = value[:200]
        wide = bool(head) and max(head) > ("\x7f" if kind is str else 127)
        return (kind.__name__, bucket(len(value)), wide, head[:1].isalnum(), head.islower())
    if kind in (list, tuple, set, frozenset) and depth:
        some = value[:4] if kind in (list, tuple) else ()
        return (kind.__name__, bucket(len(value)), tuple(shape(one, depth - 1) for one in some))
    if kind is dict and depth:
        some = list(value.items())[:4]
        inner = tuple((key if type(key) is str else "", shape(one, depth - 1)) for key, one in some)
        return ("dict", bucket(len(value)), inner)
    return (kind.__module__, kind.__qualname__, value if kind is bool else None)
