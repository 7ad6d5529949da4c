"""Varies recorded calls one place at a time, and in a few ways everywhere at once; nothing here is random."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate, chain, combinations, islice, product
from math import inf

from . import arrays
from .asking import by_name, listens, told
from .assigned import assigned
from .chains import chained
from .checked import exchanged_kinds
from .crossing import answered, crossed, exchanged
from .data import entered
from .described import Described, Given, Parameter, key_of, owner_of, step_key
from .interrupting import interrupted
from .kinds import role_of
from .lighter import LIGHT
from .meanwhile import afterwards, meanwhile
from .mingled import mingled
from .named import named
from .nested import nested
from .nodes import CHANGING, COLLECTIONS, TEXTS, Node, Path, mapped, part_at, places, put, size, text_of
from .numbers import numbers
from .sequences import filled, swept, worn
from .small import small_pairs
from .strangers import strangers
from .streams import streamed
from .subclassed import subclassed
from .turns import in_turn
from .unasked import unasked
from .variants import variants
from .words import Words

_STEPS = 10
"""Calls on an object that are kept where one of them is varied."""
_HEAVY_STEPS = 3
_INSTANCES = 2
_ATONCE = 10
_SKELETONS = 12
_VALUES = 6
_PARTS = (16, 20, 33)
_LENGTHS = 3
"""Texts or collections of a call whose lengths are tried as numbers."""

Found = tuple[Given, Node]


def systematic(
    given: Sequence[Given], known: Described, words: Words, changed: frozenset[str] = frozenset()
) -> Iterator[Found]:
    """Variations of the calls of one function, or of objects of one class: the most telling ones first.

    `changed` are names of functions and methods that the candidate changes.
    """
    short = [(one, _shortened(one.tree)) for one in given]
    skeletons = sorted(short, key=lambda entry: size(entry[1]))
    few = _unlike(skeletons, known)
    few = [(one, told(one, tree, known)) for one, tree in few]
    few[1:1] = [(one, full) for one, tree in few[:2] for full in _with_stubs(one, tree, known)]
    complete = [(one, full) for one, tree in few[:2] for full in _with_defaults(one, tree, known)]
    skeletons = [*complete, *((one, _backwards(tree)) for one, tree in complete), *skeletons]
    varied = in_turn(*[in_turn(*streams) for streams in _by_place(_instances(few, skeletons), known, words)])
    streams = [_everywhere(one, tree, known, words) for one, tree in few[:3]]
    streams += [_other_forms(one, tree, known) for one, tree in few[:2]]
    streams += [_one_object(one, tree, known) for one, tree in few]
    streams += [in_turn(*[kind(one, tree, known, words) for one, tree in few]) for kind in (numbers, streamed)]
    streams += [by_name(one, tree, known) for one, tree in few]
    streams += [exchanged_kinds(one, tree, known) for one, tree in (*few, *complete)]
    streams += [nested(one, tree, known) for one, tree in (*few, *complete)]
    streams += [subclassed(one, tree) for one, tree in few]
    streams += [strangers(one, tree, known) for one, tree in (*few, *complete)]
    streams += [_large(one, tree) for one, tree in few]
    streams += [_answers_always(one, tree) for one, tree in few]
    streams += [iter([(one, _names_reversed(tree))]) for one, tree in few if sum(map(bool, tree.names)) > 1]
    streams += [stream for one, tree in few if tree.tag == "history" for stream in _other_steps(one, tree)]
    others = in_turn(*[interrupted(given, known), filled(given), chained(given), *streams])
    tired = in_turn(*worn(given, known, words))
    names = chain.from_iterable(named(one, tree, known) for one, tree in few)
    company = in_turn(*[names, crossed(given), exchanged(given), answered(given), mingled(given, known)])
    later = in_turn(*[meanwhile(given, known), afterwards(given), assigned(given, known, words)])
    sweeps = in_turn(*swept(given, known, words))
    asked = (unasked(given, known, words), entered([(one, one.tree) for one in given], words.entries))
    first = in_turn(*[sweeps, tired, varied, later, others, varied, company, small_pairs(given, changed), *asked])
    more = (_varied(one, tree, path, known, words) for one, tree, path in _instances(_spread(skeletons), ()))
    yield from _once(chain(first, in_turn(*list(more))))


def _spread(skeletons: Sequence[Found]) -> Sequence[Found]:
    """Some of every size, for there may be time left."""
    return skeletons[:: max(1, len(skeletons) // _SKELETONS)][:_SKELETONS]


def _shortened(tree: Node) -> Node:
    """Of a history the first calls, fewer where they are given much: there is time for more variations."""
    if tree.tag != "history":
        return tree
    short = tree.with_items(tree.items[: _STEPS + 1])
    return short if size(short) <= LIGHT else tree.with_items(tree.items[: _HEAVY_STEPS + 1])


def _backwards(tree: Node) -> Node:
    """Of a history the calls in the other order: the first one may be refused, and the object is used further."""
    return tree.with_items((tree.items[0], *reversed(tree.items[1:]))) if tree.tag == "history" else tree


def _unlike(skeletons: Sequence[Found], known: Described) -> list[Found]:
    """Small calls that are given different types or other settings, or make different calls on their object."""
    found: dict[str, Found] = {}
    for one, tree in skeletons:
        tags = ",".join(node.tag + node.about for path, node in places(tree) if len(path) < 3)
        found.setdefault(f"{tags} {tree.names} {_settings(one, tree, known)}", (one, tree))
    return list(found.values())[:_SKELETONS]


def _settings(given: Given, tree: Node, known: Described) -> str:
    """Arguments that were met with few values only: others mean something else beside another one of them."""
    if tree.tag == "history":
        return ""
    kinds = [known.at(given, tree, (number,)) for number in range(len(tree.items))]
    few = [kind is not None and sum(len(kind.pool(name)) for name in kind.types) <= _VALUES for kind in kinds]
    return ",".join(text_of(item) for item, is_few in zip(tree.items, few, strict=True) if is_few and not item.items)


def _instances(few: Sequence[Found], skeletons: Sequence[Found]) -> Iterator[tuple[Given, Node, Path]]:
    """Each place that a value can stand in, in every call that is unlike the others, or else in at most two."""
    seen: dict[str, int] = {}
    for most, (one, tree) in (*((_SKELETONS, entry) for entry in few), *((_INSTANCES, entry) for entry in skeletons)):
        mine: set[str] = set()
        listeners = [path for path, node in places(tree) if listens(node)]
        for path, node in places(tree):
            name = _place(one, tree, path)
            inside = any(path[: len(outer)] == outer for outer in listeners)
            if inside or node.tag in ("call", "history", "pair") or name in mine or seen.get(name, 0) >= most:
                continue
            mine.add(name)
            seen[name] = seen.get(name, 0) + 1
            yield one, tree, path


def _by_place(
    instances: Iterable[tuple[Given, Node, Path]], known: Described, words: Words
) -> list[list[Iterator[Found]]]:
    """For each place the variations of what stands there, a stream for each call."""
    found: dict[str, list[Iterator[Found]]] = {}
    for one, tree, path in instances:
        found.setdefault(_place(one, tree, path), []).append(_varied(one, tree, path, known, words))
    return list(found.values())


def _place(given: Given, tree: Node, path: Path) -> str:
    """Which parameter this belongs to and in what role, whatever its number in a collection."""
    names: list[str] = []
    for number in path:
        if tree.tag == "history":
            names.append(step_key(key_of(given.call), tree.items[number]))
        elif tree.tag == "pair":
            names.append(str(number))
        else:
            names.append(role_of(tree, number))
        tree = tree.items[number]
    return f"{'/'.join(names)} {tree.tag}"


def _varied(given: Given, tree: Node, path: Path, known: Described, words: Words) -> Iterator[Found]:
    kind = known.at(given, tree, path)
    node = part_at(tree, path)
    if kind is not None:
        sizes = _sizes(tree) if node.tag == "int" or node.value in (inf, -inf) else ()
        limits = (replace(node, value=float(one) if node.tag == "float" else one) for one in sizes)
        news = in_turn(limits, variants(node, kind, replace(words, ints=(*sizes, *words.ints))))
        yield from ((given, put(tree, path, one)) for one in news)


def _sizes(tree: Node) -> tuple[int, ...]:
    """How long the longest texts and collections are, alone and one after the other: numbers may be limits of them."""
    lengths = [_length(node) for _, node in places(tree) if node.tag in TEXTS or node.tag in COLLECTIONS]
    least = sorted(lengths)[-_LENGTHS:][:1]
    long = [one for one in lengths if one > 1 and one >= least[0]][:_LENGTHS]
    return tuple(dict.fromkeys((*long, *islice(accumulate(long), 1, None), *(one // 2 for one in long[:2]))))


def _length(node: Node) -> int:
    return len(node.value) if isinstance(node.value, str) else len(node.items)


def _everywhere(given: Given, tree: Node, known: Described, words: Words) -> Iterator[Found]:
    """All values of one type changed in the same way; one value changed wherever it stands."""
    leaves = {text_of(node): (path, node) for path, node in places(tree) if not node.items and node.value is not None}
    for number in range(_ATONCE):
        for tag in dict.fromkeys(node.tag for _, node in leaves.values()):
            new: dict[str, Node] = {}
            for text, (path, node) in leaves.items():
                kind = known.at(given, tree, path) if node.tag == tag else None
                other = next(islice(variants(node, kind, words), number, None), None) if kind is not None else None
                if other is not None:
                    new[text] = other
            yield given, _exchanged(tree, new)
            for entry in islice(new.items(), 3):
                yield given, _exchanged(tree, dict([entry]))


def _exchanged(tree: Node, new: Mapping[str, Node]) -> Node:
    return mapped(tree, lambda node: node if node.items else new.get(text_of(node), node))


def _other_forms(given: Given, tree: Node, known: Described) -> Iterator[Found]:
    """The same arguments by name, and defaults given outright."""
    if tree.tag == "history":
        return
    listed = known.parameters.get(key_of(given.call), ())
    free = given.call.kind in ("call", "new")
    names = [
        one.name if free and not name and one.kind == "POSITIONAL_OR_KEYWORD" else name
        for one, name in zip(listed, tree.names, strict=False)
    ]
    if len(names) == len(tree.names):
        yield given, Node("call", None, tree.items, tuple(names))
    yield from ((given, full) for full in _with_defaults(given, tree, known))


def _one_object(given: Given, tree: Node, known: Described) -> Iterator[Found]:
    """The same object for two arguments that are given the same kind of thing."""
    for one, two in combinations(range(len(tree.items)), 2):
        first, second = tree.items[one], tree.items[two]
        if tree.tag == "call" and first.tag in CHANGING and (first.tag, first.about) == (second.tag, second.about):
            kind = known.at(given, tree, (two,))
            if kind is None or kind.takes(first):
                yield given, replace(put(tree, (two,), first), value="once")


def _large(given: Given, tree: Node) -> Iterator[Found]:
    """Large arrays, and numbers beside them that may be sizes of a part."""
    found = [number for number, item in enumerate(tree.items) if item.tag == arrays.TAG and item.names[:1] != ("",)]
    numbers = [number for number, item in enumerate(tree.items) if item.tag == "int"]
    for which in range(2) if found and tree.tag == "call" else ():
        for at in found:
            tree = put(tree, (at,), arrays.large(tree.items[at])[which])
        yield given, tree
        for at, part in product(numbers, _PARTS):
            yield given, put(tree, (at,), Node("int", part))


def _answers_always(given: Given, tree: Node) -> Iterator[Found]:
    """A mapping that has an answer to every key, for an argument that is one."""
    for path, node in places(tree):
        if node.tag == "dict" and not node.about and len(path) == (2 if tree.tag == "history" else 1):
            yield given, put(tree, path, replace(node, about="collections:Counter"))


def _names_reversed(call: Node) -> Node:
    """The arguments that are given by name in another order."""
    placed = len([name for name in call.names if not name])
    items, names = list(call.items), list(call.names)
    items[placed:], names[placed:] = items[placed:][::-1], names[placed:][::-1]
    return Node("call", None, tuple(items), tuple(names), call.about)


def _with_defaults(given: Given, tree: Node, known: Described) -> Iterator[Node]:
    """The call with what it leaves out given outright; of a history the constructor's."""
    yield from _completed(given, tree, known, lambda one: one.default)


