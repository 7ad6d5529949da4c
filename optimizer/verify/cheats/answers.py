"""Row 13: answers that were written down: tables keyed by data, fingerprints of arguments, pasted blobs."""

import ast
import re
from collections.abc import Callable, Iterator
from itertools import chain

from .finding import Finding
from .meaning import Meaning, meaning_of
from .source import Source

Constant = str | bytes | int | float
_ROUND = frozenset({1440, 3600, 3661, 86400, 86399, 604800, 31536000, 1461, 36524, 146097, 65537, 1114111})
_FINGERPRINTS = frozenset(
    """builtins.len builtins.hash builtins.repr builtins.str builtins.sum zlib.crc32 zlib.adler32 binascii.crc32
    binascii.crc_hqx""".split()  # noqa: SIM905
)
_STRONG = ("hashlib.", "zlib.", "binascii.crc", "hmac.", "builtins.hash")
_DECODERS = (
    "pickle.loads",
    "marshal.loads",
    "base64.",
    "binascii.a2b",
    "binascii.unhexlify",
    "zlib.decompress",
    "lzma.decompress",
    "bz2.decompress",
    "gzip.decompress",
    "codecs.decode",
)
_BLOB = re.compile(r"[A-Za-z0-9+/=_\-]{200,}")
_LOOKUPS = frozenset({"get", "__getitem__", "__contains__", "index", "setdefault"})
_MANY_KEYS = 3
_MANY_NUMBERS = 32
_MANY_TESTS = 4


def is_specific(value: object) -> bool:
    """Whether a constant looks like data rather than like a part of an algorithm."""
    if isinstance(value, str | bytes):
        return len(value) >= 8
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if isinstance(value, float):
        return len(repr(abs(value)).replace(".", "").strip("0").partition("e")[0]) >= 6
    size = abs(value)
    round_number = size & (size - 1) == 0 or size & (size + 1) == 0 or re.fullmatch(r"[1-9]0*", str(size))
    return size >= 1000 and not round_number and size not in _ROUND


class NewConstants:
    """Tells constants that the base does not contain; `elsewhere` gives those of tests, benchmarks and commands."""

    def __init__(self, bases: tuple[Source, ...], elsewhere: Callable[[], frozenset[Constant]]) -> None:
        values = [node.value for base in bases for node in base.nodes if isinstance(node, ast.Constant)]
        self._known = frozenset((type(value).__name__, value) for value in values)
        self._texts = "\0".join(value for value in values if isinstance(value, str))
        self._text = "\n".join(line for base in bases for line in base.lines)
        self.elsewhere = elsewhere

    def __contains__(self, value: object) -> bool:
        if (type(value).__name__, value) in self._known:
            return False
        return not (isinstance(value, str) and (value in self._text or value in self._texts))

    def specific(self, node: ast.AST) -> list[Constant]:
        """New constants in an expression that look like data."""
        parts = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
        return [value for value in parts if isinstance(value, Constant) and is_specific(value) and value in self]


def answer_tables(source: Source, new: NewConstants) -> Iterator[Finding]:
    """Dictionaries with several keys of new data, and displays with many new numbers."""
    for node in source.nodes:
        if _names_things(node, source):
            continue
        if isinstance(node, ast.Dict):
            keys = [key for key in node.keys if key is not None and new.specific(key)]
            if len(keys) >= _MANY_KEYS and all(_is_literal(value) for value in node.values):
                yield _found(
                    source, node, f"a table of answers: {len(keys)} of its keys are data that the base does not have"
                )
                continue
        if isinstance(node, ast.List | ast.Tuple | ast.Set) and _known_rows(node, new) >= _MANY_KEYS:
            yield _found(source, node, "a table of answers: its entries are data that the base does not have")
            continue
        if isinstance(node, ast.Dict | ast.List | ast.Tuple | ast.Set) and not _is_inner(node, source):
            count = len(new.specific(node)) + _new_numbers(node, new)
            if count >= _MANY_NUMBERS and count > _constants(node) / 2:
                yield _found(source, node, f"a table of {count} values that the base does not have: compute it instead")


def _names_things(node: ast.AST, source: Source) -> bool:
    """`__slots__`, `__all__` and the like: names of the code itself."""
    parent = source.parents.get(node)
    targets = parent.targets if isinstance(parent, ast.Assign) else []
    return any(isinstance(target, ast.Name) and target.id.startswith("__") for target in targets)


