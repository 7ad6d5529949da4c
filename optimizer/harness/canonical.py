"""Writes any value as a text that is the same for the same value and type, and that a person can read.

A payload for the target's interpreter (3.6 or newer; standard library only; loaded by path). Types are exact: `True`
is not `1`, a subclass of `str` is told apart, floats are written digit for digit with the bits of a NaN. Sets are
sorted, dictionaries keep their order. Objects of the target's own classes are written by their public state: public
attributes and properties, what they contain, `str` and `repr` where the class defines them; private attributes are
not behaviour. Other objects are written by what they reduce to. The `==` of a value is never asked.
"""

import collections
import copy
import copyreg
import datetime
import hashlib
import io
import itertools
import re
import struct
import types

NODES = 300000
ITEMS = 1000
"""How many items of an iterator are taken."""
ARRAY = 600
"""Members of an array that are written out."""
TEXT = 20000
SHOWN = 6000
"""A longer text is kept as its beginning, its length and its digest."""
ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,16}\b")
PLAIN = frozenset((type(None), bool, int, float, complex, str, bytes, type))
"""Of these nothing can change, and they hold nothing that can."""
MUTABLE = (list, dict, set, bytearray, collections.deque)
VIEWS = (type({}.keys()), type({}.values()), type({}.items()), types.MappingProxyType)
LISTED = (type(iter([])), type(iter(())))
ITERATORS = tuple(
    type(one)
    for one in (iter([]), iter(()), iter({}), iter(set()), iter(""), iter(b""), iter(range(0)), iter({}.values()))
) + (map, filter, zip, enumerate, reversed, type(iter({}.items())), type(reversed([])), type(iter(lambda: 0, 0)))
HASHES = frozenset("_hashlib _md5 _sha1 _sha2 _sha256 _sha512 _sha3 _blake2 hmac".split())
NAMES = (types.FunctionType, types.BuiltinFunctionType, type, types.ModuleType)
SLOTS = ("__str__", "__repr__")


class TooBig(Exception):
    """The value has too many parts to be compared."""


