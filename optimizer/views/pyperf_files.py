"""A run's rounds as files of pyperf's own format, which `pyperf show`, `hist`, `stats` and `compare_to` read.

Every round of fresh processes becomes one pyperf run with one value on either side; nothing is left out or averaged.
pyperf compares two files without knowing that their values are pairs: its verdict is its own, and wider than ours.
"""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

import pyperf  # pyright: ignore[reportMissingTypeStubs]

from ..core.events import Entry
from ..core.values import Workload
from ..core.verdicts import Reading
from .rounds import Series, Taken, series
from .state import State, fold

Side = Literal["before", "after"]
Metadata = dict[str, str | int | float]
_SIDES: Final[tuple[Side, Side]] = ("before", "after")
_FLOOR: Final = "floor"
_PHASES_UNSAID: Final = frozenset({"confirmation", "final", "comparison"})
_LASTING: Final = ("cpu_count", "cpu_model_name", "cpu_machine", "platform", "hostname", "aslr", "boot_time")
"""What pyperf knows of a machine and is still true after the run."""
_pyperf: Any = pyperf


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """One benchmark of a file: a series by one clock."""

    name: str
    series: Series
    metric: Literal["cpu", "wall"]

    def value(self, reading: Reading) -> float:
        """Seconds."""
        return reading.cpu if self.metric == "cpu" else reading.wall


def files(entries: Sequence[Entry], here: str) -> dict[str, str]:
    """Name of a file → its text: `before.json` and `after.json` of what the run was about, and a pair a candidate.

    `here` is this machine's id: facts about the hardware are only added where the run was made on it. Empty when
    nothing was measured.
    """
    state = fold(entries)
    found = series(entries)
    facts = _facts(state, here)
    texts: dict[str, str] = {}
    for subject in dict.fromkeys(one.subject for one in found):
        shown = list(_benchmarks([one for one in found if one.subject == subject]))
        phases = {one.phase for one in found if one.subject == subject}
        title = _FLOOR if phases == {_FLOOR} else subject
        for side in _SIDES:
            name = f"{side}.json" if subject == _headline(state, found) else f"{title}-{side}.json"
            text = _suite(shown, side, facts, state)
            if text:
                texts[name] = text
    return texts


def _headline(state: State, found: Sequence[Series]) -> str:
    """The subject that the run was about; empty where that was never measured."""
    subjects = list(dict.fromkeys(one.subject for one in found if one.phase != _FLOOR))
    if state.command in ("optimize", "demo"):
        return "final" if "final" in subjects else ""
    return subjects[-1] if subjects else ""


def _benchmarks(found: Iterable[Series]) -> Iterator[_Shown]:
    """Alternating rounds by both clocks, rounds that share a core by CPU time alone."""
    for one in found:
        again = f" #{one.attempt}" if one.attempt > 1 else ""
        phase = "" if one.phase in _PHASES_UNSAID else f", {one.phase}"
        if one.kind == "together":
            yield _Shown(name=f"{one.workload}{again} (cpu, sharing a core{phase})", series=one, metric="cpu")
            continue
        early = f" ({one.phase})" if phase else ""
        yield _Shown(name=f"{one.workload}{again}{early}", series=one, metric="wall")
        yield _Shown(name=f"{one.workload}{again} (cpu{phase})", series=one, metric="cpu")


def _suite(shown: Iterable[_Shown], side: Side, facts: Metadata, state: State) -> str:
    """The text of one file; empty where no time was above zero."""
    workloads = {workload.name: workload for workload in state.goal.workloads} if state.goal else {}
    benchmarks = [found for one in shown if (found := _benchmark(one, side, facts, workloads)) is not None]
    if not benchmarks:
        return ""
    text = io.StringIO()
    _pyperf.BenchmarkSuite(benchmarks).dump(text)
    return text.getvalue() + "\n"


def _benchmark(one: _Shown, side: Side, facts: Metadata, workloads: Mapping[str, Workload]) -> Any:
    workload = workloads.get(one.series.workload)
    about: Metadata = {"name": one.name, "unit": "second", "loops": 1, "perfsmith_side": side, **facts}
    if workload:
        about["command"] = workload.command
    runs = [_run(taken, side, one, about) for taken in one.series.taken if _both(one, taken)]
    return _pyperf.Benchmark(runs) if runs else None


def _both(one: _Shown, taken: Taken) -> bool:
    """A clock that saw nothing on one side says nothing about the pair."""
    return one.value(taken.round.before) > 0 and one.value(taken.round.after) > 0


def _run(taken: Taken, side: Side, one: _Shown, about: Metadata) -> Any:
    reading = taken.round.before if side == "before" else taken.round.after
    own: Metadata = {
        "date": datetime.fromtimestamp(taken.at, UTC).isoformat(" ", "microseconds").partition("+")[0],
        "perfsmith_order": taken.round.order,
        "perfsmith_hash_seed": taken.round.seed,
    }
    if reading.peak > 0:
        own["command_max_rss"] = reading.peak
    return _pyperf.Run([one.value(reading)], metadata={**about, **own}, collect_metadata=False)


def _facts(state: State, here: str) -> Metadata:
    """What is the same for all rounds: the run, its interpreter, and the machine."""
    found: Metadata = {"perfsmith_run": state.run}
    start = state.start
    if start is None:
        return found
    found |= {
        "perfsmith_version": start.version,
        "perfsmith_command": start.command,
        "perfsmith_revision": start.repo.revision,
        "python_executable": str(start.repo.python),
    }
    if state.walls:
        found["perfsmith_sandbox"] = state.walls.level
    if start.machine is not None:
        found |= {"python_version": start.machine.python, "perfsmith_machine": start.machine.id}
        if here and start.machine.id == here:
            found |= _hardware()
    return {name: value for name, value in found.items() if value != ""}


def _hardware() -> Metadata:
    told: Metadata = {str(name): value for name, value in _pyperf.Run([1.0]).get_metadata().items()}
    return {name: told[name] for name in _LASTING if name in told}