def _known_rows(node: ast.List | ast.Tuple | ast.Set, new: NewConstants) -> int:
    """Entries that are long texts, or rows of literals with data in them; plain numbers may be an algorithm's own."""
    texts = [one for one in node.elts if isinstance(one, ast.Constant) and isinstance(one.value, str | bytes)]
    rows = [one for one in node.elts if isinstance(one, ast.Tuple | ast.List) and _is_literal(one)]
    return sum(bool(new.specific(one)) for one in (*texts, *rows))


def _is_literal(node: ast.AST) -> bool:
    return all(
        isinstance(part, ast.Constant | ast.Tuple | ast.List | ast.UnaryOp | ast.USub | ast.Load)
        for part in ast.walk(node)
    )


def _is_inner(node: ast.AST, source: Source) -> bool:
    return isinstance(source.parents.get(node), ast.Dict | ast.List | ast.Tuple | ast.Set)


def _constants(node: ast.AST) -> int:
    return sum(isinstance(part, ast.Constant) for part in ast.walk(node))


def _new_numbers(node: ast.AST, new: NewConstants) -> int:
    """Numbers that are neither small nor counted as data already."""
    values = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    return sum(abs(value) > 255 and not is_specific(value) and value in new for value in numbers)


def fingerprints(source: Source, new: NewConstants) -> Iterator[Finding]:
    """Arguments recognised by length, hash, digest or a first part, and compared with or looked up among data."""
    meaning = meaning_of(source)
    for node in source.nodes:
        for asked, against in _questions(node, source):
            strength = _strength(asked, meaning)
            if strength and _is_data(against, new, strength):
                yield _found(source, node, f"an argument is recognised by {ast.unparse(asked)[:60]}")
                break


def _questions(node: ast.AST, source: Source) -> Iterator[tuple[ast.expr, ast.AST]]:
    """Pairs of an expression and what it is compared with or looked up in."""
    match node:
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            for one, operation, other in zip([left, *comparators], ops, comparators, strict=False):
                if isinstance(operation, ast.Eq | ast.NotEq | ast.In | ast.NotIn | ast.Is):
                    yield one, _table(other, source)
                    yield other, _table(one, source)
        case ast.Subscript(value=value, slice=index) if not isinstance(index, ast.Slice):
            yield index, _table(value, source)
        case ast.Call(func=ast.Attribute(value=value, attr=attr), args=[first, *_]) if attr in _LOOKUPS:
            yield first, _table(value, source)
        case ast.Match(subject=subject, cases=cases):
            for case in cases:
                yield subject, case.pattern
        case _:
            pass


def _table(node: ast.expr, source: Source) -> ast.AST:
    """A display itself, or the one that a name is bound to."""
    if not isinstance(node, ast.Name):
        return node
    bindings = source.lookup(node.id, source.scope(node))[1]
    values = [binding.value for binding in bindings if binding.kind == "value" and binding.value is not None]
    displays = [
        value
        for value in values
        if isinstance(value, ast.Dict | ast.Set | ast.Tuple | ast.List | ast.Call | ast.Constant)
    ]
    return displays[0] if displays else node


def _strength(node: ast.AST, meaning: Meaning) -> int:
    """0: no fingerprint; 1: a length or a part; 2: a hash or digest."""
    names = {name for part in ast.walk(node) if isinstance(part, ast.Call) for name in meaning.names(part.func)}
    digests = any(isinstance(part, ast.Attribute) and part.attr in ("hexdigest", "digest") for part in ast.walk(node))
    if digests or any(name.startswith(_STRONG) for name in names):
        return 2
    sliced = any(isinstance(part, ast.Subscript) and isinstance(part.slice, ast.Slice) for part in ast.walk(node))
    several = isinstance(node, ast.Tuple) and any(isinstance(part, ast.Subscript) for part in node.elts)
    return 1 if names & _FINGERPRINTS or sliced or several else 0


