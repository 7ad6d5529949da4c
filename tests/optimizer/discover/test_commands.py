import pytest
from perfsmith.optimizer.discover.commands import runs_pytest, short_name, unlike_names


@pytest.mark.parametrize(
    "command",
    [
        "pytest",
        "py.test -q tests",
        "python -m pytest -q",
        "python3.12 -m pytest",
        ".venv/bin/python -m pytest",
        "{python} -m pytest",
        "env X=1 {python} -m pytest -q",
        "X=1 Y='a b' pytest",
        "python -X dev -W error -m pytest",
        "cd sub && python -m pytest -q",
        "uv run pytest",
        "poetry run python -m pytest",
        "python -m pytest -k 'a or (b and c)'",
        "python -m pytest 'tests/test_a.py::test[a|b]'",
    ],
)
def test_pytest_is_recognised(command):
    assert runs_pytest(command)


@pytest.mark.parametrize(
    "command",
    [
        "",
        "tox",
        "nox -s tests",
        "make test",
        "python -m unittest",
        "python run.py -m pytest",
        "python -m",
        "coverage run -m pytest",
        "pytest; true",
        "pytest || true",
        "pytest | tail",
        "make build && pytest",
        "pytest 'unclosed",
        "echo pytest",
    ],
)
def test_what_is_not_plainly_pytest(command):
    assert not runs_pytest(command)


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("python bench.py", "bench.py"),
        ("python benchmarks/big.py --size 5", "big.py"),
        ("env PYTHONPATH=src python benchmarks/big.py", "big.py"),
        ("python -m textkit big.txt", "textkit"),
        ("python -m pytest -q -p no:cacheprovider 'tests/b.py::T::test_big[a b]'", "test_big[a b]"),
        ("python -m pytest -q tests/b.py", "b.py"),
        ("./run.sh --fast", "run.sh"),
        ("make bench", "make"),
        ("python -c 'import x; x.main(1, 2, 3)'", "python -c 'import x; x.…"),
    ],
)
def test_short_names(command, name):
    assert short_name(command) == name


def test_names_differ():
    assert unlike_names(["python a.py", "python b.py"]) == ("a.py", "b.py")
    assert unlike_names(["python a.py 1", "python a.py 2", "b"]) == ("python a.py 1", "python a.py 2", "b")
    assert unlike_names(["python a.py", "python a.py"]) == ("python a.py #1", "python a.py #2")
