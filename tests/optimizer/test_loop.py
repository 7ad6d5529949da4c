"""The loop with fakes for all its ports: which events in which order, whatever happens."""

import math
import random
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from itertools import count, groupby
from pathlib import Path

import pytest
from perfsmith.optimizer.attempt import Bench, attempt
from perfsmith.optimizer.budget import Purse
from perfsmith.optimizer.core.errors import BudgetSpent, CandidateError, TargetError
from perfsmith.optimizer.core.events import (
    ConfirmationStarted,
    FinalMeasured,
    HotspotClosed,
    RoundMeasured,
    RunFinished,
    StepStarted,
    StrengthMeasured,
    Warned,
)
from perfsmith.optimizer.core.goal import Budget, Goal
from perfsmith.optimizer.core.ports import Attempt, Completed
from perfsmith.optimizer.core.values import Candidate, Edit, Hotspot, Origin, Repo, Unit, Workload
from perfsmith.optimizer.core.verdicts import Accepted, Failed, Faults, Passed, Reading, Round
from perfsmith.optimizer.floors import Floors
from perfsmith.optimizer.loop import Pursuit, finish, optimise
from perfsmith.optimizer.measure.looks import alpha_for

REPO = Repo(root=Path("/r"), revision="r0", python=Path("/p"), source=("src",))
BENCH = Workload(name="bench", command="python bench.py")


def hotspot(name="f"):
    unit = Unit(name=name, path="src/m.py", first=1, last=2, start=0, end=9, indent="")
    return Hotspot(rank=1, unit=unit, symbol=f"m:{name}", own=0.5, total=0.5)


def idea(name, home="src/m.py::f"):
    edit = Edit(path="src/m.py", before=b"", after=name.encode())
    return Candidate(edits=(edit,), idea=name, origin=Origin(author="fake"), hotspot=home)


@dataclass(frozen=True)
class FakeSandbox:
    ideas: tuple[str, ...]
    root: Path = Path("/tree")
    folder: Path = Path("/tree")

    def run(self, job):
        ok = "unbuildable" not in self.ideas
        return Completed(code=0 if ok else 1, stdout=b"", stderr=b"no", seconds=0.1)


@dataclass(frozen=True)
class FakeBase:
    """A stack of kept ideas."""

    ideas: tuple[str, ...] = ()
    repo: Repo = REPO
    open: list[str] = field(default_factory=list)

    @property
    def revision(self):
        return "r" + "+".join(("0", *self.ideas))

    def files(self):
        return ("src/m.py",)

    def read(self, path):
        return b""

    @contextmanager
    def fork(self, edits=()):
        self.open.append("tree")
        try:
            yield FakeSandbox((*self.ideas, *(edit.after.decode() for edit in edits)))
        finally:
            self.open.pop()

    def since(self, other):
        return tuple(Edit(path="src/m.py", before=b"", after=name.encode()) for name in self.ideas[len(other.ideas) :])

    def commit(self, edits, message):
        return replace(self, ideas=(*self.ideas, *(edit.after.decode() for edit in edits)))


@dataclass
class FakeMeter:
    """Each kept idea has its speedup; `trouble` names what a tree with an idea in it does instead."""

    speeds: dict[str, float]
    trouble: dict[str, BaseException] = field(default_factory=dict)
    seeds: list[int] = field(default_factory=list)

    def rounds(self, before, after, workload, seed):
        self.seeds.append(seed)
        rng = random.Random(seed)
        for name, error in self.trouble.items():
            if name in after.ideas:
                raise error
        for number in count():
            yield Round(
                before=self.reading(before, rng),
                after=self.reading(after, rng),
                order="AB" if number % 2 else "BA",
                seed=1,
            )

    def reading(self, tree, rng):
        speed = math.prod(self.speeds.get(name, 1.0) for name in tree.ideas)
        cpu = 0.5 / speed * math.exp(rng.gauss(0, 0.002))
        return Reading(wall=cpu * 1.01, cpu=cpu, delay=0.0, peak=10_000_000)


@dataclass(frozen=True)
class FakeCheck:
    name: str
    refuses: tuple[str, ...] = ()
    dies: tuple[str, ...] = ()

    def run(self, trial):
        if trial.candidate.idea in self.dies:
            raise CandidateError("sandbox_violation", "opened a socket", evidence="socket()", check=self.name)
        if trial.candidate.idea in self.refuses:
            return Failed(check=self.name, seconds=0.0, reason="tests_failed", message="no")
        return Passed(check=self.name, seconds=0.0)


