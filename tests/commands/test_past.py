"""What a resumed run learns from the ledger of the interrupted one."""

from pathlib import Path

import pytest
from perfsmith.commands.optimize import purse_of
from perfsmith.commands.past import Past
from perfsmith.commands.strategies import Remembered
from perfsmith.optimizer.core.errors import BudgetSpent
from perfsmith.optimizer.core.events import (
    Applied,
    BaseTimed,
    CandidateJudged,
    CandidateProposed,
    Committed,
    ConfirmationStarted,
    Entry,
    HotspotClosed,
    HotspotOpened,
    Profiled,
    ReplyReceived,
    RunFinished,
    RunStarted,
)
from perfsmith.optimizer.core.goal import Budget, Goal
from perfsmith.optimizer.core.values import (
    Candidate,
    Edit,
    Hotspot,
    Message,
    Origin,
    Profile,
    Prompt,
    Reply,
    Repo,
    Unit,
)
from perfsmith.optimizer.core.verdicts import Accepted, Proof, Rejected

REPO = Repo(root=Path("/r"), revision="r0", python=Path("/p"), source=("src",))
YES = Accepted(message="", proof=Proof(workloads=()))
NO = Rejected(reason="not_faster", message="")


def hotspot(name, rank=1):
    unit = Unit(name=name, path="m.py", first=1, last=2, start=0, end=9, indent="")
    return Hotspot(rank=rank, unit=unit, symbol=f"m:{name}", own=0.5, total=0.5)


def candidate(text, home):
    edit = Edit(path="m.py", before=b"", after=text.encode())
    return Candidate(edits=(edit,), idea=text, origin=Origin(author="x"), hotspot=hotspot(home).id)


def started(**goal):
    return RunStarted(
        repo=REPO, goal=Goal(workloads=(), suite=None, **goal), command="optimize", model="m", version="0"
    )


def profiled(*names):
    profile = Profile(workload="w", profiler="p", seconds=1.0, root="/r", stacks=())
    return Profiled(profile=profile, hotspots=tuple(hotspot(name, rank) for rank, name in enumerate(names, 1)))


def committed(what):
    return Committed(candidate=what.id, sha=f"sha-{what.idea}", subject="s", ref="r", branch="b")


def past(*events):
    return Past(entries=tuple(Entry(seq=seq, at=0.0, run="r", event=event) for seq, event in enumerate(events, 1)))


def test_a_new_run_has_no_past():
    empty = Past()
    assert (empty.start, empty.done, empty.kept, empty.confirmations, empty.unkept) == (None, False, (), 0, None)
    assert empty.left([hotspot("f")]) == [hotspot("f")]
    assert empty.tried(hotspot("f")) == ()


def test_the_hotspots_that_are_left():
    found = past(started(hotspots=2), profiled("f", "g", "h"), HotspotOpened(hotspot=hotspot("f")))
    assert [spot.unit.name for spot in found.hotspots] == ["f", "g"]
    closed = HotspotClosed(hotspot=hotspot("f").id, tried=1, kept=0, why="")
    later = past(*(entry.event for entry in found.entries), closed)
    assert [spot.unit.name for spot in later.left(later.hotspots)] == ["g"]
    assert past(started(targets=("m:f",)), profiled("f")).hotspots == ()


def test_what_was_tried_kept_and_spent():
    a, b = candidate("a", "f"), candidate("b", "g")
    found = past(
        started(),
        CandidateProposed(candidate=a),
        ConfirmationStarted(candidate=a.id, alpha=0.001),
        CandidateJudged(candidate=a.id, verdict=YES),
        committed(a),
        CandidateProposed(candidate=b),
        ConfirmationStarted(candidate=b.id, alpha=0.001),
        CandidateJudged(candidate=b.id, verdict=NO),
        RunFinished(ending="interrupted", seconds=1.0),
    )
    assert (found.kept, found.confirmations, found.done) == (("sha-a",), 2, False)
    assert [attempt.candidate for attempt in found.tried(hotspot("f"))] == [a]
    assert [attempt.verdict for attempt in found.tried(hotspot("g"))] == [NO]
    assert found.unkept is None


