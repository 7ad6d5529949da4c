"""Describes values as plain trees, and builds values from such trees: loaded by `replay.py`, by path.

A payload for the target's interpreter (3.6 or newer; standard library only). `packing`, `canonical`, `arrays`,
`asked` and `callbacks`, its neighbours, are put into its globals by whoever loads it. A tree is JSON:

    {"t": what it is, "v": text, number or null, "i": [trees inside], "n": [names of them], "a": what it is made by}

Builtins and common types of the standard library are taken apart, and so are objects that their public constructor
makes again from values that can be read off them. Everything else is `opaque`: it is packed, and used as it is. Long
collections and texts are cut, for what is described is there to be varied.
"""

import base64
import collections
import datetime
import decimal
import enum
import fractions
import importlib
import inspect
import json
import pathlib
import types
import uuid

arrays = globals()["arrays"]
asked = globals()["asked"]
callbacks = globals()["callbacks"]
canonical = globals()["canonical"]
packing = globals()["packing"]

MEMBERS = 48
TEXT = 4000
DEPTH = 9
NODES = 6000
EMPTY = inspect.Parameter.empty
PLAIN = {bool: "bool", int: "int", float: "float", str: "str"}
MANY = {list: "list", tuple: "tuple", set: "set", frozenset: "frozenset", collections.deque: "deque"}
TEXTS = {decimal.Decimal: "decimal", fractions.Fraction: "fraction", uuid.UUID: "uuid"}
MAPS = (collections.OrderedDict, collections.Counter)
PROTOCOL = frozenset("__len__ __contains__ __iter__ __getitem__ __call__ __bool__ __reversed__".split())
"""What may be asked of any object, where its class answers."""
SUBCLASS = "of a subclass"
"""Name on a value that is given as an object of a class that is derived from its type."""
SUBCLASSES = {
    kind.__name__: type("SubclassOf%s" % kind.__name__.title(), (kind,), {"perfsmith_plain": kind})
    for kind in (str, int, float, list, tuple, dict, set)
}
CHANGING = frozenset("list dict set deque bytearray object array".split())


class Followed:
    """Stands for an object whose history is known, while it is described."""

    def __init__(self, key, steps):
        self.key = key
        self.steps = steps


def node(kind, value=None, items=(), names=(), about=""):
    return {"t": kind, "v": value, "i": list(items), "n": list(names), "a": about}


def place(kind):
    """A script is executed under another name here."""
    module = "__main__" if kind.__module__ == "__mp_main__" else kind.__module__
    return "%s:%s" % (module, kind.__qualname__)


def found(text):
    module, _, name = text.partition(":")
    value = importlib.import_module(module)
    for part in name.split("."):
        value = getattr(value, part)
    return value


class Describer:
    def __init__(self):
        self.left = NODES

    def tree(self, value, depth=DEPTH):
        """Raises `packing.Refused`."""
        self.left -= 1
        kind = type(value)
        if value is None:
            return node("none")
        if kind in PLAIN:
            return node(PLAIN[kind], value if kind is not str else ends(value))
        if kind in (bytes, bytearray):
            return node(kind.__name__, bytes(ends(value)).decode("latin-1"))
        if kind is Followed:
            return node("followed", value.steps, about=value.key)
        if depth <= 0 or self.left <= 0:
            return self.opaque(value)
        return self.stdlib(value, kind, depth - 1) or self.object(value, kind, depth - 1) or self.opaque(value)

    def stdlib(self, value, kind, depth):
        if (kind in MANY or kind is dict) and made_together(value.values() if kind is dict else value):
            return self.opaque(value)
        if kind in MANY:
            members = sorted(value, key=repr) if kind in (set, frozenset) else value
            items = [self.tree(one, depth) for _, one in zip(range(MEMBERS), members)]
            return node(MANY[kind], value.maxlen if kind is collections.deque else None, items)
        if kind is dict or kind in MAPS:
            pairs = [node("pair", None, [self.tree(k, depth), self.tree(v, depth)]) for k, v in list(value.items())]
            return node("dict", None, pairs[:MEMBERS], about="" if kind is dict else place(kind))
        if kind is complex:
            return node("complex", None, [self.tree(value.real, 1), self.tree(value.imag, 1)])
        if kind in (range, slice):
            return node(kind.__name__, None, [self.tree(one, 1) for one in (value.start, value.stop, value.step)])
        if kind in TEXTS:
            return node(TEXTS[kind], str(value))
        if kind is datetime.timedelta:
            return node("timedelta", (value.days * 86400 + value.seconds) * 10**6 + value.microseconds)
        if kind is datetime.date:
            return node("date", list(value.timetuple()[:3]))
        if kind is datetime.datetime:
            parts = list(value.timetuple()[:6]) + [value.microsecond, value.fold]
            return node("datetime", parts, [self.zone(value.tzinfo, depth)])
        if kind is datetime.time:
            parts = [value.hour, value.minute, value.second, value.microsecond, value.fold]
            return node("time", parts, [self.zone(value.tzinfo, depth)])
        if isinstance(value, pathlib.PurePath) and kind.__module__.startswith("pathlib"):
            return node("path", str(value), about=place(kind))
        if isinstance(value, enum.Enum) and kind(value.value) is value:
            return node("enum", value.name, names=list(kind.__members__), about=place(kind))
        return arrays.described(value, node)

    def zone(self, value, depth):
        if type(value) is datetime.timezone:
            return node("zone", value.utcoffset(None).total_seconds())
        return self.tree(value, depth)

    def object(self, value, kind, depth):
        """An object that its constructor makes again: of a named tuple, a dataclass, attrs', or a plain class."""
        if isinstance(value, (type, types.FunctionType, types.ModuleType, BaseException)) or not named(kind):
            return None
        for fields in (declared(value, kind), read_off(value, kind)):
            if fields and self.same(value, kind, fields):
                items = [self.tree(one, depth) for _, one in fields]
                return node("object", None, items, [name for name, _ in fields], place(kind))
        return None

    def same(self, value, kind, fields):
        try:
            texts = [
                canonical.Writer(lambda _: True, False, nodes=20000, texts=False).text((one, vars_of(one)))
                for one in (value, kind(**dict(fields)))
            ]
        except Exception:  # whatever somebody's constructor may raise
            return False
        return texts[0] == texts[1]

    def opaque(self, value):
        data = packing.pack(value, lambda one: ("h", one.key, one.steps) if type(one) is Followed else None)
        return node("opaque", base64.b64encode(data).decode(), about=place(type(value)))


