"""The results as Markdown: perfsmith's figures per form and condition, then everybody side by side."""

from collections.abc import Callable, Sequence
from random import Random
from statistics import fmean

from kernels import OTHERS
from plan import CONDITIONS, FUNCTION, KINDS_GAIN, LONG, NULL, PERFSMITH, RECORD, SHORT, Part
from resample import Pool, best_of, coverage, false_claims, pool
from results import Result, Results
from scipy import stats

_FORMS = {FUNCTION: "function", SHORT: "command, 0.15 s CPU", LONG: "command, 0.6 s CPU"}
_GAINS = (0.05, 0.03, 0.02)
_WINDOWS, _INTERVALS, _FAMILIES = 2000, 2400, 200
_SOON, _SOON_ROUNDS = 10.0, 24
"""What counts as soon: seconds, and of long commands rounds."""
_CONFIRMED = {FUNCTION: 48, SHORT: 48, LONG: 24}
"""Rounds of a resampled confirmation, at most: fewer of long commands, of which fewer were recorded."""


def tables(results: Results, plan: Sequence[Part]) -> str:
    """All tables; a row without trials is left out."""
    own = [_own(results, plan, condition) for condition in CONDITIONS]
    return "\n\n".join(part for part in (*own, _side_by_side(results, plan), _kinds(results, plan)) if part)


def _own(results: Results, plan: Sequence[Part], condition: str) -> str:
    lines = [f"perfsmith, {condition}:", "", "| figure | " + " | ".join(_FORMS.values()) + " |", "|---" * 4 + "|"]

    def row(title: str, cell: Callable[[list[Result]], str], gain: float) -> None:
        cells = [cell(_trials(results, plan, PERFSMITH, form, gain, condition)) for form in _FORMS]
        if any(cells):
            lines.append(f"| {title} | " + " | ".join(one or "-" for one in cells) + " |")

    row("false claims on identical code, live", _claims, NULL)
    row(f"the same in {_WINDOWS} resampled windows", _resampled, RECORD)
    row("called slower on identical code", _slower, NULL)
    row("nulls decided, mean", _cost, NULL)
    for gain in _GAINS:
        row(f"+{gain:.0%} found", _in_time, gain)
        row(f"+{gain:.0%}: mean and longest", _cost, gain)
        row(f"+{gain:.0%}: bias of claims, points", _bias, gain)
    for rounds in (12, 24, 48):
        row(f"95 % intervals over {rounds} rounds that miss the truth", _missing(rounds), RECORD)
    row(f"best of 20 equal candidates claimed, {_FAMILIES} families", _best, RECORD)
    return "\n".join(lines) if len(lines) > 4 else ""


def _side_by_side(results: Results, plan: Sequence[Part]) -> str:
    lines = ["| method | condition | claims on identical code | +5% found | mean seconds |", "|---" * 5 + "|"]
    for condition in CONDITIONS:
        for method in dict.fromkeys(part.method for part in plan):
            nulls = _trials(results, plan, method, SHORT, NULL, condition)
            gains = _trials(results, plan, method, SHORT, 0.05, condition)
            if nulls:
                cost = fmean(one.seconds for one in (*nulls, *gains))
                lines.append(f"| {method} | {condition} | {_claims(nulls)} | {_found(gains) or '-'} | {cost:.1f} |")
    return "\n".join(["On the same trees, commands of 0.15 s CPU:", "", *lines]) if len(lines) > 2 else ""


def _kinds(results: Results, plan: Sequence[Part]) -> str:
    title = f"{KINDS_GAIN:.0%} less work"
    lines = [
        f"| workload | claims on identical code | {title}: found | its mean ratio | mean seconds |",
        "|---" * 5 + "|",
    ]
    for kind in OTHERS:
        nulls = _trials(results, plan, PERFSMITH, kind, NULL, "quiet")
        gains = _trials(results, plan, PERFSMITH, kind, KINDS_GAIN, "quiet")
        if nulls and gains:
            ratio = fmean(one.ratio for one in gains)
            cost = fmean(one.seconds for one in (*nulls, *gains))
            lines.append(f"| {kind} | {_claims(nulls)} | {_found(gains)} | {ratio:.3f} | {cost:.1f} |")
    return "\n".join(["Other workloads:", "", *lines]) if len(lines) > 2 else ""


def _trials(
    results: Results, plan: Sequence[Part], method: str, form: str, gain: float, condition: str
) -> list[Result]:
    return results.of(
        *(one for one in plan if (one.method, one.form, one.gain, one.condition) == (method, form, gain, condition))
    )


def _claims(trials: list[Result]) -> str:
    wrong = sum(one.claimed for one in trials)
    return f"{wrong} of {len(trials)} (≤ {_upper(wrong, len(trials)):.1%})" if trials else ""


def _slower(trials: list[Result]) -> str:
    return f"{sum(one.answer == 'slower' for one in trials)} of {len(trials)}" if trials else ""


def _found(trials: list[Result]) -> str:
    return f"{sum(one.claimed for one in trials)} of {len(trials)}" if trials else ""


def _in_time(trials: list[Result]) -> str:
    if not trials:
        return ""
    if _form(trials) == LONG:
        soon = sum(one.claimed and one.pairs <= _SOON_ROUNDS for one in trials)
        return f"{_found(trials)}; {soon} within {_SOON_ROUNDS} rounds"
    soon = sum(one.claimed and one.seconds <= _SOON for one in trials)
    return f"{_found(trials)}; {soon} within {_SOON:.0f} s"


def _form(trials: list[Result]) -> str:
    return trials[0].part.split("|")[1]


def _cost(trials: list[Result]) -> str:
    if not trials:
        return ""
    seconds, pairs = [one.seconds for one in trials], fmean(one.pairs for one in trials)
    return f"{fmean(seconds):.1f} s ({max(seconds):.0f} s), {pairs:.0f} rounds"


def _bias(trials: list[Result]) -> str:
    off = [100 * (one.ratio - one.truth) for one in trials if one.claimed]
    above = sum(one.low is not None and one.claimed and one.low > one.truth for one in trials)
    return f"{fmean(off):+.2f}; {above} lower bounds above the truth" if off else ""


def _pool(trials: list[Result], rounds: int) -> Pool | None:
    return pool([one.logs for one in trials if one.logs], rounds)


def _resampled(trials: list[Result]) -> str:
    found = _confirmations(trials)
    return f"{false_claims(found, _WINDOWS, Random(1))}, {found.origin}" if found else ""


def _confirmations(trials: list[Result]) -> Pool | None:
    return _pool(trials, _CONFIRMED[_form(trials)]) if trials else None


def _missing(rounds: int) -> Callable[[list[Result]], str]:
    def cell(trials: list[Result]) -> str:
        found = _pool(trials, rounds)
        if found is None:
            return ""
        seen = coverage(found, _INTERVALS, Random(rounds))
        return f"{seen.missed / seen.intervals:.1%} of {seen.intervals}, {found.origin}"

    return cell


def _best(trials: list[Result]) -> str:
    found = _confirmations(trials)
    return f"{best_of(found, 20, _FAMILIES, Random(3))}, {found.origin}" if found else ""


def _upper(hits: int, trials: int) -> float:
    """One-sided 95 % upper bound of a rate (Clopper & Pearson 1934)."""
    return float(stats.binomtest(hits, trials).proportion_ci(confidence_level=0.90, method="exact").high)
