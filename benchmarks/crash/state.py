"""What must not change, what must not be left over, and what a run came to."""

import hashlib
import json
import os
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import sample

_OURS = ("refs/perfsmith", "refs/heads/perfsmith", "logs/refs/perfsmith", "logs/refs/heads/perfsmith", "objects")


def users_things(root: Path) -> dict[str, str]:
    """Every file of the checkout and of `.git` with a hash of its contents, but for objects and what was kept."""
    found = {}
    for folder, names, files in os.walk(root):
        where = Path(folder).relative_to(root)
        names[:] = [name for name in names if not _ours(where / name)]
        for name in files:
            path = Path(folder) / name
            if not _ours(where / name):
                found[(where / name).as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
    found["git status"] = sample.run(root, "status", "--porcelain=v1", "--branch")
    found["git stash"] = sample.run(root, "stash", "list")
    refs = sample.run(root, "for-each-ref").splitlines()
    found["refs"] = "\n".join(ref for ref in refs if "perfsmith/" not in ref)
    return found


def _ours(path: Path) -> bool:
    return any(path.as_posix() == f".git/{name}" or path.as_posix().startswith(f".git/{name}/") for name in _OURS)


@dataclass(frozen=True)
class Ledger:
    """The ledger of the only run of a state folder, as far as it can be read."""

    lines: list[dict]
    torn: int

    def kinds(self) -> Counter:
        """How often each kind of event stands in it."""
        return Counter(line["kind"] for line in self.lines)

    def of(self, kind: str) -> list[dict]:
        """Events of a kind."""
        return [line for line in self.lines if line["kind"] == kind]

    def verdicts(self) -> list[tuple[str, str]]:
        """What was judged in which way, in order."""
        return [(line["candidate"], line["verdict"]["reason"]) for line in self.of("candidate_judged")]


def ledger_path(state: Path) -> Path | None:
    """The ledger's file, once there is one; a run that was killed before its first line has left an empty one."""
    found = (state / "perfsmith" / "runs").glob("*/ledger.jsonl")
    return max(found, key=lambda path: path.stat().st_size, default=None)


def read_ledger(state: Path) -> Ledger:
    """All of it; a line that was cut off is counted."""
    path = ledger_path(state)
    lines, torn = [], 0
    for text in path.read_bytes().split(b"\n") if path else []:
        try:
            lines += [json.loads(text)] if text else []
        except ValueError:
            torn += 1
    return Ledger(lines=lines, torn=torn)


def kept_refs(root: Path) -> dict[str, str]:
    """Refs under `refs/perfsmith` with their commits."""
    said = sample.run(root, "for-each-ref", "--format=%(refname) %(objectname)", "refs/perfsmith").split()
    return dict(zip(said[::2], said[1::2], strict=True))


def orphans(needles: list[str], patience: float = 0.0) -> list[str]:
    """Processes with one of these texts in command line, environment or working folder, alive after so many seconds."""
    end = time.monotonic() + patience
    while (found := _alive([text.encode() for text in needles])) and time.monotonic() < end:
        time.sleep(0.02)
    return found


def _alive(needles: list[bytes]) -> list[str]:
    found = []
    for place in Path("/proc").iterdir():
        if not place.name.isdigit() or int(place.name) == os.getpid():
            continue
        try:
            said = (place / "cmdline").read_bytes(), (place / "environ").read_bytes(), str((place / "cwd").readlink())
        except OSError:
            continue
        text = b"\0".join((said[0], said[1], os.fsencode(said[2])))
        if any(needle in text for needle in needles):
            found.append(f"{place.name} {said[0].replace(bytes(1), b' ')[:120].decode('utf-8', 'replace')}")
    return found


def left_over(state: Path, temporary: Path, root: Path) -> list[str]:
    """Trees, temporary indexes, locks of git and temporary folders that nobody uses any more."""
    private = state / "perfsmith"
    found = [*(private / "trees").glob("*"), *private.glob("repositories/*/index-*"), *temporary.glob("*")]
    found += [*private.glob("repositories/new-*"), *(root / ".git").rglob("*.lock")]
    found += [path for path in private.rglob("*.lock") if "locks" not in path.parts]
    return [path.name for path in found]