def made_together(values):
    """Whether several of them are functions that may share what they close over: taken apart, they no longer would."""
    return sum(type(one) is types.FunctionType and not packing.importable(one) for one in values) > 1


def ends(text):
    """A long text without its middle: what begins something and what ends it stand there."""
    return text if len(text) <= TEXT else text[: TEXT // 2] + text[-(TEXT // 2) :]


def vars_of(value):
    return dict(getattr(value, "__dict__", None) or {})


def named(kind):
    try:
        return found(place(kind)) is kind
    except (ImportError, AttributeError):
        return False


def declared(value, kind):
    """(name, value) as a named tuple, a dataclass or a class of attrs' declares them."""
    if isinstance(value, tuple) and isinstance(getattr(kind, "_fields", None), tuple):
        return list(zip(kind._fields, tuple(value)))
    if hasattr(kind, "__dataclass_fields__"):
        names = [one.name for one in kind.__dataclass_fields__.values() if one.init and hasattr(value, one.name)]
        return [(name, getattr(value, name)) for name in names]
    if isinstance(getattr(kind, "__attrs_attrs__", None), tuple):
        mine = [one for one in kind.__attrs_attrs__ if one.init and hasattr(value, one.name)]
        return [(getattr(one, "alias", None) or one.name.lstrip("_"), getattr(value, one.name)) for one in mine]
    return None


def read_off(value, kind):
    """(name, value) for each parameter of the constructor, where an attribute of that name holds it."""
    try:
        parameters = list(inspect.signature(kind).parameters.values())
    except (ValueError, TypeError):
        return None
    fields = []
    for one in parameters:
        names = [name for name in (one.name, "_" + one.name) if hasattr(value, name)]
        if one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD, one.POSITIONAL_ONLY):
            return None
        if names:
            fields.append((one.name, getattr(value, names[0])))
        elif one.default is EMPTY:
            return None
    return fields


class Builder:
    """`unpack` opens what is packed; `followed` makes the object of a history; `made` collects functions by value, and
    `told` what mappings are asked for. `subject` gives the object whose methods are being called.
    """

    def __init__(self, unpack, followed, made, subject, told):
        self.told = told
        self.unpack = unpack
        self.followed = followed
        self.made = made
        self.subject = subject
        self.shared = None

    def arguments(self, tree):
        """(arguments, keywords) of a call."""
        values = self.inside(tree)
        given = [one for one, name in zip(values, tree["n"]) if not name]
        return tuple(given), {name: one for one, name in zip(values, tree["n"]) if name}

    def inside(self, tree):
        """The parts; of what is marked `once`, parts that are equal are one object."""
        outer = self.shared
        self.shared = {} if tree["v"] == "once" else outer
        try:
            return [self.value(one) for one in tree["i"]]
        finally:
            self.shared = outer

    def value(self, tree):
        if self.shared is None or tree["t"] not in CHANGING:
            return self.fresh(tree)
        text = json.dumps(tree, sort_keys=True)
        if text not in self.shared:
            self.shared[text] = self.fresh(tree)
        return self.shared[text]

    def fresh(self, tree):
        made = self.plain(tree)
        return SUBCLASSES[tree["t"]](made) if SUBCLASS in tree["n"] and tree["t"] in SUBCLASSES else made

    def plain(self, tree):
        kind, value = tree["t"], tree["v"]
        if kind in ("none", "bool", "int", "str"):
            return value
        if kind == "float":
            return float(value)
        if kind in ("bytes", "bytearray"):
            return value.encode("latin-1") if kind == "bytes" else bytearray(value.encode("latin-1"))
        if kind == "followed":
            return self.followed(tree["a"], value)
        if kind == "opaque":
            return self.unpack(value)
        if kind == "stub":
            return self.stub(tree)
        if kind in ("array", "scalar"):
            return arrays.built(tree)
        items = self.inside(tree)
        if kind == "asked":
            return asked.Asked(value, items[0], bool(tree["a"]), self.told)
        if kind == "object":
            return found(tree["a"])(**dict(zip(tree["n"], items)))
        return self.stdlib(tree, kind, value, items)

    def stub(self, tree):
        name, kind = tree["v"], tree["a"]
        if not name or name == "chooses":
            return callbacks.chooses if name else callbacks.given_first
        if kind == "asks":
            made = callbacks.asking(self.subject, name, *self.arguments(tree))
        elif name == "listens":
            made = callbacks.failing() if kind == "fails" else callbacks.listener()
        else:
            made = callbacks.reentrant(self.subject, name)
        self.made[id(made)] = made
        return made

    def stdlib(self, tree, kind, value, items):
        if kind in SIMPLE:
            return SIMPLE[kind](items)
        if kind == "deque":
            return collections.deque(items, value)
        if kind == "dict":
            return (found(tree["a"]) if tree["a"] else dict)(dict(items))
        if kind in ("path", "enum"):
            return found(tree["a"])(value) if kind == "path" else found(tree["a"])[value]
        return FROM[kind](value, items)


