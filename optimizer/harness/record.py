"""Records calls of instrumented functions: loaded by path, by the line that stands at the start of each of them.

A payload for the target's interpreter (3.6 or newer; standard library only; imported by nobody). It is executed with
`config` in its globals: `{"out": FOLDER, "root": FOLDER, "labels": [LABEL], "classes": {PATH: [NAME]}, "inner":
[LABEL], "companions": [LABEL of a class]}`, and leaves `sys._perfsmith_record`, which is called with the label of the
function that begins. Each process appends JSON lines to a file of its own in `out` as soon as there is something to
keep, for it may be killed at any time:

    {"k": "about", "path": sys.path, "main": file, "modules": {name: file}}
    {"k": "call", "label", "module", "parts", "kind", "shape", "p": pickle as base64, "states": [class labels]}
    {"k": "object", "h": id, "label": of the constructor, "module", "parts": of the class, "p", "states", "companion",
     "maker": {"name", "p"} of the class method that made it}
    {"k": "step", "h", "label", "name", "kind", "p", "states"}
    {"k": "inner", "label", "p"}: what a function was given that is made inside another one
    {"k": "refused", "label", "why"}
    {"k": "count", "label", "calls": {first of the sha1 of p: times}, "shapes": {shape: times}}

The last `count` of a function says how often it was called so far, roughly: with what was kept, and with something else
of the same shape. It is written anew whenever the number has grown by a quarter. A look stands for the calls since the one before,
and the steps between looks vary, so that calls in a rhythm are all met.

At a function's first statement its locals are its parameters. Calls are taken by shape, so that a spread of
different ones is kept; looks get rarer the longer nothing new is seen, and end when the bounds are reached.
Instances of `classes` and `companions` are followed from their constructor on, by the calls that come from outside
the object: some of each shape, and one in every test, for what matters there is what is done with it. What a class
method does with the object that it makes is the class method's, and is not written down as calls. A companion
whose history is not known is packed like any other value.
"""

import base64
import functools
import hashlib
import json
import os
import sys
import threading
import time
import types
import weakref
from importlib.machinery import SourceFileLoader

PER_SHAPE = 4
SECONDS = 1.0
"""Per function: calls of one shape, and seconds spent on recording."""
COUNTING = 0.25
"""Seconds spent on a function after which calls of a shape are no longer told apart when they are counted."""
WRITTEN = 48 << 20
"""Bytes that one process writes at most."""
OBJECTS = 80
"""Per class."""
MAKERS = 64
"""Class methods that may still be running."""
UNSAID = frozenset(
    "__del__ __getattribute__ __getattr__ __setattr__ __delattr__ __hash__ __reduce__ __reduce_ex__".split()
)
UNSAID |= frozenset("__getstate__ __setstate__ __getnewargs__ __sizeof__ __init_subclass__ __class_getitem__".split())
UNSAID |= frozenset("__set_name__ __copy__ __deepcopy__ __dir__ __prepare__ __instancecheck__".split())