def _with_stubs(given: Given, tree: Node, known: Described) -> Iterator[Node]:
    """The call with functions and callbacks that it leaves out."""
    owner = owner_of(given.call, key_of(given.call))

    def stub(one: Parameter) -> Node | None:
        return next(iter(known.kind(owner, one.name).pool("stub")), None)

    yield from _completed(given, tree, known, stub)


def _completed(given: Given, tree: Node, known: Described, value: Callable[[Parameter], Node | None]) -> Iterator[Node]:
    """The call with values for parameters that it leaves out, where there are such."""
    call = tree.items[0] if tree.tag == "history" else tree
    listed = known.parameters.get(step_key(key_of(given.call), call), ())
    left = [one for one in listed[len(call.names) :] if "VAR" not in one.kind and one.kind != "POSITIONAL_ONLY"]
    made = [(one.name, value(one)) for one in left if one.name not in call.names and one.default is not None]
    more = [(name, one) for name, one in made if one is not None]
    if more:
        items = (*call.items, *(one for _, one in more))
        full = Node("call", None, items, (*call.names, *(name for name, _ in more)), call.about)
        yield put(tree, (0,), full) if tree.tag == "history" else full


def _other_steps(given: Given, tree: Node) -> list[Iterator[Found]]:
    """The same calls on an object in another order, some of them left out or made again: a stream for each way."""
    first, steps = tree.items[0], tree.items[1:]
    spots = range(len(steps))
    wholes: tuple[Iterable[Node], ...] = (steps[:0], reversed(steps), steps * 2, steps[::2], steps[1::2])
    ways: tuple[Iterable[Iterable[Node]], ...] = (
        ((*steps[: at + 1], steps[at], *steps[at + 1 :]) for at in spots),
        (*wholes, (one for one in steps for _ in range(2))),
        ((*steps[:at], *steps[at + 1 :]) for at in spots),
        ((steps[at], *steps[:at], *steps[at + 1 :]) for at in spots),
        ((*steps, step) for step in steps),
    )
    return [((given, tree.with_items((first, *order))) for order in orders) for orders in ways]


def _once(found: Iterable[Found]) -> Iterator[Found]:
    seen: set[str] = set()
    for given, tree in found:
        text = text_of(tree)
        if text not in seen:
            seen.add(text)
            yield given, tree
