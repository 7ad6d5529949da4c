"""Reads a model's reply as a change of one function: the home of everything that can be wrong with a reply.

Formats, tried in this order: search/replace blocks if there are any; else the *unit* format (the whole function in a
code block, with optional `imports` and `helpers` blocks); else the whole file, if a block rewrote other parts too.
Of several blocks that define the function the last one counts: models show the old code first and the best one last.
"""

from collections.abc import Iterable

from tree_sitter import Node

from ..optimizer.core.errors import CandidateError
from ..optimizer.core.values import Edit, Unit
from ..optimizer.languages.python import parse
from .elision import elision_in
from .fences import Block, answer_of, blocks_of
from .imports import IMPORTS, Imported, imported, statements
from .layout import encoding_of, fit, start_of_text, strings_of
from .parts import Draft, Parts, draft_of, helper_names, malformed, missing_from, parts_of
from .search_replace import has_swaps, swapped, swaps_of
from .signature import header_of, signature_of
from .slots import Slot, helpers_slot, imports_slot, splice, unit_slot
from .source import Source, bindings, functions, source_of, statements_of

LONGEST = 200_000
"""Characters of a reply that are read at all."""


def read_reply(text: str, file: bytes, unit: Unit) -> Edit:
    """The change that a reply asks for; bytes outside of its slots stay as they are.

    Raises `CandidateError("malformed_edit", …)` with a sentence that a model can act on. A reply that repeats the
    function as it is gives an edit that changes nothing.
    """
    if b"\r" in file and b"\n" not in file:
        raise malformed(f"{unit.path} has line ends of a kind that cannot be edited (CR alone).")
    source = source_of(file, unit)
    try:
        answer = _checked(answer_of(text), unit)
        after = _by_swaps(answer, source) if has_swaps(answer) else _by_blocks(answer, source)
    except UnicodeEncodeError as error:
        wrong = error.object[error.start : error.start + 1]
        raise malformed(f"The file is encoded in {error.encoding}, which has no {wrong!a}: do without it.") from error
    except RecursionError as error:
        raise malformed(f"The code is nested too deeply to be read: answer with `{unit.name}` alone.") from error
    return Edit(path=unit.path, before=file, after=after)


def _checked(answer: str, unit: Unit) -> str:
    if not answer.strip():
        raise malformed(f"The reply is empty: answer with one code block that holds the whole of `{unit.name}`.")
    if len(answer) > LONGEST:
        raise malformed(f"The reply has {len(answer)} characters: answer with `{unit.name}` alone.")
    if answer.isascii() or not any("\ud800" <= char <= "\udfff" for char in answer):
        return answer
    raise malformed("The reply holds characters that are not text (lone surrogates).")


def _by_swaps(answer: str, source: Source) -> bytes:
    after = swapped(source, swaps_of(answer))
    _check_file(after, source)
    return after


def _by_blocks(answer: str, source: Source) -> bytes:
    blocks = blocks_of(answer)
    drafts = [draft_of(block, source) for block in blocks or (Block(code=answer),)]
    if not blocks and (drafts[0].node is None or drafts[0].root.has_error):
        name = source.unit.name
        raise malformed(f"There is no code block in the reply: answer with one that holds the whole of `{name}`.")
    chosen = next((draft for draft in reversed(drafts) if draft.node is not None), None)
    if chosen is None:
        raise _absent(drafts, source)
    if not chosen.block.closed and chosen.root.has_error:
        raise malformed("The code block is not closed: the reply was cut off. Explain less and answer with the code.")
    extra = [draft for draft in drafts if draft.block.label and draft is not chosen]
    _check_definition(chosen, source)
    found = [parts_of(draft, source) for draft in [*_without_unit(extra), chosen]]
    parts = Parts(
        imports=tuple(name for part in found for name in part.imports),
        helpers=tuple(dict.fromkeys(helper for part in found for helper in part.helpers)),
        changed=tuple(name for part in found for name in part.changed),
    )
    return _whole_file(chosen, parts, source) if parts.changed else _spliced(chosen, parts, source)


def _without_unit(drafts: list[Draft]) -> list[Draft]:
    """Labelled blocks; one that holds another version of the unit is no helper."""
    return [draft for draft in drafts if draft.node is None]


