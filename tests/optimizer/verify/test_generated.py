"""Generated inputs: each generator sees an edit that no recorded call shows, and honest twins of all of them pass."""

import json
import re
import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from perfsmith.optimizer.core.goal import Goal
from perfsmith.optimizer.core.recording import Call, Step
from perfsmith.optimizer.core.values import Workload
from perfsmith.optimizer.core.verdicts import Failed, Passed, Skipped
from perfsmith.optimizer.verify import generated
from perfsmith.optimizer.verify.comparing import compare
from perfsmith.optimizer.verify.describing import Describing
from perfsmith.optimizer.verify.differential import Differential
from perfsmith.optimizer.verify.exercised import Exercise
from perfsmith.optimizer.verify.generated import Generated, played_as
from perfsmith.optimizer.verify.inputs import thinking
from perfsmith.optimizer.verify.inputs.words import words
from perfsmith.optimizer.verify.playing import Played
from perfsmith.optimizer.verify.presuming import marked
from perfsmith.optimizer.verify.replay import Replay
from perfsmith.optimizer.verify.returning import otherwise

GOAL = Goal(workloads=(Workload(name="bench", command="python bench.py", timeout=30),), suite=None)


def cases_of(name):
    return tomllib.loads(Path(__file__).with_name(f"{name}.toml").read_text("utf-8"))


CASES = cases_of("generated_cases")


def ignore(_):
    """Nobody listens."""


@dataclass
class Watched:
    """A differential that remembers what was different."""

    inner: Differential
    found: list = field(default_factory=list)

    def compare(self, *given):
        found = self.inner.compare(*given)
        self.found.append(found)
        return found

    def on_base(self, *given):
        return self.inner.on_base(*given)


def bench(calls):
    return f"import sys\nsys.path.insert(0, 'src')\nimport mod as m\nfrom mod import *\n{calls}\n"


def rung(state, goal=GOAL, shrinking=0.0, exercise=None):
    """The rung, which records on its own; what it found can be asked of its differential."""
    return Generated(
        exercise=exercise or Exercise(goal=goal, record=ignore),
        differential=Watched(Differential(record=ignore, first=played_as())),
        describing=Describing(record=ignore),
        record=ignore,
        state=state,
        shrinking=shrinking,
    )


def edited(cases, name):
    source = "".join(case["module"] for case in cases.values())
    for case in cases.values():
        old, new = case[name]
        assert source.count(old) == 1, f"{old!r} stands {source.count(old)} times in the module"
        source = source.replace(old, new)
    return source


def joined(cases):
    """The honest edits, and of the wrong ones those that are of other places: all that either changes is changed."""
    source = edited(cases, "honest")
    for case in cases.values():
        old, new = case["wrong"]
        source = source.replace(old, new) if source.count(old) == 1 else source
    return source


@pytest.fixture(params=["functions", "classes", "company", "asked", "said", "kinds", "names", "strange"])
def cases(request):
    """Eight modules' worth, for all that is recorded shares the inputs that are thought up."""
    if request.param not in ("functions", "classes"):
        return cases_of(f"generated_{request.param}")
    return {name: case for name, case in CASES.items() if name[0].isupper() == (request.param == "classes")}


@pytest.fixture
def everything(cases, repository, base_of):
    """One module with all cases, and a workload that makes all their calls."""
    source = "".join(case["module"] for case in cases.values())
    calls = "\n".join(case["calls"] for case in cases.values())
    return base_of(repository({"src/mod.py": source, "bench.py": bench(calls)}))


def test_each_wrong_edit_is_seen_by_generated_calls_alone_and_its_honest_twin_passes(
    cases, everything, candidate, climb, tmp_path, monkeypatch
):
    """Both are given the same inputs: so they are thought up, and made on the base, once."""
    sources = (edited(cases, "wrong"), edited(cases, "honest"), joined(cases))
    wrong, honest, both = (candidate(everything, {"src/mod.py": source}) for source in sources)
    exercise = Exercise(goal=GOAL, record=ignore)
    for one in (wrong, honest):
        exercise.remember(everything, one.edits, exercise.of(everything, both.edits))
    edits = (*wrong.edits, *honest.edits)
    monkeypatch.setattr(thinking, "CALLS", 1700)
    monkeypatch.setattr(generated, "words", lambda _, changed: words(edits, changed))
    replayed = climb(Replay(exercise=exercise, differential=Differential(record=ignore)), wrong, everything, GOAL)
    assert isinstance(replayed, Passed), replayed
    one = rung(tmp_path / "kept", exercise=exercise)
    sure, one.differential.inner = one.differential.inner, replace(one.differential.inner, sure=False)
    outcome = climb(one, wrong, everything, GOAL)
    assert isinstance(outcome, Failed), outcome
    assert outcome.reason == "wrong_behavior"
    seen = {each.call.parts[0] for found in one.differential.found for each in marked(found).differences}
    assert {name: cases[name]["needs"] for name in cases.keys() - seen} == {}
    one.differential.inner = sure
    outcome = climb(one, honest, everything, GOAL)
    assert isinstance(outcome, Passed), outcome
    assert "all the same" in outcome.note


