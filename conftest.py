"""Lets a clean clone be tested without installing it: the root folder is the package `perfsmith`."""

import importlib.util
import pathlib
import sys

if importlib.util.find_spec("perfsmith") is None:
    root = pathlib.Path(__file__).parent
    spec = importlib.util.spec_from_file_location(
        "perfsmith", root / "__init__.py", submodule_search_locations=[str(root)]
    )
    assert spec
    assert spec.loader
    module = sys.modules["perfsmith"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
