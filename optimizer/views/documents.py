"""The JSON documents for scripts, one builder each; docs/reference/json.md says what the fields mean.

A schema only grows within its number. What was not measured is null, and so is what JSON cannot
say (an infinite or undefined number).
"""

import json
import math
from collections.abc import Sequence

from ..core.machine import Machine
from ..core.verdicts import (
    CallRatios,
    Compared,
    Failed,
    Faults,
    Outcome,
    Passed,
    Proof,
    PythonPeak,
    Skipped,
    Speedup,
    Verdict,
)

Fields = dict[str, object]


def verify_document(
    verdict: Verdict,
    outcomes: Sequence[Outcome],
    machine: Machine,
    warnings: Sequence[str] = (),
    strength: Faults | None = None,
    peaks: Sequence[PythonPeak] = (),
    calls: CallRatios | None = None,
) -> str:
    """`perfsmith/verify/1`. Warnings of the verdict, the measurement and the checks are added to the given ones."""
    proof = verdict.proof
    headline = proof.workloads[0] if proof and proof.workloads else None
    return document(
        "verify",
        {
            "outcome": verdict.outcome,
            "reason": verdict.reason,
            "message": verdict.message,
            "speedup": speedup_fields(headline.speedup) if headline else None,
            "memory": _ratio(headline.memory if headline else None),
            "cpu": _ratio(headline.cpu if headline else None),
            "first_call": _ratio(headline.first_call if headline else None),
            "checks": [_check(outcome) for outcome in outcomes],
            **trust_fields(outcomes, strength),
            "python_peak": peak_fields(peaks),
            "workloads": workload_fields(proof),
            "inputs": _families(proof),
            "calls": call_fields(calls),
            "machine": machine_fields(machine),
            "warnings": _all_warnings(verdict, outcomes, warnings),
        },
    )


def compare_document(
    base: str, head: str, compared: Sequence[Compared], machine: Machine, warnings: Sequence[str] = ()
) -> str:
    """`perfsmith/compare/1`."""
    fields = comparison_fields(base, head, compared)
    return document("compare", fields | {"machine": machine_fields(machine), "warnings": list(warnings)})


def comparison_fields(base: str, head: str, compared: Sequence[Compared]) -> Fields:
    """The two revisions and the answer on each workload."""
    workloads = [
        {
            "name": one.result.name,
            "verdict": one.finding,
            "speedup": speedup_fields(one.result.speedup),
            "memory": _ratio(one.result.memory),
            "before_s": number(one.result.before_s),
            "after_s": number(one.result.after_s),
            "metric": one.result.metric,
            "note": one.note or None,
        }
        for one in compared
    ]
    return {"base": base, "head": head, "workloads": workloads}


def error_document(exit_code: int, code: str, message: str, hint: str) -> str:
    """`perfsmith/error/1`."""
    return document("error", {"exit": exit_code, "code": code, "message": message, "hint": hint})


def document(name: str, fields: Fields) -> str:
    """The JSON text of `perfsmith/NAME/1`, one line with no end."""
    return json.dumps({"schema": f"perfsmith/{name}/1", **fields}, allow_nan=False)


def speedup_fields(speedup: Speedup) -> Fields:
    """Time before / time after with its interval."""
    return {
        "ratio": number(speedup.ratio),
        "low": number(speedup.low),
        "high": number(speedup.high),
        "confidence": number(speedup.confidence),
        "pairs": speedup.pairs,
    }


def trust_fields(outcomes: Sequence[Outcome], strength: Faults | None) -> Fields:
    """How much the checks could see: calls that were compared, a few planted faults, and many where that was asked."""
    few = next((one.faults for one in outcomes if not isinstance(one, Skipped) and one.faults), None)
    compared = next((one.compared for one in outcomes if one.compared), None)
    share = compared.calls / compared.of if compared and compared.of else None
    return {
        "compared": None
        if compared is None
        else {"calls": compared.calls, "of": compared.of, "share": None if share is None else number(share)},
        "planted": None if few is None else _counted(few),
        "strength": None if strength is None else _strength(strength),
    }


def peak_fields(peaks: Sequence[PythonPeak]) -> list[Fields] | None:
    """What Python code allocated at most on each workload; None where that was not asked."""
    fields: list[Fields] = [
        {"name": one.workload, "before_bytes": one.before, "after_bytes": one.after, "note": one.note or None}
        for one in peaks
    ]
    return fields or None


def call_fields(calls: CallRatios | None) -> Fields | None:
    """Speedups of recorded calls by how their inputs come; None where none could be timed."""
    if calls is None:
        return None
    named = {
        "same": calls.same,
        "copies": calls.copies,
        "distinct": calls.distinct,
        "first": calls.first,
        "import": calls.imports,
    }
    return {name: None if one is None else speedup_fields(one) for name, one in named.items()}


def _strength(faults: Faults) -> Fields:
    return {
        **_counted(faults),
        "share": number(faults.noticed / faults.planted) if faults.planted else None,
        "form": faults.form,
        "cut": faults.cut,
        "by": [{"check": one.check, "faults": one.faults} for one in faults.by],
        "missed": [
            {"path": one.path, "unit": one.unit, "line": one.line, "operator": one.operator}
            | {"before": one.before, "after": one.after}
            for one in faults.missed
        ],
        "unreached": list(faults.unreached),
    }


def _counted(faults: Faults) -> Fields:
    return {"faults": faults.planted, "noticed": faults.noticed, "seconds": number(faults.seconds)}


def workload_fields(proof: Proof | None) -> list[Fields]:
    """Name and medians of every workload that was measured."""
    results = proof.workloads if proof else ()
    return [{"name": one.name, "before_s": number(one.before_s), "after_s": number(one.after_s)} for one in results]


def _families(proof: Proof | None) -> list[Fields]:
    """What calls gain on inputs of other sizes and orders."""
    return [
        {
            "name": one.name,
            "calls": one.calls,
            "speedup": speedup_fields(one.speedup),
            "loss": one.loss,
            "doubt": one.doubt,
        }
        for one in (proof.inputs if proof else ())
    ]


def machine_fields(machine: Machine) -> Fields:
    """Where the numbers hold."""
    floor = machine.noise_floor
    return {
        "python": machine.python,
        "noise_floor": None if floor is None else number(floor),
        "sandbox": machine.sandbox,
    }


def number(value: float) -> float | None:
    """Six significant digits, which is more than any measurement here has."""
    return float(f"{value:.6g}") if math.isfinite(value) else None


def _ratio(value: float | None) -> Fields | None:
    return None if value is None else {"ratio": number(value)}


def _check(outcome: Outcome) -> Fields:
    match outcome:
        case Passed():
            status, evidence = "passed", outcome.note
        case Failed():
            status, evidence = "failed", outcome.evidence or outcome.message
        case Skipped():
            status, evidence = "skipped", outcome.why
    return {
        "name": outcome.check,
        "status": status,
        "seconds": number(outcome.seconds),
        "evidence": evidence or None,
    }


def _all_warnings(verdict: Verdict, outcomes: Sequence[Outcome], warnings: Sequence[str]) -> list[str]:
    proven = verdict.proof.warnings if verdict.proof else ()
    checked = [warning for outcome in outcomes if isinstance(outcome, Passed) for warning in outcome.warnings]
    return list(dict.fromkeys((*warnings, *verdict.warnings, *proven, *checked)))
