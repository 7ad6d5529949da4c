"""Candidates without a model: every rewrite rule, and ruff's fixes, at every place of the hotspot's function."""

import ast
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from ...optimizer.core import plugins
from ...optimizer.core.ports import Attempt, Base, Strategy
from ...optimizer.core.values import Candidate, Edit, Hotspot, Origin, Unit
from ...optimizer.core.verdicts import Accepted
from ...optimizer.languages.python import units
from ..rules._ruff import Tool, findings
from ..rules._rule import Rule, applied, parsed, sentence, sites

_ORDER = ("growth", "constant", "ruff", "micro")
"""What promises most comes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite:
    """Proposes single rewrites until none is left that has not been judged here; kept ones stack up in the base."""

    tool: Tool | None = None
    """Runs ruff; None leaves its fixes out."""

    def propose(self, base: Base, hotspot: Hotspot, history: Sequence[Attempt], limit: int) -> Sequence[Candidate]:
        """The most promising candidates that are new; empty when the rules have nothing more to say."""
        source = base.read(hotspot.unit.path)
        unit = _unit(hotspot, source)
        if unit is None:
            return ()
        tried = {attempt.candidate.id for attempt in history}
        refused = {_place(attempt.candidate) for attempt in history if not isinstance(attempt.verdict, Accepted)}
        found: dict[str, Candidate] = {}
        for candidate in _candidates(hotspot, unit, source, self.tool):
            if candidate.id not in tried and _place(candidate) not in refused:
                found.setdefault(candidate.id, candidate)
        return tuple(found.values())[:limit]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    rule: str
    gain: str
    idea: str
    after: bytes


@cache
def all_rules() -> tuple[Rule, ...]:
    """The rules in their folder, in the order of their names."""
    return tuple(plugins.load("agents.rules", name) for name in plugins.names("agents.rules"))


def _unit(hotspot: Hotspot, source: bytes) -> Unit | None:
    """The hotspot's function as it stands now; of several with that name the one nearest to where it was."""
    named = [unit for unit in units(hotspot.unit.path, source) if unit.name == hotspot.unit.name]
    return min(named, key=lambda unit: abs(unit.first - hotspot.unit.first), default=None)


def _place(candidate: Candidate) -> tuple[str, str, str]:
    """What stays the same when the file around a candidate changes."""
    return candidate.hotspot, candidate.origin.author, candidate.idea


def _candidates(hotspot: Hotspot, unit: Unit, source: bytes, tool: Tool | None) -> Iterator[Candidate]:
    path = hotspot.unit.path
    drafts = [*_rewritten(source, unit), *(_fixed(source, unit, tool) if tool is not None else ())]
    seen: Counter[tuple[str, str]] = Counter()
    for draft in sorted(drafts, key=lambda draft: _ORDER.index(draft.gain)):
        seen[draft.rule, draft.idea] += 1
        count = seen[draft.rule, draft.idea]
        yield Candidate(
            edits=(Edit(path=path, before=source, after=draft.after),),
            idea=draft.idea if count == 1 else f"{draft.idea}, place {count}",
            origin=Origin(author=f"rules:{draft.rule}", strategy="rewrite"),
            hotspot=hotspot.id,
        )


def _rewritten(source: bytes, unit: Unit) -> Iterator[_Draft]:
    """What our own rules make of the function and of those inside it."""
    for site in sites(source, unit):
        for rule in all_rules():
            for proposal in rule.rewrite(site):
                after = applied(source, proposal.splices)
                if _compiles(after) and after != source:
                    yield _Draft(rule=rule.name, gain=rule.gain, idea=rule.idea(proposal), after=after)


def _fixed(source: bytes, unit: Unit, tool: Tool) -> Iterator[_Draft]:
    """What ruff makes of the function; nothing of a file that is not ours to read."""
    if parsed(source) is None:
        return
    for code, what, proposal in findings(source, unit, tool):
        after = applied(source, proposal.splices)
        if _compiles(after) and after != source:
            yield _Draft(rule=f"ruff-{code}", gain="ruff", idea=sentence(what, proposal.detail), after=after)


def _compiles(source: bytes) -> bool:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError):
        return False
    return True


PLUGIN: type[Strategy] = Rewrite