def _absent(drafts: list[Draft], source: Source) -> CandidateError:
    name = source.unit.name
    others = [other for draft in drafts for other, _ in functions(draft.root)]
    there = f"the reply defines {', '.join(f'`{other}`' for other in others[:3])}" if others else "none does"
    broken = next((draft for draft in drafts if draft.root.has_error and not others), None)
    hint = " The code is not valid Python." if broken is not None else ""
    return malformed(f"No code block defines `{name}` ({there}): answer with the whole of `{name}`.{hint}")


def _check_definition(draft: Draft, source: Source) -> None:
    """The right signature, nothing left out."""
    if draft.node is None:
        raise AssertionError("a draft without the unit was chosen")
    if signature_of(draft.node) != signature_of(source.node):
        raise malformed(f"Keep the signature `{header_of(source.node)}`; the reply has `{header_of(draft.node)}`.")
    if elision := elision_in(draft.node, source.node):
        raise malformed(
            f"`{elision}` stands for code that was left out: answer with the whole of `{source.unit.name}`, every line."
        )


def _spliced(draft: Draft, parts: Parts, source: Source) -> bytes:
    """Unit, imports and helpers, each in its slot."""
    if draft.node is None:
        raise AssertionError("a draft without the unit was chosen")
    slots: list[Slot] = []
    if lines := statements(_new_imports(parts, source)):
        slots.append(imports_slot(source, lines))
    if parts.helpers:
        slots.append(_not_above(slots, helpers_slot(source, parts.helpers)))
    text = fit(draft.node, draft.lines, source.layout, strings_of(source.node))
    slots.append(unit_slot(source, text, decorated=draft.node.type == "decorated_definition"))
    return splice(source.file, slots)


def _not_above(imports: list[Slot], helpers: Slot) -> Slot:
    """Helpers may use the new imports: they never stand above them."""
    start = max([helpers.start, *(slot.start for slot in imports)])
    return Slot(start=start, end=start, text=helpers.text)


def _new_imports(parts: Parts, source: Source) -> tuple[Imported, ...]:
    """Those that the file lacks. Raises `CandidateError` for one that would give a name a second meaning."""
    have = _imports_in(source.root.named_children)
    anywhere = _imports_in(statements_of(source.root))
    packages = {name.bound for name in anywhere if name.plain}
    taken = {*bindings(source.root), *helper_names(parts)}
    new = tuple(name for name in dict.fromkeys(parts.imports) if name not in have)
    for name in new:
        if name.future:
            raise malformed(f"Do not add `from __future__ import {name.name}`: it changes the whole file.")
        if name.bound in taken and name not in anywhere and not (name.plain and name.bound in packages):
            raise malformed(f"`{name.bound}` means something else in this file: import it under another name.")
    return new


def _imports_in(nodes: Iterable[Node]) -> frozenset[Imported]:
    return frozenset(name for node in nodes if node.type in IMPORTS for name in imported(node))


def _whole_file(draft: Draft, parts: Parts, source: Source) -> bytes:
    """The block as the file's new text, if it has all that the file has."""
    changed = ", ".join(f"`{name}`" for name in dict.fromkeys(parts.changed))
    if draft.block.label or missing_from(draft.root, source):
        raise malformed(
            f"Only `{source.unit.name}` may change, but the reply has another {changed}. Leave that out; if it must "
            f"change, use SEARCH/REPLACE blocks; a new helper needs a name that the file does not have."
        )
    layout = source.layout
    flat = type(layout)(encoding=layout.encoding, line_end=layout.line_end, indent="", step=layout.step)
    text = fit(draft.root, draft.lines, flat, strings_of(source.root)).rstrip("\n")
    end = "\n" if source.file.endswith((b"\n", b"\r")) else ""
    after = source.file[: start_of_text(source.file)] + flat.encode(text + end)
    _check_file(after, source)
    return after


def _check_file(after: bytes, source: Source) -> None:
    """A whole new file still has the unit as it was called, nothing left out, in the old encoding."""
    if encoding_of(after) != source.layout.encoding:
        raise malformed(f"Keep the file's coding line: it is encoded in {source.layout.encoding}.")
    root = parse(after)
    same_name = [node for name, node in functions(root) if name == source.unit.name]
    if not same_name:
        raise malformed(f"`{source.unit.name}` is gone from the file: keep it.")
    if all(signature_of(node) != signature_of(source.node) for node in same_name):
        raise malformed(f"Keep the signature `{header_of(source.node)}`.")
    if elision := elision_in(root, source.root):
        raise malformed(f"`{elision}` stands for code that was left out: write every line.")
