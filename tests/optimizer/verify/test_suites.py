"""Tests of a target: what is found out about the base's, and what a candidate's must show. Real pytest runs."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest
from perfsmith.optimizer.core.errors import TargetError
from perfsmith.optimizer.core.events import BaseTested, Warned
from perfsmith.optimizer.core.goal import Goal
from perfsmith.optimizer.core.values import Suite
from perfsmith.optimizer.core.verdicts import Failed, Passed, Skipped
from perfsmith.optimizer.verify.exercised import Exercise
from perfsmith.optimizer.verify.facts import SuiteFacts, find_facts, summarise
from perfsmith.optimizer.verify.junit import TestRun, differences, is_bad, read_junit
from perfsmith.optimizer.verify.lacking import Lacking
from perfsmith.optimizer.verify.suite import WHOLE, run_suite
from perfsmith.optimizer.verify.tests import Tests

COMMAND = "PYTHONPATH=src python -m pytest -q -p no:cacheprovider"
SUITE = Suite(command=COMMAND, pytest=True, timeout=30)
MODULE = "def f(x):\n    return x + 1\n"
FILES = {
    "src/mod.py": MODULE,
    "tests/test_a.py": """
import pytest
from mod import f

def test_f():
    assert f(1) == 2

@pytest.mark.parametrize("x", [1, 2, 2])
def test_many(x):
    assert f(x) == x + 1

@pytest.mark.xfail
def test_known():
    assert f(1) == 3

@pytest.mark.skip
def test_off():
    pass

class TestGroup:
    def test_in(self):
        assert f(0)
