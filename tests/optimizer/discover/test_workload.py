import shlex

import pytest
from perfsmith.optimizer.core.errors import TargetError
from perfsmith.optimizer.core.values import Suite, Workload
from perfsmith.optimizer.discover.workload import counted, find_workloads, follow_speed, slowest_tests, uncounted

SCRIPT = "import pkg\n\nif __name__ == '__main__':\n    pkg.run()\n"
FIXTURE = "import pkg\n\ndef test_speed(benchmark):\n    benchmark(pkg.run)\n"
PKG = {"pkg/__init__.py": ""}


def workloads(tree, python, root, files, *modules, folder=""):
    return find_workloads((), (), tree(files, folder), python(*modules), root)


def commands(found):
    return [workload.command for workload in found.value]


def test_options_then_configuration(tree, python, root):
    files = tree(PKG | {"bench.py": SCRIPT})
    told = find_workloads(("python a.py", "python b.py"), ("python c.py",), files, python(), root)
    assert [(w.name, w.command) for w in told.value] == [("a.py", "python a.py"), ("b.py", "python b.py")]
    assert told.guess.how == "set by --workload"
    assert commands(find_workloads((), ("python c.py",), files, python(), root)) == ["python c.py"]


@pytest.mark.parametrize("text", ["tests/speed.py::test_big[a b]", "tests/speed::test_big[a b]"])
def test_a_pytest_id_becomes_a_command(tree, python, root, text):
    found = find_workloads((), (text,), tree({"tests/speed.py": ""}), python(), root)
    assert commands(found) == ["python -m pytest -q -p no:cacheprovider 'tests/speed.py::test_big[a b]'"]
    assert found.value[0].name == "test_big[a b]"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("bench.py", "python bench.py"),
        ("benchmark.py", "python benchmark.py"),
        ("bench_big.py", "python bench_big.py"),
        ("big_bench.py", "python big_bench.py"),
        ("benchmarks/big.py", "env PYTHONPATH=. python benchmarks/big.py"),
        ("perf/big.py", "env PYTHONPATH=. python perf/big.py"),
    ],
)
def test_scripts_that_are_called_like_benchmarks(tree, python, root, path, expected):
    found = workloads(tree, python, root, PKG | {path: SCRIPT})
    assert commands(found) == [expected]
    assert found.value[0].name == path.rpartition("/")[2]
    assert "benchmark found" in found.guess.how


@pytest.mark.parametrize(
    "path", ["setup.py", "pkg/bench/_data.py", "benchmarks/__init__.py", "benchmarks/conftest.py", "docs/bench.py"]
)
def test_what_is_not_called_like_one(tree, python, root, path):
    found = workloads(tree, python, root, PKG | {path: SCRIPT})
    assert found.value == ()
    assert found.guess.how == "no benchmarks found"
    assert found.guess.value == "none"


def test_a_plain_script_and_a_module_that_does_nothing(tree, python, root):
    assert commands(workloads(tree, python, root, {"bench.py": "import json\nprint(json.dumps(1))\n"}))
    assert not commands(workloads(tree, python, root, {"bench.py": '"""Doc."""\nX = 1\ndef f(): pass\n'}))
    assert not commands(workloads(tree, python, root, {"bench.py": "print 'two'\n"}))


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("import sys\nmain(sys.argv[1])\n", "needs arguments"),
        ("import argparse\np = argparse.ArgumentParser()\np.add_argument('file')\np.parse_args()\n", "needs arguments"),
        ("p = P()\np.add_argument('--file', required=True)\np.parse_args()\n", "needs arguments"),
        ("import numpy\nnumpy.run()\n", "needs numpy, which is not installed"),
        ("import timeit\nprint(timeit.Timer('x').autorange())\n", "fixed time"),
    ],
)
def test_scripts_that_cannot_simply_be_run_are_named(tree, python, root, script, problem):
    found = workloads(tree, python, root, {"bench.py": script})
    assert found.value == ()
    assert "bench.py" in found.guess.how
    assert problem in found.guess.how


@pytest.mark.parametrize(
    "script",
    [
        "p = P()\np.add_argument('--size', default=3)\np.add_argument('file', nargs='?')\np.parse_args()\n",
        "import sys\nprint(sys.argv[0])\n",
        "import helper\nimport pkg\nhelper.run()\n",
        "try:\n    import numpy\nexcept ImportError:\n    numpy = None\nprint(numpy)\n",
    ],
)
def test_scripts_that_can_be_run(tree, python, root, script):
    files = PKG | {"benchmarks/b.py": script, "benchmarks/helper.py": ""}
    assert commands(workloads(tree, python, root, files)) == ["env PYTHONPATH=. python benchmarks/b.py"]


