"""Commands for the target: told apart, named, and given the import path that its layout needs."""

import re
import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path

from .interpreter import Python
from .packages import declared, guessed, import_folders
from .tree import Tree

_RUNNERS = frozenset({"uv", "poetry", "hatch", "pdm", "pipenv", "rye"})
_PREFIXES = frozenset({"env", "exec", "nice", "command"})
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=.*", re.DOTALL)
_PYTHON = re.compile(r"(.*/)?(python|pypy)[\d.]*(\.exe)?")


def runs_pytest(command: str) -> bool:
    """Does this command run pytest itself, so that outcomes can be read test by test?

    `pytest`, `py.test`, `python -m pytest`, also behind `cd DIR &&`, `env X=1`, `uv run` and the
    like; not through tox, nox or make, and not with pipes or several commands.
    """
    try:
        lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        words = list(lexer)
    except ValueError:
        return False
    if words[:1] == ["cd"] and words[2:3] == ["&&"]:
        words = words[3:]
    if any(set(word) <= set("();<>|&") for word in words if word):
        return False
    return _is_pytest(_bare(words))


def in_project(command: str, tree: Tree) -> str:
    """The command, run in the project's folder; the working directory is the root of the target."""
    return f"cd {shlex.quote(tree.folder)} && {command}" if tree.folder else command


def with_imports(command: str, folders: Sequence[str]) -> str:
    """The command with folders of the tree first on the import path; the empty text is the project's folder."""
    if not folders:
        return command
    return f"env PYTHONPATH={shlex.quote(':'.join(folder or '.' for folder in folders))} {command}"


def missing_imports(tree: Tree, python: Python, root: Path) -> tuple[str, ...]:
    """The folders that must be added to the import path for the tree's own code to be what is imported.

    None of the project's packages that the interpreter already imports from the tree needs one. A
    copy installed elsewhere would be tested instead of the tree, so its folder is added too, unless
    that copy has compiled parts that the tree lacks.
    """
    lacking = (path for path in declared(tree) or guessed(tree) if _needs_help(path, python, root))
    return import_folders(lacking)


def short_name(command: str) -> str:
    """What a workload is called: its script, module or test; else the start of the command."""
    try:
        words = _bare(shlex.split(command))
    except ValueError:
        words = command.split()
    if _is_pytest(words):
        named = [word for word in words if ".py" in word or "::" in word] or ["pytest"]
        return named[0].rpartition("::")[2].rpartition("/")[2]
    if words and _PYTHON.fullmatch(words[0]):
        if "-m" in words[:-1]:
            return words[words.index("-m") + 1]
        scripts = [word for word in words[1:] if not word.startswith("-")]
        return scripts[0].rpartition("/")[2] if scripts and scripts[0].endswith(".py") else _start(command)
    return _start(words[0].rpartition("/")[2] if words else command)


def unlike_names(commands: Iterable[str]) -> tuple[str, ...]:
    """A name per command; commands that would share one are called by their whole text, then numbered."""
    commands = tuple(commands)
    short = [short_name(command) for command in commands]
    longer = [name if short.count(name) == 1 else command for name, command in zip(short, commands, strict=True)]
    return tuple(
        name if longer.count(name) == 1 else f"{name} #{longer[:index].count(name) + 1}"
        for index, name in enumerate(longer)
    )


def _bare(words: list[str]) -> list[str]:
    """Words without assignments, `env`, and runners that hand on to a program of the environment."""
    while words:
        if words[0] in _PREFIXES or _ASSIGNMENT.fullmatch(words[0]):
            words = words[1:]
        elif words[0] in _RUNNERS and words[1:2] == ["run"]:
            words = words[2:]
        else:
            break
    return words


def _is_pytest(words: list[str]) -> bool:
    if not words:
        return False
    if words[0].rpartition("/")[2] in ("pytest", "py.test"):
        return True
    if not (_PYTHON.fullmatch(words[0]) or words[0] == "{python}"):
        return False
    module = next((index for index, word in enumerate(words) if word == "-m"), len(words))
    scripts = [word for word in words[1:module] if word.endswith(".py")]
    return not scripts and words[module + 1 : module + 2] in (["pytest"], ["py.test"])


def _needs_help(path: str, python: Python, root: Path) -> bool:
    if path == ".":
        return False
    home = python.home_of(path.rpartition("/")[2].removesuffix(".py"))
    if home is None:
        return True
    if home.resolve().is_relative_to(root.resolve()):
        return "site-packages" in home.resolve().relative_to(root.resolve()).parts and not _compiled(home)
    return not _compiled(home)


def _compiled(home: Path) -> bool:
    suffixes = (".so", ".pyd")
    return home.suffix in suffixes or any(file.suffix in suffixes for file in home.rglob("*.*"))


def _start(text: str) -> str:
    return text if len(text) <= 24 else f"{text[:23]}…"
