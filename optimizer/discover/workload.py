"""What exercises the slow code: told, a benchmark of the project, else its slowest tests."""

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ..core.errors import TargetError
from ..core.values import Guess, Suite, Workload
from . import asv
from .benchmarks import Benchmark, benchmarks, pytest_arguments
from .commands import in_project, missing_imports, runs_pytest, unlike_names, with_imports
from .interpreter import Python
from .tree import Found, Tree

_OPTION = "--workload"
_BETTER = f'better: {_OPTION} "python your_script.py"'
_MOST = 3
"""Benchmarks or tests that are taken unasked: each is timed many times."""
_TEST_ID = re.compile(r"[^\s:]+\.py(::\S.*)?|[^\s:]+::\S.*")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    """A command, and what it is called where the command itself does not say so."""

    command: str
    name: str = ""


def find_workloads(
    options: Iterable[str], config: Iterable[str], tree: Tree, python: Python, root: Path
) -> Found[tuple[Workload, ...]]:
    """The workloads that were told, else up to three of the project's benchmarks; none if there are none.

    A text that is told may be a command, a pytest id (`tests/bench.py::test_big`) or a benchmark of asv as asv calls
    it (`suite.TimeKeys.time_get`, or all of `suite`). When nothing is found, `guess.how` says what was seen and left,
    and `slowest_tests` is next. Raises `TargetError` for a benchmark of asv that takes no time.
    """
    for told, how in ((tuple(options), f"set by {_OPTION}"), (tuple(config), "set by [tool.perfsmith] workload")):
        if told:
            return _workloads([_told(text, tree, python, root) for text in told], how)
    found = benchmarks(tree, python)
    usable = [benchmark for benchmark in found if not benchmark.problem]
    folders = missing_imports(tree, python, root)
    commands = [_command(benchmark, folders, tree, python) for benchmark in usable[:_MOST]]
    return _workloads(commands, _how(found, usable))


def slowest_tests(
    suite: Suite | None, durations: Mapping[str, float], tree: Tree, python: Python, root: Path
) -> Found[tuple[Workload, ...]]:
    """The three slowest tests (id → seconds of the base's runs) as one workload, said so.

    A suite that is not pytest's is taken whole. Raises `TargetError` if there are no tests either.
    """
    if suite is not None and not suite.pytest:
        workload = Workload(name="the tests", command=suite.command)
        return Found(value=(workload,), guess=_guess("the tests", f"no benchmarks found; {_BETTER}"))
    slowest = sorted(durations, key=lambda test: (-durations[test], test))[:_MOST]
    if suite is None or not slowest:
        raise TargetError(
            "there is nothing to time: no benchmarks and no tests were found",
            code="no_workload",
            hint='say what is slow with --workload "COMMAND"',
        )
    command = _pytest_command(slowest, tree, python, root)
    name = "slowest test" if len(slowest) == 1 else f"{len(slowest)} slowest tests"
    how = f"no benchmarks found; the slowest take {sum(durations[test] for test in slowest):.2g} s; {_BETTER}"
    return Found(value=(Workload(name=name, command=command),), guess=_guess(f"{name}: {', '.join(slowest)}", how))


def _told(text: str, tree: Tree, python: Python, root: Path) -> _Chosen:
    """A command as it stands, or the command for a pytest id or for one of asv's benchmarks."""
    if asv.is_name(text, tree):
        if trouble := asv.problem(text, tree):
            hint = 'name a time_ benchmark, or say what is slow with --workload "COMMAND"'
            raise TargetError(f"the benchmark {text} {trouble}", code="workload_not_timed", hint=hint)
        return _of_asv(text, missing_imports(tree, python, root), tree)
    if not _TEST_ID.fullmatch(text):
        return _Chosen(command=text)
    path, separator, rest = text.partition("::")
    if not path.endswith(".py") and f"{path}.py" in tree.files:
        path = f"{path}.py"
    fixed = pytest_arguments(path, tree, python)
    return _Chosen(command=_pytest_command([f"{path}{separator}{rest}"], tree, python, root, fixed))