RANKS = "def ranks(values):\n    ordered = sorted(values)\n    return [ordered.index(v) + 1 for v in values]\n"
LAST = (
    "    return [ordered.index(v) + 1 for v in values]",
    "    place = {v: n for n, v in enumerate(ordered, 1)}\n    return [place[v] for v in values]",
)


@pytest.fixture
def judged(repository, base_of, climb, candidate, tmp_path):
    """The outcome for an edit of a module, with what was found on the way."""

    def judge(module, calls, edit, **more):
        name = f"repo{len(list(tmp_path.iterdir()))}"
        base = base_of(repository({"src/mod.py": module, "bench.py": bench(calls)}, name))
        one = rung(tmp_path / f"state of {name}", **more)
        return climb(one, candidate(base, {"src/mod.py": module.replace(*edit)}), base, GOAL)

    return judge


def test_the_counterexample_is_short(judged):
    outcome = judged(RANKS, "m.ranks([30, 10, 20, 55, 12, 70])", LAST, shrinking=10.0)
    assert isinstance(outcome, Failed), outcome
    said, *sides = outcome.evidence.splitlines()
    assert re.fullmatch(r"ranks\(\[(\d+), \1\]\)", said)
    assert sides == ["  before: returns [1, 1]", "  after:  returns [2, 2]"]


def test_what_was_found_once_is_tried_first(repository, base_of, climb, candidate, tmp_path):
    base = base_of(repository({"src/mod.py": RANKS, "bench.py": bench("m.ranks([30, 10, 20])")}))
    wrong = candidate(base, {"src/mod.py": RANKS.replace(*LAST)})
    first, second = rung(tmp_path / "kept"), rung(tmp_path / "kept")
    assert isinstance(climb(first, wrong, base, GOAL), Failed)
    assert len(list((tmp_path / "kept/counterexamples").rglob("*.json"))) == 1
    outcome = climb(second, wrong, base, GOAL)
    assert isinstance(outcome, Failed)
    assert second.describing.known == {}, "the stored input was enough"


LENGTH = """def length(text):
    if text is None:
        raise ValueError("nothing")
    return len(text)
"""


def test_what_one_change_was_refused_for_is_asked_of_the_next_by_the_same_rules(
    repository, base_of, climb, candidate, tmp_path
):
    base = base_of(repository({"src/mod.py": LENGTH, "bench.py": bench("m.length('abc'); m.length('')")}))
    lets_in = LENGTH.replace('raise ValueError("nothing")', "return 0")
    stumbles = LENGTH.replace("return len(text)", "return sum(map(bool, text))").replace("is None", "== 0")
    first, second = (
        climb(rung(tmp_path / "kept"), candidate(base, {"src/mod.py": source}), base, GOAL)
        for source in (lets_in, stumbles)
    )
    assert isinstance(first, Failed), first
    assert "length(None)" in first.evidence
    assert list((tmp_path / "kept/counterexamples").rglob("*.json"))
    assert isinstance(second, Passed), second


def test_functions_with_as_many_recorded_calls_are_not_confused(repository, base_of, climb, candidate, tmp_path):
    module = RANKS + "def twice(n):\n    return n + n\n"
    base = base_of(repository({"src/mod.py": module, "bench.py": bench("m.ranks([30, 10, 20]); m.twice(2)")}))
    one = rung(tmp_path / "kept")
    honest = candidate(base, {"src/mod.py": module.replace("n + n", "2 * n")})
    assert isinstance(climb(one, honest, base, GOAL), Passed)
    outcome = climb(one, candidate(base, {"src/mod.py": module.replace(*LAST)}), base, GOAL)
    assert isinstance(outcome, Failed), outcome
    assert "ranks" in outcome.evidence


WAIT = "def steps(n):\n    i = 0\n    while i < n:\n        i += 1\n    return i\n"


def test_a_loop_for_one_value_is_timed_out(judged):
    outcome = judged(WAIT, "m.steps(3)", ("while i < n", "while i < n or n == 0"))
    assert isinstance(outcome, Failed), outcome
    assert (outcome.reason, "steps(0)" in outcome.evidence) == ("timed_out", True)


