"""What a patch from outside may bring along without being judged: documents and new tests, set aside and named."""

import re
from collections.abc import Sequence

from ..core.values import Edit

_DOCUMENT = re.compile(
    r"(^|/)(docs?|changelog\.d|newsfragments|news)/.*|.*\.(md|rst|txt|adoc)|(.*/)?(CHANGELOG|CHANGES|NEWS|AUTHORS|README)[^/]*",
    re.IGNORECASE,
)
_TEST = re.compile(r"(.*/)?(tests?|testing)/.*\.(py|json|txt|csv|ya?ml|toml)|(.*/)?(test_[^/]*|[^/]*_test)\.py")
_BY_ITSELF = re.compile(r"(.*/)?(conftest|sitecustomize|usercustomize)\.py|.*\.pth")
_DATA = re.compile(r"(.*/)?(requirements|constraints|CMakeLists|robots|top_level)[^/]*\.txt")


def split(edits: Sequence[Edit], source: Sequence[str]) -> tuple[tuple[Edit, ...], tuple[str, ...]]:
    """The edits to judge, and the paths that are set aside; a text inside the source may be data and is judged."""
    data = tuple(f"{folder}/" for folder in source if folder != ".")
    harmless = [edit for edit in edits if _harmless(edit, data)]
    return tuple(edit for edit in edits if edit not in harmless), tuple(edit.path for edit in harmless)


def _harmless(edit: Edit, data: tuple[str, ...]) -> bool:
    if edit.mode not in ("100644", "100755"):
        return False
    if _DOCUMENT.fullmatch(edit.path) and not _DATA.fullmatch(edit.path) and not edit.path.endswith(".py"):
        return not edit.path.startswith(data)
    return edit.before is None and bool(_TEST.fullmatch(edit.path)) and not _BY_ITSELF.fullmatch(edit.path)
