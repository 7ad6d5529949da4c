"""The report of a run as one HTML file: no scripts, nothing loaded from elsewhere, pictures inline."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Final

from ..core import units
from ..core.verdicts import Inconclusive, Proof, Rejected, WorkloadResult
from . import comparison, pictures, svg, words
from .rounds import Series
from .state import State, Try

_STYLE: Final = """
:root { color-scheme: light dark; --good: #17803d; --bad: #b3261e; --dim: #6b7280; --dot: #2563eb; --other: #b45309 }
@media (prefers-color-scheme: dark) { :root { --good: #4ade80; --bad: #f87171; --dim: #9ca3af; --dot: #60a5fa;
  --other: #fbbf24 } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; vertical-align: top; padding: .3rem .6rem;
  border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent) }
td.n { text-align: right; white-space: nowrap } code { overflow-wrap: anywhere } svg { max-width: 100%; height: auto }
svg text { font-size: 12px; fill: currentColor } .good, .faster { color: var(--good) }
.bad, .slower { color: var(--bad) }
svg .faster, svg .slower, svg .open { fill: currentColor; stroke: none } svg .open, .dim { color: var(--dim) }
svg line.ci { stroke: currentColor; stroke-width: 3 } svg line.one { stroke: currentColor; stroke-width: 1 }
svg line.bar { stroke: currentColor; stroke-dasharray: 3 4 } svg .together { fill: var(--dot) }
svg .apart { fill: var(--other) }
"""


def report(state: State, found: Sequence[Series] = ()) -> str:
    """The whole run, with a dot for each of the rounds in `found`; also of one that was killed."""
    title = _title(state)
    before = (_summary, _compared, _picture, _tried, _calls)
    parts = (*(part(state) for part in before), _rounds(state, found), _method(state))
    body = "\n".join(line for part in parts for line in part)
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{_text(title)}</title>'
    return (
        f'<!doctype html>\n<html lang="en"><head>{head}<style>{_STYLE}</style></head>\n'
        f"<body>\n<h1>{_text(title)}</h1>\n{body}\n</body></html>\n"
    )


def _title(state: State) -> str:
    target = state.repo.root.name if state.repo else "this run"
    if state.final and state.final.proof.workloads:
        first = state.final.proof.workloads[0]
        return f"{target}: {words.change(first.speedup)} on {first.name}"
    if state.comparison:
        return f"{target}: {state.comparison.base} compared with {state.comparison.head}"
    if state.command == "verify" and state.tries and (verdict := state.tries[-1].verdict):
        return f"{target}: the change is {verdict.outcome} ({verdict.reason})"
    return f"{target}: {words.count(len(state.kept), 'change')} kept"


def _summary(state: State) -> Iterator[str]:
    seconds = state.ending.seconds if state.ending else state.last - state.started
    what = words.count(len(state.compared), "workload") + " compared" if state.comparison else words.counts(state)
    how = "" if state.ending and state.ending.ending == "done" else ", not to its end"
    said = words.conclusion(state) if state.command not in ("verify", "compare") else ""
    yield f"<p>{_text(what)} in {words.clock(seconds)}{how}. {_text(said)}</p>"
    yield from _numbers(state.final.proof if state.final else None)


def _numbers(proof: Proof | None) -> Iterator[str]:
    results = proof.workloads if proof else ()
    if results:
        yield _table(("workload", "before", "after", "speedup", "interval", "pairs"), map(_row, results))
    if proof and proof.inputs:
        yield f"<p>Calls by themselves: {_text(words.elsewhere(proof.inputs))}</p>"


def _row(result: WorkloadResult) -> tuple[str, ...]:
    speedup = result.speedup
    return (
        f"<td><code>{_text(result.name)}</code></td>",
        *_numbered(
            units.seconds(result.before_s),
            units.seconds(result.after_s),
            units.ratio(speedup.ratio),
            f"{units.interval(speedup.low, speedup.high)} ({speedup.confidence * 100:.4g}%)",
            str(speedup.pairs),
        ),
    )


def _compared(state: State) -> Iterator[str]:
    if state.compared:
        names = ("workload", "before", "after", "speedup", "interval", "pairs", "")
        said = [". ".join(filter(None, (comparison.finding(one), one.note))) for one in state.compared]
        rows = [
            (*_row(one.result), f'<td class="{_text(one.finding)}">{_text(text)}</td>')
            for one, text in zip(state.compared, said, strict=True)
        ]
        yield _table(names, rows)


def _picture(state: State) -> Iterator[str]:
    rows = pictures.bars(state)
    if rows:
        yield "<h2>Side by side</h2>"
        yield svg.intervals(rows, pictures.goal_of(state))


def _tried(state: State) -> Iterator[str]:
    if state.tries:
        yield "<h2>Everything tried</h2>"
        yield _table(("function", "idea", "by", "result", "why"), map(_attempt, state.tries))


def _calls(state: State) -> Iterator[str]:
    """Where gains come from: what lives on kept answers gains on inputs that come again, and on no others."""
    timed = [(one, said) for one in state.tries if one.calls and (said := words.calls(one.calls))]
    if timed:
        yield "<h2>Recorded calls, by how their inputs come</h2><ul>"
        yield from (f"<li>{_text(one.candidate.idea)}: {_text(said)}</li>" for one, said in timed)
        yield "</ul>"


def _attempt(one: Try) -> tuple[str, ...]:
    function = one.candidate.hotspot.rpartition("::")[2] or "(change)"
    kept = words.short(one.commit.sha) if one.commit else ""
    result = f"kept as {kept}" if kept else words.reason(one.verdict) if one.verdict else "not judged"
    first = one.verdict.evidence.strip().partition("\n")[0] if isinstance(one.verdict, Rejected | Inconclusive) else ""
    why = ": ".join(filter(None, (one.verdict.message if one.verdict else "the run ended before", first)))
    style = ' class="good"' if kept else ""
    return (
        f"<td><code>{_text(function)}</code></td>",
        f"<td>{_text(one.candidate.idea)}</td>",
        f"<td>{_text(words.author(one))}</td>",
        f"<td{style}>{_text(result)}</td>",
        f"<td>{_text(why)}</td>",
    )


def _rounds(state: State, found: Sequence[Series]) -> Iterator[str]:
    asked = pictures.questions(state, found)
    if asked:
        yield "<h2>The rounds</h2>"
        yield "<p>A dot is a pair of fresh processes at its speedup, time before / time after.</p>"
    for title, kinds in asked:
        yield f"<h3>{_text(title)}</h3>"
        yield svg.rounds(kinds, pictures.interval_of(state, kinds[0]), pictures.goal_of(state))


def _method(state: State) -> Iterator[str]:
    yield "<h2>How this was found out</h2><ul>"
    goal = state.goal
    facts = [
        f"the bar: {goal.min_gain * 100:g}% gain, which the whole interval has to clear" if goal else "",
        f"machine: {words.machine(state.host)}" if state.host else "",
        f"sandbox: {state.walls.level}" if state.walls else "",
        f"tests: {state.tested.tests}, run {words.count(state.tested.runs, 'time')} on the base"
        if state.tested
        else "",
        f"measuring {words.clock(state.measuring)}, checks {words.clock(state.checking)}",
        f"base {state.repo.revision[:10]}, run {state.run}" if state.repo else "",
        *(f"note: {warning}" for warning in state.warnings),
    ]
    yield from (f"<li>{_text(fact)}</li>" for fact in facts if fact)
    yield "</ul>"


def _table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{_text(name)}</th>" for name in names)
    body = "".join("<tr>" + "".join(row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def _numbered(*texts: str) -> Iterator[str]:
    return (f'<td class="n">{_text(text)}</td>' for text in texts)


def _text(text: str) -> str:
    """Text from outside, which stays text."""
    return escape(words.clean(" ".join(text.split())))