def test_what_exhausts_the_base_is_no_behaviour(judged):
    deep = "def depth(n):\n    return 0 if n <= 0 else 1 + depth(n - 1)\n"
    outcome = judged(deep, "m.depth(3)", ("return 0 if n <= 0 else 1 + depth(n - 1)", "return max(0, n)"))
    assert isinstance(outcome, Passed), outcome


def test_a_slow_base_is_no_reason_to_wait(judged):
    edit = ("    i = 0\n    while i < n:\n        i += 1\n    return i\n", "    return max(0, n)\n")
    outcome = judged(WAIT, "m.steps(3)", edit)
    assert isinstance(outcome, Passed), outcome
    assert any("too long on the base" in warning for warning in outcome.warnings)


def test_chance_is_nobody_s_fault(judged):
    drawn = "import random\n\ndef draw(n):\n    return random.random() * n\n"
    outcome = judged(drawn, "m.draw(3)", ("random.random() * n", "n * random.random()"))
    assert not isinstance(outcome, Failed), outcome


def test_without_recorded_calls_there_is_nothing_to_vary(judged):
    outcome = judged(RANKS, "", LAST)
    assert isinstance(outcome, Skipped)
    assert outcome.why == "there is no recorded call to vary"


def test_an_edit_may_treat_types_otherwise_that_nobody_gave(judged):
    edit = ("ordered = sorted(values)", "ordered = list(values)\n    ordered.sort()\n    values.copy")
    outcome = judged(RANKS, "m.ranks([30, 10, 20])", edit)
    assert isinstance(outcome, Passed), outcome


@pytest.mark.parametrize(
    ("before", "after", "differ"),
    [
        (
            ("ValueError", "too many values to unpack", "no"),
            ("IndexError", "tuple index", "no"),
            0,
        ),
        (("TypeError", "unsupported operand", "no"), ("AttributeError", "no attribute", "no"), 1),
        (
            ("ValueError", "too many values to unpack", "yes"),
            ("IndexError", "tuple index", "no"),
            1,
        ),
        (("TypeError", "unsupported operand", "no"), ("LookupError", "of our own", "yes"), 1),
        (("KeyError", "k", "no"), ("IndexError", "tuple index", "no"), 1),
        (("OverflowError", "cannot fit 'int' into an index-sized integer", "no"), ("ValueError", "our own", "own"), 0),
        (("OverflowError", "cannot fit 'int' into an index-sized integer", "own"), ("ValueError", "our own", "own"), 1),
        (("OverflowError", "int too large to convert to float", "no"), ("ValueError", "our own", "own"), 1),
    ],
)
def test_which_error_comes_of_a_value_of_a_wrong_form_or_length_is_no_behaviour(before, after, differ):
    call = Call(id="c", label="mod.py::f", module="mod", parts=("f",), kind="call", pickle="")
    one, other = (
        {"c": Played(status="played", steps=({"call": "f()", "raised": kind, "message": said, "explicit": own},))}
        for kind, said, own in (before, after)
    )
    assert len(compare([call], one, one, other).differences) == differ


def test_what_else_such_a_call_does_is_compared_and_so_is_what_follows():
    call = Call(id="c", label="mod.py::f", module="mod", parts=("f",), kind="object", pickle="")

    def played(kind, state, later):
        first = {
            "call": "x.f()",
            "raised": kind,
            "message": "too many values to unpack",
            "explicit": "no",
            "state": state,
        }
        return {"c": Played(status="played", steps=(first, {"call": "x.g()", "value": later}))}

    base = played("ValueError", "1", "1")
    found = [compare([call], base, base, played("IndexError", *other)).differences for other in ("11", "21", "12")]
    assert [[one.section for one in differences] for differences in found] == [[], ["state"], ["value"]]


INDEX = """class Index:
    def __init__(self, rows):
        self._rows = list(rows)

    def named(self, name):
        return [row.get("id") for row in self._rows if row.get("name") == name]
"""


def test_an_object_may_put_into_order_once_what_it_was_given_however_its_members_change(judged):
    edit = (
        """self._rows = list(rows)

    def named(self, name):
        return [row.get("id") for row in self._rows if row.get("name") == name]
""",
        """self._ids = {}
        for row in rows:
            self._ids.setdefault(row.get("name"), []).append(row.get("id"))

    def named(self, name):
        return list(self._ids.get(name, ()))
""",
    )
    calls = "r = m.Index([{'id': 1, 'name': 'a'}, {'id': 2, 'name': 'b'}]); r.named('a'); r.named('c')"
    outcome = judged(INDEX, calls, edit)
    assert isinstance(outcome, Passed), outcome
    assert any("which the base sees" in warning for warning in outcome.warnings)


