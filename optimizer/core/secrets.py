"""Takes keys, tokens and passwords out of texts that leave the program: prompts, logs, reports.

Known formats are those that their issuers publish so that scanners can find them (prefix, alphabet, length); besides
them, the value of an assignment to a name that sounds secret if it looks random, and values that the user's own
environment holds under such a name. Each is replaced by a placeholder made from its digest, so that the same secret
reads the same everywhere and an answer that quotes the placeholder can be put right again.
"""

import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar, cast

T = TypeVar("T")

_FORMATS = re.compile(
    r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]{0,16000}?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|\Z)"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"
    r"|\bgh[pousr]_[A-Za-z0-9]{30,255}"
    r"|\bgithub_pat_[A-Za-z0-9_]{22,255}"
    r"|\bglpat-[\w-]{20,64}"
    r"|\bxox[abeoprs]-[A-Za-z0-9-]{10,255}"
    r"|\b(?:sk|rk|pk)[-_](?:[a-z]{2,8}[-_]|ant-[a-z0-9]{2,8}-)?[A-Za-z0-9_-]{20,255}"
    r"|\bAIza[\w-]{35}"
    r"|\bya29\.[\w-]{20,255}"
    r"|\bhf_[A-Za-z0-9]{30,64}"
    r"|\bnpm_[A-Za-z0-9]{36}\b"
    r"|\bpypi-[\w-]{50,255}"
    r"|\bSG\.[\w-]{16,64}\.[\w-]{16,64}"
    r"|\beyJ[\w-]{10,2000}\.eyJ[\w-]{10,4000}\.[\w-]{10,1000}"
)
_NAME = r"(?:secret|passw(?:or)?d|passphrase|token|api_?key|access_?key|private_?key|credential|auth)"
_ASSIGNED = re.compile(
    rf"(?i)\b\w{{0,40}}{_NAME}\w{{0,40}}[\"']?\s{{0,4}}[:=]{{1,2}}\s{{0,4}}[\"']?([^\s\"',;]{{12,400}})"
)
_BEARER = re.compile(r"(?i)\b(?:bearer|basic)\s+([\w.~+/=-]{16,2000})")
_IN_URL = re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@]{0,200}:([^\s/@]{3,200})@")
_SECRET_NAME = re.compile(rf"(?i){_NAME}|_key$|^key$|_pat$")
_SHORTEST = 8
_RANDOM_BITS = 3.0
"""Bits a character, by how often each one stands in the value: words have less, keys more."""
_PLACEHOLDER = "redacted_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What must not be told: formats, suspicious assignments, and these values."""

    values: tuple[str, ...] = ()

    def found_in(self, text: str) -> dict[str, str]:
        """Secrets of a text by the placeholder that stands for each."""
        return {placeholder(secret): secret for secret in self._secrets(text)}

    def redact(self, text: str) -> str:
        """The text with a placeholder for every secret."""
        for mark, secret in sorted(self.found_in(text).items(), key=lambda item: -len(item[1])):
            text = text.replace(secret, mark)
        return text

    def redact_json(self, line: str) -> str:
        """A JSON document in which every text is redacted; it stays one, and its names and numbers stay as they are."""
        return json.dumps(self._rebuilt(json.loads(line)), separators=(",", ":"), allow_nan=False)

    def redact_all(self, value: T) -> T:
        """A dataclass or tuple with all its texts redacted; numbers and bytes stay."""
        return cast("T", self._rebuilt(value))

    def _rebuilt(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.redact(value)
        if isinstance(value, tuple):
            return tuple(self._rebuilt(item) for item in cast("tuple[object, ...]", value))
        if isinstance(value, list):
            return [self._rebuilt(item) for item in cast("list[object]", value)]
        if isinstance(value, dict):
            return {name: self._rebuilt(item) for name, item in cast("dict[str, object]", value).items()}
        if not is_dataclass(value) or isinstance(value, type):
            return value
        old = {field.name: getattr(value, field.name) for field in fields(value) if field.init}
        new = {name: self._rebuilt(item) for name, item in old.items()}
        return replace(value, **new) if new != old else value

    def _secrets(self, text: str) -> Iterator[str]:
        yield from (value for value in self.values if value in text)
        yield from (match[0] for match in _FORMATS.finditer(text))
        yield from (match[1] for match in _BEARER.finditer(text))
        yield from (match[1] for match in _IN_URL.finditer(text))
        yield from (match[1] for match in _ASSIGNED.finditer(text) if _is_random(match[1]))


def own_secrets(environ: Mapping[str, str], key: str = "") -> Secrets:
    """Values of the environment's variables whose names sound secret, and a key that is known to be one.

    Short ones would hit innocent words.
    """
    values = {key, *(value for name, value in environ.items() if _SECRET_NAME.search(name))}
    return Secrets(values=tuple(sorted(one for one in values if len(one) >= _SHORTEST and not one.startswith("/"))))


def restore(text: str, found: Mapping[str, str]) -> str:
    """The text with the secrets back in place of their placeholders."""
    for mark, secret in found.items():
        text = text.replace(mark, secret)
    return text


def placeholder(secret: str) -> str:
    """What stands for a secret: a word that may stand inside of a text of any language."""
    return _PLACEHOLDER + hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _is_random(value: str) -> bool:
    """Letters and digits mixed, hardly a repetition, no code."""
    if value.startswith(_PLACEHOLDER) or not re.search(r"\d", value) or not re.search(r"[A-Za-z]", value):
        return False
    counts = Counter(value)
    bits = -sum(count / len(value) * math.log2(count / len(value)) for count in counts.values())
    return bits >= _RANDOM_BITS and not re.search(r"[(){}\[\]<>]", value)
