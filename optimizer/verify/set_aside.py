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


def split(edits: Sequence[Edit]) -> tuple[tuple[Edit, ...], tuple[str, ...]]:
    """The edits to judge, and the paths that are set aside."""
    aside = tuple(edit.path for edit in edits if _harmless(edit))
    return tuple(edit for edit in edits if edit.path not in aside), aside


def _harmless(edit: Edit) -> bool:
    if edit.mode not in ("100644", "100755"):
        return False
    if _DOCUMENT.fullmatch(edit.path) and not _DATA.fullmatch(edit.path) and not edit.path.endswith(".py"):
        return True
    return edit.before is None and bool(_TEST.fullmatch(edit.path)) and not _BY_ITSELF.fullmatch(edit.path)
