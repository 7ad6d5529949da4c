import pytest
from perfsmith.optimizer.core.errors import TargetError
from perfsmith.optimizer.core.values import Suite
from perfsmith.optimizer.discover.workload import find_workloads, slowest_tests

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
        "python -m pytest -q -p no:cacheprovider --benchmark-min-rounds=20 --benchmark-max-time=0"
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


def test_asv_is_named_as_not_supported(tree, python, root):
    files = {
        "asv.conf.json": '{"benchmark_dir": "asv_bench"}',
        "asv_bench/big.py": "class TimeBig:\n    def time_it(self): pass\n",
    }
    found = workloads(tree, python, root, files)
    assert found.value == ()
    assert "asv_bench/big.py is for asv, which is not supported yet" in found.guess.how


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
