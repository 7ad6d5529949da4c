"""What a run found out about a base serves the next one, and never makes an answer another one: real trees."""

from dataclasses import dataclass, field, replace

import pytest
from perfsmith.optimizer.core.events import StepStarted
from perfsmith.optimizer.core.goal import Goal
from perfsmith.optimizer.core.recording import Call
from perfsmith.optimizer.core.values import Suite, Workload
from perfsmith.optimizer.core.verdicts import Failed, Passed
from perfsmith.optimizer.store.kept import KeptFacts
from perfsmith.optimizer.verify.describing import Describing
from perfsmith.optimizer.verify.differential import Differential, OnBase
from perfsmith.optimizer.verify.exercised import Exercise
from perfsmith.optimizer.verify.generated import Generated, played_as
from perfsmith.optimizer.verify.playing import Played
from perfsmith.optimizer.verify.replay import Replay

MODULE = "def f(x):\n    return x + 1\n\n\ndef g(x):\n    return [x] * 2\n"
FILES = {
    "src/mod.py": MODULE,
    "bench.py": "import sys; sys.path.insert(0, 'src')\nfrom mod import f, g\nf(1); f(-4); g('a')\n",
    "check.py": "import sys; sys.path.insert(0, 'src')\nfrom mod import f\nassert f(2) == 3\n",
}
BENCH = Workload(name="bench", command="python bench.py", timeout=30)
GOAL = Goal(workloads=(BENCH,), suite=Suite(command="python check.py", pytest=False, timeout=30))
LOOKING = "finding what reaches the changed code"
ASKING = "making recorded calls again on the base, twice"
HONEST, OTHER, WRONG = "1 + x", "x - -1", "x + 1 if x > 0 else x"


@dataclass
class OneRun:
    """The rung as one run has it: what it told, and what it asked."""

    kept: KeptFacts | None
    goal: Goal = GOAL
    told: list = field(default_factory=list)

    def __post_init__(self):
        self.exercise = Exercise(goal=self.goal, record=self.told.append, kept=self.kept)
        self.rung = Replay(exercise=self.exercise, differential=Differential(record=self.told.append, kept=self.kept))

    @property
    def steps(self):
        said = [event.what for event in self.told if isinstance(event, StepStarted)]
        return [what for what in said if what in (LOOKING, ASKING)]


@pytest.fixture
def base(repository, base_of):
    return base_of(repository(FILES))


@pytest.fixture
def change(candidate):
    return lambda base, text: candidate(base, {"src/mod.py": MODULE.replace("x + 1", text)})


def test_the_next_run_asks_the_base_nothing(base, kept, climb, change):
    first, second = OneRun(kept()), OneRun(kept())
    one = climb(first.rung, change(base, HONEST), base, GOAL)
    two = climb(second.rung, change(base, OTHER), base, GOAL)
    assert isinstance(one, Passed)
    assert isinstance(two, Passed)
    assert (one.note, one.warnings, one.compared) == (two.note, two.warnings, two.compared)
    assert (first.steps, second.steps) == ([LOOKING, ASKING], [])
    edits = change(base, OTHER).edits
    assert second.exercise.of(base, edits) == first.exercise.of(base, edits)


def test_a_refusal_rests_on_what_the_base_says_now(base, kept, climb, change):
    climb(OneRun(kept()).rung, change(base, HONEST), base, GOAL)
    later = OneRun(kept())
    alone = climb(OneRun(None).rung, change(base, WRONG), base, GOAL)
    found = climb(later.rung, change(base, WRONG), base, GOAL)
    assert isinstance(found, Failed)
    assert (found.message, found.evidence, found.compared) == (alone.message, alone.evidence, alone.compared)
    assert later.steps == [ASKING]


def test_answers_that_hold_no_longer_refuse_nobody(base, kept, climb, change):
    climb(OneRun(kept()).rung, change(base, HONEST), base, GOAL)
    stale, spoilt = kept(), 0

    class Stale(KeptFacts):
        """What lies in the folder, as if the base had answered otherwise then."""

        def load(self, shape, *about):
            found = super().load(shape, *about)
            if shape is not OnBase or found is None:
                return found
            nonlocal spoilt
            spoilt += 1
            changed = {
                name: replace(one, steps=tuple({**step, "value": "int 77"} for step in one.steps))
                if one.status == "played"
                else one
                for name, one in found.first.items()
            }
            return OnBase(first=changed, second=changed)

    run = OneRun(Stale(folder=stale.folder, about="", clock=stale.clock, say=stale.say))
    outcome = climb(run.rung, change(base, HONEST), base, GOAL)
    assert isinstance(outcome, Passed)
    assert (spoilt, run.steps) == (1, [ASKING])


