"""Notes what a Python process changes outside of its results: settings, other modules, state that stays.

A payload for the target's interpreter (3.6 or newer; imports nothing of ours). It is copied into a folder on
`PYTHONPATH` as `sitecustomize.py`, beside `watch.json`: {"out": FOLDER, "files": [real paths of the watched sources]}.
Each process that ends in the usual way writes `FOLDER/PID-TIME.json`:

changed  {setting: new value} of process-wide settings that are not as they were at the start
patched  [module.name] functions and classes of other modules that were replaced, or that come from a watched file
state    {module.path: summary} of what modules, classes and functions of the watched files hold: sizes of containers,
         values of plain things, names of types
daemons  number of threads that are still running
trouble  what could not be looked at, and why
"""

import atexit
import builtins
import collections
import functools
import gc
import io
import itertools
import json
import math
import operator
import os
import random
import re
import signal
import sys
import threading
import time
import types

HERE = os.path.dirname(os.path.abspath(__file__))
KEPT = (atexit, builtins, collections, functools, gc, io, itertools, json, math, operator, os, random, re, signal, sys)
KEPT += (threading, time, types)
CALLABLE = (types.FunctionType, types.BuiltinFunctionType, type)
CONTAINERS = (dict, list, set, bytearray, collections.deque)
PLAIN = (type(None), bool, int, float, complex, str, bytes, tuple, frozenset)
COUNTERS = (itertools.count, itertools.cycle)
DEEPEST = 3
START = time.time
GETPID = os.getpid
WALKED = 20000


def settings():
    found = {
        "gc.isenabled": gc.isenabled(),
        "gc.get_threshold": gc.get_threshold(),
        "gc.get_debug": gc.get_debug(),
        "gc.callbacks": len(gc.callbacks),
        "sys.getrecursionlimit": sys.getrecursionlimit(),
        "sys.getswitchinterval": sys.getswitchinterval(),
        "sys.gettrace": sys.gettrace() is not None,
        "sys.getprofile": sys.getprofile() is not None,
        "sys.excepthook": sys.excepthook is sys.__excepthook__,
        "sys.displayhook": sys.displayhook is sys.__displayhook__,
        "sys.stdout": sys.stdout is sys.__stdout__,
        "sys.stderr": sys.stderr is sys.__stderr__,
        "sys.meta_path": len(sys.meta_path),
        "sys.path_hooks": len(sys.path_hooks),
        "sys.dont_write_bytecode": sys.dont_write_bytecode,
        "os.getcwd": cwd(),
        "os.environ": sorted(os.environ.items()),
    }
    for name in ("get_freeze_count",):
        if hasattr(gc, name):
            found["gc." + name] = getattr(gc, name)() > 0
    if hasattr(sys, "get_int_max_str_digits"):
        found["sys.get_int_max_str_digits"] = sys.get_int_max_str_digits()
    for number in range(1, 32):
        found["signal %d" % number] = handler(number)
    if hasattr(os, "getpriority"):
        found["os.getpriority"] = os.getpriority(os.PRIO_PROCESS, 0)
    if hasattr(os, "sched_getaffinity"):
        found["os.sched_getaffinity"] = sorted(os.sched_getaffinity(0))
    found.update(settings_of_loaded())
    return found


def settings_of_loaded():
    """Of modules that are only looked at when something else has loaded them."""
    found = {}
    warnings, logging, locale = (sys.modules.get(name) for name in ("warnings", "logging", "locale"))
    if warnings is not None:
        found["warnings.filters"] = len(warnings.filters)
    if logging is not None:
        found["logging.disable"] = logging.root.manager.disable
        found["logging.root.level"] = logging.root.level
    if locale is not None:
        found["locale"] = locale.setlocale(locale.LC_ALL)
    if "decimal" in sys.modules:
        found["decimal.getcontext().prec"] = sys.modules["decimal"].getcontext().prec
    return found


def cwd():
    try:
        return os.getcwd()
    except OSError:
        return ""


def handler(number):
    try:
        found = signal.getsignal(number)
    except (ValueError, OSError):
        return ""
    return getattr(found, "__name__", None) or str(found)


def names_of(module):
    return {name: value for name, value in list(vars(module).items()) if isinstance(value, CALLABLE)}


def patched(kept, files):
    found = set()
    for module, names in kept.items():
        now = sys.modules.get(module)
        for name, value in names.items():
            if vars(now).get(name) is not value if now is not None else False:
                found.add("%s.%s" % (module, name))
    for name, module in list(sys.modules.items()):
        if name == "__main__" or not isinstance(module, types.ModuleType) or place(module) in files:
            continue
        if name.partition(".")[0] in OWN:
            continue
        for inner, value in names_of(module).items():
            if origin(value) in files and inner[:1] != "_" and getattr(value, "__name__", inner) != inner:
                found.add("%s.%s" % (name, inner))
    return sorted(found)


OWN = set()


def origin(value):
    """The file that a function or class was written in."""
    if isinstance(value, types.FunctionType):
        return real(value.__code__.co_filename)
    module = sys.modules.get(getattr(value, "__module__", None) or "")
    return place(module) if module is not None and not isinstance(value, types.BuiltinFunctionType) else ""


def place(module):
    return real(getattr(module, "__file__", None) or "")


REAL = {}


def real(path):
    if path not in REAL:
        REAL[path] = os.path.realpath(path) if isinstance(path, str) and path else ""
    return REAL[path]