def loaded(name):
    """A neighbour of this file, as a module of its own that `sys.modules` does not know."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".py")
    module = types.ModuleType("perfsmith_" + name)
    loader = SourceFileLoader(module.__name__, path)
    exec(loader.get_code(module.__name__), vars(module))  # bytecode is used where it lies beside the file
    return module


class Recorder:
    def __init__(self, config):
        self.config = config
        self.labels = frozenset(config["labels"])
        self.inner = frozenset(config["inner"])
        self.companions = frozenset(config["companions"])
        self.packing = loaded("packing")
        self.frames = loaded("frames")
        self.noted = loaded("noted")
        self.gates = {}
        self.classes = {}
        self.histories = {}
        self.followed = {}
        self.makers = {}
        self.making = set()
        self.local = threading.local()
        self.lock = threading.RLock()
        self.start()

    def start(self):
        """A process's own file; what a parent process followed is no longer followed."""
        self.process = os.getpid()
        self.token = "%d-%s" % (self.process, base64.b16encode(os.urandom(4)).decode())
        self.file = None
        self.count = 0
        self.written = 0
        self.modules = {}
        self.loaded = 0
        self.histories = {}

    def entered(self, label):
        gate = self.gates.get(label)
        if gate is None:
            gate = self.gates[label] = self.noted.Gate(label)
        if gate.off:
            return
        gate.passed += 1
        test = CURRENT.get(b"PYTEST_CURRENT_TEST")
        if test is not gate.test:
            gate.test, gate.skip, gate.misses = test, 0, gate.misses // 2
        if gate.skip > 0:
            gate.skip -= 1
            return
        if getattr(self.local, "busy", False) or not self.lock.acquire(False):
            return
        self.local.busy = True
        begin = time.perf_counter()
        try:
            if os.getpid() != self.process:
                self.start()
            self.look(gate, sys._getframe(1))
        except Exception as error:
            self.refuse(gate, "not recorded: %s" % type(error).__name__)
            gate.missed()
        finally:
            gate.seconds += time.perf_counter() - begin
            gate.off = gate.off or gate.seconds > SECONDS or self.written > WRITTEN
            self.local.busy = False
            self.lock.release()

    def look(self, gate, frame):
        if gate.label in self.inner:
            self.keep_inner(gate, frame)
            return
        if gate.place is None:
            gate.place = self.frames.find_place(gate.label, frame)
            if gate.place is None:
                gate.off = True
                self.refuse(gate, "it cannot be found by its name")
                return
        place = gate.place
        if place.function is not None and place.function.__code__ is not frame.f_code:
            place = self.frames.find_place(gate.label, frame)
            if place is None:
                return
        if place.kind in ("call", "new"):
            self.note_maker(gate, place, frame)
            self.keep_call(gate, place, frame)
        else:
            self.look_at_method(gate, place, frame)

    def note_maker(self, gate, place, frame):
        """What a class method was given is taken now: it may bind its names anew before it makes an object."""
        code = frame.f_code
        kind = frame.f_locals.get(code.co_varnames[0]) if code.co_argcount else None
        if isinstance(kind, type) and self.label_of(kind) is not None and self.frames.is_maker(frame, kind):
            data, states = self.pack(gate, self.frames.arguments(frame, place.function, 1))
            while len(self.makers) >= MAKERS:
                del self.makers[next(iter(self.makers))]
            self.makers[id(frame)] = data and ({"name": place.parts[-1], "p": data}, states)
            self.making.add(code)

    def look_at_method(self, gate, place, frame):
        name = place.parts[-1]
        code = frame.f_code
        value = frame.f_locals.get(code.co_varnames[0]) if code.co_argcount else None
        if name in UNSAID:
            gate.off = True
            return
        if self.label_of(type(value)) is None or self.inside(frame, value):
            return
        if name == "__init__":
            self.follow(gate, place, frame, value)
            return
        history = self.histories.get(id(value))
        if history is not None and history.of(value):
            if history.maker is not None and self.frames.maker(frame, type(value)) is not None:
                return
            history.maker = None
            self.keep_step(gate, place, frame, history)
        elif not self.has_constructor(type(value)) and self.label_of(type(value)) not in self.companions:
            self.keep_call(gate, place, frame)
        else:
            gate.off = self.exhausted()

    def inside(self, frame, value):
        """Whether a method of the same object is running already, or for a companion of any object that is followed.

        The call comes from within then, and is made again by whoever makes it.
        """
        companion = self.label_of(type(value)) in self.companions
        outer, depth = frame.f_back, 0
        while outer is not None and depth < 100:
            code = outer.f_code
            if code.co_argcount and (companion or code.co_filename == frame.f_code.co_filename):
                first = outer.f_locals.get(code.co_varnames[0])
                if first is value or (companion and id(first) in self.histories):
                    return True
            outer, depth = outer.f_back, depth + 1
        return False

    def has_constructor(self, kind):
        """Whether the constructor of a class is instrumented."""
        init = kind.__init__
        name = getattr(init, "__qualname__", "")
        module = sys.modules.get(getattr(init, "__module__", None))
        path = self.relative(getattr(module, "__file__", None) or "")
        return "%s::%s" % (path, name) in self.labels

    def relative(self, path):
        path = os.path.realpath(path) if path else ""
        root = os.path.realpath(self.config["root"]) + os.sep
        return path[len(root) :].replace(os.sep, "/") if path.startswith(root) else path

    def follow(self, gate, place, frame, value):
        kind = type(value)
        if getattr(kind.__init__, "__code__", None) is not frame.f_code:
            return
        followed = self.followed.setdefault(kind, [])
        outer = self.frames.maker(frame, kind)
        maker, more = self.makers.get(id(outer)) or (None, [])
        given = self.frames.arguments(frame, place.function, 1)
        looks = (maker and maker["name"], self.frames.shape(given))
        seen = gate.shapes.get(looks, 0)
        unknown = outer is not None and outer.f_code in self.making and id(outer) not in self.makers
        known = seen >= PER_SHAPE and (gate.test is None or (looks, gate.test) in gate.tested)
        enough = known or unknown
        if enough or len(followed) >= OBJECTS or not self.frames.named(kind):
            gate.missed()
            gate.off = len(followed) >= OBJECTS
            return
        data, states = self.pack(gate, given)
        if data is None:
            return
        gate.shapes[looks] = seen + 1
        gate.tested.add((looks, gate.test))
        self.count += 1
        history = self.noted.History("%s-%d" % (self.token, self.count), value)
        history.maker = maker
        self.histories[id(value)] = history
        followed.append(history)
        about = {"k": "object", "h": history.key, "module": kind.__module__, "parts": kind.__qualname__.split(".")}
        companion = self.label_of(kind) in self.companions
        states = sorted({*states, *more})
        self.write(dict(about, label=gate.label, p=data, states=states, companion=companion, maker=maker))

    def keep_step(self, gate, place, frame, history):
        if not history.open:
            gate.off = self.exhausted()
            return
        data, states = self.pack(gate, self.frames.arguments(frame, place.function, 1))
        if data is None:
            history.broken = True
            return
        history.steps += 1
        about = {"k": "step", "h": history.key, "label": gate.label, "name": place.parts[-1], "kind": place.kind}
        self.write(dict(about, p=data, states=states))

    def exhausted(self):
        """Whether no object can be followed any further."""
        full = all(len(followed) >= OBJECTS for followed in self.followed.values())
        return full and not any(one.open for one in self.histories.values())

    def keep_call(self, gate, place, frame):
        given = self.frames.arguments(frame, place.function, self.frames.brought(place))
        looks = self.frames.shape(given)
        shape = hashlib.sha1(repr(looks).encode("utf-8", "replace")).hexdigest()[:8]
        seen = gate.shapes.get(looks, 0)
        times, gate.passed = gate.passed, 0
        if seen >= PER_SHAPE:
            gate.count(times, shape, self.digest_of(gate, given))
            self.tell_counts(gate)
            gate.missed()
            return
        data, states = self.pack(gate, given)
        digest = hashlib.sha1(data.encode()).digest() if data else None
        if data is None or digest in gate.digests:
            if data is not None:
                gate.count(times, shape, digest)
                self.tell_counts(gate)
            gate.missed()
            return
        gate.digests.add(digest)
        gate.count(times, shape, digest)
        gate.shapes[looks] = seen + 1
        gate.found(len(data))
        about = {"k": "call", "label": gate.label, "module": place.module, "parts": place.parts, "kind": place.kind}
        self.write(dict(about, shape=shape, p=data, states=states))
        self.tell_counts(gate)

    def keep_inner(self, gate, frame):
        """Of what cannot be found by its name only what it is given; nothing with objects that are followed."""

        def follow(value):
            if self.label_of(type(value)) is not None:
                raise self.packing.Refused("an object that is followed")

        given = self.frames.arguments(frame, None, 0)
        looks = self.frames.shape(given)
        gate.shapes[looks] = seen = gate.shapes.get(looks, 0) + 1
        try:
            data = self.packing.pack(given, follow) if seen <= PER_SHAPE else None
        except self.packing.Refused:
            data = None
        if data is None:
            gate.missed()
            return
        gate.found(len(data))
        self.write({"k": "inner", "label": gate.label, "p": base64.b64encode(data).decode()})

    def digest_of(self, gate, given):
        """Of a call that is not kept, as long as there is time to spare; what cannot be packed is like nothing."""
        if gate.seconds > COUNTING:
            return None
        try:
            data = self.packing.pack(given, self.following(set()))
        except self.packing.Refused:
            return None
        return hashlib.sha1(base64.b64encode(data)).digest()

    def tell_counts(self, gate):
        if gate.counted >= gate.told:
            gate.told = gate.counted + max(2, gate.counted // 4)
            self.write({"k": "count", "label": gate.label, "calls": gate.same, "shapes": gate.alike})

    def pack(self, gate, given):
        states = set()
        try:
            data = self.packing.pack(given, self.following(states))
        except self.packing.Refused as error:
            self.refuse(gate, str(error), self.frames.shape(given))
            return None, []
        return base64.b64encode(data).decode(), sorted(states)

    def following(self, states):
        """How a value of a followed class is packed; classes whose private state is written down join `states`."""

        def follow(value):
            label = self.label_of(type(value))
            if label is None:
                return None
            history = self.histories.get(id(value))
            companion = label in self.companions
            if history is not None and history.of(value) and not (companion and history.broken):
                if history.broken:
                    raise self.packing.Refused("an object whose history is incomplete")
                return ("h", history.key, history.steps)
            if not companion:
                states.add(label)
            return None

        return follow

    def label_of(self, kind):
        """The label of the changed class that a class is or inherits from."""
        if kind not in self.classes:
            found = None
            for one in kind.__mro__:
                module = sys.modules.get(one.__module__)
                path = self.relative(getattr(module, "__file__", None) or "")
                label = "%s::%s" % (path, one.__qualname__)
                if label in self.companions or one.__qualname__ in self.config["classes"].get(path, ()):
                    found = label
                    break
            self.classes[kind] = found
        return self.classes[kind]

    def refuse(self, gate, why, looks=None):
        """Said once for each shape of call."""
        if (why, looks) not in gate.refusals and len(gate.refusals) < self.noted.KEPT:
            gate.refusals.add((why, looks))
            self.write({"k": "refused", "label": gate.label, "why": why})

    def write(self, entry):
        if self.file is None:
            self.file = os.path.join(self.config["out"], "calls-%s.jsonl" % self.token)
        lines = [self.about()] if len(sys.modules) != self.loaded else []
        try:
            with open(self.file, "ab", buffering=0) as file:
                data = b"".join(json.dumps(line).encode("ascii") + b"\n" for line in lines + [entry])
                self.written += len(data)
                file.write(data)
        except OSError:
            pass

    def about(self):
        self.loaded = len(sys.modules)
        new = {}
        for name, module in list(sys.modules.items()):
            path = getattr(module, "__file__", None)
            if isinstance(path, str) and name not in self.modules and path.startswith(self.config["root"]):
                new[name] = self.modules[name] = path
        main = getattr(sys.modules.get("__main__"), "__file__", None) or ""
        return {"k": "about", "path": list(sys.path), "main": os.path.abspath(main) if main else "", "modules": new}


CURRENT = getattr(os.environ, "_data", {})
sys._perfsmith_record = functools.partial(Recorder.entered, Recorder(config))