""",
}


def goal(suite=SUITE, **more):
    return Goal(workloads=(), suite=suite, **more)


@pytest.fixture(scope="module")
def base(tmp_path_factory, new_repository, base_in):
    folder = tmp_path_factory.mktemp("suites")
    return base_in(folder / "state", new_repository(folder / "repo", FILES))


@pytest.fixture(scope="module")
def facts(base):
    return find_facts(base, goal(), None, lambda _: None)


def rung(facts, asked):
    return Tests(facts=facts, exercise=Exercise(goal=asked, record=lambda _: None), record=lambda _: None)


def test_each_outcome_of_the_base_is_known(facts):
    facts = replace(facts, outcomes=dict(facts.outcomes))
    assert facts.outcomes.pop("tests.test_a::test_known") == "xfailed"
    assert facts.outcomes.pop("tests.test_a::test_off") == "skipped"
    assert set(facts.outcomes.values()) == {"passed"}
    names = [name.partition("[")[0] for name in facts.outcomes]
    assert names == ["tests.test_a::test_f", *["tests.test_a::test_many"] * 3, "tests.test_a.TestGroup::test_in"]
    assert (facts.flaky, facts.failing, facts.code) == ((), (), 0)


def test_equal_outcomes_pass(base, climb, candidate, facts):
    outcome = climb(rung(facts, goal()), candidate(base, {"src/mod.py": "def f(x):\n    return 1 + x\n"}), base, goal())
    assert isinstance(outcome, Passed)
    assert outcome.note == f"{len(facts.outcomes)} same"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def f(x):\n    return x + 2\n", "passed on the base, failed with the change"),
        ("def f(x):\n    return 3 if x == 1 else x + 1\n", "test_known: xfailed on the base, passed with the change"),
        ("def f(x):\n    import pytest\n    pytest.skip('not now')\n", "passed on the base, skipped with the change"),
        (
            "import pytest\npytest.skip('none', allow_module_level=True)\n",
            "passed on the base, missing with the change",
        ),
        ("raise RuntimeError\n", "passed on the base, missing with the change"),
        ("import os\nos._exit(0)\n", "ended early, with status 0 and without a report"),
        ("def f(x):\n    __import__('os')._exit(0)\n", "ended early, with status 0 and without a report"),
        ("def f(x):\n    __import__('os').kill(__import__('os').getpid(), 9)\n", "and without a report"),
        ("def f(x):\n    raise KeyboardInterrupt\n", "with the change"),
        ("def f(x):\n    __import__('pytest').exit('enough', returncode=0)\n", "missing with the change"),
    ],
)
def test_any_other_outcome_is_refused(base, climb, candidate, facts, source, said):
    outcome = climb(rung(facts, goal()), candidate(base, {"src/mod.py": source}), base, goal())
    assert isinstance(outcome, Failed)
    assert (outcome.check, outcome.reason) == ("tests", "tests_failed")
    assert said in f"{outcome.message} {outcome.evidence}"


def test_the_evidence_shows_the_failure(base, climb, candidate, facts):
    outcome = climb(rung(facts, goal()), candidate(base, {"src/mod.py": "def f(x):\n    return x + 2\n"}), base, goal())
    assert "(and 4 more)" in outcome.message or "more)" in outcome.message
    assert "assert 3 == 2" in outcome.evidence


def test_tests_that_hang_are_timed_out(base, climb, candidate, facts):
    quick = SuiteFacts(outcomes=facts.outcomes, durations={}, seconds=-3.0, flaky=(), failing=(), code=0)
    changed = candidate(base, {"src/mod.py": "def f(x):\n    while True: pass\n"})
    outcome = climb(rung(quick, goal()), changed, base, goal())
    assert (outcome.reason, outcome.check) == ("timed_out", "tests")


def test_covering_tests_refuse_before_the_whole_suite_runs(base, climb, candidate, facts):
    slow = SuiteFacts(outcomes=facts.outcomes, durations={}, seconds=6.0, flaky=(), failing=(), code=0)
    steps = []
    exercise = Exercise(goal=goal(), record=lambda _: None)
    tests = Tests(facts=slow, exercise=exercise, record=lambda event: steps.append(event.what))
    assert (
        climb(tests, candidate(base, {"src/mod.py": "def f(x):\n    return 7\n"}), base, goal()).reason
        == "tests_failed"
    )
    assert steps == ["running the tests that reach the change"]
    good = candidate(base, {"src/mod.py": "def f(x):\n    return 1 + x\n"})
    assert isinstance(climb(tests, good, base, goal()), Passed)
    assert len(steps) == 3


def test_the_whole_suite_does_not_meet_what_covering_tests_have_dropped(repository, base_of, climb, candidate):
    """A conftest.py could make any test pass."""
    first = "import os\ndef test_clean(): assert not os.path.exists('conftest.py')\n"
    base = base_of(repository({**FILES, "tests/test_0.py": first}))
    slow = replace(find_facts(base, goal(), None, lambda _: None), seconds=6.0, durations={})
    dropping = candidate(base, {"src/mod.py": "def f(x):\n    open('conftest.py', 'w').close()\n    return x + 1\n"})
    steps = []
    exercise = Exercise(goal=goal(), record=lambda _: None)
    tests = Tests(facts=slow, exercise=exercise, record=lambda event: steps.append(event.what))
    assert isinstance(climb(tests, dropping, base, goal()), Passed)
    assert len(steps) == 2


def test_without_tests_the_rung_is_skipped(base, climb, candidate):
    outcome = climb(rung(None, goal(None)), candidate(base, {"src/mod.py": "x = 1\n"}), base, goal(None))
    assert isinstance(outcome, Skipped)


@pytest.mark.parametrize("left", ["ln -s /dev/zero", "mkfifo", "mkdir", "truncate -s 3G"])
def test_a_report_that_is_no_plain_file_is_no_report(base, left):
    command = f'p="${{PYTEST_ADDOPTS#--junitxml=}}"; {left} "$p"'
    with base.fork() as tree:
        run, done = run_suite(tree, Suite(command=command, pytest=True), timeout=20)
    assert done.ok
    assert run is None


def facts_of(files, repository, base_of, suite=SUITE, **more):
    base = base_of(repository({"src/mod.py": MODULE, **files}))
    told = []
    return find_facts(base, goal(suite, **more), None, told.append), told


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"tests/test_a.py": "def test_x(): assert 0\n"}, "tests_fail_at_base"),
        ({"tests/test_a.py": "import nothing_like_it\n"}, "tests_cannot_be_collected"),
        ({"tests/test_a.py": "def test_x(:\n"}, "tests_cannot_be_collected"),
        ({"tests/test_a.py": "import os\ndef test_x(): os._exit(0)\n"}, "tests_cannot_run"),
        ({"conftest.py": "raise RuntimeError\n", "tests/test_a.py": "def test_x(): pass\n"}, "tests_cannot_run"),
        (
            {"tests/test_a.py": "import pytest\n@pytest.fixture\ndef f(): 1/0\ndef test_x(f): pass\n"},
            "tests_fail_at_base",
        ),
    ],
)
def test_a_base_that_cannot_be_used_says_why(repository, base_of, tmp_path, files, code):
    with pytest.raises(TargetError) as caught:
        facts_of(files, repository, base_of)
    assert caught.value.code == code
    assert caught.value.exit_code == 3
    assert caught.value.hint


def test_a_base_whose_tests_hang_says_so(repository, base_of, tmp_path):
    hanging = Suite(command=COMMAND, pytest=True, timeout=1.5)
    with pytest.raises(TargetError) as caught:
        facts_of({"tests/test_a.py": "import time\ntime.sleep(60)\n"}, repository, base_of, hanging)
    assert caught.value.code == "tests_hang_at_base"


def test_no_tests_at_all_are_no_facts(repository, base_of, tmp_path):
    assert facts_of({"tests/test_a.py": "x = 1\n"}, repository, base_of)[0] is None
    assert facts_of({}, lambda files: repository(files, "other"), base_of, None)[0] is None


RED = {"tests/test_a.py": "def test_x(): assert 0\ndef test_y(): pass\nclass TestC:\n    def test_z(self): assert 0\n"}


def test_failing_tests_may_be_left_out_by_name(repository, base_of, kept):
    base, told = base_of(repository({"src/mod.py": MODULE, **RED})), []
    for named in (
        ("auto",),
        ("test_x", "test_z"),
        ("tests/test_a.py::test_x", "tests/test_a.py::TestC::test_z"),
        ("tests.test_a::test_x", "tests.test_a.TestC::test_z"),
    ):
        facts = find_facts(base, goal(quarantine=named), kept(), told.append)
        assert set(facts.failing) == {"tests.test_a::test_x", "tests.test_a.TestC::test_z"}
        assert told[-1].failing == facts.failing


def test_naming_one_of_them_does_not_excuse_the_other(repository, base_of, tmp_path):
    with pytest.raises(TargetError, match="1 of 3 tests fail before any change"):
        facts_of(RED, repository, base_of, quarantine=("test_x",))


def test_quarantined_tests_must_fail_alike(repository, base_of, tmp_path, climb, candidate):
    base = base_of(
        repository({"src/mod.py": MODULE, "tests/test_a.py": "from mod import f\ndef test_x(): assert f(1) == 9\n"})
    )
    asked = goal(quarantine=("auto",))
    facts = find_facts(base, asked, None, lambda _: None)
    changed = candidate(base, {"src/mod.py": "def f(x):\n    return 9\n"})
    outcome = climb(rung(facts, asked), changed, base, asked)
    assert "failed on the base, passed with the change" in outcome.message


FAR = """
import socket
from mod import f
def test_far(): socket.create_connection(("192.0.2.1", 80), 2)
def test_near(): assert f(1) == 2
"""


def test_what_fails_for_want_of_the_network_that_walls_close_is_named_and_set_aside_when_told_so(
    repository, base_of, open_walls, tmp_path
):
    walls, told = open_walls("bubblewrap", tmp_path / "home"), []
    base = base_of(repository({"src/mod.py": MODULE, "tests/test_a.py": FAR}), walls)
    lacking = Lacking(network="network" in walls.promises)
    with pytest.raises(TargetError, match=r"test_far\), 1 of them for want of the network") as caught:
        find_facts(base, goal(), None, told.append, lacking)
    assert "--quarantine" in caught.value.hint
    facts = find_facts(base, replace(goal(), quarantine=("auto",)), None, told.append, lacking)
    assert facts.failing == tuple(facts.excused) == ("tests.test_a::test_far",)
    assert facts.outcomes["tests.test_a::test_near"] == "passed"
    (warning,) = [event.message for event in told if isinstance(event, Warned)]
    assert "tests.test_a::test_far" in warning
    assert "--sandbox process" in warning
    with pytest.raises(TargetError, match=r"1 of 2 tests fail before any change \([^)]*\); "):
        find_facts(base, goal(), None, told.append)


POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 4\n".format("a" * 64)
LARGE = """
import pathlib
from mod import f
def load(): return pathlib.Path("data/model.bin").read_bytes()
def test_large(): assert load()[0] == 0, "data/model.bin is damaged"
def test_small(): assert f(1) == 2
"""


def test_what_fails_for_want_of_a_large_file_is_set_aside_until_it_is_there(repository, base_of, kept):
    files = {".gitattributes": "*.bin filter=lfs -text\n", "data/model.bin": POINTER}
    base = base_of(repository({"src/mod.py": MODULE, "tests/test_a.py": LARGE, **files}))
    lacking, told = Lacking(files=base.surroundings.large.missing(frozenset(base.files()), base.read)), []
    assert lacking.files == ("data/model.bin",)
    facts = find_facts(base, goal(), kept(), told.append, lacking)
    assert facts.excused == {"tests.test_a::test_large": "data/model.bin"}
    assert "git lfs pull" in told[-1].message
    assert find_facts(base, goal(), kept(), told.append, lacking) == facts
    with pytest.raises(TargetError, match="fail before any change"):
        find_facts(base, goal(), kept(), told.append)


def test_tests_in_a_submodule_are_those_that_the_users_checkout_collects(repository, base_of, walls):
    inner = repository({"test_in.py": "def test_in(): pass\ndef test_too(): pass\n"}, name="inner")
    repo = repository({"src/mod.py": MODULE, "tests/test_a.py": "from mod import f\ndef test_x(): assert f(1) == 2\n"})
    repo.git("submodule", "--quiet", "add", str(inner.root), "tests/more")
    repo.commit({}, "a submodule")
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    env = {**os.environ, "PYTHONPATH": "src"}
    listed = subprocess.run(command, cwd=repo.root, env=env, capture_output=True, text=True, check=True).stdout
    own = [line for line in listed.splitlines() if "::" in line]
    facts = find_facts(base_of(repo, walls), goal(), None, lambda _: None)
    assert len(facts.outcomes) == len(own) == 3
    assert {name.rpartition("::")[2] for name in facts.outcomes} == {line.rpartition("::")[2] for line in own}


def test_a_complaint_excuses_only_who_makes_it_every_time_and_only_of_what_is_lacking():
    case = '<testcase classname="a" name="{}"><{} message="{}">{}</{}></testcase>'
    lost = case.format("lost", "failure", "x", "OSError: [Errno 101] Network is unreachable", "failure")
    late = case.format("late", "error", "gaierror: Temporary failure in name resolution", "", "error")
    odd = case.format("odd", "failure", "assert 1 == 2", "", "failure")
    big = case.format("big", "failure", "x", "open('model.bin')", "failure")
    runs = tuple(
        read_junit(f"<s>{lost}{late}{big}{other}</s>".encode(), code=1, seconds=1.0)
        for other in (odd, odd.replace("assert 1 == 2", "Network is unreachable"))
    )
    facts = summarise(runs, Lacking(network=True))
    assert facts.failing == ("a::lost", "a::late", "a::big", "a::odd")
    assert facts.excused == {"a::lost": "network", "a::late": "network"}
    assert summarise(runs, Lacking(files=("data/model.bin",))).excused == {"a::big": "data/model.bin"}
    assert summarise(runs, Lacking(files=("del.bin",))).excused == summarise(runs).excused == {}


def test_flaky_tests_are_named_and_never_proof(repository, base_of, tmp_path, climb, candidate):
    counter = tmp_path / "count"
    test = f"""
