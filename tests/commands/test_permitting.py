"""What a policy of `ask` means: a person is asked about the very thing that was refused, and nobody is no."""

from dataclasses import dataclass, field, replace

import pytest
from perfsmith.commands.permitting import permitted
from perfsmith.optimizer.core.goal import Goal
from perfsmith.optimizer.core.verdicts import refuse
from perfsmith.optimizer.verify.cheats.finding import Finding
from perfsmith.optimizer.verify.static import judged, policies

GOAL = Goal(workloads=(), suite=None)
CACHE = Finding(
    row=10, kind="cache", path="mod.py", line=3, text="@lru_cache(64)", key="10", message="a cache of 64 entries"
)


def verdict_of(goal):
    """As the rung refuses with what it found."""
    found = judged(CACHE, goal)
    return refuse("cheating", found.message, check="static", evidence=found.place)


@dataclass
class Person:
    answers: list
    asked: list = field(default_factory=list)

    def confirm(self, question):
        self.asked.append(question)
        return self.answers.pop(0)


def test_yes_lets_the_very_cache_pass_that_was_refused():
    verdict = verdict_of(GOAL)
    assert policies(verdict.message) == ("cache",)
    person = Person([True])
    goal = permitted(verdict, GOAL, person)
    assert (goal.cache, goal.parallel) == ("allow", GOAL.parallel)
    assert "equal calls" in person.asked[0]
    assert judged(CACHE, goal).kind == "warning"


@pytest.mark.parametrize("answer", [False, None])
def test_no_and_nobody_are_no(answer):
    assert permitted(verdict_of(GOAL), GOAL, Person([answer])) is None


def test_nobody_is_asked_about_what_is_forbidden_or_refused_for_another_reason():
    strict = replace(GOAL, cache="forbid")
    person = Person([])
    assert permitted(verdict_of(strict), strict, person) is None
    assert permitted(refuse("cheating", "a clock is touched", check="static"), GOAL, person) is None
    assert permitted(refuse("wrong_behavior", "other answers", check="replay"), GOAL, person) is None
    assert permitted(None, GOAL, person) is None
    assert person.asked == []
