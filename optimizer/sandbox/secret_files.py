"""Files and folders that hold secrets, told by their names, and a bounded search for them."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .hiding import forms

_KEYS = frozenset([".ssh", ".aws", ".azure", ".gnupg", ".kube", ".password-store", ".git"])
"""Secret wherever they lie. A repository's own folder may hold passwords in its addresses."""
_OF_HOMES = _KEYS | {".config", ".docker", ".gcloud", ".mozilla", ".thunderbird", ".pki", ".terraform.d", "keyrings"}
_NAMES = frozenset(
    [".npmrc", ".pgpass", ".git-credentials", "_netrc", ".my.cnf", ".dockercfg", ".boto", ".vault-token"]
)
_ENDS = (".env", ".netrc", ".pypirc", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "_ed25519_sk", "_ecdsa_sk")
_KEY_FILES = (".pem", ".key", ".p12", ".pfx", ".ppk", ".jks", ".keystore", ".kdbx")
_INSTALLED = frozenset(["site-packages", "dist-packages", "node_modules"])
"""Packages as their authors published them: certificates, and no secrets of the user's."""
MOST_LOOKED_AT = 50_000
"""Names that are looked at in all: a tenth of a second."""


def looks_secret(name: str) -> bool:
    """Whether a file of this name holds passwords, tokens or private keys."""
    low = name.lower()
    return low in _NAMES or low.startswith(".env") or low.endswith((*_ENDS, *_KEY_FILES))


def is_keys(name: str) -> bool:
    """Whether a folder of this name is one of keys and tokens, wherever it lies."""
    return name in _KEYS


def is_private(path: Path, hidden: tuple[Path, ...]) -> bool:
    """Whether a place in a hidden folder is one of those where programs keep keys and tokens."""
    below = (form.relative_to(folder) for form in forms(path) for folder in hidden if form.is_relative_to(folder))
    return any(_OF_HOMES.intersection(inner.parts) for inner in below)


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What looks like a secret below some places, and the places that were too large to be looked at as a whole."""

    found: tuple[Path, ...]
    cut: tuple[Path, ...]


def search(places: Iterable[Path]) -> Search:
    """Look below folders, what is nearest first; installed packages and whole environments are passed over."""
    most = MOST_LOOKED_AT
    found: list[Path] = []
    cut: list[Path] = []
    for place in places:
        waiting = [place] if place.is_dir() and place.name not in _INSTALLED else []
        for folder in waiting:
            if most <= 0:
                cut.append(place)
                break
            entries = _entries(folder)
            most -= len(entries)
            inner = [entry for entry in entries if entry.is_dir(follow_symlinks=False)]
            found += [Path(entry.path) for entry in inner if is_keys(entry.name)]
            found += [
                Path(entry.path)
                for entry in entries
                if entry.is_file(follow_symlinks=False) and looks_secret(entry.name)
            ]
            if not any(entry.name in ("pyvenv.cfg", "conda-meta") for entry in entries):
                waiting += [Path(entry.path) for entry in inner if entry.name not in _KEYS | _INSTALLED]
    return Search(found=tuple(found), cut=tuple(cut))


def _entries(folder: Path) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []
