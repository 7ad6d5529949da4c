"""The report of a run as Markdown, ready to be pasted into a pull request."""

from collections.abc import Iterator, Sequence

from ..core import units
from ..core.verdicts import Inconclusive, Proof, Rejected
from . import comparison, pictures, plot, words
from .rounds import Series
from .state import State, Try

_TOP = 10


def report(state: State, found: Sequence[Series] = ()) -> str:
    """The whole run, with pictures of the rounds in `found`; also of one that was killed, as far as it came."""
    before, after = (_headline, _compared, _kept, _tried, _picture), (_profile, _method, _warnings, _commands)
    blocks = [*(part(state) for part in before), _rounds(state, found), *(part(state) for part in after)]
    return "\n\n".join("\n".join(block) for part in blocks if (block := list(part))) + "\n"


def _headline(state: State) -> Iterator[str]:
    target = _text(state.repo.root.name) if state.repo else "this run"
    final = state.final.proof if state.final else None
    if final and final.workloads:
        first = final.workloads[0]
        yield f"# {target}: {words.change(first.speedup)} on {_code(first.name)}"
        yield ""
        yield from _numbers(final)
    elif state.kept:
        yield f"# {target}: {words.count(len(state.kept), 'change')} kept; the whole was not measured"
    elif state.command == "verify" and state.tries and (verdict := state.tries[-1].verdict):
        yield f"# {target}: the change is {verdict.outcome} ({verdict.reason})"
        yield ""
        yield from _numbers(verdict.proof)
        yield from _calls(state.tries[-1])
    elif state.comparison:
        yield f"# {target}: {_text(state.comparison.base)} -> {_text(state.comparison.head)}"
    else:
        yield f"# {target}: nothing kept"
    yield ""
    yield from _story(state)


def _story(state: State) -> Iterator[str]:
    seconds = state.ending.seconds if state.ending else state.last - state.started
    model = f" with {_code(state.start.model)}" if state.start and state.start.model else ""
    what = words.count(len(state.compared), "workload") + " compared" if state.comparison else words.counts(state)
    yield f"{what.capitalize()} in {words.clock(seconds)}{model}."
    ending = state.ending
    if ending is None:
        yield "The run has not ended, or was killed."
    elif ending.ending != "done":
        yield f"The run was stopped ({ending.ending})" + (f": {_text(ending.message)}" if ending.message else ".")
    elif state.command not in ("verify", "compare") and (said := words.conclusion(state)):
        yield said


def _compared(state: State) -> Iterator[str]:
    if not state.compared:
        return
    yield "| workload | before | after | speedup | interval | pairs | |"
    yield "|---|---:|---:|---:|---:|---:|---|"
    for one in state.compared:
        result, speedup = one.result, one.result.speedup
        cells = (
            _cell(result.name),
            units.seconds(result.before_s),
            units.seconds(result.after_s),
            units.ratio(speedup.ratio),
            f"{units.interval(speedup.low, speedup.high)} ({speedup.confidence * 100:.4g}%)",
            str(speedup.pairs),
            _text(". ".join(filter(None, (comparison.finding(one), one.note)))),
        )
        yield f"| {' | '.join(cells)} |"


def _kept(state: State) -> Iterator[str]:
    if not state.kept:
        return
    yield "## Kept"
    for one in state.kept:
        commit = one.commit
        yield ""
        yield f"### {_text(commit.subject if commit else one.candidate.idea)}"
        yield ""
        yield f"- commit {_code(words.short(commit.sha) if commit else '?')}, function {_code(one.candidate.hotspot)}"
        yield from _numbers(one.verdict.proof if one.verdict else None)
        yield from _calls(one)
        if said := words.notes(one.outcomes, "; "):
            yield f"- checked: {_text(said)}"
        if one.strength:
            yield f"- strength: {_text(words.strength(one.strength).rstrip(':'))}"
        for peak in one.peaks:
            yield f"- {_text(words.python_peak(peak))}"
        yield f"- written by {_code(words.author(one))}"
        for warning in one.verdict.warnings if one.verdict else ():
            yield f"- note: {_text(warning)}"


def _numbers(proof: Proof | None) -> Iterator[str]:
    for result in proof.workloads if proof else ():
        confidence = f"{result.speedup.confidence * 100:g}% interval, {words.count(result.speedup.pairs, 'pair')}"
        yield f"- {_code(result.name)}: {words.numbers(result)} ({confidence})"
    if proof and proof.inputs:
        yield f"- calls by themselves: {words.elsewhere(proof.inputs)}"


def _calls(one: Try) -> Iterator[str]:
    if one.calls and (said := words.calls(one.calls)):
        yield f"- recorded calls, by how their inputs come: {said}"


def _tried(state: State) -> Iterator[str]:
    if not state.tries:
        return
    yield "## Everything tried"
    yield ""
    yield "| function | idea | by | result | why |"
    yield "|---|---|---|---|---|"
    for one in state.tries:
        function = one.candidate.hotspot.rpartition("::")[2] or "(change)"
        by = _cell(words.author(one))
        yield f"| {_cell(function)} | {_text(one.candidate.idea)} | {by} | {_result(one)} | {_text(_why(one))} |"


