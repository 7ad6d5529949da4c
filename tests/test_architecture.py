"""The rules that no linter knows: which part may import which, sizes, docstrings, and what a quick answer may load."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PARTS = ("agents", "commands", "optimizer", "profilers", "prompts", "samples")
FILES = sorted(
    path
    for path in (*ROOT.glob("*.py"), *(found for part in PARTS for found in (ROOT / part).rglob("*.py")))
    if "samples" not in path.parts[:-2] and path.name != "conftest.py"
)
HARNESS = [path for path in FILES if path.parent.name == "harness"]
OWNERS = {
    "git": {"optimizer/sandbox/git.py"},
    "subprocess": {"optimizer/sandbox/process.py", "optimizer/harness/repeat.py"},
    "tree_sitter_python": {"optimizer/languages/python.py"},
    "litellm": {"agents/models/litellm.py"},
    "tempfile": {f"optimizer/sandbox/{part}.py" for part in ("git", "private", "scratch", "trees")}
    | {"commands/demo.py", "optimizer/harness/asv.py"},
    "typer": {"cli.py", "commands/options.py"},
    "click": {"cli.py", "commands/options.py"},
}
OWNING_FOLDERS = {"rich": "optimizer/views"}
NEIGHBOURS = {"sitecustomize"}
"""The one module that is not the standard library's and that code inside the target's interpreter must let run."""
UNDER = {
    "optimizer": {"optimizer"},
    "prompts": {"prompts", "optimizer"},
    "profilers": {"profilers", "optimizer"},
    "samples": {"samples", "optimizer"},
    "agents": {"agents", "prompts", "optimizer"},
    "commands": {"commands", "agents", "prompts", "profilers", "samples", "optimizer"},
}
"""What each part may import from the package."""
INSIDE = {
    "core": {"core"},
    "languages": {"languages", "core"},
    "store": {"store", "core"},
    "views": {"views", "core", "store"},
    "sandbox": {"sandbox", "core"},
    "discover": {"discover", "core"},
    "measure": {"measure", "core"},
}
"""The same inside the optimizer, for the parts that others stand on."""


def name(path):
    return path.relative_to(ROOT).as_posix()


def tree(path):
    return ast.parse(path.read_bytes())


def imports(path):
    """(top-level module, names) for what comes from outside, (path from the root, names) as `/…` for our own."""
    here = path.relative_to(ROOT).parent.parts
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield (node.module or "").partition(".")[0]
        elif isinstance(node, ast.ImportFrom):
            folder = here[: len(here) - node.level + 1]
            module = [*folder, *(node.module or "").split(".")] if node.module else [*folder]
            if module:
                yield "/" + "/".join(module)
            else:
                yield from (f"/{alias.name}" for alias in node.names)


def test_there_is_something_to_check():
    assert {"cli.py", "optimizer/loop.py", "commands/run.py", "agents/edits.py"} <= {name(path) for path in FILES}
    assert "/optimizer/core/ports" in set(imports(ROOT / "optimizer/loop.py"))


@pytest.mark.parametrize("path", FILES, ids=name)
def test_the_arrows_of_the_architecture(path):
    part = path.relative_to(ROOT).parts[0]
    own = {found.split("/")[1] for found in imports(path) if found.startswith("/")}
    assert "cli" not in own or part == "__main__.py"
    assert "perfsmith" not in set(imports(path)), "inside the package imports are relative"
    if part in UNDER:
        assert own - {"__version__"} <= UNDER[part]
    inner = path.relative_to(ROOT).parts[1] if part == "optimizer" else ""
    if inner in INSIDE:
        seen = {found.split("/")[2] for found in imports(path) if found.startswith("/optimizer/")}
        assert seen <= INSIDE[inner] | MODULES


MODULES = {"quantities"}
"""Small modules of the optimizer itself that every part may use."""


@pytest.mark.parametrize("path", FILES, ids=name)
def test_third_parties_have_one_owner_each(path):
    outside = {found for found in imports(path) if not found.startswith("/")}
    for package, owners in OWNERS.items():
        assert package not in outside or name(path) in owners
    for package, folder in OWNING_FOLDERS.items():
        assert package not in outside or name(path).startswith(folder)


@pytest.mark.parametrize("path", FILES, ids=name)
def test_only_one_file_makes_parsers(path):
    """Others may name the type of a node, no more."""
    froms = [node for node in ast.walk(tree(path)) if isinstance(node, ast.ImportFrom) and node.module == "tree_sitter"]
    taken = {alias.name for node in froms for alias in node.names}
    assert taken <= {"Node"} or name(path) == "optimizer/languages/python.py"


@pytest.mark.parametrize("path", [*HARNESS, *(ROOT / "optimizer/core").glob("*.py")], ids=name)
def test_the_core_and_the_harness_import_the_standard_library_only(path):
    outside = {found for found in imports(path) if not found.startswith("/")}
    assert outside <= sys.stdlib_module_names | (NEIGHBOURS if path in HARNESS else set())
    if path in HARNESS:
        assert not [found for found in imports(path) if found.startswith("/")]


@pytest.mark.parametrize("path", HARNESS, ids=name)
def test_the_harness_keeps_to_the_syntax_of_old_interpreters(path):
    ast.parse(path.read_text("utf-8"), feature_version=(3, 6))


@pytest.mark.parametrize("path", FILES, ids=name)
def test_sizes_docstrings_and_silence(path):
    source = tree(path)
    assert len(path.read_text("utf-8").splitlines()) <= 400
    for node in ast.walk(source):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno - node.lineno < 40, f"{node.name} has more than 40 lines"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("print", "breakpoint"), f"line {node.lineno}: logic never prints"
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            pytest.fail(f"line {node.lineno}: a bare except")
    if source.body:
        assert ast.get_docstring(source), "every module says what it is for"


HEAVY = ("hypothesis", "litellm", "pydantic", "git", "pyperf", "tree_sitter", "rich", "httpx", "openai")


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_quick_answers_load_nothing_heavy(option):
    script = (
        "import json, sys\n"
        f"sys.argv = ['perfsmith', {option!r}]\n"
        "from perfsmith.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    code = end.code\n"
        "sys.stderr.write(json.dumps([code or 0, sorted(name for name in sys.modules if '.' not in name)]))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    code, loaded = json.loads(done.stderr)
    assert code == 0
    assert done.stdout.startswith(("perfsmith ", "Usage:", "\nUsage:", " \n Usage:")), done.stdout[:80]
    assert [package for package in HEAVY if package in loaded] == []


def test_every_check_of_the_ladder_has_its_place():
    source = (ROOT / "commands/run.py").read_text("utf-8").partition("def quick_rungs")[2]
    order = ["Applies()", "Scope()", "Builds()", "Names()", "Protected(", "Tests(", "Replay(", "_generated("]
    places = [source.index(text) for text in order]
    assert places == sorted(places)