class Writer:
    """One text.

    `own` says whether a class is the target's; `drain` whether iterators are run to see what they give; `made` holds
    the functions that were made from their code; `texts` whether objects are asked for their `str` and `repr`;
    `few` cuts collections after so many members, for people; `names` are the attributes of a class that count, where
    that is told, and `met` those that were met; `failed` is what the first iterator raised that did not end.
    """

    def __init__(self, own, drain=True, made=(), nodes=NODES, texts=True, few=None, names=None):
        self.own = own
        self.drain = drain
        self.made = made
        self.left = nodes
        self.texts = texts
        self.few = few
        self.names = names or {}
        self.met = {}
        self.above = {}
        self.seen = {}
        self.keep = []
        self.opaque = set()
        self.generators = 0
        self.drained = 0
        self.failed = None

    def text(self, value):
        """The canonical text. Raises `TooBig` and whatever a drained iterator raises beyond its items."""
        return self.write(value)

    def write(self, value):
        self.left -= 1
        if self.left < 0:
            raise TooBig()
        kind = type(value)
        if kind is Verbatim:
            return value
        if value is None or kind in (bool, int, str, bytes, type(Ellipsis), type(NotImplemented)):
            return ascii(value)
        if kind is float:
            return number(value)
        if id(value) in self.above:
            return "^%d" % (len(self.above) - self.above[id(value)])
        shared = changing(value)
        if shared and id(value) in self.seen:
            return "&%d" % self.seen[id(value)]
        if shared:
            self.seen[id(value)] = len(self.seen)
        self.keep.append(value)
        self.above[id(value)] = len(self.above)
        try:
            return self.compound(value, kind)
        finally:
            del self.above[id(value)]

    def compound(self, value, kind):
        way = EXACT.get(kind)
        if way is not None:
            return way(self, value)
        if isinstance(value, type):
            return "class %s" % title(value)
        plain = kind.__dict__.get("perfsmith_plain") if self.few is None else None
        if plain is not None:  # one of ours (`building.py`): who gets a plain one out of it does no other thing
            return EXACT[plain](self, value) if plain in EXACT else self.write(plain(value))
        if kind.__module__.partition(".")[0] == "numpy":
            return self.array(value, kind)
        if self.few is not None and self.own(kind) and facts(kind, self.own).texts[-1:] == ["__repr__"]:
            return self.attempt(lambda: Verbatim(kind.__repr__(value)[:200]))
        for builtin in (bool, int, float, complex, str, bytes, bytearray):
            if isinstance(value, builtin):
                return self.subclass(value, kind, builtin)
        if isinstance(value, BaseException):
            return "%s(%s)%s" % (title(kind), self.many(value.args), self.public(value, kind) if self.own(kind) else "")
        if kind in ITERATORS or kind is types.GeneratorType or kind.__module__ == "itertools":
            return self.iterator(value, kind)
        for builtin in (tuple, list, dict, set, frozenset, collections.deque):
            if isinstance(value, builtin):
                inner = EXACT[builtin](self, value)
                return "%s(%s)%s" % (title(kind), inner, self.public(value, kind) if self.own(kind) else "")
        if self.own(kind):
            return title(kind) + self.public(value, kind)
        return self.foreign(value, kind)

    def many(self, values):
        if self.few is None:
            return ", ".join([self.write(one) for one in values])
        found = [self.write(one) for one in itertools.islice(values, self.few)]
        return ", ".join(found + ["…"] * any(True for _ in itertools.islice(values, self.few, None)))

    def pairs(self, value):
        items = dict.items(value) if self.few is None else list(dict.items(value))[: self.few]
        found = ["%s: %s" % (self.write(key), self.write(one)) for key, one in items]
        return "{%s}" % ", ".join(found + ["…"] * (len(items) < dict.__len__(value)))

    def tuple(self, value):
        inner = self.many(value if type(value) is tuple else tuple(tuple.__iter__(value)))
        return "(%s,)" % inner if tuple.__len__(value) == 1 else "(%s)" % inner

    def members(self, value):
        base = set if isinstance(value, set) else frozenset
        found = sorted([self.write(one) for one in base.__iter__(value)])[: self.few]
        return "{%s}" % ", ".join(found) if found else "set()"

    def subclass(self, value, kind, builtin):
        """Enumerations have a name; of others the plain value and what else is public."""
        if isinstance(getattr(kind, "__members__", None), types.MappingProxyType):
            return self.enumeration(value, kind)
        plain = (
            number(float(value)) if builtin is float else ascii(builtin.__repr__(value)) if builtin is complex else None
        )
        plain = plain or builtin.__repr__(value).encode("ascii", "backslashreplace").decode("ascii")
        return "%s(%s)%s" % (title(kind), plain, self.public(value, kind) if self.own(kind) else "")

    def enumeration(self, value, kind):
        return "%s.%s" % (title(kind), getattr(value, "_name_", None))

    def function(self, value):
        inside = self.made.get(id(value)) if self.made else None
        if inside is not None:
            cells = [cell.cell_contents for cell in value.__closure__ or ()]
            stub = vars(value).get("perfsmith")  # one of ours, in place of a callback; what it was told is a list
            cells = [one for one in cells if type(one) is list] if stub else cells
            return "%s [%s]" % (stub + ", told" if stub else "a function that holds", self.many(cells))
        name = getattr(value, "__qualname__", getattr(value, "__name__", "?"))
        if "<locals>" in name or "<lambda>" in name:
            self.opaque.add("a function made inside another")
            return "a function"
        return "function %s" % name

    def iterator(self, value, kind):
        self.generators += kind is types.GeneratorType
        self.drained += 1
        if not self.drain:
            return self.unread(value, kind)
        found = []
        try:
            for one in itertools.islice(value, ITEMS):
                found.append(self.write(one))
        except TooBig:
            raise
        except Exception as error:
            self.failed = self.failed or error
            found.append("then raises %s" % raised(error))
        return "an iterator of [%s]" % ", ".join(found)

    def unread(self, value, kind):
        """What is left in an iterator, without taking it."""
        if kind is types.GeneratorType:
            state = "running" if value.gi_frame is not None and value.gi_frame.f_lasti >= 0 else "not started"
            return "a generator, %s" % (state if value.gi_frame is not None else "ended")
        if kind in LISTED:  # whether it has been asked beyond its last member makes no difference to who goes on
            return "an iterator with %s left" % self.write(list(copy.copy(value)))
        try:
            return "an iterator %s" % self.write(value.__reduce__()[1:])
        except (TypeError, AttributeError):
            self.opaque.add("an iterator")
            return "an iterator"

    def array(self, value, kind):
        if hasattr(value, "tobytes") and hasattr(value, "dtype"):
            shape = getattr(value, "shape", ())
            if value.dtype.hasobject:
                return "%s(%s, %r, %s)" % (title(kind), value.dtype, shape, self.write(value.tolist()))
            if self.few is not None:
                return "%s(%s, %s)" % (title(kind), value.dtype.str, ascii(value.tolist())[:200])
            data = value.tobytes()
            shown = value.tolist() if value.size <= ARRAY else "bytes with digest %s" % hashlib.sha256(data).hexdigest()
            bits = hashlib.sha256(data).hexdigest()[:16]
            return "%s(%s, %r, %s, bits %s)" % (title(kind), value.dtype.str, tuple(shape), ascii(shown), bits)
        if isinstance(value, types.FunctionType) or not hasattr(value, "__reduce__"):
            return title(kind)
        return "%s(%s)" % (title(kind), ascii(str(value)))

    def public(self, value, kind):
        """Public attributes, properties, contents and texts of an object of the target's."""
        if isinstance(getattr(kind, "__members__", None), types.MappingProxyType):
            return "." + str(getattr(value, "_name_", None))
        about = facts(kind, self.own)
        names = about.names.union(getattr(value, "__dict__", None) or ())
        names = {name for name in names if isinstance(name, str) and name[:1] != "_" and name not in HIDDEN}
        self.met.setdefault(title(kind), set()).update(names)
        found = []
        for name in sorted(names.intersection(self.names.get(title(kind), names))):
            found.append("%s=%s" % (name, self.attempt(lambda: getattr(value, name))))
        if about.items and (self.drain or about.sized) and not isinstance(value, (str, bytes, list, tuple, dict)):
            found.append("items=%s" % self.attempt(lambda: list(itertools.islice(iter(value), ITEMS))))
        for name in about.texts if self.texts else ():
            found.append("%s=%s" % (name.strip("_"), self.attempt(lambda: plain_text(getattr(kind, name)(value)))))
        return "<%s>" % ", ".join(found)

    def attempt(self, read):
        try:
            return self.write(read())
        except TooBig:
            raise
        except Exception as error:
            return "raises %s" % raised(error)

    def foreign(self, value, kind):
        """What an object of somebody else's class is made from; private parts of its state left out."""
        if isinstance(getattr(kind, "__members__", None), types.MappingProxyType):
            return self.enumeration(value, kind)
        if isinstance(value, io.IOBase):
            return self.stream(value, kind)
        if kind.__module__ in HASHES and hasattr(value, "hexdigest"):
            return "%s %s" % (value.name, value.hexdigest() if value.digest_size else value.hexdigest(32))
        try:
            reduced = copyreg.dispatch_table[kind](value) if kind in copyreg.dispatch_table else value.__reduce_ex__(2)
        except Exception:
            self.opaque.add(title(kind))
            return title(kind)
        if isinstance(reduced, str):
            return "%s %s" % (title(kind), reduced)
        made, given, state = (tuple(reduced) + (None,))[:3]
        parts = [self.write(one) for one in given if one is not kind]
        state = [one for one in state if isinstance(one, dict)] if isinstance(state, tuple) else [state]
        for some in state:
            names = sorted(name for name in some or () if isinstance(name, str) and not name.startswith("_"))
            parts += ["%s=%s" % (name, self.write(some[name])) for name in names]
        for more in reduced[3:5]:
            parts += ["[%s]" % self.many(list(more))] if more is not None else []
        return "%s(%s)" % (title(kind), ", ".join(parts))

    def stream(self, value, kind):
        if isinstance(value, (io.StringIO, io.BytesIO)) and not value.closed:
            return "%s(%s, at %d)" % (title(kind), ascii(value.getvalue()), value.tell())
        self.opaque.add(title(kind))
        return "%s(closed=%r)" % (title(kind), getattr(value, "closed", None))