def _is_data(node: ast.AST, new: NewConstants, strength: int) -> bool:
    """A digest is never compared with a constant by honest code; a length may be, with small or round ones."""
    keys = node.keys if isinstance(node, ast.Dict) else [node]
    parts = chain.from_iterable(ast.walk(key) for key in keys if key is not None)
    values = [part.value for part in parts if isinstance(part, ast.Constant) and part.value in new]
    if strength == 2:
        return any((isinstance(value, str | bytes) and len(value) >= 6) or _is_big(value) for value in values)
    return any(is_specific(value) or _is_big(value) for value in values)


def _is_big(value: object) -> bool:
    """Beyond a byte, and no power of two."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return (
        whole
        and isinstance(value, int)
        and abs(value) > 257
        and (is_specific(value) or abs(value) & (abs(value) - 1) != 0)
    )


def chains_of_tests(source: Source, new: NewConstants) -> Iterator[Finding]:
    """`if n == 1013: return 77`: one with data on both sides, or several in a row."""
    by_function: dict[ast.AST | None, list[ast.If]] = {}
    for node in source.nodes:
        if isinstance(node, ast.If) and _answers(node) is not None:
            by_function.setdefault(source.function(node), []).append(node)
    for tests in by_function.values():
        fresh = [test for test in tests if any(value in new for value in _compared(test))]
        telling = [test for test in fresh if new.specific(test.test) and _answers(test) not in (None, (), "", 0, -1, 1)]
        if telling or len(fresh) >= _MANY_TESTS:
            first = min(telling or fresh, key=lambda test: test.lineno)
            yield _found(source, first, "an answer is written down for particular arguments")


def _answers(node: ast.If) -> object:
    """The constant that the branch returns; None where it returns none."""
    statement = node.body[0]
    if isinstance(statement, ast.Return) and statement.value is not None and _is_literal(statement.value):
        try:
            return ast.literal_eval(statement.value)
        except (ValueError, TypeError):
            return None
    return None


def _compared(node: ast.If) -> list[object]:
    equal = isinstance(node.test, ast.Compare) and any(isinstance(word, ast.Eq | ast.In) for word in node.test.ops)
    begins = isinstance(node.test, ast.Call) and getattr(node.test.func, "attr", "") in ("startswith", "endswith")
    return [part.value for part in ast.walk(node.test) if isinstance(part, ast.Constant)] if equal or begins else []


def pasted_blobs(source: Source, new: NewConstants) -> Iterator[Finding]:
    """Long new texts or bytes without words in them."""
    for node in source.nodes:
        if not isinstance(node, ast.Constant) or node in source.docstrings or node.value not in new:
            continue
        text = node.value
        encoded = isinstance(text, str) and _BLOB.search(text) is not None
        raw = isinstance(text, bytes) and len(text) >= 200 and len(set(text)) > 2 and text != bytes(sorted(set(text)))
        if encoded or raw:
            yield _found(source, node, "data is pasted into the code")


def decoded_constants(source: Source, new: NewConstants) -> Iterator[Finding]:
    """Packed constants that are unpacked: `pickle.loads(b"…")`."""
    meaning = meaning_of(source)
    for node in source.nodes:
        if isinstance(node, ast.Call) and any(name.startswith(_DECODERS) for name in meaning.names(node.func)):
            values = [value.value for value in node.args if isinstance(value, ast.Constant)]
            if any(isinstance(value, str | bytes) and value in new for value in values):
                yield _found(source, node, "data is packed into the code and unpacked")


def answers_of_the_tests(source: Source, new: NewConstants) -> Iterator[Finding]:
    """New data in comparisons and tables that also stands in the tests, the benchmarks or the workload's command."""
    for node in source.nodes:
        parts = _deciding(node)
        values = [value for part in parts for value in new.specific(part)]
        shared = [value for value in values if value in new.elsewhere()] if values else []
        if shared:
            yield _found(source, node, f"a constant of the tests or benchmarks decides: {shared[0]!r:.60}")


def _deciding(node: ast.AST) -> list[ast.AST]:
    match node:
        case ast.Compare(left=left, comparators=comparators):
            return [left, *comparators]
        case ast.Dict(keys=keys):
            return [key for key in keys if key is not None]
        case ast.Set(elts=elts):
            return [*elts]
        case ast.MatchValue(value=value):
            return [value]
        case _:
            return []


def _found(source: Source, node: ast.AST, message: str) -> Finding:
    return source.found(node, 13, "cheating", f"13 {ast.unparse(node)[:200]}", message)
