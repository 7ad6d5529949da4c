"""Makes recorded calls on orders from outside, which times them.

A payload for the target's interpreter (3.6 or newer; standard library only). Each line on standard input is an order, answered by one line of JSON:

    hello                                  said before anything of the target is loaded
    calls REQUEST                          the request of `replay.py`; its calls are numbered in their order
    load {"cores": [numbers]}              stay on these cores, where any are named, and import the modules
    set {"calls": [numbers], "passes": n, "share": "passes" | "equal" | "never"}
                                           unpack what the calls are given: anew for each call (never), once for all
                                           passes, or once for calls with the same number that follow each other
    go                                     make them: all calls, so many times over
    look {"calls": [numbers], "names": {class: [attributes]}, "seconds": n}
                                           make each once and say what it did: [{"digest", "told", "changes", "plain"}],
                                           or [{"why"}] for what cannot be made; and {"names"} that were met

What cannot be done is answered by {"error"}. Nothing here is timed: whoever asks reads this process's clocks between an answer and the next order. A result that is
an iterator is used up in `go`, a coroutine is awaited, for the work is not done before.
"""

import gc
import hashlib
import itertools
import json
import os
import random
import sys
import time
import types
from importlib.machinery import SourceFileLoader

HERE = os.path.dirname(os.path.abspath(__file__))
USED_UP = 100000
"""Items of an iterator that are taken."""
TOLD = 240
PLAIN = frozenset([int, float, complex, bool, str, bytes, bytearray, type(None)])
COLLECTIONS = (list, tuple, set, frozenset, dict)
WALKED = 2000
LAZY = (types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType)
COMPARED = ("value", "raised", "arguments", "arguments afterwards", "state")


def loaded(name, **known):
    """A neighbour of this file, as a module of its own that `sys.modules` does not know."""
    module = types.ModuleType("perfsmith_" + name)
    loader = SourceFileLoader(module.__name__, os.path.join(HERE, name + ".py"))
    vars(module).update(known)
    exec(loader.get_code(module.__name__), vars(module))  # bytecode is used where it lies beside the file
    return module


class Later:
    """A neighbour that is loaded when something of it is asked for: workers are started often."""

    def __init__(self, name, known):
        self.name, self.known = name, known

    def __getattr__(self, name):
        vars(self).update(vars(loaded(self.name, **self.known)))
        return vars(self)[name]


def stay_on(cores):
    """All that we start from now on, too. A wish, where it cannot be had."""
    if cores and hasattr(os, "sched_setaffinity"):
        try:
            os.sched_setaffinity(0, cores)
        except OSError:
            pass


