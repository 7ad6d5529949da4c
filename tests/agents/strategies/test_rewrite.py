"""The strategy without a model: order, duplicates, and what history rules out."""

import subprocess
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import pytest
from perfsmith.agents.strategies.rewrite import PLUGIN, Rewrite
from perfsmith.optimizer.core.ports import Attempt, Base, Sandbox
from perfsmith.optimizer.core.values import Candidate, Edit, Hotspot, Repo, Unit
from perfsmith.optimizer.core.verdicts import Accepted, Proof, Rejected, Verdict
from perfsmith.optimizer.languages.python import units

SOURCE = b"""\
def unique(items):
    found = []
    for item in items:
        if item not in found:
            found.append(item)
    return sorted(list(found))
"""
KEPT = Accepted(message="faster", proof=Proof(workloads=()))
REFUSED = Rejected(reason="not_faster", message="no")


@dataclass(frozen=True)
class Tree:
    """A base with one file."""

    source: bytes

    @property
    def repo(self) -> Repo:
        raise NotImplementedError

    @property
    def revision(self) -> str:
        return "0"

    def files(self) -> tuple[str, ...]:
        return ("m.py",)

    def read(self, path: str) -> bytes:
        if path != "m.py":
            raise FileNotFoundError(path)
        return self.source

    def fork(self, edits: Sequence[Edit] = ()) -> AbstractContextManager[Sandbox]:
        raise NotImplementedError

    def commit(self, edits: Sequence[Edit], message: str) -> Base:
        raise NotImplementedError


def hotspot(source: bytes, name: str) -> Hotspot:
    unit = next(unit for unit in units("m.py", source) if unit.name == name)
    return Hotspot(rank=1, unit=unit, symbol=f"m:{name}", own=0.5, total=0.5)


def run(command: tuple[str, ...], given: bytes) -> bytes:
    return subprocess.run(command, input=given, stdout=subprocess.PIPE, check=True).stdout


def propose(source: bytes, name: str, history: Sequence[Attempt] = (), limit: int = 100) -> Sequence[Candidate]:
    return Rewrite(tool=run).propose(Tree(source), hotspot(source, name), history, limit)


def judged(candidates: Sequence[Candidate], verdict: Verdict) -> list[Attempt]:
    return [Attempt(candidate=candidate, verdict=verdict) for candidate in candidates]


def test_the_plug_in_is_the_strategy():
    assert PLUGIN is Rewrite


def test_what_promises_most_comes_first():
    found = propose(SOURCE, "unique")
    assert [candidate.origin.author for candidate in found] == [
        "rules:set_beside_list",
        "rules:ruff-C414",
        "rules:bind_method",
    ]
    assert found[0].idea == "keep a set beside the list that is searched while it grows (found)"
    assert found[0].hotspot == "m.py::unique"
    assert found[0].edits[0].before == SOURCE
    assert {candidate.origin.strategy for candidate in found} == {"rewrite"}


def test_never_more_than_asked_for():
    assert len(propose(SOURCE, "unique", limit=2)) == 2
    assert propose(SOURCE, "unique", limit=0) == ()


def test_without_a_tool_only_our_own_rules_speak():
    found = Rewrite().propose(Tree(SOURCE), hotspot(SOURCE, "unique"), (), 100)
    assert not [candidate for candidate in found if "ruff" in candidate.origin.author]
    assert found


def test_what_was_judged_is_not_proposed_again():
    assert propose(SOURCE, "unique", judged(propose(SOURCE, "unique"), REFUSED)) == ()


def test_after_a_kept_edit_refused_ideas_stay_refused_though_the_file_is_another():
    kept, refused, other = propose(SOURCE, "unique")
    after = kept.edits[0].after
    assert after is not None
    history = [*judged([kept], KEPT), *judged([refused], REFUSED)]
    again = propose(after, "unique", history)
    assert not {refused.idea, kept.idea} & {candidate.idea for candidate in again}
    assert [candidate.origin.author for candidate in again] == [other.origin.author]
    assert {candidate.id for candidate in again}.isdisjoint({kept.id, refused.id, other.id})


def test_a_refusal_at_another_hotspot_says_nothing_here():
    two = SOURCE + SOURCE.replace(b"unique", b"single")
    first = propose(two, "unique")
    assert {candidate.idea for candidate in propose(two, "single", judged(first, REFUSED))} >= {first[0].idea}


def test_two_places_of_one_rule_have_two_ideas():
    source = b"def f(s, t):\n    return any([x for x in s]) or any([x for x in s])\n"
    found = [candidate for candidate in propose(source, "f") if candidate.origin.author == "rules:stop_early"]
    assert [candidate.idea.rpartition(", ")[2] for candidate in found] == [found[0].idea, "place 2"]
    assert len({candidate.id for candidate in found}) == 2


def test_the_same_result_by_two_rules_is_proposed_once():
    source = b"def f(xs):\n    return any([x > 1 for x in xs])\n"
    results = [candidate.edits[0].after for candidate in propose(source, "f")]
    assert len(results) == len(set(results))


def test_functions_inside_the_hotspot_are_rewritten_too():
    source = b"def outer(xs):\n    def inner(ys):\n        return any([y > 1 for y in ys])\n    return inner(xs)\n"
    assert [candidate.origin.author for candidate in propose(source, "outer")] == ["rules:stop_early"]


def test_a_function_that_is_gone_or_a_file_that_is_not_ours_gives_nothing():
    assert Rewrite().propose(Tree(b"x = 1\n"), hotspot(SOURCE, "unique"), (), 9) == ()
    broken = b"def f(xs):\n    print 'old'\n"
    assert propose(broken, "f") == ()


def test_of_two_functions_with_one_name_the_nearest_is_taken():
    twice = SOURCE + b"\n\n" + b"def unique(items):\n    return any([i for i in items])\n"
    second = units("m.py", twice)[1]
    moved = Unit(name="unique", path="m.py", first=second.first + 1, last=99, start=0, end=0, indent="")
    spot = Hotspot(rank=1, unit=moved, symbol="m:unique", own=0.5, total=0.5)
    found = Rewrite().propose(Tree(twice), spot, (), 9)
    assert [candidate.origin.author for candidate in found] == ["rules:stop_early"]


def test_a_missing_file_is_an_error():
    unit = Unit(name="f", path="gone.py", first=1, last=2, start=0, end=9, indent="")
    spot = Hotspot(rank=1, unit=unit, symbol="gone:f", own=0.5, total=0.5)
    with pytest.raises(FileNotFoundError, match=r"gone\.py"):
        Rewrite().propose(Tree(SOURCE), spot, (), 9)
