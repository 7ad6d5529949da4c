"""The report of a run as one JSON document, `perfsmith/report/1`."""

from collections.abc import Sequence

from ..core.values import Hotspot
from ..core.verdicts import Proof
from .checkup import host_fields
from .documents import (
    Fields,
    call_fields,
    comparison_fields,
    document,
    number,
    peak_fields,
    speedup_fields,
    trust_fields,
    workload_fields,
)
from .rounds import Series
from .state import State, Try


def report(state: State, found: Sequence[Series] = ()) -> str:
    """The whole run as JSON, with the rounds in `found`; also of one that was killed, whose `ending` is null."""
    final = state.final.proof if state.final else None
    headline = final.workloads[0] if final and final.workloads else None
    return document(
        "report",
        {
            "run": state.run,
            **_origin(state),
            **_ending(state),
            "workload": headline.name if headline else None,
            "speedup": _speedup(final),
            "workloads": workload_fields(final),
            "counts": {
                "tried": state.tried,
                "correct": state.correct,
                "faster": state.faster,
                "kept": len(state.kept),
            },
            "kept": [_kept(one) for one in state.kept],
            "comparison": _comparison(state),
            "candidates": [_candidate(one) for one in state.tries],
            "hotspots": [hotspot_fields(hotspot) for hotspot in state.profiled.hotspots] if state.profiled else [],
            "tests": _tests(state),
            "measurement": _measurement(state),
            "host": host_fields(state.host) if state.host else None,
            "rounds": [_rounds(one) for one in found],
            "cost": _cost(state),
            "warnings": list(state.warnings),
        },
    )


def hotspot_fields(hotspot: Hotspot) -> Fields:
    """One row of where the time goes, as in `perfsmith/profile/1`."""
    return {
        "rank": hotspot.rank,
        "symbol": hotspot.symbol,
        "path": hotspot.unit.path,
        "line": hotspot.unit.first,
        "own": number(hotspot.own),
        "total": number(hotspot.total),
        "ceiling": number(hotspot.ceiling),
    }


def _origin(state: State) -> Fields:
    start = state.start
    if start is None:
        return {"command": None, "model": None, "version": None, "repo": None}
    repo: Fields = {"root": str(start.repo.root), "revision": start.repo.revision, "branch": start.branch or None}
    return {"command": start.command, "model": start.model or None, "version": start.version, "repo": repo}


def _ending(state: State) -> Fields:
    end = state.ending
    return {
        "started": state.started,
        "ending": end.ending if end else None,
        "message": end.message if end else "",
        "seconds": number(end.seconds if end else state.last - state.started),
    }


def _comparison(state: State) -> Fields | None:
    told = state.comparison
    return comparison_fields(told.base, told.head, state.compared) if told else None


def _kept(one: Try) -> Fields:
    commit = one.commit
    return {
        "candidate": one.candidate.id,
        "hotspot": one.candidate.hotspot or None,
        "sha": commit.sha if commit else None,
        "subject": commit.subject if commit else None,
        "branch": commit.branch if commit else None,
        "speedup": _speedup(one.verdict.proof if one.verdict else None),
    }


def _candidate(one: Try) -> Fields:
    verdict = one.verdict
    return {
        "id": one.candidate.id,
        "hotspot": one.candidate.hotspot or None,
        "idea": one.candidate.idea,
        "author": one.candidate.origin.author,
        "strategy": one.candidate.origin.strategy or None,
        "outcome": verdict.outcome if verdict else None,
        "reason": verdict.reason if verdict else None,
        "message": verdict.message if verdict else "",
        "estimate": number(one.screened.estimate) if one.screened else None,
        "speedup": _speedup(verdict.proof if verdict else None),
        "sha": one.commit.sha if one.commit else None,
        **trust_fields(one.outcomes, one.strength),
        "python_peak": peak_fields(one.peaks),
        "calls": call_fields(one.calls),
    }


def _speedup(proof: Proof | None) -> Fields | None:
    return speedup_fields(proof.workloads[0].speedup) if proof and proof.workloads else None


def _tests(state: State) -> Fields | None:
    tested = state.tested
    if tested is None:
        return None
    return {
        "count": tested.tests,
        "seconds": number(tested.seconds),
        "runs": tested.runs,
        "failing": list(tested.failing),
        "flaky": list(tested.flaky),
    }


def _measurement(state: State) -> Fields:
    goal = state.goal
    return {
        "sandbox": state.walls.level if state.walls else None,
        "noise_floor": None if state.noise_floor is None else number(state.noise_floor),
        "min_gain": goal.min_gain if goal else None,
        "max_memory": goal.max_memory if goal else None,
        "seed": goal.seed if goal else None,
        "measuring_s": number(state.measuring),
        "checking_s": number(state.checking),
    }


def _rounds(one: Series) -> Fields:
    """Raw times of one question, round by round."""
    pairs = [(getattr(round_.before, one.metric), getattr(round_.after, one.metric)) for round_ in one.rounds]
    return {
        "subject": one.subject,
        "workload": one.workload,
        "phase": one.phase,
        "together": one.kind == "together",
        "attempt": one.attempt,
        "metric": one.metric,
        "before_s": [number(before) for before, _ in pairs],
        "after_s": [number(after) for _, after in pairs],
    }


def _cost(state: State) -> Fields:
    cost = state.cost
    return {
        "replies": cost.replies,
        "tokens_in": cost.tokens_in,
        "tokens_cached": cost.tokens_cached,
        "tokens_out": cost.tokens_out,
        "usd": None if cost.unpriced else number(cost.usd),
        "model_s": number(cost.seconds),
    }
