"""Where a project's packages and modules lie: as its build configuration says, else by the usual layouts."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from .tree import Table, Tree, by_depth, parent, table_at, tables_at, text_at, texts_at

_NOT_CODE = re.compile(
    r"tests?|testing|docs?|examples?|samples?|demos?|tutorials?|bench(es)?|benchmarks?|asv_bench|perf|scripts?|tools?|ci"
    r"|build|dist|_?vendor(ed)?|third_party|.*_tests|.*\.egg-info|\..*",
    re.IGNORECASE,
)
_NOT_MODULES = re.compile(
    r"test.*|.*_test|conftest|setup|noxfile|versioneer|fabfile|manage|tasks|.*bench.*|run_.*|release|sitecustomize"
)


def declared(tree: Tree) -> tuple[str, ...]:
    """Tracked folders and modules that the build configuration names; `.` if the project's folder is the package."""
    document = tree.toml()
    named = dict.fromkeys([*_setuptools(tree, document), *_setup_py(tree), *_other_builders(tree, document)])
    return tuple(path for path in named if path == "." or path in tree.files or tree.has_folder(path))


def guessed(tree: Tree) -> tuple[str, ...]:
    """What looks like the project's code: after its name, under src/, packages at the top, modules at the top."""
    named = _named(tree)
    if named:
        return named
    for folder in ("src", "lib", ""):
        if found := _packages_in(tree, folder):
            return found
    if "__init__.py" in tree.files:
        return (".",)
    return _modules_in(tree, "src") or _modules_in(tree, "")


def import_folders(paths: Iterable[str]) -> tuple[str, ...]:
    """The folders that must be on `sys.path` for these packages and modules; empty text for the top."""
    return tuple(dict.fromkeys(parent(path) for path in paths if path != "."))


def _named(tree: Tree) -> tuple[str, ...]:
    """The package or module that is called like the project."""
    document = tree.toml()
    names = (
        text_at(document, "project", "name"),
        text_at(document, "tool", "poetry", "name"),
        tree.ini("setup.cfg").get("metadata", "name", fallback=""),
    )
    stems = {re.sub(r"[-.]+", "_", name).lower() for name in names if name}
    found = (f"{folder}{stem}" for stem in stems for folder in ("src/", "", "lib/"))
    places = ((path, f"{path}.py") for path in found)
    return tuple(path for pair in places for path in pair if path in tree.files or f"{path}/__init__.py" in tree.files)[
        :1
    ]


def _packages_in(tree: Tree, folder: str) -> tuple[str, ...]:
    """Regular packages in a folder; under src/ also folders that hold Python files somewhere (namespaces)."""
    start = f"{folder}/" if folder else ""
    inside = [path.removeprefix(start) for path in tree.python_files() if path.startswith(start)]
    if folder:
        names = [path.partition("/")[0] for path in inside if "/" in path]
    else:
        names = [path.partition("/")[0] for path in inside if path.endswith("/__init__.py") and path.count("/") == 1]
    return by_depth({start + name for name in names if not _NOT_CODE.fullmatch(name)})


def _modules_in(tree: Tree, folder: str) -> tuple[str, ...]:
    inside = (path for path in tree.python_files() if parent(path) == folder)
    return tuple(path for path in inside if not _NOT_MODULES.fullmatch(path.rpartition("/")[2].removesuffix(".py")))


def _setuptools(tree: Tree, document: Table) -> Iterator[str]:
    table = table_at(document, "tool", "setuptools")
    homes = {name: str(home) for name, home in table_at(table, "package-dir").items()}
    yield from _placed(texts_at(table, "packages"), homes)
    yield from (_join(homes.get("", ""), f"{name}.py") for name in texts_at(table, "py-modules"))
    if "find" in table_at(table, "packages"):
        for where in texts_at(table, "packages", "find", "where") or (homes.get("", ""),):
            yield from _packages_in(tree, where.strip("./"))
    yield from _setup_cfg(tree)


