"""Profiles the Python process it is loaded into: by sampling its own threads, or with cProfile.

A payload for the target's interpreter (3.6 or newer; imports nothing of ours). It is copied into a folder
on `PYTHONPATH` as `sitecustomize.py`, beside `sample.json`: `{"kind": "sampler" | "cprofile", "rate": Hz,
"out": FOLDER}`. Each process writes `FOLDER/PID-TIME.json`: `{"stacks": [[[[name, path, line], ...], weight],
...]}`, root first, weights in microseconds of CPU time. The file is renewed twice a second while sampling,
because a process may end without notice.

A thread is sampled with the CPU time it used since the last look (Linux), so waiting threads weigh nothing
and a long call into C that kept the lock weighs what it took.
"""

import atexit
import json
import os
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))


def write(folder, name, weights):
    path = os.path.join(folder, name)
    stacks = [[[list(frame) for frame in stack], weight] for stack, weight in weights.items() if weight >= 1]
    with open(path + ".part", "w") as file:
        json.dump({"stacks": stacks}, file)
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
            if weight > 0:
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
            write(self.folder, self.name, dict(self.weights))


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
        write(folder, file_name(), edges(profile.stats))

    atexit.register(finish)
    profile.enable()


def edges(stats):
    """Own time of each function, split over the functions that called it."""
    weights = {}
    for (path, line, name), (_, _, own, _, callers) in stats.items():
        callee = (name, path, line)
        for (other_path, other_line, other), (_, _, part, _) in callers.items():
            stack = ((other, other_path, other_line), callee)
            weights[stack] = weights.get(stack, 0) + part * 1e6
        if not callers:
            weights[(callee,)] = own * 1e6
    return weights


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
