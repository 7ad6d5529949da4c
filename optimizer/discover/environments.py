"""Where venv, uv, poetry, pipenv, pdm, conda, pixi, tox, nox and pyenv put a project's Python environment."""

import base64
import hashlib
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from .tree import table_at, text_at

Environ = Mapping[str, str]
_POETRY_SANITISED = re.compile(r"""[ $`!*@"\\\r\n\t]""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An interpreter, or a folder that should hold one, and why it may be the project's."""

    path: Path
    how: str


def conventional(folder: Path, environ: Environ) -> Iterator[Place]:
    """Places that belong to the project in `folder`, the likeliest first; only such as exist."""
    for source in (_uv, _local, _pdm, _poetry, _hatch, _pipenv, _conda, _sessions):
        yield from (place for place in source(folder, environ) if os.path.lexists(place.path))


def active(environ: Environ) -> Iterator[Place]:
    """The environment the user's shell has activated."""
    for variable, how in (("VIRTUAL_ENV", "active environment"), ("CONDA_PREFIX", "active conda environment")):
        if environ.get(variable):
            yield Place(path=Path(environ[variable]), how=how)


def pyenv(folder: Path, environ: Environ) -> Iterator[Place]:
    """The version that .python-version names, as pyenv or uv installed it."""
    wanted = _first_line(folder / ".python-version")
    if not wanted:
        return
    versions = _home_or(environ, "PYENV_ROOT", ".pyenv") / "versions"
    fitting = [path for path in _folders(versions) if path.name == wanted or path.name.startswith(f"{wanted}.")]
    for path in sorted(fitting, key=_natural, reverse=True):
        yield Place(path=path, how=f".python-version {wanted}, pyenv")


def on_path(environ: Environ) -> Iterator[Place]:
    """Every python3 (else python) on PATH, in order."""
    folders = [Path(folder) for folder in environ.get("PATH", "").split(os.pathsep) if folder]
    for name in ("python3", "python"):
        for folder in folders:
            if os.access(folder / name, os.X_OK):
                yield Place(path=folder / name, how=f"{name} on PATH")


def _local(folder: Path, environ: Environ) -> Iterator[Place]:
    tool = "uv project" if (folder / "uv.lock").is_file() else "poetry project" if _poetry_name(folder) else ""
    if (folder / ".venv").is_file():  # pipenv and virtualenvwrapper: a path, or a name below WORKON_HOME
        yield Place(
            path=_home_or(environ, "WORKON_HOME", ".virtualenvs") / _first_line(folder / ".venv"),
            how="named by the file .venv",
        )
    else:
        yield Place(path=folder / ".venv", how=tool or "virtual environment of the project")
    if (folder / "venv" / "pyvenv.cfg").is_file():
        yield Place(path=folder / "venv", how="virtual environment of the project")


def _uv(folder: Path, environ: Environ) -> Iterator[Place]:
    if environ.get("UV_PROJECT_ENVIRONMENT") and (folder / "pyproject.toml").is_file():
        yield Place(path=folder / environ["UV_PROJECT_ENVIRONMENT"], how="UV_PROJECT_ENVIRONMENT")


def _pdm(folder: Path, environ: Environ) -> Iterator[Place]:
    if named := _first_line(folder / ".pdm-python"):
        yield Place(path=Path(named), how="named by .pdm-python")


def _poetry(folder: Path, environ: Environ) -> Iterator[Place]:
    """Poetry names an environment after the project and a hash of its folder (its `EnvManager.generate_env_name`)."""
    name = _poetry_name(folder)
    if not name:
        return
    stem = f"{_POETRY_SANITISED.sub('_', name.lower())[:42]}-{_tag(folder)}-py"
    for home in _poetry_homes(environ):
        fitting = [path for path in _folders(home) if path.name.startswith(stem)]
        for path in sorted(fitting, key=_natural, reverse=True):
            yield Place(path=path, how="poetry's environment of the project")


def _poetry_homes(environ: Environ) -> Iterator[Path]:
    if environ.get("POETRY_VIRTUALENVS_PATH"):
        yield Path(environ["POETRY_VIRTUALENVS_PATH"])
    if environ.get("POETRY_CACHE_DIR"):
        yield Path(environ["POETRY_CACHE_DIR"]) / "virtualenvs"
    yield _home_or(environ, "XDG_CACHE_HOME", ".cache") / "pypoetry" / "virtualenvs"
    yield _home(environ) / "Library" / "Caches" / "pypoetry" / "virtualenvs"


def _poetry_name(folder: Path) -> str:
    try:
        document = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return ""
    if not table_at(document, "tool", "poetry") and not (folder / "poetry.lock").is_file():
        return ""
    return text_at(document, "project", "name") or text_at(document, "tool", "poetry", "name")


def _hatch(folder: Path, environ: Environ) -> Iterator[Place]:
    """Hatch keeps environments below name and hash of the project; the one for tests has the test tools."""
    data = Path(environ["HATCH_DATA_DIR"]) if environ.get("HATCH_DATA_DIR") else None
    home = data or _home_or(environ, "XDG_DATA_HOME", ".local/share") / "hatch"
    found = [path for name in _folders(home / "env" / "virtual") for path in _folders(name / _tag(folder))]
    for path in sorted(found, key=lambda path: (path.name.startswith("hatch-test"), _natural(path)), reverse=True):
        yield Place(path=path, how="hatch's environment of the project")


def _tag(folder: Path) -> str:
    """How poetry and hatch tell folders of one name apart."""
    digest = hashlib.sha256(os.path.normcase(os.path.realpath(folder)).encode()).digest()
    return base64.urlsafe_b64encode(digest).decode()[:8]


def _pipenv(folder: Path, environ: Environ) -> Iterator[Place]:
    """Pipenv writes the project's folder into a file `.project` of the environment."""
    if not (folder / "Pipfile").is_file():
        return
    home = Path(environ["WORKON_HOME"]) if environ.get("WORKON_HOME") else None
    for path in _folders(home or _home_or(environ, "XDG_DATA_HOME", ".local/share") / "virtualenvs"):
        if (named := _first_line(path / ".project")) and Path(named) == folder:
            yield Place(path=path, how="pipenv's environment of the project")


def _conda(folder: Path, environ: Environ) -> Iterator[Place]:
    yield Place(path=folder / ".pixi" / "envs" / "default", how="pixi environment of the project")
    for path in (folder / "env", folder / ".conda", *_folders(folder / "envs")):
        if (path / "conda-meta").is_dir() or (path / "pyvenv.cfg").is_file():
            yield Place(path=path, how="environment of the project")
    for file in ("environment.yml", "environment.yaml"):
        name = re.search(r"^name:\s*['\"]?([\w.-]+)", _text(folder / file), re.MULTILINE)
        for home in _conda_homes(environ) if name else ():
            if name and (home / "envs" / name[1]).is_dir():
                yield Place(path=home / "envs" / name[1], how=f"conda environment of {file}")


def _conda_homes(environ: Environ) -> Iterator[Path]:
    if environ.get("CONDA_EXE"):
        yield Path(environ["CONDA_EXE"]).parent.parent
    if environ.get("MAMBA_ROOT_PREFIX"):
        yield Path(environ["MAMBA_ROOT_PREFIX"])
    for name in (".conda", "miniconda3", "miniforge3", "mambaforge", "anaconda3", "micromamba"):
        yield _home(environ) / name


def _sessions(folder: Path, environ: Environ) -> Iterator[Place]:
    """Environments that tox and nox built; the newest Python first."""
    for home, pattern, tool in ((".tox", r"py\d*", "tox"), (".nox", r".*test.*", "nox")):
        built = (path for path in _folders(folder / home) if (path / "bin" / "python").exists())
        fitting = [path for path in built if re.fullmatch(pattern, path.name)]
        for path in sorted(fitting, key=_natural, reverse=True):
            yield Place(path=path, how=f"built by {tool}")


def _home(environ: Environ) -> Path:
    return Path(environ.get("HOME") or environ.get("USERPROFILE") or "/nonexistent")


def _home_or(environ: Environ, variable: str, below: str) -> Path:
    return Path(environ[variable]) if environ.get(variable) else _home(environ) / below


def _folders(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_dir())
    except OSError:
        return []


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _first_line(path: Path) -> str:
    return next(iter(_text(path).strip().splitlines()), "").strip()


def _natural(path: Path) -> tuple[int, ...]:
    """Numbers in a name, so that 3.10 comes after 3.9; tox writes 310 and 39."""
    spread = re.sub(r"^py(\d)(\d+)$", r"\1.\2", path.name)
    return tuple(int(number) for number in re.findall(r"\d+", re.sub(r"^.*-py(?=\d)", "", spread)))