@dataclass(frozen=True)
class FakeStrategy:
    """Proposes what is on its list and was not judged yet."""

    ideas: tuple[str, ...]
    log: list = field(default_factory=list)

    def propose(self, base, hotspot, history, limit):
        judged = {attempt.candidate.idea for attempt in history}
        self.log.append((base.revision, tuple(sorted(judged))))
        return [idea(name, hotspot.id) for name in self.ideas if name not in judged][:limit]


@dataclass
class FakeKeeper:
    record: object

    def __call__(self, base, candidate, verdict):
        assert isinstance(verdict, Accepted)
        self.record(StepStarted(what=f"kept {candidate.idea} on {base.revision}"))
        return base.commit(candidate.edits, candidate.idea)


class Stage:
    """Everything that a run is made of; `play` runs it and keeps what was told."""

    def __init__(self, *ideas, speeds=None, goal=None, budget=None, trouble=None, **checks):
        self.events = []
        self.meter = FakeMeter(speeds or {}, trouble or {})
        self.goal = goal or Goal(workloads=(BENCH,), suite=None)
        self.base = FakeBase()
        self.numbers = count(1)
        self.strategy = FakeStrategy(ideas)
        self.locked = []
        self.bench = Bench(
            goal=self.goal,
            checks=(FakeCheck("scope", checks.get("refused", ()), checks.get("violating", ())),),
            thorough=(FakeCheck("tests", checks.get("wrong", ())),),
            meter=self.meter,
            record=self.events.append,
            clock=lambda: 0.0,
            seeds=random.Random(3),
            next_alpha=lambda: alpha_for(next(self.numbers)),
            alone=nullcontext,
            floors=Floors(record=self.events.append, gain=0.01),
            tests_first=checks.get("tests_first", True),
        )
        self.pursuit = Pursuit(
            strategy=self.strategy,
            bench=self.bench,
            keep=FakeKeeper(self.events.append),
            purse=Purse(budget=budget or Budget(), clock=lambda: 0.0, start=0.0),
            past=lambda _: checks.get("past", ()),
        )

    def play(self, *hotspots, base=None):
        found = []

        def story():
            found.append(optimise(self.base, base or self.base, hotspots or (hotspot(),), self.pursuit))

        finish(story, self.events.append, lambda: 7.0)
        return found[0]

    @property
    def kinds(self):
        """What was told, in short: rounds of one phase are one, of the steps only what is kept."""
        names = []
        for event in self.events:
            if isinstance(event, StepStarted):
                names += [event.what] if event.what.startswith("kept") else []
            elif isinstance(event, RoundMeasured):
                names.append(event.phase)
            else:
                names.append(event.kind)
        return [name for name, _ in groupby(names)]

    def of(self, kind):
        return [event for event in self.events if isinstance(event, kind)]


TRIED = ["candidate_proposed", "check_finished"]
LOOKED = ["screening", "screened"]
CONFIRMED = [
    "confirmation_started",
    "confirmation",
    "floor",
    "floor_measured",
    "check_finished",
    "candidate_judged",
]
FINAL = ["final", "final_measured"]


def test_what_a_check_refuses_is_never_timed():
    stage = Stage("bad", refused=("bad",))
    assert stage.play() == stage.base
    assert stage.kinds == ["hotspot_opened", *TRIED, "candidate_judged", "hotspot_closed", "run_finished"]
    assert stage.meter.seeds == []
    assert stage.of(RunFinished)[0].ending == "done"


def test_what_shows_no_promise_is_not_confirmed():
    stage = Stage("same", speeds={"same": 1.0})
    stage.play()
    assert stage.kinds == ["hotspot_opened", *TRIED, *LOOKED, "candidate_judged", "hotspot_closed", "run_finished"]
    verdict = next(event.verdict for event in stage.events if event.kind == "candidate_judged")
    assert verdict.reason == "not_faster"


def test_what_is_faster_is_kept_and_the_others_are_proposed_again_on_top_of_it():
    stage = Stage("good", "better", "dud", speeds={"good": 1.2, "better": 1.5, "dud": 0.9})
    last = stage.play()
    assert last.ideas == ("better", "good")
    assert stage.kinds == [
        "hotspot_opened",
        *TRIED, *LOOKED,  # good
        *TRIED, *LOOKED,  # better
        *TRIED, *LOOKED, "candidate_judged",  # dud
        *CONFIRMED, "kept better on r0",
        *TRIED, *LOOKED,  # good, on top
        *CONFIRMED, "kept good on r0+better",
        "hotspot_closed",
        *FINAL,
        "run_finished",
    ]  # fmt: skip
    assert [revision for revision, _ in stage.strategy.log] == ["r0", "r0+better", "r0+better+good"]
    (final,) = stage.of(FinalMeasured)
    assert (final.base, final.head) == ("r0", "r0+better+good")
    assert final.proof.workloads[0].speedup.ratio == pytest.approx(1.8, rel=0.02)


