"""Faults to plant: each compiles, each is another program, and no byte outside the named function changes."""

import ast

import pytest
from perfsmith.optimizer.languages.same_code import bytecode
from perfsmith.optimizer.verify.mutants import NOTHING, idle, mutants

MODULE = '''\
LIMIT = 1 < 2


def other(x):
    return x + 1


class Store:
    def take(self, items, *, most=3):
        """Not 1 code < 2."""
        found = []  # 3 + 4
        for item in items[1:most]:
            if not item or item in ("a", "b"):
                continue
            try:
                found.append(max(item, len(found)))
            except TypeError:
                found += [item.get("k", 0)]
        else:
            self.seen = True
        return found


def steps(n):
    yield n
'''
SOURCE = MODULE.encode()


def after(name, source=SOURCE, seed=1):
    return list(mutants("m.py", source, [name], seed=seed))


def operators(name):
    return {one.operator for one in after(name)}


def test_every_mutant_is_another_program_that_compiles():
    found = after("Store.take")
    assert len(found) > 25
    codes = [bytecode(one.source) for one in found]
    assert None not in codes
    assert len({*codes, bytecode(SOURCE)}) == len(found) + 1


@pytest.mark.parametrize(
    "operator",
    [
        "bound off by one",
        "constant off by one",
        "not dropped",
        "or to and",
        "in to not in",
        "condition negated",
        "continue to break",
        "statement removed",
        "handler removed",
        "arguments swapped",
        "default branch removed",
        "default changed",
        "max to min",
        "+= to =",
        "truth turned round",
        "result changed",
        "text changed",
    ],
)
def test_each_kind_of_fault_is_planted(operator):
    assert operator in operators("Store.take")


def test_a_dropped_keyword_and_a_lost_raise_are_faults_too():
    source = b"def f(x):\n    if x < 0:\n        raise ValueError(x)\n    return sorted(x, key=len, reverse=True)\n"
    found = {one.operator: one.after for one in after("f", source)}
    assert found["statement removed"] == "pass"
    texts = {one.after for one in after("f", source) if one.operator == "argument dropped"}
    assert texts == {"return sorted(x,  reverse=True)", "return sorted(x, key=len, )"}


def test_only_the_unit_changes_and_never_its_signature_or_docstring():
    start = SOURCE.index(b"        found = []")
    end = SOURCE.index(b"\n\n\ndef steps")
    for one in after("Store.take"):
        assert one.source.startswith(SOURCE[:start])
        assert one.source.endswith(SOURCE[end:])
        lines = MODULE.splitlines()
        assert one.before == lines[one.line - 1].strip()
        assert one.after != one.before


def test_the_same_seed_gives_the_same_faults_and_another_one_others():
    assert after("Store.take") == after("Store.take")
    assert [one.source for one in after("Store.take", seed=2)] != [one.source for one in after("Store.take")]


def test_the_first_faults_are_spread_over_lines_and_kinds():
    first = after("Store.take")[:8]
    assert len({one.line for one in first}) == 8
    assert len({one.operator for one in first}) == 8


def test_faults_of_several_units_take_turns():
    first = list(mutants("m.py", SOURCE, ["other", "Store.take"], seed=3))[:2]
    assert {one.unit for one in first} == {"other", "Store.take"}


def test_what_compiles_to_the_same_is_no_fault():
    source = b"def f():\n    while 1:\n        x = 2 * 3\n        return None\n"
    for one in after("f", source):
        assert ast.dump(ast.parse(one.source)) != ast.dump(ast.parse(source))
        assert bytecode(one.source) != bytecode(source)


def test_encodings_and_line_ends_stay():
    source = "# -*- coding: latin-1 -*-\r\ndef f(x):\r\n\treturn x + 'é' < 1\r\n".encode("latin-1")
    found = after("f", source)
    assert found
    for one in found:
        assert one.source.startswith(b"# -*- coding: latin-1 -*-\r\ndef f(x):\r\n\treturn ")
        assert one.source.endswith(b"\r\n")


def test_syntax_that_this_interpreter_cannot_read_is_changed_by_the_grammar():
    source = b"def f[T: int](x: T) -> T:\n    type K = int\n    return x + 1 if x < 2 else x\n"
    assert bytecode(source) is None or after("f", source)
    assert after("f", source)


def test_a_function_that_returns_at_once():
    fault = idle("m.py", SOURCE, "Store.take")
    assert (fault.operator, fault.line, fault.before) == (NOTHING, 11, "found = []  # 3 + 4")
    names = {}
    exec(fault.source, names)
    assert names["Store"]().take("abc") is None
    assert names["other"](1) == 2
    stepping = idle("m.py", SOURCE, "steps")
    exec(stepping.source, names)
    assert list(names["steps"](1)) == []


@pytest.mark.parametrize("body", ["pass", "return", "'''Only words.'''", "..."])
def test_a_function_that_does_nothing_cannot_do_less(body):
    assert idle("m.py", f"def f():\n    {body}\n".encode(), "f") is None