class Walk:
    """Collects summaries of what outlives calls."""

    def __init__(self, files):
        self.files = files
        self.found = {}

    def module(self, name, module):
        for inner, value in list(vars(module).items()):
            if not dunder(inner):
                self.value("%s.%s" % (name, inner), value, name, 0)

    def value(self, path, value, owner, depth):
        if len(self.found) > WALKED or depth > DEEPEST:
            return
        if isinstance(value, (staticmethod, classmethod)):
            value = value.__func__
        if isinstance(value, property):
            value = value.fget
        if isinstance(value, types.ModuleType):
            return
        if isinstance(value, type):
            if value.__module__ == owner:
                self.inside(path, vars(value), owner, depth)
        elif type(value).__name__ == "_lru_cache_wrapper" or callable(getattr(value, "cache_info", None)):
            self.found[path + " (cached calls)"] = self.cached(value)
        elif isinstance(value, types.FunctionType):
            if real(value.__code__.co_filename) in self.files:
                self.function(path, value, owner, depth)
        else:
            self.thing(path, value, owner, depth)

    def cached(self, value):
        try:
            return value.cache_info().currsize
        except Exception:
            return "unknown"

    def function(self, path, value, owner, depth):
        self.inside(path, value.__dict__, owner, depth)
        for number, default in enumerate(value.__defaults__ or ()):
            self.thing("%s (default %d)" % (path, number), default, owner, depth + 1)
        for name, default in (value.__kwdefaults__ or {}).items():
            self.thing("%s (default %s)" % (path, name), default, owner, depth + 1)
        for name, cell in zip(value.__code__.co_freevars, value.__closure__ or ()):
            try:
                inner = cell.cell_contents
            except ValueError:
                continue
            if isinstance(inner, types.FunctionType):
                self.value("%s (variable %s)" % (path, name), inner, owner, depth + 1)
            else:
                self.thing("%s (variable %s)" % (path, name), inner, owner, depth + 1)

    def thing(self, path, value, owner, depth):
        kind = type(value)
        if isinstance(value, CONTAINERS) or kind.__module__ in ("weakref", "_weakrefset"):
            self.found[path] = "%s of %d" % (kind.__name__, size(value))
        elif isinstance(value, COUNTERS):
            self.found[path] = repr(value)
        elif isinstance(value, PLAIN):
            self.found[path] = "%s %s" % (kind.__name__, plain(value))
        else:
            self.found[path] = kind.__name__
        home = sys.modules.get(kind.__module__)
        own = home is not None and place(home) in self.files
        if own or isinstance(value, (types.SimpleNamespace, threading.local)):
            self.inside(path, getattr(value, "__dict__", {}), owner, depth)

    def inside(self, path, names, owner, depth):
        for name, value in list(names.items()):
            if isinstance(name, str) and not dunder(name) and name != "_abc_impl":
                self.value("%s.%s" % (path, name), value, owner, depth + 1)


def plain(value):
    """A number itself, of a text its length: hashes of texts differ from process to process."""
    return len(value) if hasattr(value, "__len__") else repr(value)[:40]


def size(value):
    """Entries of a container, with those of the containers directly inside it."""
    inner = value.values() if hasattr(value, "values") else value
    parts = [part for part in itertools.islice(inner, WALKED)] if not isinstance(value, bytearray) else []
    return len(value) + sum(len(part) for part in parts if isinstance(part, CONTAINERS))


def dunder(name):
    return name[:2] == "__" and name[-2:] == "__"


def finish(out, files, at_start, kept):
    found = {"changed": {}, "patched": [], "state": {}, "daemons": 0, "trouble": []}

    def changed():
        now = settings()
        names = [name for name in now if name in at_start and at_start[name] != now[name]]
        return {name: "" if name in ("os.environ", "os.getcwd") else str(now[name]) for name in names}

    def state():
        walk = Walk(files)
        for name, module in list(sys.modules.items()):
            if isinstance(module, types.ModuleType) and place(module) in files and name != "__main__":
                OWN.add(name.partition(".")[0])
                walk.module(name, module)
        return walk.found

    def daemons():
        return sum(thread is not threading.main_thread() for thread in threading.enumerate())

    parts = (("changed", changed), ("state", state), ("patched", lambda: patched(kept, files)), ("daemons", daemons))
    for name, ask in parts:
        try:
            found[name] = ask()
        except Exception as error:  # whatever somebody's objects may raise when they are looked at
            found["trouble"].append("%s: %s: %s" % (name, type(error).__name__, error))
    write(out, found)


def write(folder, found):
    path = os.path.join(folder, "%d-%d.json" % (GETPID(), int(START() * 1e6)))
    with open(path + ".part", "w") as file:
        json.dump(found, file)
    os.rename(path + ".part", path)


def main():
    with open(os.path.join(HERE, "watch.json")) as file:
        request = json.load(file)
    kept = {module.__name__: names_of(module) for module in KEPT}
    files = frozenset(os.path.realpath(path) for path in request["files"])
    atexit.register(finish, request["out"], files, settings(), kept)


def give_way():
    """Load the `sitecustomize` that ours hides, and leave no trace on the module path."""
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != HERE]
    ours = sys.modules.pop("sitecustomize", None)
    try:
        import sitecustomize  # noqa
    except ImportError:
        if ours is not None:
            sys.modules["sitecustomize"] = ours


if __name__ == "sitecustomize":
    try:
        give_way()
    finally:
        main()
