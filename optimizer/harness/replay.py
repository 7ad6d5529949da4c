"""Plays recorded calls against one tree, and writes down what each of them did: `replay.py REQUEST RESULTS`.

A payload for the target's interpreter (3.6 or newer; standard library only; POSIX). The request is JSON:

    {"root", "path": [sys.path], "main": file, "modules": {name: file}, "watched": [modules], "seed": int,
     "objects": {id: {"module", "parts", "p", "maker": {"name", "p"} or null, "steps": [{"name", "kind", "p"}]}},
     "groups": [{"name", "calls": [{"id", "module", "parts", "kind", "p"} or {"id", "h": id of an object}]}],
     "inner": {label of a function made inside another one: [p of each call of it]},
     "limit": seconds, "limits": {id: seconds}, "budget": CPU seconds, "patience": calls of a group that may be lost,
     "group_budget": CPU seconds, "memory": bytes or 0, "names": {class: [public attributes that count]},
     "describe": true when the calls are not made but described, as `building.py` does it}

Each group is played in a child process of its own, which is killed when a call does not end within its limit and is
followed by another one. The results are JSON lines, one for each call that was played:

    {"id", "status": "played", "steps": [{"call": text, section: text}], "seconds"}
    {"id", "status": "timed_out" | "crashed" | "unplayable" | "skipped", "why"}
    {"id", "status": "again", "steps"} for functions: the same calls once more, in reverse order
    {"id": "globals of GROUP", "status": "globals", "steps": [{name: text} of what changed, {name: ""} of all]}

    {"id": "names of GROUP", "status": "names", "steps": [{class: list of public attributes that were met, as JSON}]}

The sections are what is compared; see `observe`.
"""

import base64
import json
import logging
import os
import resource
import select
import signal
import sys
import time
import types
from importlib.machinery import SourceFileLoader

HERE = os.path.dirname(os.path.abspath(__file__))
AGAIN = 2.0
"""Seconds: a group whose calls took longer is not played a second time."""
GRACE = 1.0
"""Seconds more for what happens between two calls."""
HASTE = 4
"""Where many calls do not end, this share of the limit is enough for each."""
WAITING = 4.0
"""Budgets are of CPU time, so that a busy machine does not make fewer calls; of wall time so much more may go by."""
SPENT, BUSY = "no time left", "the machine was too busy"


def loaded(name, **known):
    """A neighbour of this file, as a module of its own that `sys.modules` does not know."""
    module = types.ModuleType("perfsmith_" + name)
    loader = SourceFileLoader(module.__name__, os.path.join(HERE, name + ".py"))
    vars(module).update(known)
    exec(loader.get_code(module.__name__), vars(module))  # bytecode is used where it lies beside the file
    return module


packing = loaded("packing")
canonical = loaded("canonical")
neighbours = {name: loaded(name) for name in ("arrays", "asked", "callbacks")}
building = loaded("building", packing=packing, canonical=canonical, **neighbours)
known = {"packing": packing, "canonical": canonical, "building": building, "written": loaded("written")}
known["members"] = loaded("members", canonical=canonical)
known["returned"] = loaded("returned", canonical=canonical)
playing = loaded("playing", listening=loaded("listening", logging=logging), **known)
placing = loaded("placing")


def clocks():
    """Wall time, and CPU time of this process and of its children that have ended."""
    used = os.times()
    return time.monotonic(), used.user + used.system + used.children_user + used.children_system


def over(begun, budget):
    """Why a budget that was begun then is used up; empty while it is not."""
    wall, cpu = (now - then for now, then in zip(clocks(), begun))
    return SPENT if cpu > budget else BUSY if wall / WAITING > budget else ""


def play_group(request, number, start, send):
    """In the child: the calls of a group from one on, then once more if that is quick, then the globals."""
    name, group = request["groups"][number]["name"], request["groups"][number]["calls"]
    player = playing.Player(request, name)
    before = player.globals_now()
    firsts, begun = [], clocks()
    for case in group[start:]:
        why = over(begun, request["group_budget"])
        if why:
            send({"id": case["id"], "status": "skipped", "why": why})
            continue
        send({"start": case["id"]})
        begin = time.perf_counter()
        try:
            steps = player.play(case)
        except BaseException as error:
            send({"id": case["id"], "status": "unplayable", "why": "%s: %s" % (type(error).__name__, str(error)[:200])})
            continue
        send({"id": case["id"], "status": "played", "steps": steps, "seconds": time.perf_counter() - begin})
        if "h" not in case:
            firsts.append((case, steps[0]))
    if not over(begun, AGAIN):
        for case, first in reversed(firsts):
            send({"start": case["id"] + " again"})
            try:
                send({"id": case["id"], "status": "again", "steps": [player.again(case, first)]})
            except BaseException as error:
                send({"id": case["id"], "status": "again", "steps": [{"call": "", "again": type(error).__name__}]})
    after = player.globals_now()
    changed = {name: text for name, text in after.items() if before.get(name) != text}
    send({"id": "globals of " + name, "status": "globals", "steps": [changed, dict.fromkeys(after, "")]})
    send(
        {
            "id": "names of " + name,
            "status": "names",
            "steps": [{key: json.dumps(sorted(one)) for key, one in player.met.items()}],
        }
    )
    send({"end": True})


def child(request, number, start, writing):
    """A process for a group; nothing that it says goes anywhere but into the pipe."""
    os.setpgid(0, 0)
    limit_memory(request["memory"])
    quiet = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(quiet, stream)

    def send(entry):
        data = (json.dumps(entry) + "\n").encode("ascii")
        while data:
            data = data[os.write(writing, data) :]

    try:
        play_group(request, number, start, send)
    finally:
        os._exit(0)