def test_src_layout(tree, python, root):
    files = {"src/pkg/__init__.py": "", "bench.py": SCRIPT}
    assert commands(workloads(tree, python, root, files)) == ["env PYTHONPATH=src python bench.py"]
    assert commands(workloads(tree, python, root, files, f"pkg={root}/src")) == ["python bench.py"]


def test_a_pyperf_script_is_run_once(tree, python, root):
    files = {"bench.py": "import pyperf\nrunner = pyperf.Runner()\nrunner.bench_func('x', int)\n"}
    assert commands(workloads(tree, python, root, files, "pyperf")) == ["python bench.py --debug-single-value"]


def test_pytest_benchmark_with_a_fixed_number_of_rounds(tree, python, root):
    files = PKG | {"benchmarks/test_speed.py": FIXTURE}
    [command] = commands(workloads(tree, python, root, files, "pytest", "pytest_benchmark"))
    assert command.startswith(
        "python -m pytest -q -p no:cacheprovider --benchmark-min-rounds=PERFSMITH_CALLS --benchmark-max-time=0"
    )
    assert command.endswith(" benchmarks/test_speed.py")


MARKED = "import pytest\n\npytestmark = pytest.mark.benchmark()\n\ndef test_speed():\n    pass\n"


@pytest.mark.parametrize("text", [FIXTURE, MARKED])
def test_pytest_benchmark_that_is_not_installed(tree, python, root, text):
    found = workloads(tree, python, root, PKG | {"benchmarks/test_speed.py": text}, "pytest")
    assert found.value == ()
    assert "needs pytest-benchmark" in found.guess.how


def test_plug_ins_that_blur_a_measurement_are_switched_off(tree, python, root):
    files = PKG | {"benchmarks/test_speed.py": "def test_speed():\n    pass\n"}
    modules = ("pytest", "xdist", "pytest_cov", "pytest_randomly")
    [command] = commands(workloads(tree, python, root, files, *modules))
    assert "-n0 --no-cov -p no:randomly" in command
    assert "--benchmark" not in command


def test_a_pytest_id_that_takes_the_fixture_does_a_fixed_number_of_rounds(tree, python, root):
    files = tree(PKG | {"benchmarks/test_speed.py": FIXTURE})
    told = find_workloads(
        ("benchmarks/test_speed.py::test_speed",), (), files, python("pytest", "pytest_benchmark"), root
    )
    assert "--benchmark-min-rounds=PERFSMITH_CALLS" in told.value[0].command
    assert uncounted(told.value[0])
    assert "--benchmark-min-rounds=70 " in counted(told.value[0], 70).command
    assert not uncounted(counted(told.value[0], 70))


@pytest.mark.parametrize("option", ["max_time=2", "min_rounds=3", "warmup=True"])
def test_a_mark_that_sets_the_time_itself_is_run_once(tree, python, root, option):
    text = f"import pytest\n\n@pytest.mark.benchmark({option})\ndef test_speed(benchmark):\n    benchmark(int)\n"
    files = PKG | {"benchmarks/test_speed.py": text}
    [command] = commands(workloads(tree, python, root, files, "pytest", "pytest_benchmark"))
    assert "--benchmark-disable " in command
    assert "PERFSMITH_CALLS" not in command


ASV = {
    "asv.conf.json": '{"benchmark_dir": "./asv_bench"}',
    "asv_bench/__init__.py": "",
    "asv_bench/big.py": (
        "class Keys:\n    def time_get(self): pass\n    def track_size(self): pass\n"
        "def peakmem_all(): pass\ndef timeraw_start(): pass\ndef other(): pass\n"
    ),
}


def test_a_module_of_asv_is_a_workload(tree, python, root):
    [workload] = workloads(tree, python, root, PKG | ASV).value
    assert (workload.name, workload.told) == ("big", "big")
    assert workload.command.startswith("env PYTHONPATH=. python /")
    assert workload.command.endswith("/harness/asv.py asv_bench PERFSMITH_CALLS big")