import pathlib
from mod import f
def test_flaky():
    path = pathlib.Path({str(counter)!r})
    number = int(path.read_text()) + 1 if path.exists() else 1
    path.write_text(str(number))
    assert number % 2
def test_firm(): assert f(1) == 2
"""
    base = base_of(repository({"src/mod.py": MODULE, "tests/test_a.py": test}))
    facts = find_facts(base, goal(), None, lambda _: None)
    assert facts.flaky == ("tests.test_a::test_flaky",)
    assert (facts.failing, facts.code) == ((), -1)
    good = climb(rung(facts, goal()), candidate(base, {"src/mod.py": "def f(x):\n    return 1 + x\n"}), base, goal())
    assert (good.note, good.warnings) == ("1 same", ("1 flaky tests are no proof",))
    bad = climb(rung(facts, goal()), candidate(base, {"src/mod.py": "def f(x):\n    return 1\n"}), base, goal())
    assert "test_firm" in bad.message


def test_facts_are_found_out_once(repository, base_of, kept):
    base = base_of(repository(FILES))
    told = []
    first, second = (find_facts(base, goal(), kept(), told.append) for _ in range(2))
    assert first == second
    assert [event.cached for event in told if isinstance(event, BaseTested)] == [False, True]
    (place,) = kept().folder.iterdir()
    place.write_text('{"outcomes": 3')
    assert find_facts(base, goal(), kept(), told.append).outcomes == first.outcomes
    assert not told[-1].cached


def test_facts_are_those_of_one_revision_and_one_way_to_run_the_tests(repository, base_of, kept):
    repo = repository({"src/mod.py": MODULE, "tests/test_a.py": "def test_x(): pass\n"})
    told = []
    find_facts(base_of(repo), goal(), kept(), told.append)
    find_facts(base_of(repo), goal(replace(SUITE, command=f"{COMMAND} -v")), kept(), told.append)
    find_facts(base_of(repo), goal(), kept("another environment"), told.append)
    repo.commit({"tests/test_a.py": "def test_x(): pass\ndef test_y(): pass\n"})
    find_facts(base_of(repo), goal(), kept(), told.append)
    assert [event.cached for event in told if isinstance(event, BaseTested)] == [False] * 4


def test_a_red_base_that_was_mended_beside_git_is_seen_to_be_green(repository, base_of, tmp_path, kept):
    test = f"import os\ndef test_x(): assert os.path.exists({str(tmp_path / 'installed')!r})\n"
    base = base_of(repository({"src/mod.py": MODULE, "tests/test_a.py": test}))
    with pytest.raises(TargetError, match="fail before any change"):
        find_facts(base, goal(), kept(), lambda _: None)
    (tmp_path / "installed").touch()
    assert find_facts(base, goal(), kept(), lambda _: None).failing == ()


UNITTEST = """
import unittest
from mod import f
class T(unittest.TestCase):
    def test_f(self):
        self.assertEqual(f(1), 2)
