"""Runs a command by a shell until it has used enough CPU time, and says what it used.

    target-python -I -S repeat.py REPLY.json CPU_SECONDS WALL_SECONDS COMMAND

A payload for the target's interpreter (3.6 or newer; imports nothing of ours): a profiler is started
on it, so that the first process it sees is always a Python process, whatever the command is. Runs are
never cut: the limits only decide whether another one begins. The reply is an object with `runs`, `code`
(of the last run; repeating stops at the first that is not 0), `cpu` and `wall` (seconds of all runs and
their descendants) and `python` (major, minor). Standard output and error belong to the command.
"""

import json
import os
import resource
import subprocess
import sys
import time


def main(reply, cpu_limit, wall_limit, command):
    start = time.monotonic()
    runs = code = 0
    while code == 0 and (runs == 0 or (used() < cpu_limit and time.monotonic() - start < wall_limit)):
        code = subprocess.call(["/bin/sh", "-c", command])
        runs += 1
    answer = {
        "runs": runs,
        "code": code,
        "cpu": used(),
        "wall": time.monotonic() - start,
        "python": list(sys.version_info[:2]),
    }
    with open(reply + ".part", "w") as file:
        json.dump(answer, file)
    os.rename(reply + ".part", reply)


def used():
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), sys.argv[4])