def listed(writer, value):
    return "[%s]" % writer.many(value if type(value) is list else list(list.__iter__(value)))


def frozen(writer, value):
    return "frozenset(%s)" % writer.members(value)


def view(writer, value):
    mapping = type(value) is types.MappingProxyType
    return "%s(%s)" % (type(value).__name__, writer.write(dict(value) if mapping else list(value)))


def queue(writer, value):
    return "deque([%s], %r)" % (writer.many(list(collections.deque.__iter__(value))), value.maxlen)


def moment(writer, value):
    """By `repr`, unless somebody's own time zone has a part in it."""
    zone = getattr(value, "tzinfo", None)
    return repr(value) if zone is None or type(zone) is datetime.timezone else writer.foreign(value, type(value))


EXACT = {
    list: listed,
    tuple: Writer.tuple,
    dict: Writer.pairs,
    set: Writer.members,
    frozenset: frozen,
    memoryview: lambda writer, value: "memoryview(%s)" % ascii(value.tobytes()),
    types.MethodType: lambda writer, value: "method %s of %s" % (value.__name__, title(type(value.__self__))),
    types.ModuleType: lambda writer, value: "module %s" % value.__name__,
    collections.deque: queue,
}
EXACT.update((kind, lambda writer, value: ascii(value)) for kind in (bytearray, complex, range, slice))
MOMENTS = (datetime.datetime, datetime.date, datetime.time, datetime.timedelta, datetime.timezone)
EXACT.update((kind, moment) for kind in MOMENTS)
EXACT.update((kind, view) for kind in VIEWS)
EXACT.update((kind, Writer.function) for kind in (types.FunctionType, types.BuiltinFunctionType))