@pytest.mark.parametrize("name", ["big", "big.Keys", "big.Keys.time_get", "big.Keys.time_get(1, 'a b')"])
def test_a_benchmark_by_the_name_that_asv_prints(tree, python, root, name):
    [workload] = find_workloads((name,), (), tree(ASV), python(), root).value
    assert workload.name == name
    assert workload.command.endswith(f" PERFSMITH_CALLS {shlex.quote(name)}")


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("big.Keys.track_size", "tracks a number"),
        ("big.peakmem_all", "measures memory"),
        ("big.timeraw_start", "processes of asv's own"),
        ("big.other", "has no time_ benchmark"),
        ("big.missing", "is not in asv_bench/big.py"),
    ],
)
def test_a_benchmark_that_takes_no_time_is_refused(tree, python, root, name, problem):
    with pytest.raises(TargetError, match=problem) as caught:
        find_workloads((name,), (), tree(ASV), python(), root)
    assert caught.value.code == "workload_not_timed"


def test_a_program_with_a_dot_is_no_benchmark(tree, python, root):
    [workload] = find_workloads(("big.sh",), (), tree({"big.sh": ""}), python(), root).value
    assert workload.command == "big.sh"


def test_asv_comes_last_and_says_what_it_cannot_do(tree, python, root):
    files = PKG | ASV | {"asv_bench/size.py": "def track_it(): pass\n", "bench.py": SCRIPT}
    found = workloads(tree, python, root, files)
    assert [workload.name for workload in found.value] == ["bench.py", "big"]
    assert "asv_bench/size.py has no time_ benchmark" in found.guess.how


def test_three_benchmarks_at_most_the_shallowest_first(tree, python, root):
    files = {f"benchmarks/b{number}.py": "print(1)\n" for number in range(4)} | {"bench.py": "print(1)\n"}
    found = workloads(tree, python, root, files)
    assert [workload.name for workload in found.value] == ["bench.py", "b0.py", "b1.py"]
    assert "2 more found" in found.guess.how


def test_a_member_of_a_monorepo(tree, python, root):
    files = {"a/pkg/__init__.py": "", "a/bench.py": SCRIPT, "bench.py": SCRIPT}
    assert commands(workloads(tree, python, root, files, folder="a")) == ["cd a && python bench.py"]


PYTEST = Suite(command="python -m pytest -q", pytest=True)


def test_the_slowest_tests_are_a_workload_that_says_so(tree, python, root):
    durations = {"t.py::a": 0.1, "t.py::b": 3.0, "t.py::c[x y]": 2.0, "t.py::d": 0.5}
    found = slowest_tests(PYTEST, durations, tree({}), python(), root)
    [workload] = found.value
    assert workload.command == "python -m pytest -q -p no:cacheprovider t.py::b 't.py::c[x y]' t.py::d"
    assert workload.name == "3 slowest tests"
    assert "no benchmarks found" in found.guess.how
    assert "5.5 s" in found.guess.how
    assert "better: --workload" in found.guess.how


def test_a_suite_whose_tests_are_not_seen_is_taken_whole(tree, python, root):
    suite = Suite(command="python -m unittest", pytest=False)
    found = slowest_tests(suite, {}, tree({}), python(), root)
    assert commands(found) == ["python -m unittest"]
    assert "better" in found.guess.how


@pytest.mark.parametrize("suite", [None, PYTEST])
def test_nothing_to_time(tree, python, root, suite):
    with pytest.raises(TargetError) as caught:
        slowest_tests(suite, {}, tree({}), python(), root)
    assert caught.value.code == "no_workload"
    assert "--workload" in caught.value.hint


@pytest.mark.parametrize(
    ("command", "noted"),
    [
        ("python -m pytest benchmarks/test_speed.py", True),
        ("pytest -q benchmarks/", True),
        ("pytest benchmarks/test_speed.py::test_speed", True),
        ("pytest --benchmark-disable benchmarks", False),
        ("pytest tests", False),
        ("python benchmarks/test_speed.py", False),
    ],
)
def test_a_command_whose_work_follows_the_speed_is_noted(tree, python, root, command, noted):
    files = tree({"benchmarks/test_speed.py": FIXTURE, "tests/test_a.py": "def test_a(): pass\n"})
    assert follow_speed([Workload(name="w", command=command)], files, python("pytest")) == []
    notes = follow_speed([Workload(name="w", command=command)], files, python("pytest", "pytest_benchmark"))
    assert bool(notes) == noted