SIMPLE = {
    "list": list,
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
    "pair": tuple,
    "iterator": iter,
    "complex": lambda items: complex(*items),
    "range": lambda items: range(*items),
    "slice": lambda items: slice(*items),
}
FROM = {
    "decimal": lambda value, items: decimal.Decimal(value),
    "fraction": lambda value, items: fractions.Fraction(value),
    "uuid": lambda value, items: uuid.UUID(value),
    "timedelta": lambda value, items: datetime.timedelta(microseconds=value),
    "zone": lambda value, items: datetime.timezone(datetime.timedelta(seconds=value)),
    "date": lambda value, items: datetime.date(*value),
    "datetime": lambda value, items: datetime.datetime(*value[:7], tzinfo=items[0], fold=value[7]),
    "time": lambda value, items: datetime.time(*value[:4], tzinfo=items[0], fold=value[4]),
}


def call(arguments, keywords):
    """The tree of (arguments, keywords)."""
    describer = Describer()
    items = [describer.tree(one) for one in list(arguments) + list(keywords.values())]
    return node("call", None, items, [""] * len(arguments) + list(keywords))


def parameters(entry, drop):
    """[name, kind, default as a tree or null, hint as a tree or null] of each parameter after the first `drop`."""
    try:
        listed = list(inspect.signature(entry).parameters.values())[drop:]
    except (ValueError, TypeError):
        return None
    hints = hints_of(entry)
    told = []
    for one in listed:
        try:
            default = None if one.default is EMPTY else Describer().tree(one.default)
        except packing.Refused:
            default = None
        told.append([one.name, one.kind.name, default, hint(hints.get(one.name))])
    return told


def hints_of(entry):
    try:
        import typing

        if isinstance(entry, type):
            entry = entry.__init__
        return typing.get_type_hints(entry)
    except Exception:  # names that exist for type checkers only, and whatever else an annotation may raise
        return {}


def hint(annotation, depth=4):
    """What an annotation allows, as a tree without values; None where it says nothing that can be made."""
    origin = getattr(annotation, "__origin__", None)
    given = [one for one in getattr(annotation, "__args__", None) or () if one is not Ellipsis]
    if annotation is None or depth < 0:
        return None
    if annotation is type(None):
        return node("none")
    if annotation in (bool, int, float, str, bytes):
        return node(annotation.__name__)
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum) and len(annotation):
        return node("enum", list(annotation)[0].name, names=list(annotation.__members__), about=place(annotation))
    if "Callable" in (getattr(origin, "__name__", ""), getattr(annotation, "__name__", "")):
        last = given[-1] if given else Ellipsis
        return node("stub", "listens" if last in (None, type(None)) else "chooses" if last is bool else None)
    inner = [hint(one, depth - 1) for one in given]
    if (
        getattr(origin, "_name", None) == "Union"
        or str(origin) == "typing.Union"
        or type(annotation).__name__ == "UnionType"
    ):
        return node("union", None, [one for one in inner if one])
    kind = origin if isinstance(origin, type) else annotation
    name = getattr(kind, "__name__", "")
    if name in ("list", "List", "Sequence", "Iterable", "Collection") and inner[:1] != [None]:
        return node("list", None, inner[:1])
    if name in ("set", "frozenset", "tuple", "dict") and all(inner) and inner:
        if name == "tuple" and Ellipsis in annotation.__args__:
            return None
        return node(name, None, [node("pair", None, inner)] if name == "dict" else inner)
    return None
