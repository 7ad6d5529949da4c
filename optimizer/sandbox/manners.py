"""What of a repository's own configuration may hold when we look at its files: data, and nothing that runs programs."""

from collections.abc import Iterable, Iterator

_KEPT = frozenset({"core.autocrlf", "core.eol", "core.excludesfile"})
"""How files are written and which are ignored: without them a clean checkout would look changed."""
_PARTS = ("clean", "smudge", "process")


Setting = tuple[str, str]
"""A name and its value."""


def overrides(configuration: bytes) -> tuple[Setting, ...]:
    """Settings for one call, from `git config --null --list`: every filter is replaced by none at all.

    Attributes and settings may name any program as a filter; git would run it to compare a file with the index.
    """
    entries = [entry.partition("\n") for entry in configuration.decode("utf-8", "surrogateescape").split("\0")]
    kept = {name: value for name, _, value in entries if name in _KEPT}
    return (*kept.items(), *dict.fromkeys(_without_filters(name for name, _, _ in entries)))


def left_out(configuration: bytes) -> tuple[str, ...]:
    """Path specifications that leave out files in a large-file storage: without its filter all of them look changed."""
    text = configuration.decode("utf-8", "surrogateescape")
    used = any(entry.startswith("filter.lfs.") for entry in text.split("\0"))
    return (":(top)", ":(top,exclude,attr:filter=lfs)") if used else ()


def _without_filters(names: Iterable[str]) -> Iterator[Setting]:
    for name in names:
        if name.startswith("filter.") and name.count(".") >= 2:
            stem = name.rpartition(".")[0]
            yield from ((f"{stem}.{part}", "") for part in _PARTS)
            yield f"{stem}.required", "false"
