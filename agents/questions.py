"""The turns of a conversation about one hotspot: the first question, a version as it was answered, what was wrong."""

import re

from ..optimizer.core.values import Candidate, Edit, Hotspot, Message
from ..optimizer.languages.python import parse, units
from ..prompts import render, template_sha
from .context import Facts, context_of, decoded, facts_text, text_around, workload_text
from .source import bindings

_EVIDENCE = 2400
"""Characters of evidence that are passed on: the beginning and the end."""
_OTHER_IDEA = "Do not polish that version: try another idea."
_SAME_IDEA = "Find the mistake, keep what was good about the idea."
_ADVICE = {
    "malformed_edit": "Keep to the form of the answer.",
    "forbidden_edit": "Change nothing but this function.",
    "cheating": "Make the work itself cheaper, in every single call.",
    "more_memory": "Find a way that needs less memory.",
    "not_faster": _OTHER_IDEA,
    "slower": _OTHER_IDEA,
    "noisy": "The difference was too small to be seen: find a larger one.",
    "unverifiable": _OTHER_IDEA,
    "repeated": "Try another idea.",
}


def first_question(file: bytes, hotspot: Hotspot, facts: Facts) -> Message:
    """Everything about a hotspot, what is stable first; the same bytes for the same file, hotspot and facts."""
    context = context_of(file, hotspot)
    listing = text_around(context)
    text = render(
        "optimise",
        facts=facts_text(facts, context.step),
        workload=workload_text(facts, context),
        path=context.path,
        name=context.name,
        around=f" From the same file, shortened:\n\n{fenced(listing, 'python')}" if listing else "",
        unit=fenced(context.unit, "python"),
        hint=f"\n{facts.hint.strip()}\n" if facts.hint.strip() else "",
    )
    return Message(role="user", text=text)


def answer_again(candidate: Candidate, hotspot: Hotspot) -> Message:
    """An earlier version in the form of an answer, made from its edits."""
    blocks = [block for edit in candidate.edits for block in _blocks(edit, hotspot)]
    text = "\n\n".join([f"why: {candidate.idea}", *blocks]) if blocks else "(an answer that could not be read)"
    return Message(role="assistant", text=text)


def feedback(name: str, reason: str, message: str, evidence: str) -> Message:
    """What spoke against the version before."""
    text = render(
        "repair",
        name=name,
        reason=reason.replace("_", " "),
        message=message.strip(),
        evidence=f"\n\n{fenced(_shortened(evidence), '')}" if evidence.strip() else "",
        advice=_ADVICE.get(reason, _SAME_IDEA),
    )
    return Message(role="user", text=text)


def template(messages: int) -> str:
    """Which templates a conversation of so many messages is made of, with their hashes."""
    used = ("optimise",) if messages < 2 else ("optimise", "repair")
    return " ".join(f"{name}@{template_sha(name)}" for name in used)


def fenced(text: str, info: str) -> str:
    """A code block whose fence is longer than any in the text."""
    longest = max((len(found) for found in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{info}\n{text.rstrip()}\n{fence}"


def _blocks(edit: Edit, hotspot: Hotspot) -> list[str]:
    """Imports and helpers that an edit added, and the unit as it left it."""
    if edit.path != hotspot.unit.path or edit.after is None:
        return []
    before, after = bindings(parse(edit.before or b"")), bindings(parse(edit.after))
    added = {node.start_byte: node for name, nodes in after.items() if name not in before for node in nodes}
    imports = [node for node in added.values() if "import" in node.type]
    helpers = [node for node in added.values() if "import" not in node.type]
    blocks = [
        fenced("\n".join(decoded(node.text or b"") for node in nodes), f"python {label}")
        for label, nodes in (("imports", imports), ("helpers", helpers))
        if nodes
    ]
    found = [unit for unit in units(edit.path, edit.after) if unit.name == hotspot.unit.name]
    if not found:
        return []
    unit = min(found, key=lambda unit: abs(unit.first - hotspot.unit.first))
    return [*blocks, fenced(unit.indent + decoded(edit.after[unit.start : unit.end]), "python")]


def _shortened(evidence: str) -> str:
    text = evidence.strip("\n")
    if len(text) <= _EVIDENCE:
        return text
    half = _EVIDENCE // 2
    return f"{text[:half]}\n[...]\n{text[-half:]}"