def test_the_whole_suite_may_wait_until_there_is_promise():
    stage = Stage("good", "dud", speeds={"good": 1.5}, tests_first=False, wrong=("good", "dud"))
    stage.play()
    assert stage.kinds == [
        "hotspot_opened",
        *TRIED, *LOOKED,  # good: scope only
        *TRIED, *LOOKED, "candidate_judged",  # dud is refused before its tests are run
        "check_finished", "candidate_judged",  # good: the tests say no
        "hotspot_closed", "run_finished",
    ]  # fmt: skip


def test_screening_and_confirmation_share_no_seed():
    stage = Stage("good", speeds={"good": 1.5})
    stage.play()
    assert len(stage.meter.seeds) == len(set(stage.meter.seeds)) >= 3


def test_every_confirmation_has_its_own_part_of_the_error_budget():
    names = [f"idea{number}" for number in range(12)]
    goal = Goal(workloads=(BENCH, replace(BENCH, name="second")), suite=None, candidates=12)
    stage = Stage(*names, speeds=dict.fromkeys(names, 1.1), goal=goal)
    stage.play()
    alphas = [event.alpha for event in stage.of(ConfirmationStarted)]
    assert alphas == [alpha_for(number) for number in range(1, 25)]
    assert sum(alphas) < 0.05


def test_a_hotspot_has_its_number_of_candidates():
    goal = Goal(workloads=(BENCH,), suite=None, candidates=2)
    stage = Stage("a", "b", "c", goal=goal, refused=("a", "b", "c"))
    stage.play(hotspot("f"), hotspot("g"))
    assert stage.kinds.count("candidate_proposed") == 4
    closed = [event for event in stage.events if event.kind == "hotspot_closed"]
    assert [(event.tried, event.kept, event.why) for event in closed] == [
        (2, 0, "no more candidates are allowed here (--candidates)")
    ] * 2


def test_a_spent_budget_still_concludes_what_was_paid_for_and_measures_the_headline():
    stage = Stage("good", "other", speeds={"good": 1.5}, budget=Budget(candidates=1))
    with pytest.raises(BudgetSpent):
        stage.play()
    assert stage.kinds == ["hotspot_opened", *TRIED, *LOOKED, *CONFIRMED, "kept good on r0", *FINAL, "run_finished"]
    (end,) = stage.of(RunFinished)
    assert (end.ending, end.seconds) == ("budget", 0.0)
    assert "budget of 1 candidates" in end.message


def test_the_time_budget_ends_a_run_before_the_next_candidate():
    now = iter([0.0, 5.0, 11.0, 11.0])
    purse = Purse(budget=Budget(seconds=10.0), clock=lambda: next(now), start=0.0)
    purse.take()
    purse.take()
    with pytest.raises(BudgetSpent, match=r"time budget of 10\.0 s is used up after 2 candidates") as caught:
        purse.take()
    assert caught.value.exit_code == 6
    assert caught.value.hint


def test_ctrl_c_ends_the_run_at_once_and_is_recorded():
    stage = Stage("a", "b", trouble={"b": KeyboardInterrupt()}, speeds={"a": 1.5})
    with pytest.raises(KeyboardInterrupt):
        stage.play()
    assert stage.kinds[-1] == "run_finished"
    assert stage.of(RunFinished)[0].ending == "interrupted"
    assert stage.base.open == []


def test_being_terminated_counts_as_interrupted():
    stage = Stage("a", trouble={"a": SystemExit(143)})
    with pytest.raises(SystemExit):
        stage.play()
    assert stage.of(RunFinished)[0].ending == "interrupted"


def test_our_own_trouble_ends_the_run_and_says_so():
    stage = Stage("a", trouble={"a": TargetError("the disk is full", code="disk_full")})
    with pytest.raises(TargetError):
        stage.play()
    (end,) = stage.of(RunFinished)
    assert (end.ending, end.message) == ("failed", "the disk is full")


@pytest.mark.parametrize("reason", ["crashed", "timed_out", "wrong_behavior", "cheating", "noisy"])
def test_a_candidates_trouble_while_it_is_timed_is_a_verdict(reason):
    stage = Stage("bad", "good", trouble={"bad": CandidateError(reason, "said")}, speeds={"good": 1.3})
    assert stage.play().ideas == ("good",)
    verdict = next(event.verdict for event in stage.events if event.kind == "candidate_judged")
    assert (verdict.reason, verdict.message) == (reason, "said")
    assert verdict.outcome == ("inconclusive" if reason == "noisy" else "rejected")
    assert stage.base.open == []


