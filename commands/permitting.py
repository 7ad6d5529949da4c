"""Asks the person at the terminal about a cache, or work spread over cores, where the policy says `ask`."""

from dataclasses import replace

from ..optimizer.core.goal import Goal
from ..optimizer.core.ports import Asker
from ..optimizer.core.verdicts import Verdict
from ..optimizer.verify.static import policies

_ASSUMED = {
    "cache": "It assumes that equal calls have equal results, and keeps memory for them.",
    "parallel": "It takes more cores for the same work.",
}


def permitted(verdict: Verdict | None, goal: Goal, asker: Asker) -> Goal | None:
    """The goal with what its user allows for this change; None where nothing was refused for a policy, or they do not.

    A policy of `forbid` is not asked about; where there is nobody to ask, `ask` means `forbid`.
    """
    if verdict is None or verdict.reason != "cheating":
        return None
    asked = [name for name in policies(verdict.message) if _policy(goal, name) == "ask"]
    for name in asked:
        if not asker.confirm(f"{verdict.message}\n{_ASSUMED[name]}"):
            return None
        goal = replace(goal, cache="allow") if name == "cache" else replace(goal, parallel="allow")
    return goal if asked else None


def _policy(goal: Goal, name: str) -> str:
    return goal.cache if name == "cache" else goal.parallel