@pytest.mark.parametrize(
    "asked",
    [
        replace(GOAL, suite=replace(GOAL.suite, command="python -B check.py")),
        replace(GOAL, suite=None),
        replace(GOAL, workloads=(replace(BENCH, command="python bench.py more"),)),
    ],
)
def test_other_tests_or_workloads_are_looked_at_anew(base, kept, change, asked):
    edits = change(base, HONEST).edits
    OneRun(kept()).exercise.of(base, edits)
    run = OneRun(kept(), asked)
    run.exercise.of(base, edits)
    assert run.steps == [LOOKING]


def test_so_are_another_revision_other_functions_and_other_surroundings(repository, base_of, kept, candidate, change):
    repo = repository(FILES)
    base = base_of(repo)
    edits = change(base, HONEST).edits
    OneRun(kept()).exercise.of(base, edits)
    runs = [OneRun(kept()), OneRun(kept("other walls")), OneRun(kept())]
    runs[0].exercise.of(base, candidate(base, {"src/mod.py": MODULE.replace("[x] * 2", "[x, x]")}).edits)
    runs[1].exercise.of(base, edits)
    repo.commit({"bench.py": FILES["bench.py"] + "f(7)\n"})
    runs[2].exercise.of(base_of(repo), edits)
    assert [run.steps for run in runs] == [[LOOKING]] * 3


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("bench.py", "raise SystemExit(3)"),
        ("bench.py", "import time; time.sleep(60)"),
        ("check.py", "import os; os.kill(os.getpid(), 9)"),
        ("check.py", "import time; time.sleep(60)"),
    ],
)
def test_what_did_not_come_to_its_end_is_not_kept(repository, base_of, kept, change, file, text):
    base = base_of(repository(FILES | {file: FILES[file] + text + "\n"}))
    asked = replace(
        GOAL,
        workloads=(replace(BENCH, timeout=3.0),),
        suite=replace(GOAL.suite, timeout=-7.0),  # three seconds with the slack
    )
    run = OneRun(kept(), asked)
    assert run.exercise.of(base, change(base, HONEST).edits).by_workload.by("src/mod.py::f")
    assert not kept().folder.exists()


def test_what_nobody_reaches_is_looked_for_again(base, kept, candidate):
    edits = candidate(base, {"src/mod.py": MODULE + "\n\ndef h(): return 1\n"}).edits
    base_with = base.commit(edits, "more")
    unused = candidate(base_with, {"src/mod.py": edits[0].after.decode().replace("return 1", "return 2")}).edits
    run = OneRun(kept())
    assert run.exercise.of(base_with, unused).untouched == ("src/mod.py::h",)
    assert not kept().folder.exists()


def side(statuses):
    found = [Played(status=one, why=why) for one, _, why in (text.partition(": ") for text in statuses)]
    return {f"c{number}": one for number, one in enumerate(found)}


@pytest.mark.parametrize(
    ("first", "second", "firm"),
    [
        (("played", "unplayable"), ("played",), True),
        (("played", "skipped: no time left"), ("played",), True),
        (("played", "skipped: the machine was too busy"), ("played",), False),
        (("played", "skipped: too many before it did not end"), ("played",), False),
        (("played", "timed_out"), ("played",), False),
        (("played", "crashed"), ("played",), False),
        (("played",), ("played",), False),
        (("played", "played"), ("played", "skipped: the machine was too busy"), False),
        (("timed_out", *["played"] * 19), ["played"] * 19, True),
        (("timed_out", *["played"] * 18), ["played"] * 18, False),
    ],
)
def test_only_answers_that_the_clock_hardly_cut_short_are_kept(first, second, firm):
    ids = [f"c{number}" for number in range(max(2, len(first)))]
    calls = [Call(id=name, label="a.py::f", module="a", parts=("f",), kind="call", pickle="") for name in ids]
    assert OnBase(first=side(first), second=side(second)).firm(calls) == firm


def test_generated_calls_are_the_same_next_time_and_are_not_made_on_the_base_again(base, kept, climb, change, tmp_path):
    def asked(text):
        run = OneRun(kept())
        rung = Generated(
            exercise=run.exercise,
            differential=Differential(record=run.told.append, first=played_as(), kept=run.kept),
            describing=Describing(record=run.told.append),
            record=run.told.append,
            state=tmp_path / "state",
        )
        return climb(rung, change(base, text), base, GOAL), run.steps

    (one, first), (two, second), (three, third) = asked(HONEST), asked(HONEST), asked("x + 1 if x != 77 else 0")
    assert isinstance(one, Passed)
    assert isinstance(two, Passed)
    assert one.note == two.note
    assert (first, second) == ([LOOKING, ASKING], [])
    assert isinstance(three, Failed)
    assert ASKING in third
