"""Runs benchmarks written for airspeed velocity a fixed number of times, without asv: the work must not follow the speed.

    target-python asv.py FOLDER CALLS NAME...

FOLDER is asv's `benchmark_dir`, CALLS how often each timed function is called. A NAME is what asv prints,
`module.Class.time_it`, with `(1, 'a')` behind it for one combination of parameters, or a module or class for all in
it. As in asv: `time_*` functions and methods, `params`, `number` (calls between two setups), `setup_cache`, `setup` and
`teardown` of the function, the class and the module, a temporary working directory, and `NotImplementedError` to skip.
Ends with 2 when a name is no such benchmark. Standard library only, valid from Python 3.6 on, imported by nobody.
"""

import importlib
import inspect
import itertools
import os
import re
import sys
import tempfile

TIMED = re.compile(r"(Time[A-Z_].+)|(time_.+)")


class Unusable(Exception):
    """A name cannot be run; the text says why."""


class Benchmark:
    """One timed function with its combinations of parameters."""

    def __init__(self, name, module, owner, function):
        self.name = name
        self.module = module
        self.owner = owner
        self.function = function

    def runs(self):
        """A fresh instance per combination: (label, function, its sources of attributes, parameters)."""
        params = list(first([self.function, self.owner, self.module], "params", []))
        if params and not isinstance(params[0], (tuple, list)):
            params = [params]
        for values in itertools.product(*params):
            label = "%s(%s)" % (self.name, ", ".join(repr(value) for value in values)) if values else self.name
            instance = self.owner() if self.owner else None
            function = getattr(instance, self.function.__name__) if self.owner else self.function
            yield label, function, [source for source in (function, instance, self.module) if source], values


def first(sources, name, default):
    found = [getattr(source, name) for source in sources if getattr(source, name, None) is not None]
    return found[0] if found else default


def every(sources, name):
    """All attributes of that name, the module's first."""
    return [getattr(source, name) for source in reversed(sources) if getattr(source, name, None) is not None]


def module_of(folder, parts):
    """The longest module that the name begins with, and what is left of it."""
    for length in range(len(parts), 0, -1):
        place = os.path.join(folder, *parts[:length])
        if os.path.isfile(place + ".py") or os.path.isfile(os.path.join(place, "__init__.py")):
            return importlib.import_module(".".join([os.path.basename(folder)] + parts[:length])), parts[length:]
    raise Unusable("%s: there is no such module in %s" % (".".join(parts), os.path.basename(folder)))


def benchmarks(prefix, module):
    for name in sorted(dir(module)):
        value = getattr(module, name)
        if name.startswith("_"):
            continue
        if inspect.isclass(value) and not inspect.isabstract(value):
            for inner, method in inspect.getmembers(value, inspect.isfunction):
                if TIMED.match(inner):
                    yield Benchmark(".".join([prefix, name, inner]), module, value, method)
        elif inspect.isfunction(value) and TIMED.match(name):
            yield Benchmark(".".join([prefix, name]), module, None, value)


def selected(folder, text):
    """What a name means. Raises `Unusable` for nothing."""
    name, bracket, _ = text.partition("(")
    parts = name.split(".")
    module, rest = module_of(folder, parts)
    prefix = ".".join(parts[: len(parts) - len(rest)])
    known = list(benchmarks(prefix, module))
    found = [one for one in known if (one.name + ".").startswith(name + ".")]
    if not found:
        raise Unusable("%s is no time_ benchmark; known: %s" % (name, ", ".join(one.name for one in known) or "none"))
    chosen = [run for one in found for run in one.runs() if not bracket or run[0] == text]
    if not chosen:
        raise Unusable("%s: there is no such combination of parameters" % text)
    return chosen


def repeat(function, sources, values, calls):
    """Call it so often; False where the benchmark says that it does not apply."""
    number = int(first(sources, "number", 0)) or calls
    cache = first(sources, "setup_cache", None)
    given = ((cache(),) if cache else ()) + values
    left = calls
    while left > 0:
        try:
            for setup in every(sources, "setup"):
                setup(*given)
            for _ in range(min(number, left)):
                function(*given)
        except NotImplementedError:
            return False
        for teardown in reversed(every(sources, "teardown")):
            teardown(*given)
        left -= number
    return True


def main(folder, calls, names):
    folder = os.path.abspath(folder)
    sys.path[0] = os.path.dirname(folder)
    try:
        chosen = [run for name in names for run in selected(folder, name)]
    except Unusable as problem:
        sys.stderr.write("%s\n" % problem)
        return 2
    with tempfile.TemporaryDirectory() as empty:
        os.chdir(empty)
        ran = sum(repeat(function, sources, values, calls) for _, function, sources, values in chosen)
        os.chdir(folder)
    sys.stdout.write("%d of %d benchmarks, %d calls each\n" % (ran, len(chosen), calls))
    return 0 if ran else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), sys.argv[3:]))
