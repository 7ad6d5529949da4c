"""What of a repository's own configuration may hold when we look at its files: data, and nothing that runs programs."""

import re
from collections.abc import Iterable, Iterator

_KEPT = frozenset({"core.autocrlf", "core.eol", "core.excludesfile"})
"""How files are written and which are ignored: without them a clean checkout would look changed."""
_PARTS = ("clean", "smudge", "process")
_PROGRAMS = re.compile(
    r"filter\..+\.(?:clean|smudge|process|required)"
    r"|core\.(?:sshcommand|gitproxy|askpass)|credential\.(?:.+\.)?helper"
    r"|lfs\.extension\..+\.(?:clean|smudge)|lfs\.customtransfer\..+\.path|lfs\.(?:.+\.)?standalonetransferagent"
)
"""Settings by which git runs a program when it writes files, and git-lfs, which may be the user's own, does."""
_INSTALLED = re.compile(
    r"filter\.lfs\.(?:required=true|clean=git-lfs clean -- %f|smudge=git-lfs smudge (?:--skip )?-- %f"
    r"|process=git-lfs filter-process(?: --skip)?)"
)
"""What `git lfs install --local` writes: it names no program but git-lfs itself."""


Setting = tuple[str, str]
"""A name and its value."""


def overrides(configuration: bytes) -> tuple[Setting, ...]:
    """Settings for one call, from `git config --null --list`: every filter is replaced by none at all.

    Attributes and settings may name any program as a filter; git would run it to compare a file with the index.
    """
    entries = [entry.partition("\n") for entry in configuration.decode("utf-8", "surrogateescape").split("\0")]
    kept = {name: value for name, _, value in entries if name in _KEPT}
    return (*kept.items(), *dict.fromkeys(_without_filters(name for name, _, _ in entries)))


def own_programs(configuration: bytes) -> tuple[Setting, ...]:
    """Settings for one call, from `git config --null --show-scope --list`: programs are the user's own choice.

    What the repository's own configuration says of them, which an unpacked archive brings along, is replaced by what
    the user's and the machine's say; by none where these say nothing.
    """
    words = configuration.decode("utf-8", "surrogateescape").split("\0")
    entries = [(scope, *entry.partition("\n")[::2]) for scope, entry in zip(words[::2], words[1::2], strict=False)]
    named = [entry for entry in entries if _PROGRAMS.fullmatch(entry[1])]
    trusted = [(name, value) for scope, name, value in named if scope in ("system", "global")]
    brought = dict.fromkeys(
        name
        for scope, name, value in named
        if scope in ("local", "worktree") and not _INSTALLED.fullmatch(f"{name}={value}")
    )
    again = ((name, value) for name, value in trusted if name in brought)
    return (*((name, "") for name in brought), *again)


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
