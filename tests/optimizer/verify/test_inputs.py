"""What is thought up, without any process: varied, repeatable, bounded, and of recorded types only."""

import json

import pytest
from perfsmith.optimizer.core.recording import Call
from perfsmith.optimizer.core.values import Edit
from perfsmith.optimizer.verify.inputs.described import read_described
from perfsmith.optimizer.verify.inputs.families import families
from perfsmith.optimizer.verify.inputs.kinds import Kind
from perfsmith.optimizer.verify.inputs.nodes import Node, node_of, of_value, places, size, text_of
from perfsmith.optimizer.verify.inputs.shrinking import shrunk
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
    assert {node.tag for one in thoughts for _, node in places(one.tree)} == {"call", "list", "int"}


def test_what_was_always_sorted_stays_so(tmp_path):
    told = think(described([1, 2, 3], [2, 5, 9, 11], [0, 4, 8]), Words(), [], 1, tmp_path)
    assert all(one == sorted(one) for one in lists(told))
    few = think(described([1, 2, 3], [2, 5, 9, 11]), Words(), [], 1, tmp_path)
    assert any(one != sorted(one) for one in lists(few))


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
