"""Classes whose objects change and are asked by the classes that a candidate changes: an answer may depend on them.

An object that keeps its answers must notice when another one, which it was given, changes. So the objects of such
classes are followed, too, from their constructor on; what they do themselves is not compared.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from ..languages.classes import classes
from ..languages.python import units

_MOST_CLASSES = 3
_MOST_FILES = 400
_ASKS = re.compile(rb"(?<!\bself)(?<!\bcls)\.([^\W\d_]\w*)\s*\(")
_CHANGES = re.compile(
    rb"\bself\.\w+(?:\[[^\]]*\])?\s*(?:[-+*/|&^]?=[^=]|\.(?:append|appendleft|add|extend|insert|update|setdefault|pop"
    rb"|popitem|popleft|remove|discard|clear|sort|reverse)\()|\bself\.\w+\.setdefault\(|\bdel self\."
)


def companions(
    texts: Iterable[bytes], files: Iterable[str], read: Callable[[str], bytes], changed: frozenset[str]
) -> dict[str, tuple[str, ...]]:
    """Path → labels (`path::Class.method`) of such classes, each with its constructor.

    `texts` are those of the changed classes, which `changed` names by their labels.
    """
    words = {word.decode("utf-8", "replace") for text in texts for word in _ASKS.findall(text)}
    found = [one for path in list(files)[:_MOST_FILES] for one in _in_file(path, read(path), words)] if words else []
    best = sorted((one for one in found if one[1] not in changed), key=lambda one: -one[0])[:_MOST_CLASSES]
    return {name: labels for _, name, labels in best}


def _in_file(path: str, source: bytes, words: set[str]) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """(How many of the words, label, labels of methods) of each public class that answers one of them and changes."""
    if not any(b"def " + word.encode("utf-8", "replace") in source for word in words):
        return
    methods: dict[str, dict[str, bytes]] = {one.name: {} for one in classes(source)}
    for unit in units(path, source):
        owner, _, name = unit.name.rpartition(".")
        if owner in methods and (not name.startswith("_") or name == "__init__"):
            methods[owner][name] = source[unit.start : unit.end]
    for owner, own in methods.items():
        changes = any(_CHANGES.search(text) for name, text in own.items() if name != "__init__")
        asked = len(words & own.keys())
        if asked and changes and "__init__" in own and not owner.startswith("_") and "." not in owner:
            yield asked, f"{path}::{owner}", tuple(sorted(f"{path}::{owner}.{name}" for name in own))