def limit_memory(more):
    """So many bytes of address space more than are in use; where that cannot be told, no limit."""
    try:
        with open("/proc/self/statm") as file:
            now = int(file.read().split()[0]) * resource.getpagesize()
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        if more:
            limit = now + more if hard == resource.RLIM_INFINITY else min(now + more, hard)
            resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    except (OSError, ValueError):
        pass


class Supervised:
    """A child process that plays, read until it ends or takes too long for one call: of `limit` where none is known."""

    def __init__(self, request, number, start, limit):
        self.request = request
        self.limit = limit
        reading, writing = os.pipe()
        self.process = os.fork()
        if self.process == 0:
            os.close(reading)
            child(request, number, start, writing)
        os.close(writing)
        self.reading = reading
        self.rest = b""

    def entries(self):
        """What the child says; None when the time for a call is over, and nothing after it has ended."""
        deadline = time.monotonic() + self.limit + GRACE
        while True:
            ready, _, _ = select.select([self.reading], [], [], max(0, deadline - time.monotonic()))
            data = os.read(self.reading, 1 << 16) if ready else None
            if data is None:
                yield None
            if not data:
                return
            *lines, self.rest = (self.rest + data).split(b"\n")
            for line in lines:
                entry = json.loads(line.decode("ascii"))
                limit = self.request["limits"].get(entry.get("start", "").partition(" ")[0], self.limit)
                deadline = time.monotonic() + (limit if "start" in entry else limit + GRACE)
                yield entry

    def close(self):
        os.close(self.reading)
        for end in (lambda: os.killpg(self.process, signal.SIGKILL), lambda: os.kill(self.process, signal.SIGKILL)):
            try:
                end()
            except OSError:
                pass
        os.waitpid(self.process, 0)


def run_group(request, number, write):
    """All calls of a group, in as many processes as it takes. Only the one that was running is lost with one."""
    group = request["groups"][number]["calls"]
    order = {case["id"]: place for place, case in enumerate(group)}
    start = lost = 0
    while start < len(group):
        if lost >= request["patience"]:
            for case in group[start:]:
                write({"id": case["id"], "status": "skipped", "why": "too many before it did not end"})
            return
        running, ended, status = None, False, "crashed"
        supervised = Supervised(request, number, start, request["limit"] / min(1 + lost, HASTE))
        try:
            for entry in supervised.entries():
                if entry is None:
                    status = "timed_out"
                    break
                running = entry.get("start", running)
                ended = ended or "end" in entry
                if "id" in entry:
                    write(entry)
                    if entry["status"] in ("played", "unplayable"):
                        running = None
        finally:
            supervised.close()
        if ended or (running or " again").endswith(" again"):
            return
        write({"id": running, "status": status, "why": ""})
        start = order[running] + 1
        lost += 1


def describe(request, write):
    """A line for each call with its trees, and for each function, class and method what may be given to it:

    {"id", "trees": [call, of an object its steps too]} or {"id", "why"}, {"of": key, "parameters": …}, and for classes
    {"class": key, "methods": [[name, kind]]}; a key is `module:name`.
    """
    told = set()
    cases = [case for group in request["groups"] for case in group["calls"]]
    for case in cases:
        about = request["objects"][case["h"]] if "h" in case else case
        texts = [playing.first(about) if "h" in case else about["p"]] + [step["p"] for step in about.get("steps", ())]
        try:
            trees = [building.call(*opened(text)) for text in texts]
        except Exception as error:
            write({"id": case["id"], "why": "%s: %s" % (type(error).__name__, str(error)[:80])})
            continue
        write({"id": case["id"], "trees": trees})
        key = "%s:%s" % (about["module"], ".".join(about["parts"]))
        if key not in told:
            told.add(key)
            explain(key, about, "h" in case, write)


def opened(text):
    return packing.unpack(base64.b64decode(text), building.Followed, {})


def explain(key, about, followed, write):
    try:
        owner, entry = packing.resolve(about["module"], about["parts"])
    except Exception:
        return
    kind = about.get("kind")
    entry = owner if kind == "new" else getattr(owner, about["parts"][-1], entry)
    if kind not in ("get", "set", "del"):
        write({"of": key, "parameters": building.parameters(entry, 0)})
    if not followed:
        return
    methods = []
    for name in sorted(set(dir(entry))):
        stored = packing.entry_of(entry, name)
        if isinstance(stored, classmethod) and name[:1] != "_":
            write({"of": "%s.%s" % (key, name), "parameters": building.parameters(getattr(entry, name), 0)})
        elif isinstance(stored, types.FunctionType) and (name[:1] != "_" or name in building.PROTOCOL):
            methods.append([name, "method"])
            write({"of": "%s.%s" % (key, name), "parameters": building.parameters(stored, 1)})
        elif isinstance(stored, property) and name[:1] != "_":
            methods.append([name, "get"])
    write({"class": key, "methods": methods})


def main():
    with open(sys.argv[1], "rb") as file:
        request = json.loads(file.read().decode("utf-8"))
    begun = clocks()
    placing.prepare(request)
    with open(sys.argv[2], "ab", buffering=0) as results:

        def write(entry):
            results.write((json.dumps(entry) + "\n").encode("ascii"))

        if request["describe"]:
            describe(request, write)
            return
        for number, group in enumerate(request["groups"]):
            why = over(begun, request["budget"])
            if why:
                for case in group["calls"]:
                    write({"id": case["id"], "status": "skipped", "why": why})
                continue
            run_group(request, number, write)


main()
os._exit(0)
