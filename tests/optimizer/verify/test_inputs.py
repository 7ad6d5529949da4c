"""What is thought up, without any process: varied, repeatable, bounded, and of recorded types only."""

import json

import pytest
from perfsmith.optimizer.core.recording import Call
from perfsmith.optimizer.core.values import Edit
from perfsmith.optimizer.verify.inputs.chains import LENGTHS, chained
from perfsmith.optimizer.verify.inputs.crossing import answered
from perfsmith.optimizer.verify.inputs.described import Given, read_described
from perfsmith.optimizer.verify.inputs.earthly import is_earthly
from perfsmith.optimizer.verify.inputs.families import families
from perfsmith.optimizer.verify.inputs.kinds import Kind
from perfsmith.optimizer.verify.inputs.lighter import HEAVY, LIGHT, lighter
from perfsmith.optimizer.verify.inputs.nodes import Node, node_of, of_value, places, size, text_of
from perfsmith.optimizer.verify.inputs.presumed import presume
from perfsmith.optimizer.verify.inputs.said import said
from perfsmith.optimizer.verify.inputs.shrinking import shrunk
from perfsmith.optimizer.verify.inputs.small import small_pairs
from perfsmith.optimizer.verify.inputs.strangers import STRANGER
from perfsmith.optimizer.verify.inputs.thinking import CALLS, think
from perfsmith.optimizer.verify.inputs.variants import variants
from perfsmith.optimizer.verify.inputs.words import Words, words


def plain(tag, value=None, items=(), names=(), about=""):
    return {"t": tag, "v": value, "i": list(items), "n": list(names), "a": about}


def described(*values):
    """Recorded calls of `f`, each with one list of numbers."""
    calls = [
        Call(id=f"c{number}", label="mod.py::f", module="mod", parts=("f",), kind="call", pickle="")
        for number, _ in enumerate(values)
    ]
    lines = [{"of": "mod:f", "parameters": [["values", "POSITIONAL_OR_KEYWORD", None, None]]}]
    for call, numbers in zip(calls, values, strict=True):
        one = plain("list", None, [plain("int", number) for number in numbers])
        lines.append({"id": call.id, "trees": [plain("call", None, [one], [""])]})
    return read_described(lines, calls)


def ordinary(thoughts):
    """Those without a value of a type that nobody gave."""
    return [one for one in thoughts if not any(STRANGER in node.names for _, node in places(one.tree))]


def lists(thoughts):
    return [[item.value for item in one.tree.items[0].items] for one in thoughts]


def test_calls_are_new_bounded_and_the_same_for_the_same_seed(tmp_path):
    known = described([3, 1, 2], [5], [9, 9, 4, 7])
    texts = [[text_of(one.tree) for one in think(known, Words(), ["mod.py::f"], seed, tmp_path)] for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]
    assert len(set(texts[0])) == len(texts[0])
    assert 100 < len(texts[0]) <= CALLS


def test_types_are_those_that_were_met(tmp_path):
    thoughts = think(described([3, 1, 2], [5]), Words(texts=("a",), floats=(1.5,)), [], 1, tmp_path)
    assert {node.tag for one in ordinary(thoughts) for _, node in places(one.tree)} == {"call", "list", "int"}


def test_one_value_of_another_type_is_marked_and_can_be_hashed(tmp_path):
    thoughts = think(described([3, 1, 2], [5]), Words(), [], 1, tmp_path)
    strange = [one for one in thoughts if one not in ordinary(thoughts)]
    values = [[node for _, node in places(one.tree) if STRANGER in node.names] for one in strange]
    assert {len(one) for one in values} == {1}
    assert {node.tag for one in values for node in one} == {"none", "tuple", "int", "str", "float", "bytes"}
    assert len(strange) < len(thoughts) / 10


def test_what_was_always_sorted_stays_so(tmp_path):
    told = think(described([1, 2, 3], [2, 5, 9, 11], [0, 4, 8]), Words(), [], 1, tmp_path)
    assert all(one == sorted(one) for one in lists(ordinary(told)))
    few = think(described([1, 2, 3], [2, 5, 9, 11]), Words(), [], 1, tmp_path)
    assert any(one != sorted(one) for one in lists(few))


def test_of_long_data_both_ends_stay():
    text = Node("bytes", "begin " + "x" * 5000 + " end")
    members = Node("list", None, tuple(of_value(number) for number in range(4000)))
    call = Node("call", None, (text, members, of_value("short")), ("", "", ""))
    light = lighter(call)
    assert size(light) < HEAVY < size(call)
    assert size(lighter(call, 3)) < LIGHT
    assert light.items[0].value.startswith("begin x")
    assert light.items[0].value.endswith("x end")
    assert [item.value for item in light.items[1].items] == [*range(10), *range(3994, 4000)]
    assert light.items[2] is call.items[2]