def _of_asv(name: str, folders: tuple[str, ...], tree: Tree) -> _Chosen:
    return _Chosen(command=in_project(with_imports(asv.command([name], tree), folders), tree), name=name)


def _pytest_command(tests: Iterable[str], tree: Tree, python: Python, root: Path, fixed: str = "") -> str:
    folders = tuple(folder for folder in missing_imports(tree, python, root) if folder)
    flags = [*_measured(python), *filter(None, [fixed])]
    words = ["python -m pytest -q -p no:cacheprovider", *flags, *(shlex.quote(test) for test in tests)]
    return in_project(with_imports(" ".join(words), folders), tree)


def _measured(python: Python) -> list[str]:
    """What keeps installed plug-ins from blurring a measurement: one worker, no coverage, no shuffling."""
    plugins = {"xdist": "-n0", "pytest_cov": "--no-cov", "pytest_randomly": "-p no:randomly"}
    return [flag for plugin, flag in plugins.items() if python.home_of(plugin) is not None]


def _command(benchmark: Benchmark, folders: tuple[str, ...], tree: Tree, python: Python) -> _Chosen:
    if benchmark.kind == "asv":
        return _of_asv(asv.name_of(benchmark.path, tree), folders, tree)
    path = shlex.quote(benchmark.path)
    if benchmark.kind == "script":
        # a script's own folder is on its path, the project's is not
        needed = tuple(folder for folder in folders if folder or "/" in benchmark.path)
        text = with_imports(f"python {path} {benchmark.arguments}".strip(), needed)
        return _Chosen(command=in_project(text, tree))
    words = ["python -m pytest -q -p no:cacheprovider", *_measured(python), benchmark.arguments, path]
    text = with_imports(" ".join(filter(None, words)), tuple(folder for folder in folders if folder))
    return _Chosen(command=in_project(text, tree))


def _how(found: tuple[Benchmark, ...], usable: list[Benchmark]) -> str:
    left = [f"{benchmark.path} {benchmark.problem}" for benchmark in found if benchmark.problem]
    more = f"{len(usable) - _MOST} more found" if len(usable) > _MOST else ""
    seen = "benchmarks found" if len(usable) > 1 else "benchmark found" if usable else "no benchmarks found"
    return "; ".join(part for part in (seen, more, *left[:2]) if part)


def _workloads(chosen: list[_Chosen], how: str) -> Found[tuple[Workload, ...]]:
    names = unlike_names([one.command for one in chosen])
    workloads = tuple(
        Workload(name=one.name or name, command=one.command, told=one.name)
        for name, one in zip(names, chosen, strict=True)
    )
    return Found(value=workloads, guess=_guess("; ".join(one.name or one.command for one in chosen) or "none", how))


def uncounted(workload: Workload) -> bool:
    """Does its command still lack the number of calls?"""
    return asv.CALLS in workload.command


def counted(workload: Workload, calls: int) -> Workload:
    """The same with the number of calls in its place."""
    return replace(workload, command=workload.command.replace(asv.CALLS, str(calls)))


def _guess(value: str, how: str) -> Guess:
    return Guess(what="workload", value=value, how=how, option=_OPTION)


def follow_speed(workloads: Iterable[Workload], tree: Tree, python: Python) -> list[str]:
    """Notes on told commands in which pytest-benchmark chooses the number of rounds, and so hides a gain."""
    return [
        f"{workload.name}: pytest-benchmark runs a faster function more often, which hides the gain; "
        "name the test alone (--workload path/test_x.py::test_y), or add --benchmark-disable"
        for workload in workloads
        if runs_pytest(workload.command) and "--benchmark-" not in workload.command
        if any(pytest_arguments(path, tree, python) for path in _tests_named(workload.command, tree))
    ]


def _tests_named(command: str, tree: Tree) -> set[str]:
    """Files that a pytest command names, or that lie in folders that it names."""
    words = {word.partition("::")[0].rstrip("/") for word in command.split() if not word.startswith("-")}
    return {path for path in tree.python_files() if any(path == word or path.startswith(f"{word}/") for word in words)}