class Worker:
    def __init__(self):
        known = {"packing": loaded("packing"), "canonical": loaded("canonical")}
        self.packing = known["packing"]
        neighbours = {name: Later(name, {}) for name in ("arrays", "asked", "callbacks")}
        building = Later("building", dict(known, **neighbours))
        known["listening"] = loaded("listening", logging=None)
        known["members"] = loaded("members", canonical=known["canonical"])
        known["returned"] = self.returned = loaded("returned", canonical=known["canonical"])
        self.playing = loaded("playing", building=building, written=None, **known)
        self.placing = loaded("placing")
        self.ready = []
        self.passes = 0

    def calls(self, request):
        self.request = request
        self.cases = [case for group in request["groups"] for case in group["calls"]]
        self.player = self.playing.Player(request)
        return {}

    def load(self, order):
        stay_on(order["cores"])
        if not self.request["path"]:
            self.request["path"] = self.request["folders"] + sys.path[1:]
        self.placing.prepare(self.request)
        gc.collect()
        return {}

    def set(self, order):
        random.seed(self.request["seed"])
        numbers, self.passes = order["calls"], order["passes"]
        if order["share"] == "never":
            numbers, self.passes = numbers * self.passes, 1
        self.ready = []
        for place, number in enumerate(numbers):
            again = order["share"] == "equal" and place and numbers[place - 1] == number
            self.ready.append(self.ready[-1] if again else self.made(self.cases[number]))
        return {}

    def made(self, case):
        """(function, arguments, keywords) with values of their own."""
        player = self.player
        player.live, player.made = {}, {}
        if "h" in case:
            return self.history(case["h"])
        arguments, keywords = player.unpacked(case["p"])
        name = case["parts"][-1]
        if case["kind"] in ("get", "set", "del"):
            function = {"get": getattr, "set": setattr, "del": delattr}[case["kind"]]
            return function, (arguments[0], name) + tuple(arguments[1:]), {}
        if case["kind"] == "method":
            return getattr(arguments[0], name), tuple(arguments[1:]), keywords
        owner, _ = self.packing.resolve(case["module"], case["parts"])
        return (owner if case["kind"] == "new" else getattr(owner, name)), tuple(arguments), keywords

    def history(self, key):
        """The life of an object as one call."""
        about = self.request["objects"][key]
        kind = self.packing.resolve(about["module"], about["parts"])[1]
        start = self.player.unpacked(self.playing.first(about))
        steps = [(step["name"], step["kind"]) + tuple(self.player.unpacked(step["p"])) for step in about["steps"]]
        applied, consume, make = self.playing.applied, self.consume, self.player.make

        def live():
            value = make(kind, about, start)
            for name, form, given, named in steps:
                try:
                    consume(applied(value, name, form, given, named)())
                except Exception:
                    continue

        return live, (), {}

    def go(self, _):
        consume = self.consume
        for _ in itertools.repeat(None, self.passes):
            for function, arguments, keywords in self.ready:
                try:
                    result = function(*arguments, **keywords)
                    if type(result) not in PLAIN:
                        consume(result)
                except BaseException:
                    continue
        return {}

    def consume(self, result):
        """Have the work done that a result has put off."""
        if isinstance(result, LAZY):
            result = self.returned.awaited(result)
        if hasattr(type(result), "__next__"):
            for _ in itertools.islice(result, USED_UP):
                pass

    def look(self, order):
        self.player.names = {name: frozenset(names) for name, names in order["names"].items()}
        begun, found = time.monotonic(), []
        for number in order["calls"]:
            late = time.monotonic() - begun > order["seconds"]
            found.append({"why": "no time left"} if late else self.seen(self.cases[number]))
        met = {name: sorted(names) for name, names in self.player.met.items()}
        return {"seen": found, "names": met}

    def seen(self, case):
        """What one call does, as a digest; `plain` are arguments that consist of built-in types only."""
        try:
            steps = self.player.play(case)
            self.player.results.clear()
            plain = case.get("kind") in ("call", "new") and self.plain(self.player.unpacked(case["p"]))
        except BaseException as error:
            return {"why": "%s: %s" % (type(error).__name__, str(error)[:TOLD])}
        texts = [[step.get(name, "") for name in COMPARED] for step in steps]
        texts += [[step.get("message", "")] for step in steps if step.get("explicit") in ("yes", "own")]
        changes = "h" in case or case["kind"] not in ("call", "new") or any(one[2] or one[3] for one in texts[:1])
        said = [step.get("raised") and "raises " + step.get("message", "") or step.get("value", "") for step in steps]
        return {
            "digest": hashlib.sha256(json.dumps(texts).encode("ascii")).hexdigest(),
            "told": "%s gives %s" % (steps[-1].get("call", "")[:TOLD], said[-1][:TOLD]),
            "changes": changes,
            "plain": plain,
        }

    def plain(self, value):
        """Whether a value consists of built-in types only; a large one is judged by its beginning."""
        waiting, left = [value], WALKED
        while waiting and left:
            one, left = waiting.pop(), left - 1
            if type(one) in COLLECTIONS:
                inner = itertools.chain(one, one.values()) if type(one) is dict else one
                waiting.extend(itertools.islice(inner, left))
            elif type(one) not in PLAIN:
                return False
        return True


def apart():
    """Our ends of the conversation; what the target reads and prints goes nowhere."""
    orders, answers = os.fdopen(os.dup(0), "rb"), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    return orders, answers, nowhere


def main():
    orders, answers, nowhere = apart()
    worker = Worker()
    orders.readline()
    os.write(answers, b"{}\n")
    for line in iter(orders.readline, b""):
        name, _, rest = line.decode("ascii").strip().partition(" ")
        try:
            answer = getattr(worker, name)(json.loads(rest) if rest else None)
        except BaseException as error:
            answer = {"error": "%s: %s" % (type(error).__name__, str(error)[:TOLD])}
        data = json.dumps(answer).encode("ascii") + b"\n"
        while data:
            data = data[os.write(answers, data) :]
        if name == "load":
            os.dup2(nowhere, 2)


main()
os._exit(0)