def test_few_calls_are_heavy_where_all_that_were_recorded_are(tmp_path):
    calls = [
        Call(id=name, label="mod.py::f", module="mod", parts=("f",), kind="call", pickle="") for name in ("c0", "c1")
    ]
    texts = ["name: value\r\n" * 300, "\r\n".join(map(str, range(900)))]
    lines = [
        {"id": call.id, "trees": [plain("call", None, [plain("str", text)], [""])]}
        for call, text in zip(calls, texts, strict=True)
    ]
    told = think(read_described(lines, calls), Words(), ["mod.py::f"], 1, tmp_path)
    heavy = [size(one.tree) > HEAVY for one in told]
    assert 3 < sum(heavy) <= 125
    assert len(told) > sum(heavy) + 20
    assert not any(heavy[: len(heavy) - sum(heavy) - 10])


@pytest.mark.parametrize("broken", [{}, {"id": "c0", "trees": []}, {"id": "c0", "trees": [{"t": 1}]}, {"of": 1}])
def test_lines_that_cannot_be_read_are_counted_or_passed_over(broken):
    call = Call(id="c0", label="mod.py::f", module="mod", parts=("f",), kind="call", pickle="")
    found = read_described([broken], [call])
    assert found.given == []
    assert sum(found.lost.values()) == ("id" in broken)


def test_constants_count_with_their_neighbours():
    before = b"def f(n):\n    return n * 2\n\nLIMIT = 50\n"
    after = b"def f(n):\n    if n == 977:\n        return 0\n    return n * 2\n\nLIMIT = 50\n"
    found = words([Edit(path="mod.py", before=before, after=after)], {"mod.py": ["f"]})
    assert found.ints[:1] == (977,)
    assert {976, 977, 978, 49, 51} <= set(found.near)


@pytest.mark.parametrize(
    ("value", "wanted"), [(1.5, "NaN"), (1.5, "-0.0"), (3, "0"), ("abc", '"a\\u00dfbc"'), ("abc", '"a\\ud800bc"')]
)
def test_boundaries(value, wanted):
    node, kind = of_value(value), Kind()
    kind.add(node)
    found = [text_of(one) for one in variants(node, kind, Words())]
    assert any(f'"v": {wanted},' in text for text in found)


def test_trees_survive_their_text():
    tree = Node("list", None, (of_value("\ud800"), of_value(-0.0), of_value(10**30), Node("bytes", "\xff")))
    assert text_of(node_of(json.loads(text_of(tree)))) == text_of(tree)


def test_a_counterexample_gets_smaller_and_stays_one():
    tree = Node("call", None, (Node("list", None, tuple(of_value(n) for n in range(40))),), ("",))

    def differing(trees):
        return [sum(item.value == 7 for item in one.items[0].items) == 1 for one in trees]

    best = shrunk(tree, differing, lambda: True)
    assert size(best) < size(tree) / 8
    assert [item.value for item in best.items[0].items] == [7]


def test_families_are_other_sizes_and_orders_of_recorded_calls():
    found = families(described([3, 1, 2], [5]))
    assert {name: len(calls) for name, calls in found.items()} == {
        "as recorded": 2,
        "of length one": 1,
        "three times as long": 2,
        "ten times as long": 2,
        "all the same": 1,
        "sorted": 1,
        "reversed": 1,
    }
    assert found["ten times as long"][0].id == "ten times as long of c0"


def history(*steps):
    items = [Node("call", None, step, ("",) * len(step), f"method {name}") for name, *step in steps]
    call = Call(id="h", label="mod.py::C.__init__", module="mod", parts=("C",), kind="object", pickle="")
    return Given(call=call, tree=Node("history", None, (Node("call"), *items)))


def test_chains_name_one_thing_after_the_other_and_the_last_names_none():
    a, b = Node("str", "a"), Node("str", "b")
    one = history(("add", a, Node("list", None, (b,))), ("depth",))
    trees = [tree for _, tree in chained([one])]
    assert [len(tree.items) for tree in trees] == [length + 2 for length in LENGTHS]
    told = [(step.items[0].value, [link.value for link in step.items[1].items]) for step in trees[0].items[1:-1]]
    assert (told[0], told[1], told[-1]) == (("a0", ["a1"]), ("a1", ["a2"]), (f"a{LENGTHS[0] - 1}", []))
    assert trees[0].items[-1].about == "method depth"


def test_a_mapping_of_names_to_names_becomes_a_chain_and_others_do_not():
    def of(value):
        pairs = [Node("pair", None, (Node("str", "a"), value)), Node("pair", None, (Node("str", "b"), Node("none")))]
        tree = Node("call", None, (Node("dict", None, tuple(pairs)),), ("",))
        return list(chained([Given(call=history().call, tree=tree)]))

    assert [len(tree.items[0].items) for _, tree in of(Node("str", "b"))] == list(LENGTHS)
    assert of(Node("int", 1)) == of(Node("str", "c")) == []


