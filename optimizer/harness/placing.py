"""Makes modules importable as they were where calls were recorded: loaded by `replay.py` and `meter.py`, by path.

A payload for the target's interpreter (3.6 or newer; standard library only).
"""

import base64
import importlib
import importlib.util
import os
import re
import sys
import types

OPAQUE = re.compile('"t": "opaque", "v": "([^"]*)"')


class Finder:
    """Finds modules of the target that are on no path: those of tests, and scripts under their own name."""

    def __init__(self, files):
        self.files = files

    def find_spec(self, name, path=None, target=None):
        file = self.files.get(name)
        return importlib.util.spec_from_file_location(name, file) if file and os.path.exists(file) else None

    def invalidate_caches(self):
        pass


def prepare(request):
    """Imports as they were possible where the calls were recorded."""
    sys.path[:] = request["path"]
    main = sys.modules["__main__"]
    sys.modules["perfsmith_harness"] = main
    sys.meta_path.append(Finder(request["modules"]))
    file = request["main"]
    if file and needs_main(request) and guarded(file):
        script = types.ModuleType("__mp_main__")
        script.__file__ = file
        sys.path.insert(0, os.path.dirname(file))
        sys.modules["__main__"] = sys.modules["__mp_main__"] = script
        with open(file, "rb") as source:
            exec(compile(source.read(), file, "exec"), vars(script))
    for name in request["watched"]:
        try:
            importlib.import_module(name)
        except BaseException:
            continue


def needs_main(request):
    texts = [case.get("p", "") for group in request["groups"] for case in group["calls"]]
    made = list(request["objects"].values())
    made += [about["maker"] for about in made if about["maker"]]
    texts += [one["p"] for about in made for one in [about] + about.get("steps", [])]
    places = [case.get("module") for group in request["groups"] for case in group["calls"]]
    return "__main__" in places or any(map(mentions_main, texts))


def mentions_main(text):
    """A pickle, or a tree with pickles in it (`building.py`)."""
    if text[:1] != "{":
        return b"__main__" in base64.b64decode(text)
    return "__main__" in text or any(b"__main__" in base64.b64decode(one) for one in OPAQUE.findall(text))


def guarded(file):
    try:
        with open(file, "rb") as source:
            return b"__name__" in source.read()
    except OSError:
        return False
