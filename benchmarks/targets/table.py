"""The findings as Markdown."""

from collections.abc import Mapping, Sequence

from prepared import Target
from steps import Document

Known = Mapping[tuple[str, str], Document]


def table(targets: Sequence[Target], known: Known) -> str:
    """Two tables: what is said of each target, and the ratios side by side."""
    said = ["| target | profile | comment only | expert's release | own edit | rules |", "|---|---|---|---|---|---|"]
    ratios = [
        "| target | expert, inner part | own edit by perfsmith | own edit by a plain timing | agree |",
        "|---|---|---|---|---|",
    ]
    for target in targets:

        def found(step: str, name: str = target.name) -> Document:
            return known.get((name, step), {})

        cells = (_profile(found("profile")), *(_verdict(found(step)) for step in ("comment", "release", "own")))
        said.append(f"| {target.name} | {' | '.join(cells)} | {_rules(found('rules'))} |")
        claimed = (found("own").get("document") or {}).get("speedup")
        plain = found("timing").get("plain")
        cells = (f"{target.stated:.2f}", _interval(claimed), _interval(plain), _agree(claimed, plain))
        ratios.append(f"| {target.name} | {' | '.join(cells)} |")
    return "\n".join([*said, "", *ratios])


def _profile(found: Document) -> str:
    if not found:
        return ""
    if found["imports"] and found["met"]:
        return _marked(found, found["imports"][0])
    rank = found["rank"]
    return _marked(found, f"rank {rank}" if rank else "not ranked")


def _verdict(found: Document) -> str:
    if not found:
        return ""
    document = found["document"] or {}
    words = f"{document.get('outcome', 'error')}, `{document.get('reason') or document.get('code')}`"
    if document.get("speedup"):
        words += f" {document['speedup']['ratio']:.2f}x"
    return _marked(found, f"{words}, {found['seconds']:.0f} s")


def _rules(found: Document) -> str:
    document = found.get("document") or {}
    if "candidates" not in document:
        return f"exit {found['exit']}: {document.get('message', '')}" if found else ""
    reasons = [one["reason"] or "not tried" for one in document["candidates"] if one["reason"] != "faster"]
    counted = ", ".join(f"{reasons.count(reason)} `{reason}`" for reason in sorted(set(reasons)))
    kept = len(document["kept"])
    headline = f", {document['speedup']['ratio']:.2f}x" if kept and document["speedup"] else ""
    return _marked(found, f"{kept} kept{headline}; {counted or 'nothing else proposed'}; {found['seconds']:.0f} s")


def _interval(speedup: Document | None) -> str:
    if not speedup:
        return ""
    return f"{speedup['ratio']:.2f} ({speedup['low']:.2f} to {speedup['high']:.2f}, {speedup['pairs']} pairs)"


def _agree(one: Document | None, other: Document | None) -> str:
    if not one or not other:
        return ""
    return "yes" if one["low"] <= other["high"] and other["low"] <= one["high"] else "**no**"


def _marked(found: Document, words: str) -> str:
    return f"**not met:** {words}" if found["met"] is False else words
