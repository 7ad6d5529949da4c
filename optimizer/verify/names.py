"""Rung 3 too: the changed modules import, and every name they use exists; found without running a test."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from time import monotonic

from ..core.errors import TargetError
from ..core.ports import Sandbox, Trial
from ..core.verdicts import Failed, Outcome, Passed, Skipped
from ..sandbox.interpreter import ModuleFacts, inspect_modules


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Refuses modules that no longer import, and names and attributes of modules that do not exist."""

    name: str = "names"
    known: dict[str, Mapping[str, ModuleFacts] | None] = field(
        default_factory=dict[str, Mapping[str, ModuleFacts] | None]
    )
    """What importing the base's modules showed, None where the interpreter did not survive it; asked once."""

    def run(self, trial: Trial) -> Outcome:
        start = monotonic()
        files = frozenset(trial.base.files())
        kept = [edit.path for edit in trial.candidate.edits if edit.after is not None and edit.path.endswith(".py")]
        places = {name: (path, folder) for path in kept for name, folder in [import_name(path, files)] if name}
        if not places:
            return Skipped(check=self.name, seconds=monotonic() - start, why="no importable module is changed")
        before = self._base(trial, places)
        if before is None:
            why = "importing the module ends the interpreter on the base too, or never comes back"
            return Skipped(check=self.name, seconds=monotonic() - start, why=why)
        try:
            after = _inspect(trial.after, trial, places)
        except TargetError as error:
            return self._failed(start, f"importing {', '.join(places)} ends the interpreter or hangs", str(error))
        for name, facts in after.items():
            wrong = _wrong(name, before.get(name), facts)
            if wrong:
                return self._failed(start, wrong, facts.error or ", ".join(facts.missing))
        return Passed(check=self.name, seconds=monotonic() - start)

    def _failed(self, start: float, message: str, evidence: str) -> Failed:
        seconds = monotonic() - start
        return Failed(check=self.name, seconds=seconds, reason="does_not_build", message=message, evidence=evidence)

    def _base(self, trial: Trial, places: Mapping[str, tuple[str, str]]) -> Mapping[str, ModuleFacts] | None:
        key = f"{trial.base.revision} {sorted(places)}"
        if key not in self.known:
            edited = {edit.path for edit in trial.candidate.edits if edit.before is not None}
            old = {name: place for name, place in places.items() if place[0] in edited}
            try:
                self.known[key] = _inspect(trial.before, trial, old) if old else {}
            except TargetError:
                self.known[key] = None
        return self.known[key]


def _inspect(sandbox: Sandbox, trial: Trial, places: Mapping[str, tuple[str, str]]) -> dict[str, ModuleFacts]:
    modules = {name: path for name, (path, _) in places.items()}
    folders = tuple(dict.fromkeys(folder for _, folder in places.values()))
    return inspect_modules(sandbox, trial.base.repo.python, modules, folders)


def _wrong(name: str, before: ModuleFacts | None, after: ModuleFacts) -> str:
    """A sentence, or nothing; what the base has too is no fault of the candidate."""
    if before is not None and before.error is not None:
        return ""
    if after.error is not None:
        return f"{name} cannot be imported any more: {after.error}"
    old = before.missing if before is not None else ()
    new = [missing for missing in after.missing if missing not in old]
    return f"{name} uses names that do not exist: {', '.join(new)}" if new else ""


def import_name(path: str, files: frozenset[str]) -> tuple[str, str]:
    """Dotted name of a module and the folder that must be on the path to import it; an empty name if there is none."""
    file = PurePosixPath(path)
    parts = [] if file.stem == "__init__" else [file.stem]
    folder = file.parent
    while str(folder / "__init__.py") in files and folder.name:
        parts.insert(0, folder.name)
        folder = folder.parent
    usable = parts and all(part.isidentifier() for part in parts) and file.stem != "__main__"
    return (".".join(parts), str(folder)) if usable else ("", "")