def _picture(state: State) -> Iterator[str]:
    """The intervals side by side, where there are several to compare."""
    rows = pictures.bars(state)
    if len(rows) > 1:
        yield "```text"
        yield from (words.clean(line).rstrip() for line in plot.intervals(rows, pictures.goal_of(state)))
        yield "```"


def _rounds(state: State, found: Sequence[Series]) -> Iterator[str]:
    """Every round of what was claimed, as a mark at its speedup; both kinds apart, with the interval."""
    asked = pictures.questions(state, found)
    if not asked:
        return
    yield "## The rounds"
    yield ""
    yield "A mark is a pair of runs at its speedup: `·` one, `:` two or three, `#` more."
    goal = pictures.goal_of(state)
    for title, kinds in asked:
        yield ""
        yield _text(title)
        yield ""
        yield "```text"
        yield from plot.strips(kinds, pictures.interval_of(state, kinds[0]), goal)
        yield "```"


def _result(one: Try) -> str:
    if one.commit:
        return "**kept**"
    return words.reason(one.verdict).replace("YES", "faster, not kept") if one.verdict else "not judged"


def _why(one: Try) -> str:
    match one.verdict:
        case Rejected() | Inconclusive():
            first = one.verdict.evidence.strip().partition("\n")[0]
            return ": ".join(part for part in (one.verdict.message, first) if part)
        case None:
            return "the run ended before"
        case _:
            return one.verdict.message


def _profile(state: State) -> Iterator[str]:
    if state.profiled is None or not state.profiled.hotspots:
        return
    profile = state.profiled.profile
    taken = f"{units.seconds(profile.seconds)}, {words.count(state.samples, 'sample')}, {profile.profiler}"
    yield "## Where the time went before"
    yield ""
    yield f"{_code(profile.workload)}: {taken}. The last column is the most that could be gained there."
    yield ""
    yield "| own | total | function | at best |"
    yield "|---:|---:|---|---:|"
    for spot in state.profiled.hotspots[:_TOP]:
        shares = f"{units.percent(spot.own)} | {units.percent(spot.total)}"
        best = units.ratio(spot.ceiling) if spot.total < 0.995 else "-"
        yield f"| {shares} | {_cell(words.place(spot))} | {best} |"
    for warning in profile.warnings:
        yield f"\nNote: {_text(warning)}"


def _method(state: State) -> Iterator[str]:
    yield "## How this was found out"
    yield ""
    if state.goal:
        yield f"- {_rule(state, f'{state.goal.min_gain * 100:g}%')}"
        yield "- base and candidate run in pairs; a speedup is time before / time after"
    if alphas := [one.alpha for one in state.tries if one.alpha is not None]:
        total = f"{len(alphas)} confirmations, error budget spent: {sum(alphas):.2g}"
        yield f"- {total if len(alphas) > 1 else f'1 confirmation, error budget spent: {alphas[0]:.2g}'}"
    if state.noise_floor is not None:
        yield f"- noise floor of this machine: {units.percent(state.noise_floor)} (the same code against itself)"
    if state.host:
        yield f"- machine: {_text(words.machine(state.host))}"
    if state.walls:
        yield f"- sandbox: {_text(state.walls.level)}"
    if tested := state.tested:
        yield f"- tests: {tested.tests}, run {words.count(tested.runs, 'time')} on the base"
    cost = words.spent(state.cost) if state.cost.replies else "no model asked"
    yield f"- {cost}; measuring {words.clock(state.measuring)}, checks {words.clock(state.checking)}"
    if state.start:
        base = words.short(state.start.repo.revision)
        yield f"- base {_code(base)}, run {_code(state.run)}, perfsmith {_text(state.start.version)}"


def _rule(state: State, bar: str) -> str:
    if state.comparison:
        return f"faster or slower only if the whole interval lies more than {bar} away from 1"
    return f"kept only if the whole confidence interval lies above {bar} gain, confirmed on fresh processes"


def _warnings(state: State) -> Iterator[str]:
    if state.warnings:
        yield "## Warnings"
        yield ""
        for warning in state.warnings:
            yield f"- {_text(warning)}"


def _commands(state: State) -> Iterator[str]:
    if not state.kept:
        return
    yield "## Take it, check it, put it back"
    yield ""
    yield "```sh"
    yield f"perfsmith apply {state.run}"
    for one in state.kept:
        yield f"perfsmith verify {words.short(one.commit.sha if one.commit else '')}"
    yield f"perfsmith undo {state.run}"
    yield "```"


def _text(text: str) -> str:
    """Text from outside as Markdown that shows it and does nothing else."""
    shown = words.clean(" ".join(text.split()))
    for char in "\\`*_[]#|":
        shown = shown.replace(char, "\\" + char)
    return shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _code(text: str) -> str:
    """A code span, whatever back ticks are in it."""
    shown = words.clean(" ".join(text.split()))
    if "`" not in shown:
        return f"`{shown}`"
    return f"`` {shown.replace('``', '` `')} ``"


def _cell(text: str) -> str:
    """A code span inside a table, where even a code span may not hold a bare bar."""
    return _code(text).replace("|", "\\|")
