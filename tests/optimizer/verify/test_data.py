"""Entries of data files, which nobody gave as an argument: unlike each other in form, beside what was given."""

import pytest
from perfsmith.optimizer.core.goal import Goal
from perfsmith.optimizer.core.recording import Call
from perfsmith.optimizer.core.values import Workload
from perfsmith.optimizer.core.verdicts import Failed, Passed
from perfsmith.optimizer.verify.describing import Describing
from perfsmith.optimizer.verify.differential import Differential
from perfsmith.optimizer.verify.exercised import Exercise
from perfsmith.optimizer.verify.generated import Generated, played_as
from perfsmith.optimizer.verify.inputs.data import entered, entries
from perfsmith.optimizer.verify.inputs.described import Given
from perfsmith.optimizer.verify.inputs.nodes import Node

GOAL = Goal(workloads=(Workload(name="bench", command="python bench.py", timeout=30),), suite=None)
RULES = "// what may be owned\n" + "".join(f"tld{number}\n" for number in range(60)) + "co.tld3\n*.sch.tld4\n"
MODULE = """from pathlib import Path

RULES = frozenset(Path(__file__).with_name("rules.dat").read_text().split())


def suffix(host):
    parts = host.split(".")
    for at in range(len(parts)):
        if ".".join(parts[at:]) in RULES or "*." + ".".join(parts[at + 1 :]) in RULES:
            return ".".join(parts[at:])
    return ""
"""
FILES = {
    "src/mod.py": MODULE,
    "src/rules.dat": RULES,
    "bench.py": "import sys; sys.path.insert(0, 'src')\nfrom mod import suffix\nsuffix('a.b.tld5'); suffix('c.tld7')\n",
}
ANY = '"*." + ".".join(parts[at + 1 :])'


@pytest.mark.parametrize(
    ("after", "kind"),
    [('"*." + "".join(parts[at + 1 :])', Failed), ('".".join(("*", *parts[at + 1 :]))', Passed)],
)
def test_a_rule_of_a_rare_form_is_tried(repository, base_of, candidate, climb, tmp_path, after, kind):
    base = base_of(repository(FILES))
    told = []
    rung = Generated(
        exercise=Exercise(goal=GOAL, record=told.append),
        differential=Differential(record=told.append, first=played_as()),
        describing=Describing(record=told.append),
        record=told.append,
        state=tmp_path / "state",
        shrinking=0.0,
    )
    outcome = climb(rung, candidate(base, {"src/mod.py": MODULE.replace(ANY, after)}), base, GOAL)
    assert isinstance(outcome, kind), outcome


def told(files):
    return entries(list(files), lambda path: files[path].encode(), ["src/mod.py"])


def test_of_each_form_two_entries_are_taken_with_what_separates_their_parts_before_them():
    assert told(FILES) == ("tld0", "tld59", ".co.tld3", ".sch.tld4")


@pytest.mark.parametrize(
    "files",
    [
        {"src/mod.py": "open('other.dat')", "src/rules.dat": RULES},
        {"src/mod.py": MODULE, "data/rules.dat": RULES},
        {"src/mod.py": MODULE, "src/rules.dat": "x\0y"},
        {"src/mod.py": MODULE, "src/rules.dat": "word\n" * 200_000},
        {"src/mod.py": MODULE, "src/rules.dat": "two words\n" + "x" * 50},
        {"src/mod.py": "import rules", "src/rules.py": "a"},
    ],
)
def test_files_that_nobody_names_beside_the_code_or_that_are_no_tables_are_left_alone(files):
    assert told(files) == ()


def call(*values, about=""):
    items = tuple(Node("str" if isinstance(value, str) else "int", value) for value in values)
    return Node("call", None, items, ("",) * len(items), about)


def test_entries_stand_after_the_shortest_text_and_alone():
    recorded = Call(id="c", label="mod.py::f", module="mod", parts=("f",), kind="call", pickle="")
    one, other = (Given(call=recorded, tree=tree) for tree in (call(1, "a long text"), call(2, "b")))
    found = [tree for _, tree in entered([(one, one.tree), (other, other.tree)], (".c.d", "e"))]
    assert found == [call(2, text) for text in ("b.c.d", "c.d", "be", "e")]
    assert list(entered([(one, one.tree)], ())) == []


def test_an_object_is_asked_about_several():
    recorded = Call(id="c", label="mod.py::A", module="mod", parts=("A",), kind="object", pickle="")
    steps = (call(about="method close"), call("x", about="method find"))
    one = Given(call=recorded, tree=Node("history", None, (call(7), *steps)))
    found = [tree for _, tree in entered([(one, one.tree)], (".a.b", ".c.d", ".e.f", ".g.h", ".i.j"))]
    assert [len(tree.items) for tree in found] == [9, 3]
    assert found[1].items == (call(7), call("x.i.j", about="method find"), call("i.j", about="method find"))
