"""Prompt templates: Markdown files with named holes, and the hash that says which text was used."""

import hashlib
import re
from importlib.resources import files

from ..optimizer.core.errors import PerfsmithError

_HOLE = re.compile(r"\{\{(\w+)\}\}")


def render(name: str, /, **holes: str) -> str:
    """The template with its holes filled; what is put into a hole is never searched for holes.

    Raises `PerfsmithError` if a hole is left open or there is none of a given name.
    """
    text = _read(name)
    wanted = set(_HOLE.findall(text))
    if wanted != set(holes):
        missing, extra = sorted(wanted - set(holes)), sorted(set(holes) - wanted)
        raise PerfsmithError(
            f"the prompt template '{name}' has other holes: missing {missing}, not in it {extra}",
            code="template_holes",
            hint=f"its holes are {sorted(wanted)}",
        )
    return _HOLE.sub(lambda found: holes[found[1]], text)


def template_sha(name: str) -> str:
    """First 12 hex digits of the template's hash."""
    return hashlib.sha256(_read(name).encode()).hexdigest()[:12]


def _read(name: str) -> str:
    path = files(__name__).joinpath(f"{name}.md")
    if not path.is_file():
        raise PerfsmithError(f"there is no prompt template '{name}'", code="unknown_template")
    return path.read_text(encoding="utf-8")
