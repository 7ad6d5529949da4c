"""Rung 4: what is new in the candidate's source is searched for the known cheats; what the base did already is not."""

import ast
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from time import monotonic

from ..core.goal import Goal
from ..core.ports import Trial
from ..core.values import Edit
from ..core.verdicts import Failed, Outcome, Passed, Reason
from ..discover.source import editable
from .cheats import DATA_DETECTORS, DETECTORS, LOST, Detector
from .cheats.answers import Constant, NewConstants, is_specific
from .cheats.finding import KINDS, Finding
from .cheats.source import Source
from .cheats.state import BOUNDLESS
from .names import import_name

_MOST = 8
_WOULD_PASS = ' = "allow" would let it pass'
_LARGEST = 1 << 20
"""Bytes of a test or benchmark that is still read for its constants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Static:
    """Refuses known cheats by what they look like; caches and threads by what the user allows."""

    name: str = "static"

    def run(self, trial: Trial) -> Outcome:
        start = monotonic()
        edits = [edit for edit in trial.candidate.edits if edit.path.endswith(".py")]
        before, _ = _sources((edit.path, edit.before) for edit in edits)
        after, unread = _sources((edit.path, edit.after) for edit in edits)
        findings = [judged(finding, trial.goal) for finding in new_findings(before, after, lambda: constants(trial))]
        findings += _tests_imported(before, after, trial)
        refused = [finding for finding in findings if finding.kind != "warning"]
        if refused:
            return self._failed(start, refused)
        warnings = [f"{finding.message} ({finding.place})" for finding in findings]
        warnings += [f"{path}: this Python cannot read it, so it was not searched for cheats" for path in unread]
        return Passed(check=self.name, seconds=monotonic() - start, warnings=tuple(dict.fromkeys(warnings)))

    def _failed(self, start: float, refused: list[Finding]) -> Failed:
        worst = min(refused, key=lambda finding: KINDS.index(finding.kind))
        reason: Reason = "sandbox_violation" if worst.kind == "sandbox_violation" else "cheating"
        others = [finding for finding in refused if finding is not worst]
        places = dict.fromkeys(f"{finding.place}\n    {finding.message}" for finding in [worst, *others])
        return Failed(
            check=self.name,
            seconds=monotonic() - start,
            reason=reason,
            message=worst.message,
            evidence="\n".join([*places][:_MOST]),
        )


def new_findings(
    before: tuple[Source, ...], after: tuple[Source, ...], elsewhere: Callable[[], frozenset[Constant]]
) -> list[Finding]:
    """What the candidate has more of than the base, what it has lost, and data that it brings along."""
    found = [finding for detect in DETECTORS for finding in _more(detect, before, after)]
    new = NewConstants(before, elsewhere)
    found += [finding for detect in DATA_DETECTORS for source in after for finding in detect(source, new)]
    lost = [finding for detect in LOST for finding in _more(detect, after, before)]
    return found + list({finding.key: finding for finding in lost}.values())


def _more(detect: Detector, before: tuple[Source, ...], after: tuple[Source, ...]) -> Iterator[Finding]:
    """Of findings with one key, as many as there are more of; those on lines that the base does not have first."""
    left = Counter(finding.key for source in before for finding in _detected(detect, source))
    old = {line.strip() for source in before for line in source.lines}
    found = [finding for source in after for finding in _detected(detect, source)]
    for finding in sorted(found, key=lambda finding: finding.text.strip() not in old):
        if left[finding.key]:
            left[finding.key] -= 1
        else:
            yield finding


def _detected(detect: Detector, source: Source) -> tuple[Finding, ...]:
    """Asked once: the base's files stay the same for all candidates."""
    if detect not in source.known:
        source.known[detect] = tuple(detect(source))
    return source.known[detect]


def judged(finding: Finding, goal: Goal) -> Finding:
    """Caches and parallel work are a warning where the user allows them; a cache must be bounded even then."""
    if finding.kind == "cache" and goal.cache == "allow" and BOUNDLESS not in finding.message:
        return replace(
            finding, kind="warning", message=f"{finding.message}; it assumes that equal calls have equal results"
        )
    if finding.kind == "parallel" and goal.parallel == "allow":
        return replace(finding, kind="warning")
    if finding.kind in ("cache", "parallel") and (goal.cache if finding.kind == "cache" else goal.parallel) != "allow":
        return replace(finding, message=f"{finding.message} ({finding.kind}{_WOULD_PASS})")
    return finding


def policies(message: str) -> tuple[str, ...]:
    """The policies for which a change was refused with this message."""
    return tuple(kind for kind in ("cache", "parallel") if f"({kind}{_WOULD_PASS})" in message)


def _sources(contents: Iterable[tuple[str, bytes | None]]) -> tuple[tuple[Source, ...], tuple[str, ...]]:
    """The sources that can be read, and the paths of those that cannot."""
    read, unread = list[Source](), list[str]()
    for path, content in contents:
        try:
            read += [_source(path, content)] if content is not None else []
        except (SyntaxError, ValueError, RecursionError):
            unread.append(path)
    return tuple(read), tuple(unread)


@lru_cache(maxsize=16)
def _source(path: str, content: bytes) -> Source:
    """The base's files are asked again for every candidate."""
    return Source(path, content)


def _tests_imported(before: tuple[Source, ...], after: tuple[Source, ...], trial: Trial) -> list[Finding]:
    """Row 9: a new import of a module that is not part of the source: tests, benchmarks, tools."""
    files = frozenset(trial.base.files())
    repo = trial.base.repo
    python = [path for path in files if path.endswith(".py")]
    names = {import_name(path, files)[0] for path in python if not editable(path, repo.source, repo.exclude)}
    own = {import_name(path, files)[0] for path in python if editable(path, repo.source, repo.exclude)}
    return list(_more(lambda source: _imports(source, names - own - {""}), before, after))


def _imports(source: Source, modules: set[str]) -> Iterator[Finding]:
    for node in source.nodes:
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
        for name in names:
            if any(name == module or name.startswith(f"{module}.") for module in modules):
                yield source.found(node, 9, "cheating", f"9 {name}", f"tests, benchmarks or tools are imported: {name}")


def constants(trial: Trial) -> frozenset[Constant]:
    """Data in the Python files outside the source, and in the workloads' commands."""
    repo = trial.base.repo
    found: set[Constant] = set()
    for path in trial.base.files():
        if path.endswith(".py") and not editable(path, repo.source, repo.exclude):
            found |= _constants(trial.base.read(path))
    for workload in trial.goal.workloads:
        found |= {word for word in workload.command.split() if is_specific(word)}
    return frozenset(found)


@lru_cache(maxsize=512)
def _constants(content: bytes) -> frozenset[Constant]:
    if len(content) > _LARGEST:
        return frozenset()
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError, RecursionError):
        return frozenset()
    values = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    return frozenset(value for value in values if isinstance(value, Constant) and is_specific(value))


def changed_files(edits: Iterable[Edit]) -> tuple[str, ...]:
    """Paths of the Python files that are there afterwards."""
    return tuple(edit.path for edit in edits if edit.after is not None and edit.path.endswith(".py"))
