"""Rung 9: the changed modules are imported and the workloads run under watch, and compared with the base.

What decides are structural facts: settings of the process, names of other modules, state that grows while the workload
runs, work left behind. Import time decides only where the growth is large against what was gained; else it warns.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from time import monotonic

from ..core.events import StepStarted
from ..core.goal import Goal
from ..core.ports import Record, Sandbox, Trial
from ..core.units import seconds as said_seconds
from ..core.verdicts import Failed, Outcome, Passed, Skipped
from ..discover.source import editable
from .names import import_name
from .static import changed_files
from .watched import Seen, watch

_IMPORTS = 3
"""Times the modules are imported afresh; the quickest counts."""
_IMPORT_SECONDS = 60.0
_LARGE = 0.05
"""CPU seconds that an import must grow by before it can decide anything."""
_NOTABLE = 0.02
_NOISE = 0.1
"""Share of a workload's CPU time that one run may be off by."""
_QUIET = ("os.environ", "os.getcwd", "logging.root.level", "warnings.filters")
"""Settings that differ by more than what a change does; static reads find who writes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One tree under watch: importing the changed modules, and each workload by its name."""

    imports: tuple[Seen, ...]
    workloads: Mapping[str, Seen]

    @property
    def import_cpu(self) -> float:
        """CPU seconds of the quickest import."""
        return min((seen.cpu for seen in self.imports), default=0.0)

    @property
    def fresh(self) -> Mapping[str, str]:
        """State right after the import."""
        return self.imports[0].state if self.imports else {}

    def grown(self) -> dict[str, str]:
        """State that is another after a workload than after the import → what it is then."""
        fresh = self.fresh
        return {
            path: summary
            for seen in self.workloads.values()
            for path, summary in seen.state.items()
            if fresh.get(path, summary) != summary
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the comparison says: sentences that refuse, and sentences that warn."""

    refused: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Probes:
    """Refuses what changes the process around it, keeps state between calls, or leaves work behind."""

    record: Record
    name: str = "probes"
    known: dict[str, Watched] = field(default_factory=dict[str, Watched])
    """What the base shows, asked once for each set of changed modules."""

    def run(self, trial: Trial) -> Outcome:
        start = monotonic()
        files = frozenset(trial.base.files())
        changed = changed_files(trial.candidate.edits)
        places = [import_name(path, files | set(changed)) for path in changed]
        modules = {name: folder for name, folder in places if name}
        if not modules:
            return Skipped(check=self.name, seconds=monotonic() - start, why="no importable module is changed")
        old = {name: folder for name, folder in modules.items() if self._is_old(name, trial, files)}
        self.record(StepStarted(what="watching what stays behind"))
        sources = files | set(changed)
        key = f"{trial.base.revision} {sorted(old)} {[workload.command for workload in trial.goal.workloads]}"
        if key not in self.known:
            self.known[key] = watched(trial.before, trial, old, sources)
        found = compared(self.known[key], watched(trial.after, trial, modules, sources), trial.goal)
        if found.refused:  # nobody is refused for what chance did once
            before, after = watched(trial.before, trial, old, sources), watched(trial.after, trial, modules, sources)
            found = compared(before, after, trial.goal)
        if found.refused:
            return Failed(
                check=self.name,
                seconds=monotonic() - start,
                reason="cheating",
                message=found.refused[0],
                evidence="\n".join(found.refused[:8]),
            )
        count = sum(seen.processes for seen in self.known[key].workloads.values())
        note = f"{count} processes watched" if count else "no process of the workload could be watched"
        return Passed(check=self.name, seconds=monotonic() - start, note=note, warnings=found.warnings)

    def _is_old(self, name: str, trial: Trial, files: frozenset[str]) -> bool:
        return any(
            import_name(edit.path, files)[0] == name for edit in trial.candidate.edits if edit.before is not None
        )


def watched(sandbox: Sandbox, trial: Trial, modules: Mapping[str, str], files: frozenset[str]) -> Watched:
    """Import the modules a few times, and run each workload once."""
    repo = trial.base.repo
    sources = sorted(path for path in files if editable(path, repo.source, repo.exclude))
    code = f"import {', '.join(sorted(modules))}" if modules else "pass"
    command = (str(repo.python), "-B", "-c", code)
    folders = tuple(dict.fromkeys(modules.values()))
    imports = [watch(sandbox, command, sources, timeout=_IMPORT_SECONDS, path=folders) for _ in range(_IMPORTS)]
    workloads = {
        workload.name: watch(sandbox, workload.command, sources, timeout=workload.timeout)
        for workload in trial.goal.workloads
    }
    return Watched(imports=tuple(imports), workloads=workloads)


def compared(before: Watched, after: Watched, goal: Goal) -> Verdict:
    """What the candidate does that the base does not."""
    refused, warnings = list[str](), list[str]()
    pairs = [(before.imports[0], after.imports[0], "importing it")]
    pairs += [(seen, after.workloads[name], f"the workload {name}") for name, seen in before.workloads.items()]
    for old, new, what in pairs:
        refused += _surroundings(old, new, what)
        left, allowed = _left_behind(old, new, what), goal.parallel == "allow"
        warnings += left if allowed else []
        refused += [] if allowed else left
    lasting, remarks = _state(before, after)
    allowed = goal.cache == "allow"
    warnings += [*remarks, *(lasting if allowed else [])]
    refused += [] if allowed else lasting
    warnings += [f"{what} could not be watched whole: {text}" for _, new, what in pairs for text in new.trouble]
    moved, noticed = _import_time(before, after)
    return Verdict(refused=(*refused, *moved), warnings=tuple(dict.fromkeys([*warnings, *noticed])))


def _surroundings(old: Seen, new: Seen, what: str) -> Iterator[str]:
    """Settings, patched names, and an end without a word."""
    for name, value in new.changed.items():
        if name not in _QUIET and old.changed.get(name) != value:
            yield f"{what} leaves the process changed: {name} is {value}"
    for name in sorted(new.patched - old.patched):
        yield f"{what} replaces {name}, which belongs to another module"
    if old.processes and not new.processes and new.code == old.code and not new.timed_out:
        yield f"{what} ends its process by force: nothing that runs at the end ran"


def _left_behind(old: Seen, new: Seen, what: str) -> list[str]:
    found = [f"{new.daemons} threads still run at the end of {what}"] if new.daemons > old.daemons else []
    if new.leftovers > old.leftovers:
        found.append(f"{new.leftovers} processes outlive {what}")
    return found


def _state(before: Watched, after: Watched) -> tuple[list[str], list[str]]:
    """State that grows in the candidate only, and remarks. A new name for state that the base has too is a remark."""
    old, new = before.grown(), after.grown()
    fresh = {path: summary for path, summary in new.items() if path not in old}
    said = [f"{path} is {after.fresh[path]} after the import and {fresh[path]} after the workload" for path in fresh]
    decided = [
        f"results are kept between calls: {text}"
        for path, text in zip(fresh, said, strict=True)
        if not _inside_known_object(path, before.fresh)
    ]
    if len(new) <= len(old):
        decided = []
    return decided, [] if decided else said


def _inside_known_object(path: str, known: Mapping[str, str]) -> bool:
    """Whether this is an attribute of an object that the base keeps in the same place: its own state."""
    parents = [path[:at] for at, letter in enumerate(path) if letter == "."]
    return any(parent in known for parent in parents)


def _import_time(before: Watched, after: Watched) -> tuple[list[str], list[str]]:
    """Work moved to the import: refused where it is more than half of all that the workloads gained."""
    growth = after.import_cpu - before.import_cpu
    if growth < _NOTABLE or not before.import_cpu:
        return [], []
    old = sum(seen.cpu for seen in before.workloads.values())
    new = sum(seen.cpu for name, seen in after.workloads.items() if name in before.workloads)
    text = f"importing it takes {said_seconds(growth)} more CPU time than before"
    if growth > _LARGE and growth > (old - new + _NOISE * old) / 2:
        return [f"work is moved to the import: {text}, the workload gains {said_seconds(old - new)}"], []
    return [], [text]
