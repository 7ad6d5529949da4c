"""Edits that provably change nothing, though they compile to something else: nobody may refuse them as wrong."""

from collections.abc import Iterable, Iterator
from random import Random

from perfsmith.optimizer.languages.python import blanked, openings, parse, units
from perfsmith.optimizer.languages.same_code import bytecode
from perfsmith.optimizer.verify.mutants import Mutant
from perfsmith.optimizer.verify.probe import insert_line


def equivalents(path: str, source: bytes, names: Iterable[str], *, seed: int) -> Iterator[Mutant]:
    """In the named functions: conditions negated twice, results that take a detour over a name, a dead assignment."""
    wanted = frozenset(names)
    found = [unit for unit in units(path, source) if unit.name in wanted]
    places = [(unit.name, *one) for unit in found for one in _places(source, unit.start, unit.end)]
    dead = [
        (one.unit, "dead assignment", one.offset, one.offset, b"") for one in openings(source) if one.unit in wanted
    ]
    Random(seed).shuffle(places)
    for name, kind, start, end, text in [*dead, *places]:
        changed = bytearray(source)
        if kind == "dead assignment":
            insert_line(changed, start, b"_unused = None")
        else:
            changed[start:end] = text
        code = bytecode(bytes(changed))
        if code is not None and code != bytecode(source):
            line = source.count(b"\n", 0, start) + 1
            old, new = (one.split(b"\n")[line - 1].decode("utf-8", "replace").strip() for one in (source, changed))
            yield Mutant(path=path, unit=name, operator=kind, line=line, before=old, after=new, source=bytes(changed))


def _places(source: bytes, start: int, end: int) -> Iterator[tuple[str, int, int, bytes]]:
    code = blanked(source)
    waiting = [parse(source)]
    while waiting:
        node = waiting.pop()
        if node.end_byte <= start or node.start_byte >= end or node.type == "decorator":
            continue
        waiting.extend(node.children)
        text = code[node.start_byte : node.end_byte]
        if node.type in ("if_statement", "elif_clause", "while_statement"):
            part = node.child_by_field_name("condition")
            if part is not None and part.type != "named_expression":
                inner = code[part.start_byte : part.end_byte].replace(b"\0", b" ")
                yield "negated twice", part.start_byte, part.end_byte, b"(not (not (" + inner + b")))"
        elif node.type == "return_statement" and node.named_children and b"\0" not in text and b"\n" not in text:
            value = text[len(b"return") :].strip()
            yield "detour over a name", node.start_byte, node.end_byte, b"_kept = (" + value + b"); return _kept"