def _setup_cfg(tree: Tree) -> Iterator[str]:
    config = tree.ini("setup.cfg")
    lines = config.get("options", "package_dir", fallback="").splitlines()
    pairs = (line.partition("=") for line in lines if "=" in line)
    homes = {name.strip(): home.strip() for name, _, home in pairs}
    packages = config.get("options", "packages", fallback="").split()
    if packages and packages[0].startswith("find"):
        where = config.get("options.packages.find", "where", fallback=homes.get("", ""))
        yield from _packages_in(tree, where.strip().strip("./"))
    else:
        yield from _placed(packages, homes)
    modules = config.get("options", "py_modules", fallback="").replace(",", " ").split()
    yield from (_join(homes.get("", ""), f"{name}.py") for name in modules)


def _setup_py(tree: Tree) -> Iterator[str]:
    """What setup.py says in literals; nothing is run."""
    try:
        module = ast.parse(tree.text("setup.py"))
    except (SyntaxError, ValueError):
        return
    calls = (node for node in ast.walk(module) if isinstance(node, ast.Call))
    said = {word.arg: word.value for call in calls if _callee(call) == "setup" for word in call.keywords if word.arg}
    homes = _literal_texts(said.get("package_dir"))
    packages = said.get("packages")
    if isinstance(packages, ast.Call) and _callee(packages).startswith("find"):
        wheres = [*packages.args[:1], *(word.value for word in packages.keywords if word.arg == "where")]
        where = next((str(arg.value) for arg in wheres if isinstance(arg, ast.Constant)), "")
        yield from _packages_in(tree, (where or homes.get("", "")).strip("./"))
    else:
        yield from _placed(_literal_texts(packages), homes)
    yield from (_join(homes.get("", ""), f"{name}.py") for name in _literal_texts(said.get("py_modules")))


def _other_builders(tree: Tree, document: Table) -> Iterator[str]:
    """hatch, poetry, flit, maturin and uv."""
    tool = table_at(document, "tool")
    yield from (path.strip("/") for path in texts_at(tool, "hatch", "build", "targets", "wheel", "packages"))
    for entry in tables_at(tool, "poetry", "packages"):
        yield _join(text_at(entry, "from"), text_at(entry, "include").partition("/")[0])
    uv_home = text_at(tool, "uv", "build-backend", "module-root") or "src"
    modules = [(text_at(tool, "uv", "build-backend", "module-name"), uv_home)]
    modules += [(text_at(tool, "flit", "module", "name"), home) for home in ("", "src")]
    modules += [(text_at(tool, "maturin", "module-name").partition(".")[0], text_at(tool, "maturin", "python-source"))]
    for name, home in modules:
        if name:
            stem = _join(home, name.replace(".", "/"))
            yield from (path for path in (stem, f"{stem}.py") if path in tree.files or tree.has_folder(path))


def _placed(packages: Iterable[str], homes: Mapping[str, str]) -> Iterator[str]:
    """Folders of dotted package names under setuptools' `package_dir`."""
    for name in packages:
        top, _, rest = name.partition(".")
        home = homes[top] if top in homes else _join(homes.get("", ""), top)
        yield _join(home.strip("/") or ".", rest.replace(".", "/")) if rest else home.strip("/") or "."


def _join(folder: str, name: str) -> str:
    folder = folder.strip("/").removeprefix("./")
    return f"{folder}/{name}" if folder not in ("", ".") else name


def _callee(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _literal_texts(node: ast.expr | None) -> dict[str, str]:
    """A literal dict of texts; a literal list as a dict to itself; empty for anything else."""
    try:
        value: object = ast.literal_eval(node) if node is not None else None
    except ValueError:
        return {}
    if isinstance(value, dict):
        return {str(key): str(item) for key, item in cast("dict[object, object]", value).items()}
    return {str(item): str(item) for item in cast("list[object]", value)} if isinstance(value, (list, tuple)) else {}