"""


def test_another_runner_is_judged_by_its_exit_code(repository, base_of, tmp_path, climb, candidate):
    suite = Suite(command="PYTHONPATH=src python -m unittest discover -s tests", pytest=False, timeout=30)
    base = base_of(repository({"src/mod.py": MODULE, "tests/test_u.py": UNITTEST}))
    asked = goal(suite)
    facts = find_facts(base, asked, None, lambda _: None)
    assert facts.outcomes == {WHOLE: "passed"}
    good = climb(rung(facts, asked), candidate(base, {"src/mod.py": "def f(x):\n    return 1 + x\n"}), base, asked)
    bad = climb(rung(facts, asked), candidate(base, {"src/mod.py": "def f(x):\n    return 1\n"}), base, asked)
    assert isinstance(good, Passed)
    assert bad.message == f"{WHOLE}: passed on the base, failed with the change"
    assert "AssertionError: 1 != 2" in bad.evidence


def runs(*outcomes, code=0):
    return TestRun(outcomes=dict(outcomes), durations={}, code=code, seconds=1.0)


def test_a_code_that_hangs_on_chance_is_not_compared():
    """Another test fails in each run: the code is 1 all the time and would be 0 if for once all passed."""
    names = ("a", "b", "c")
    three = tuple(runs(*((name, "failed" if name == bad else "passed") for name in names), code=1) for bad in names)
    assert summarise(three).code == -1
    assert summarise((runs(("a", "passed")),) * 3).code == 0
    varied = (runs(("a", "passed")), runs(("a", "skipped")), runs())
    assert (summarise(varied).flaky, summarise(varied).code) == (("a",), 0)


def test_junit_files():
    text = b"""<?xml version="1.0"?><testsuites><testsuite>
    <testcase classname="m" name="a" time="0.5"/><testcase classname="m" name="a" time="1.5"><failure/></testcase>
    <testcase classname="m" name="b"><error/></testcase>
    <testcase classname="m" name="c"><skipped type="pytest.xfail"/></testcase>
    <testcase classname="m" name="d"><skipped/><system-out>x</system-out></testcase>
    </testsuite></testsuites>"""
    run = read_junit(text, code=1, seconds=2.0)
    assert run.outcomes == {"m::a": "failed+passed", "m::b": "error", "m::c": "xfailed", "m::d": "skipped"}
    assert run.durations["m::a"] == 2.0
    assert run.bad == ("m::a", "m::b")
    for broken in (b"", b"<testsuites>", b"not xml", b"\xff"):
        with pytest.raises(ValueError, match="not a JUnit file"):
            read_junit(broken, code=0, seconds=0)


def test_differences_are_one_sentence_each():
    before, after = {"a": "passed", "b": "passed", "c": "passed"}, {"a": "passed", "b": "failed", "d": "failed"}
    assert differences(before, after, frozenset()) == (
        "b: passed on the base, failed with the change",
        "c: passed on the base, missing with the change",
    )
    assert differences(before, after, frozenset({"b", "c"})) == ()
    assert is_bad("error+passed")
    assert not is_bad("xfailed+skipped")