@pytest.mark.parametrize(
    ("ending", "done"), [("done", True), ("budget", False), ("interrupted", False), ("failed", False)]
)
def test_only_a_natural_end_is_one(ending, done):
    assert past(started(), RunFinished(ending=ending, seconds=1.0)).done == done


def test_a_run_that_was_resumed_counts_by_its_last_end():
    ends = [RunFinished(ending=ending, seconds=1.0) for ending in ("interrupted", "done")]
    assert past(started(), ends[0], started(), ends[1]).done


def test_what_was_accepted_just_before_the_end_is_still_to_be_kept():
    a, b = candidate("a", "f"), candidate("b", "f")
    first = [CandidateProposed(candidate=a), CandidateJudged(candidate=a.id, verdict=YES), committed(a)]
    second = [CandidateProposed(candidate=b), CandidateJudged(candidate=b.id, verdict=YES)]
    assert past(started(), *first, *second).unkept == (b, YES)
    assert past(started(), *first, *second, committed(b)).unkept is None
    assert past(started(), CandidateJudged(candidate="unknown", verdict=YES)).unkept is None


class Counting:
    """A model that counts how often it is asked."""

    name = "counting"
    asked = 0

    def reply(self, prompt):
        self.asked += 1
        return Reply(text=f"new {prompt.template}", model=self.name, tokens_in=5, usd=0.1)


def test_a_model_is_not_asked_again_for_what_it_answered():
    known, new = (Prompt(template=name, messages=(Message(role="user", text=name),)) for name in ("known", "new"))
    told = ReplyReceived(sha=known.sha, reply=Reply(text="old", model="counting", tokens_in=100, usd=1.0))
    model = Counting()
    remembering = Remembered(model=model, replies=past(started(), told).replies)
    answer = remembering.reply(known)
    assert (answer.text, answer.tokens_in, answer.usd, model.asked) == ("old", 0, 0.0, 0)
    assert (remembering.reply(new).text, model.asked, remembering.name) == ("new new", 1, "counting")


def test_rounds_are_gone_on_with_as_free_to_write_as_they_were():
    timings = [
        BaseTimed(workload="new", wall=0.1, cpu=0.1, cpu_bound=True, frozen=True),
        BaseTimed(workload="writes", wall=0.1, cpu=0.1, cpu_bound=True, frozen=False),
        BaseTimed(workload="old ledger", wall=0.1, cpu=0.1, cpu_bound=True),
    ]
    entries = tuple(Entry(seq=number, at=0.0, run="r", event=event) for number, event in enumerate(timings, 1))
    assert Past(entries=entries).frozen == {"new": True, "writes": False, "old ledger": False}


def at(*moments):
    return Past(entries=tuple(Entry(seq=1, at=when, run="r", event=event) for when, event in moments))


def test_time_and_candidates_of_all_sittings_count_and_what_is_left_is_gone_on_with():
    timed = BaseTimed(workload="w", wall=1.0, cpu=1.0)
    judged = CandidateJudged(candidate="c", verdict=NO)
    cut = CandidateProposed(candidate=candidate("b", "f"))
    end = RunFinished(ending="budget", seconds=99.0)
    applied = Applied(branch="b", before="1", after="2")
    first = (0.0, started()), (50.0, timed), (60.0, timed), (65.0, cut), (70.0, judged), (80.0, end), (9e5, applied)
    second = (1e6, started()), (1e6 + 30, timed), (1e6 + 35, judged), (1e6 + 40, cut)
    found = at(*first, *second)
    assert (found.seconds, found.judged) == (30.0, 2)
    assert (Past().seconds, Past().judged) == (0.0, 0)
    assert at((0.0, started()), (7.0, end)).seconds == 0.0
    with pytest.raises(BudgetSpent, match=r"time budget of 29\.0 s is used up after 2 candidates"):
        purse_of(Budget(seconds=29.0), found).take()
    with pytest.raises(BudgetSpent, match="budget of 2 candidates is used up") as caught:
        purse_of(Budget(candidates=2), found).take()
    assert "runs resume --budget" in caught.value.hint
    purse = purse_of(Budget(seconds=90.0, candidates=3), found)
    purse.take()
    with pytest.raises(BudgetSpent, match="budget of 3 candidates"):
        purse.take()
