"""What of a run is shown side by side: the candidates that were measured, the whole, or the workloads compared."""

from collections.abc import Iterable, Sequence

from ..core.verdicts import Compared, WorkloadResult
from .plot import Bar
from .rounds import Series
from .state import State, Try


def bars(state: State) -> list[Bar]:
    """A row for each interval of the run, in the order in which they were found."""
    if state.comparison:
        return of_comparison(state.compared)
    rows = [Bar(label=_name(one), speedup=result.speedup) for one in state.tries if (result := _first(one))]
    if state.final and state.final.proof.workloads:
        rows.append(Bar(label="all kept together", speedup=state.final.proof.workloads[0].speedup))
    return rows


def of_comparison(compared: Iterable[Compared]) -> list[Bar]:
    """A row for each workload."""
    return [Bar(label=one.result.name, speedup=one.result.speedup) for one in compared]


def goal_of(state: State) -> float:
    """The bar that an interval has to clear."""
    return 1 + (state.goal.min_gain if state.goal else 0.01)


def questions(state: State, found: Sequence[Series]) -> list[tuple[str, list[Series]]]:
    """Series by what they answer, with a title; first looks are left out, for they claim nothing."""
    titles: dict[tuple[str, str, str, int], list[Series]] = {}
    for one in found:
        if one.phase != "screening" and one.ratios:
            titles.setdefault((one.subject, one.phase, one.workload, one.attempt), []).append(one)
    return [(_title(state, *key), kinds) for key, kinds in titles.items()]


def interval_of(state: State, one: Series) -> Bar | None:
    """The interval that was found on these rounds' question, where there is one."""
    results = [compared.result for compared in state.compared]
    if one.phase == "final" and state.final:
        results = list(state.final.proof.workloads)
    tried = state.attempt(one.subject)
    if one.phase == "confirmation" and tried and tried.verdict and tried.verdict.proof:
        results = list(tried.verdict.proof.workloads)
    known = {result.name: result for result in results} if one.phase != "floor" else {}
    result = known.get(one.workload)
    return Bar(label="interval", speedup=result.speedup) if result else None


def _title(state: State, subject: str, phase: str, workload: str, attempt: int) -> str:
    tried = state.attempt(subject)
    whole = {"final": "all kept together", "comparison": "both revisions", "floor": "the base against itself"}
    what = whole.get(phase) or (_name(tried) if tried else subject)
    again = f", attempt {attempt}" if attempt > 1 else ""
    return f"{what} on {workload}{again}"


def _first(one: Try) -> WorkloadResult | None:
    """The headline of a candidate that was measured."""
    proof = one.verdict.proof if one.verdict else None
    return proof.workloads[0] if proof and proof.workloads else None


def _name(one: Try) -> str:
    function = one.candidate.hotspot.rpartition("::")[2]
    return f"cand {one.number} {function}" if function else "the change"
