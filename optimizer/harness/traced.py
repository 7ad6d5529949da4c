"""Runs a script or a module as the interpreter itself would, and writes the peak of what Python allocated meanwhile.

    target-python traced.py OUT SCRIPT [ARGUMENTS]...
    target-python traced.py OUT -m MODULE [ARGUMENTS]...

OUT gets one number: bytes, by tracemalloc, of the first process only. It is not written where the work ends the process
by itself (os._exit, a signal). Standard library only, valid from Python 3.6 on, imported by nobody.
"""

import os
import runpy
import sys
import tracemalloc


def main():
    out, words = sys.argv[1], sys.argv[2:]
    start = os.getpid()
    tracemalloc.start(1)
    try:
        if words[0] == "-m":
            sys.argv = words[1:]
            sys.path[0] = os.getcwd()
            runpy.run_module(words[1], run_name="__main__", alter_sys=True)
        else:
            sys.argv = words
            sys.path[0] = os.path.dirname(os.path.realpath(words[0]))
            runpy.run_path(words[0], run_name="__main__")
    finally:
        if os.getpid() == start and tracemalloc.is_tracing():
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            with open(out, "w") as stream:
                stream.write(str(peak))


main()