def test_what_counts_only_because_the_base_does_not_see_it_is_not_kept_for_later_bases(
    repository, base_of, climb, candidate, tmp_path
):
    module = INDEX.replace("list(rows)", "[dict(row) for row in rows]")
    calls = "r = m.Index([{'id': 1, 'name': 'a'}, {'id': 2, 'name': 'b'}]); r.named('a'); r.named('c')"
    base = base_of(repository({"src/mod.py": module, "bench.py": bench(calls)}))
    wrong = candidate(base, {"src/mod.py": INDEX})
    outcome = climb(rung(tmp_path / "kept"), wrong, base, GOAL)
    assert isinstance(outcome, Failed), outcome
    assert "made.0.0" in outcome.evidence
    assert not list((tmp_path / "kept").rglob("counterexamples/**/*.json"))


CELL = "def cell(x):\n    return 'left' if x < 0 else 'right'\n"
CELLS = ("'left' if x < 0 else 'right'", "'left' if int(x // 1) < 0 else 'right'")


def test_integers_may_be_made_where_no_infinite_number_was_ever_given(judged):
    outcome = judged(CELL, "cell(1); cell(2.5)", CELLS)
    assert isinstance(outcome, Passed), outcome
    assert any("cannot take infinite numbers" in warning for warning in outcome.warnings)


def test_infinite_numbers_that_were_given_count(judged):
    outcome = judged(CELL, "cell(1); cell(float('-inf')); cell(2.5)", CELLS)
    assert isinstance(outcome, Failed), outcome


def test_a_guess_counts_only_where_the_base_answers_it():
    step = Step(name="find", kind="guess", pickle="")
    call = Call(id="g", label="mod.py::Index", module="mod", parts=("Index",), kind="object", pickle="", steps=(step,))

    def played(**sections):
        made, afterwards = {"call": "x = Index()", "value": "x"}, {"call": "the object afterwards", "state": "x"}
        return {"g": Played(status="played", steps=(made, {"call": "x.find(3)", **sections}, afterwards))}

    answers, refuses = played(value="[]"), played(raised="AttributeError", message="no lower", explicit="no")
    otherwise = played(raised="TypeError", message="unhashable", explicit="no")
    assert compare([call], refuses, refuses, otherwise).differences == ()
    (found,) = compare([call], answers, answers, otherwise).differences
    assert found.said == "x.find(3)"
    sure = replace(call, steps=(replace(step, kind="method"),))
    assert compare([sure], refuses, refuses, otherwise).differences


def test_a_fraction_that_nobody_gave_may_be_refused_and_a_refusal_of_one_may_be_another(judged):
    module = (
        "def mean(marks):\n    return sum(marks) / len(marks)\ndef twice(marks):\n    return [2 * x for x in marks]\n"
    )
    outcome = judged(module, "m.mean([1, 2]); m.twice([1, 2])", ("[2 * x for x in marks]", "[x << 1 for x in marks]"))
    assert isinstance(outcome, Passed), outcome
    assert any("no recorded call was given one" in warning for warning in outcome.warnings)


def test_how_far_an_iterator_is_read_is_nothing_that_a_function_of_lists_promises(judged):
    module = "def find(rows, sought):\n    for row in rows:\n        if row == sought:\n            return row\n"
    edit = ("    for row in rows:", "    for row in list(rows):")
    outcome = judged(module, "m.find([1, 2, 3], 2); m.find([], 4)", edit)
    assert isinstance(outcome, Passed), outcome


def test_calls_of_a_returned_function_that_the_base_refuses_and_guesses_that_do_not_fit_do_not_count():
    base = [
        ["of (1,)", "2", False],
        ["of ('a',)", None, True],
        ["of ()", "KeyError('a')", True],
        ["of (3,)", "4", False],
    ]
    alike = [["of (1,)", "2", False], ["of ('a',)", "7", False], ["of ()", "7", False], ["of (3,)", None, True]]
    assert otherwise(json.dumps(base), json.dumps(alike)) == ("", "")
    unlike = [*alike[:3], ["of (3,)", "ValueError()", True]]
    assert otherwise(json.dumps(base), json.dumps(unlike)) == (
        "what it returns gives 4 of (3,)",
        "what it returns raises ValueError() of (3,)",
    )
    assert otherwise(json.dumps(base), "") == otherwise("3", "[4]") == ("", "")


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("no time left", "there was no time left"),
        ("the machine was too busy", "the machine was too busy"),
        ("too many before it did not end", "too many calls before them did not end on the base"),
        ("what the target's processes made up", "there was no time left"),
    ],
)
def test_why_calls_were_left_out_is_said(why, said):
    call = Call(id="g0", label="mod.py::f", module="mod", parts=("f",), kind="call", pickle="")
    left = {"g0": Played(status="skipped", why=why)}
    assert compare([call], left, {}, {}).lost == {said: 1}