def test_pairs_of_small_numbers_are_tried_on_objects_made_in_different_ways():
    two = history(("put", Node("int", 7), Node("str", "x"), Node("int", 9)), ("get", Node("int", 7), Node("int", 9)))
    found = [tree.items[1] for _, tree in small_pairs([two], frozenset({"get"}))]
    given = [(step.about, [item.value for item in step.items]) for step in found]
    assert given[:2] == [("method get", [0, 0]), ("method get", [0, 1])]
    assert ("method put", [2, "x", 1]) in given
    assert len(given) == 18


def test_what_was_asked_about_is_put_in_and_asked_again():
    word = Node("str", "w")
    one = history(("add", Node("str", "a"), Node("int", 1)), ("find", word))
    trees = [
        [(step.about, [item.value for item in step.items]) for step in tree.items[3:]] for _, tree in answered([one])
    ]
    assert [("method add", ["w", 1]), ("method find", ["w"])] in trees


@pytest.mark.parametrize(
    ("met", "longer"),
    [(("ab", "abc"), False), (("abc", "xyz", "pqr", "mno"), False), (("a", "ab", "abc", "abcde"), True)],
    ids=["a record with a field that may be left out", "records", "sequences"],
)
def test_a_record_gets_no_more_fields_than_were_met(met, longer):
    kind = Kind()
    tuples = [Node("tuple", None, tuple(Node("str", letter) for letter in text)) for text in met]
    for one in tuples:
        kind.add(one)
    lengths = {len(one.items) for each in tuples for one in variants(each, kind, Words()) if one.tag == "tuple"}
    assert (max(lengths) > max(map(len, met))) is longer
    assert lengths >= {len(text) for text in met}


@pytest.mark.parametrize(
    ("source", "fractions"),
    [
        ("def f(marks): return sum(marks) / len(marks)", {"marks"}),
        ("def f(marks, top):\n  best = sorted(marks)\n  return [m / top for m in best]", {"marks"}),
        ("def f(marks, limit): return marks[0] / 2 if marks[1] < limit else 0", {"marks"}),
        ("def f(marks, edges): return [m / 2 for m in marks if edges[0] <= m < edges[1]]", {"marks", "edges"}),
        ("def f(count): return count / 2", set()),
        ("def f(marks): return round(sum(marks) / 3)", set()),
        ("def f(marks): return marks[0] / 3\ndef g(marks): return [m // 2 for m in marks]", set()),
        ("def f(marks): return marks[len(marks) // 2] / 3", {"marks"}),
        ("def f(marks): return len(marks) / 3", set()),
        ("def f(marks:", set()),
    ],
)
def test_what_is_divided_has_fractions(source, fractions):
    assert said(source.encode()).fractions == fractions


@pytest.mark.parametrize(
    ("body", "read"),
    [
        ("    'Of an iterable.'\n    for row in rows:\n        pass", True),
        ("    'Of an iterable.'\n    return {row: at for at, row in enumerate(rows)}", True),
        ("    'Of an iterable.'\n    for row in rows:\n        print(len(rows))", False),
        ("    'Of an iterable.'\n    while True:\n        for row in rows:\n            pass", False),
        ("    'Of a list.'\n    for row in rows:\n        pass", False),
    ],
)
def test_what_is_read_once_and_promised_is_a_stream(body, read):
    assert said(f"class C:\n  def f(self, rows):\n{body}\n".encode()).streams == ({"C.f": {"rows"}} if read else {})
    assert said(b"def f(rows: Iterable[int]):\n    for row in rows: pass").streams == {"f": {"rows"}}


def test_what_the_source_says_is_given(tmp_path):
    source = b"def f(values):\n    'Halves of an iterable.'\n    return [value / 2 for value in values]"
    known = presume(described([3, 1, 2], [5]), {"mod.py": said(source)})
    thoughts = ordinary(think(known, Words(), [], 1, tmp_path))
    tags = {node.tag for one in thoughts for _, node in places(one.tree)}
    assert tags == {"call", "list", "int", "float", "iterator"}
    assert known.presumed == {"mod:f"}


def test_a_parameter_takes_what_holds_such_members_as_were_met_in_it():
    names, rows = Kind(), Node("list", None, (Node("dict"),))
    names.add(Node("list", None, (of_value("a"), of_value("b"))))
    assert names.takes(Node("list", None, (of_value("c"),)))
    assert names.takes(Node("list"))
    assert not names.takes(rows)
    assert not names.takes(of_value("a"))


@pytest.mark.parametrize(
    ("about", "value", "earthly"),
    [
        ("test_limits:Clock", float("nan"), False),
        ("tests.fakes:Clock", float("inf"), False),
        ("limits_test:Clock", 2.5, True),
        ("pacer.limits:Window", float("nan"), True),
        ("contest:Entry", float("nan"), True),
    ],
)
def test_what_tests_put_in_place_of_the_world_has_finite_numbers(about, value, earthly):
    one = Node("object", None, (Node("float", value),), ("now",), about)
    assert is_earthly(Node("call", None, (one,), ("",))) is earthly