class Verbatim(str):
    """A text that is shown without quotes."""


class Facts:
    """What is asked of all objects of a class."""

    def __init__(self, kind, own):
        self.names = set()
        for one in kind.__mro__:
            for name, entry in vars(one).items():
                if (
                    isinstance(entry, (property, types.MemberDescriptorType))
                    or type(entry).__name__ == "cached_property"
                ):
                    self.names.add(name)
        self.items = hasattr(kind, "__iter__") and not hasattr(kind, "__next__")
        self.sized = hasattr(kind, "__len__")
        self.texts = [name for name in SLOTS if any(name in vars(one) for one in kind.__mro__ if own(one))]


def facts(kind, own, known={}):
    if kind not in known:
        known[kind] = Facts(kind, own)
    return known[kind]


def number(value):
    if value != value:
        return "nan(%s)" % struct.pack(">d", value).hex()
    return float.__repr__(value)


def title(kind):
    module = kind.__module__
    return kind.__qualname__ if module == "builtins" else "%s.%s" % (module, kind.__qualname__)


HIDDEN = frozenset(dir(BaseException)) | frozenset(("real", "imag", "numerator", "denominator"))


def plain_text(text):
    return str.__str__(text) if isinstance(text, str) else text


def raised(error):
    """Type, and arguments, of an exception."""
    return "%s%s" % (
        title(type(error)),
        ascii(tuple(one if isinstance(one, (str, int)) else type(one).__name__ for one in error.args)),
    )


def shortened(text, root):
    """Without addresses and the folder of the tree; of a long one the beginning, the length and the digest."""
    text = ADDRESS.sub("0x?", text.replace(root, "<root>"))
    if len(text) <= TEXT:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()
    return "%s… (%d characters, digest %s)" % (text[:SHOWN], len(text), digest)


def changing(value):
    """Whether it can change, and so be told from an equal one."""
    return isinstance(value, MUTABLE) or is_array(value)


def is_array(value):
    return type(value).__module__ == "numpy" and hasattr(value, "strides") and hasattr(value, "__setitem__")


def owner(value):
    """Of an array the one whose memory it shows, which a view shares with it."""
    while is_array(value) and is_array(value.base):
        value = value.base
    return value