def test_a_candidates_trouble_inside_a_check_is_a_verdict():
    stage = Stage("evil", violating=("evil",))
    stage.play()
    verdict = next(event.verdict for event in stage.events if event.kind == "candidate_judged")
    assert (verdict.reason, verdict.check, verdict.evidence) == ("sandbox_violation", "scope", "socket()")


def test_what_fits_alone_and_not_together_does_not_end_the_run_in_an_error():
    stage = Stage("good", speeds={"good": 1.5})
    plain, calls = stage.meter.rounds, count(1)

    def rounds(before, after, workload, seed):
        if next(calls) == 4:
            raise CandidateError("wrong_behavior", "the workload prints something else")
        yield from plain(before, after, workload, seed)

    stage.meter.rounds = rounds
    assert stage.play().ideas == ("good",)
    assert stage.kinds[-2:] == ["warned", "run_finished"]
    assert stage.of(RunFinished)[0].ending == "done"
    assert stage.of(FinalMeasured) == []


@pytest.mark.parametrize(
    ("speed", "said"),
    [(0.9, "(slower): 0.9"), (1.0, "(not_faster): "), (1.3, None)],
    ids=["slower", "as_fast", "faster"],
)
def test_a_whole_that_is_not_proven_faster_is_shown_with_a_warning(speed, said):
    stage = Stage(speeds={"good": speed})
    stage.play(base=stage.base.commit(idea("good").edits, "good"))
    (final,) = stage.of(FinalMeasured)
    assert final.proof.workloads[0].speedup.ratio == pytest.approx(speed, rel=0.02)
    warned = [event.message for event in stage.of(Warned)]
    assert len(warned) == (said is not None)
    assert all("the kept changes together are not proven faster" in one and said in one for one in warned)


def test_a_whole_whose_rounds_contradict_each_other_is_shown_with_a_warning():
    stage = Stage(speeds={"good": 1.0})
    bench = replace(stage.bench, together=FakeMeter({"good": 1.2}), cpu_bound=frozenset({"bench"}))
    stage.pursuit = replace(stage.pursuit, bench=bench)
    stage.play(base=stage.base.commit(idea("good").edits, "good"))
    (final,), (warned,) = stage.of(FinalMeasured), stage.of(Warned)
    assert final.proof.workloads[0].speedup.ratio == pytest.approx(1.0, rel=0.02)
    assert "(noisy): bench: sharing a core 1.20x, but 1.00x one after the other" in warned.message


def test_an_interrupted_pursuit_goes_on_where_it_was():
    past = (Attempt(candidate=idea("a"), verdict=Accepted(message="", proof=None)),)
    stage = Stage("a", "b", refused=("b",), past=past, speeds={"a": 1.5})
    later = stage.base.commit(idea("a").edits, "a")
    last = stage.play(base=later)
    assert last == later
    assert stage.strategy.log[0] == ("r0+a", ("a",))
    assert stage.kinds == ["hotspot_opened", *TRIED, "candidate_judged", "hotspot_closed", *FINAL, "run_finished"]


def test_one_given_change_gets_one_verdict():
    stage = Stage(speeds={"good": 1.4}, refused=("bad",), trouble={"ugly": CandidateError("crashed", "boom")})
    assert attempt(idea("bad"), stage.base, stage.bench).reason == "tests_failed"
    assert attempt(idea("ugly"), stage.base, stage.bench).reason == "crashed"
    assert attempt(idea("same"), stage.base, stage.bench).reason == "not_faster"
    good = attempt(idea("good"), stage.base, stage.bench)
    assert isinstance(good, Accepted)
    assert good.proof.workloads[0].speedup.low > 1.2


def test_where_no_candidate_could_be_verified_nobody_is_asked_for_one():
    stage = Stage("good", speeds={"good": 1.2})
    stage.pursuit = replace(stage.pursuit, hopeless=lambda base, hotspot: "unverifiable: nothing looks")
    assert stage.play() == stage.base
    assert stage.kinds == ["hotspot_opened", "hotspot_closed", "run_finished"]
    assert stage.of(HotspotClosed)[0].why == "unverifiable: nothing looks"
    assert stage.strategy.log == []


def test_faults_are_planted_in_what_is_accepted_where_that_was_asked():
    found = Faults(planted=3, by=(), missed=(), seconds=1.0, form="candidate")
    for wanted in (True, False):
        stage = Stage("good", "dud", speeds={"good": 1.2, "dud": 1.0})
        bench = replace(stage.bench, strength=lambda candidate, base: found)
        stage.pursuit = replace(stage.pursuit, bench=bench, strength=wanted)
        stage.play()
        assert len(stage.of(StrengthMeasured)) == wanted
