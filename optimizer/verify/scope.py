"""Rung 2: only source that may be edited is edited, nothing that runs by itself is added, public signatures stay."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from time import monotonic

from ..core.ports import Trial
from ..core.values import Edit, Repo
from ..core.verdicts import Failed, Outcome, Passed
from ..discover.source import editable
from .names import import_name
from .signatures import changes, readable

_TOOLS = frozenset({"pytest", "_pytest", "pluggy", "py", "iniconfig", "hypothesis", "pyperf", "setuptools", "pip"})
_REGULAR = ("100644", "100755")
_RUNS_BY_ITSELF = frozenset(
    {
        "conftest.py",
        "sitecustomize.py",
        "usercustomize.py",
        "setup.py",
        "noxfile.py",
        "tasks.py",
        "pytest.ini",
        "tox.ini",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Refuses edits outside the source, and changes that callers would notice."""

    name: str = "scope"

    def run(self, trial: Trial) -> Outcome:
        start = monotonic()
        edits, files = trial.candidate.edits, frozenset(trial.base.files())
        wrong = [note for edit in edits for note in (*_wrong(edit, trial.base.repo), *_shadows(edit, files))]
        if wrong:
            return Failed(
                check=self.name,
                seconds=monotonic() - start,
                reason="forbidden_edit",
                message=wrong[0] if len(wrong) == 1 else f"{wrong[0]} (and {len(wrong) - 1} more)",
                evidence="\n".join(wrong[:12]),
            )
        unread = [edit.path for edit in edits if not readable(edit.before) or not readable(edit.after)]
        warnings = tuple(f"{path}: this Python cannot read it, so its signatures were not compared" for path in unread)
        return Passed(check=self.name, seconds=monotonic() - start, warnings=warnings)


def _wrong(edit: Edit, repo: Repo) -> Iterator[str]:
    path = PurePosixPath(edit.path)
    if not path.name or path.is_absolute() or ".." in path.parts or any(part.lower() == ".git" for part in path.parts):
        yield f"{edit.path} leaves the repository or is part of .git"
    elif edit.after is not None and edit.mode not in _REGULAR:
        yield f"{edit.path} is a link or a submodule"
    elif edit.before is None and (path.name.lower() in _RUNS_BY_ITSELF or path.suffix == ".pth"):
        yield f"{edit.path} is new and would run by itself"
    elif not editable(edit.path, repo.source, repo.exclude):
        yield f"{edit.path} may not be edited: it is not part of the source ({', '.join(repo.source) or 'none found'})"
    elif edit.before is not None:
        yield from _signature_changes(edit)


def _shadows(edit: Edit, files: frozenset[str]) -> Iterator[str]:
    """A new module that would be imported instead of another one: of this project, or of everybody."""
    path = PurePosixPath(edit.path)
    if edit.before is not None or edit.after is None or not path.name:
        return
    stem = path.parent if path.stem == "__init__" else path.with_suffix("")
    twins = [file for file in files if file.startswith((f"{stem}.", f"{stem}/__init__."))]
    if twins:
        yield f"{edit.path} is new and would be imported instead of {min(twins)}"
    top = import_name(edit.path, files | {edit.path})[0].partition(".")[0]
    if top in sys.stdlib_module_names | _TOOLS:
        yield f"{edit.path} is new and would be imported instead of the module {top}"


def _signature_changes(edit: Edit) -> Iterator[str]:
    try:
        found = changes(edit.before or b"", edit.after or b"")
    except (SyntaxError, ValueError, RecursionError):
        return  # what does not compile is the next rung's to say, what only our Python cannot read a warning's
    for note in found:
        yield f"the public signature of {edit.path} changes: {note}"
