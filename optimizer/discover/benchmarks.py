"""The benchmarks a project brings along, and whether each can be run as it is."""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from . import asv
from .interpreter import Python
from .tree import Tree, by_depth, parent

_NAME = re.compile(r"bench(mark)?s?|bench(mark)?_.*|.*_bench(mark)?s?|(run|test)_bench(mark)?s?.*|perf_.*|.*_perf")
_FOLDER = re.compile(r"bench(es)?|benchmarks?|perf|performance|asv_bench")
_FOREIGN = re.compile(r"(^|/)(_?vendor(ed)?|third_party|node_modules|site-packages|\.[^/]+|docs?)/")
_NOT_RUN = re.compile(r"__\w+__|_.*|conftest|setup|utils?|common|helpers?|data|config|plot.*|report.*|compare.*")
_ROUNDS = (
    f"--benchmark-min-rounds={asv.CALLS} --benchmark-max-time=0 --benchmark-min-time=0 --benchmark-warmup=off "
    "--benchmark-calibration-precision=1 --benchmark-disable-gc --benchmark-columns=rounds"
)
_ONCE = "--benchmark-disable"
_BY_TIME = frozenset({"max_time", "min_time", "min_rounds", "calibration_precision", "warmup", "warmup_iterations"})
"""Options of a mark that go before those of the command line, and make the rounds follow the speed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """A file that measures something; `problem` says why it cannot be a workload, empty if it can."""

    path: str
    kind: Literal["script", "pytest", "asv"]
    arguments: str = ""
    problem: str = ""


def benchmarks(tree: Tree, python: Python) -> tuple[Benchmark, ...]:
    """All of them, the shallowest first and asv's last; only their text is looked at."""
    paths = by_depth(path for path in tree.files if _looks_like_one(path))
    home = asv.folder(tree)
    seen = (_benchmark(path, tree, python, home) for path in paths)
    found = [benchmark for benchmark in seen if benchmark is not None]
    return tuple(sorted(found, key=lambda benchmark: benchmark.kind == "asv"))


def _looks_like_one(path: str) -> bool:
    if not path.endswith(".py") or _FOREIGN.search(path):
        return False
    *folders, name = path.removesuffix(".py").split("/")
    if _NOT_RUN.fullmatch(name):
        return False
    return _NAME.fullmatch(name) is not None or any(_FOLDER.fullmatch(folder) for folder in folders)


def _benchmark(path: str, tree: Tree, python: Python, home: str | None) -> Benchmark | None:
    try:
        module = ast.parse(tree.text(path))
    except (SyntaxError, ValueError):
        return None
    lacking = _lacking(module, path, tree, python)
    if home is not None and path.startswith(f"{home}/"):
        problem = f"needs {lacking}, which is not installed" if lacking else ""
        return Benchmark(path=path, kind="asv", problem=problem or asv.problem(asv.name_of(path, tree), tree))
    if _is_pytest(module):
        return _of_pytest(module, path, python, lacking)
    if not _is_script(module):
        return None
    problem = f"needs {lacking}, which is not installed" if lacking else _script_problem(module)
    arguments = "--debug-single-value" if "pyperf" in _imported(module) else ""
    return Benchmark(path=path, kind="script", arguments=arguments, problem=problem)


def _of_pytest(module: ast.Module, path: str, python: Python, lacking: str) -> Benchmark:
    fixture = _asks_for_fixture(module)
    if fixture and not any(python.home_of(name) for name in ("pytest_benchmark", "pytest_codspeed")):
        lacking = "pytest-benchmark or pytest-codspeed"
    problem = f"needs {lacking}, which is not installed" if lacking else ""
    return Benchmark(path=path, kind="pytest", arguments=_fixed_work(module, python), problem=problem)


def pytest_arguments(path: str, tree: Tree, python: Python) -> str:
    """What pytest has to be told so that tests of that file do the same work in every run; empty for nothing."""
    try:
        return _fixed_work(ast.parse(tree.text(path)), python)
    except (SyntaxError, ValueError):
        return ""


def _fixed_work(module: ast.Module, python: Python) -> str:
    """A fixed number of rounds: pytest-benchmark would run a faster function more often, in the same time.

    Where a mark sets the time of a benchmark itself, the function is run once instead: marks go before options.
    """
    if not _asks_for_fixture(module) or python.home_of("pytest_benchmark") is None:
        return ""
    words = [word.arg for node in ast.walk(module) if _is_mark(node) for word in getattr(node, "keywords", [])]
    return _ONCE if _BY_TIME.intersection(words) else _ROUNDS


def _asks_for_fixture(module: ast.Module) -> bool:
    marked = any(
        ast.unparse(node).endswith("mark.benchmark") for node in ast.walk(module) if isinstance(node, ast.Attribute)
    )
    return marked or any("benchmark" in _parameters(function) for function in _functions(module))


def _is_mark(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func).endswith("mark.benchmark")


def _is_pytest(module: ast.Module) -> bool:
    return any(function.name.startswith("test") for function in _functions(module))


def _functions(module: ast.Module) -> Iterator[ast.FunctionDef]:
    """Functions at the top and methods of classes there."""
    for node in module.body:
        yield from (inner for inner in [node, *getattr(node, "body", [])] if isinstance(inner, ast.FunctionDef))


def _parameters(function: ast.FunctionDef) -> set[str]:
    return {parameter.arg for parameter in (*function.args.args, *function.args.kwonlyargs)}


def _is_script(module: ast.Module) -> bool:
    """Does running it do something: a guard, or calls and loops at the top?"""
    if any(isinstance(node, ast.If) and "__main__" in ast.unparse(node.test) for node in module.body):
        return True
    calls = [node for node in module.body if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)]
    return bool(calls) or any(isinstance(node, (ast.For, ast.While, ast.With)) for node in module.body)


def _script_problem(module: ast.Module) -> str:
    """Why a script cannot simply be run; only what its text shows."""
    for node in ast.walk(module):
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "sys.argv" and ast.unparse(node.slice) != "0":
            return "needs arguments"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr == "add_argument" and _is_required(node):
                return "needs arguments"
            if node.func.attr == "autorange":
                return "runs for a fixed time, so that faster code would not finish sooner"
    return ""


def _is_required(call: ast.Call) -> bool:
    words = {word.arg: ast.unparse(word.value) for word in call.keywords}
    if words.get("required") == "True":
        return True
    name = call.args[0] if call.args else None
    positional = isinstance(name, ast.Constant) and not str(name.value).startswith("-")
    return positional and words.get("nargs") not in ("'?'", "'*'") and "default" not in words


def _imported(module: ast.Module) -> set[str]:
    """Top-level modules that are imported unconditionally."""
    names: set[str] = set()
    for node in module.body:
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


def _lacking(module: ast.Module, path: str, tree: Tree, python: Python) -> str:
    """The first imported module that is neither standard, nor in the tree, nor installed; empty for none."""
    for name in sorted(_imported(module) - sys.stdlib_module_names):
        places = (f"{folder}{name}" for folder in ("", "src/", "lib/", f"{parent(path)}/"))
        in_tree = any(f"{place}.py" in tree.files or tree.has_folder(place) for place in places)
        if not in_tree and python.home_of(name) is None:
            return name
    return ""
