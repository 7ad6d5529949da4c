"""Profiles the Python process it is loaded into: by sampling its own threads, or with cProfile.

A payload for the target's interpreter (3.6 or newer; imports nothing of ours). It is copied into a folder
on `PYTHONPATH` as `sitecustomize.py`, beside `sample.json`: `{"kind": "sampler" | "cprofile", "rate": Hz,
"out": FOLDER}`. Each process writes `FOLDER/PID-TIME.json`. The sampler: `{"stacks": [[[[name, path, line],
...], weight], ...]}`, root first. cProfile: `{"calls": [[[name, path, line, own], [[name, path, line, own part,
total part] of a caller, ...]], ...]}`. Weights and times are microseconds, the sampler's of CPU time. The
sampler's file is renewed twice a second, because a process may end without notice.

A thread is sampled with the CPU time it used since the last look (Linux), so waiting threads weigh nothing
and a long call into C that kept the lock weighs what it took. The interpreter lets the sampler in when a
function begins or a loop jumps back; at a function's beginning the time was not spent in it yet as often as
it was, so half of it is booked on the caller.
"""

import atexit
import json
import os
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))


def write(folder, name, found):
    path = os.path.join(folder, name)
    with open(path + ".part", "w") as file:
        json.dump(found, file)
    os.rename(path + ".part", path)


def file_name():
    return "%d-%d.json" % (os.getpid(), int(time.time() * 1e6))


class Sampler:
    def __init__(self, folder, rate):
        self.folder = folder
        self.interval = 1.0 / rate
        self.start()

    def start(self):
        self.name = file_name()
        self.weights = {}
        self.seen = {}
        self.process = time.process_time()
        self.lock = threading.Lock()
        self.thread = threading.Thread(target=self.loop, name="sampler")
        self.thread.daemon = True
        self.thread.start()

    def loop(self):
        written = time.monotonic()
        while True:
            time.sleep(self.interval)
            if sys is None or sys.is_finalizing():
                return
            self.look()
            if time.monotonic() - written > 0.5:
                self.flush()
                written = time.monotonic()

    def look(self):
        own = threading.get_ident()
        frames = [(ident, frame) for ident, frame in sys._current_frames().items() if ident != own]
        numbers = {thread.ident: getattr(thread, "native_id", None) for thread in threading.enumerate()}
        now = time.process_time()
        even = (now - self.process) * 1e6 / max(1, len(frames))
        self.process = now
        for ident, frame in frames:
            used = self.used(numbers.get(ident))
            before = self.seen.get(ident, 0 if used is None else used)
            self.seen[ident] = used
            weight = even if used is None else used - before
            if weight > 0 and frame.f_back is not None and beginning(frame):
                weight /= 2
                self.add(frame.f_back, weight)
            if weight > 0:
                self.add(frame, weight)

    def add(self, frame, weight):
        stack = walk(frame)
        self.weights[stack] = self.weights.get(stack, 0) + weight

    def used(self, number):
        """CPU microseconds of a thread; None where that cannot be known."""
        try:
            with open("/proc/self/task/%d/schedstat" % number, "rb") as file:
                return int(file.read().split()[0]) / 1e3
        except (OSError, TypeError, ValueError, IndexError):
            return None

    def flush(self):
        with self.lock:
            weights = dict(self.weights)
            write(self.folder, self.name, {"stacks": [[list(map(list, key)), weights[key]] for key in weights]})


def beginning(frame):
    return frame.f_lasti <= 8 and frame.f_lineno == frame.f_code.co_firstlineno


def walk(frame):
    stack = []
    while frame is not None:
        code = frame.f_code
        stack.append((getattr(code, "co_qualname", code.co_name), code.co_filename, frame.f_lineno or 0))
        frame = frame.f_back
    return tuple(reversed(stack))


def sample(folder, rate):
    sampler = Sampler(folder, rate)
    atexit.register(sampler.flush)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=sampler.start)


def trace(folder):
    import cProfile

    profile = cProfile.Profile()

    def finish():
        profile.disable()
        profile.create_stats()
        calls = [
            [row(function, stats[2]), [row(caller, part[2], part[3]) for caller, part in stats[4].items()]]
            for function, stats in profile.stats.items()
        ]
        write(folder, file_name(), {"calls": calls})

    atexit.register(finish)
    profile.enable()


def row(function, *times):
    path, line, name = function
    return [name, path, line] + [seconds * 1e6 for seconds in times]


def main():
    with open(os.path.join(HERE, "sample.json")) as file:
        request = json.load(file)
    if request["kind"] == "cprofile":
        trace(request["out"])
    else:
        sample(request["out"], request["rate"])


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
