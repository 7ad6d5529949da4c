"""The only place that talks to git, always the real one, with hooks and the user's own configuration off."""

import os
from collections.abc import Mapping, Sequence
from functools import lru_cache
from io import BufferedRandom
from pathlib import Path
from signal import SIG_BLOCK, SIG_SETMASK, SIGINT, pthread_sigmask
from tempfile import TemporaryFile
from typing import Any

import git as gitpython

from ..core.errors import SandboxError
from ..core.units import seconds
from .manners import Setting, left_out, overrides, own_programs
from .process import heard
from .scratch import FULL, full, no_room, no_temporary, temporary_root

_QUIET = (
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("core.untrackedCache", "false"),
    ("core.autocrlf", "false"),
    ("core.quotePath", "false"),
    ("core.pager", "cat"),
    ("diff.external", ""),
    ("diff.noprefix", "false"),
    ("diff.mnemonicPrefix", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("submodule.recurse", "false"),
    ("fetch.recurseSubmodules", "false"),
    ("fetch.writeCommitGraph", "false"),
    ("log.showSignature", "false"),
    ("commit.gpgSign", "false"),
    ("tag.gpgSign", "false"),
    ("advice.detachedHead", "false"),
)
_AS_USER = (
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("commit.gpgSign", "false"),
    ("core.editor", "true"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("submodule.recurse", "false"),
)
_ALWAYS = {
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_LAZY_FETCH": "1",
}
"""Nothing is fetched, whatever a configuration allows; see `local`."""
_ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    **_ALWAYS,
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_ATTR_NOSYSTEM": "1",
}


_NO_ROOM = tuple(os.strerror(number) for number in FULL)
_PATIENCE = 900.0
"""Seconds that one git command may take, on the largest repository and the slowest disk."""


def version() -> str:
    """Of the git program."""
    return ".".join(str(part) for part in gitpython.Git().version_info)


class GitFailed(SandboxError):
    """A git command ended with an error; `said` is what it printed."""

    def __init__(self, arguments: tuple[str, ...], said: str) -> None:
        super().__init__(
            f"git {arguments[0]} failed: {said or 'no message'}", code="git_failed", hint="look at the message of git"
        )
        self.said = said


def git(
    folder: Path,
    *arguments: str,
    stdin: bytes | None = None,
    env: Mapping[str, str] | None = None,
    as_user: bool = False,
    local: bool = False,
    settings: Sequence[Setting] = (),
) -> bytes:
    """Standard output of `git ARGUMENTS` in a folder. Raises `GitFailed`.

    `as_user` lets the user's own settings through: for their name and address, and where their files are written.
    `local` allows to fetch from a folder of this machine. `settings` win over all others. A full disk is told as such:
    a `SandboxError` that is no `GitFailed`, and so is a git that never ends.
    """
    said = (*(_AS_USER if as_user else (*_QUIET, *_trusted())), *settings)
    environment = {**(_ALWAYS if as_user else _ENVIRONMENT), **_variables(said)}
    environment = {**environment, "GIT_ALLOW_PROTOCOL": "file"} if local else environment
    try:
        return _execute(folder, ["git", *arguments], stdin, {**environment, **(env or {})})
    except gitpython.GitCommandNotFound as error:
        raise SandboxError("git is not installed", code="no_git", hint="install git") from error
    except gitpython.GitCommandError as error:
        said = _message(error)
        if any(words in said for words in _NO_ROOM) or (said and no_room(folder)):
            raise full(folder) from error
        raise GitFailed(arguments, said) from error


@lru_cache(maxsize=1)
def _trusted() -> tuple[Setting, ...]:
    """The folders of other owners that the user's own settings declare safe."""
    command = ["git", "config", "--null", "--get-all", "safe.directory"]
    try:
        found = _execute(Path("/"), command, None, {"GIT_TERMINAL_PROMPT": "0"}).decode("utf-8", "surrogateescape")
    except gitpython.GitCommandError:
        return ()
    return tuple(("safe.directory", folder) for folder in found.split("\0")[:-1])


def _variables(settings: Sequence[Setting]) -> dict[str, str]:
    """Settings as variables: names may hold any character there, `=` included."""
    found = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (name, value) in enumerate(settings):
        found |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return found


def files_of(folder: Path, *arguments: str, env: Mapping[str, str] | None = None) -> bytes:
    """A command that looks at the files of the user's checkout, as git wrote them but without any program of theirs."""
    configuration = git(folder, "config", "--null", "--list", as_user=True)
    paths = left_out(configuration) if arguments[0] in ("status", "diff") else ()
    separated = ("--", *paths) if paths else ()
    return git(folder, *arguments, *separated, env=env, settings=overrides(configuration))


def written(folder: Path, *arguments: str, env: Mapping[str, str] | None = None) -> bytes:
    """A command that writes files of the user's checkout, as git does with the programs of their own settings."""
    configuration = git(folder, "config", "--null", "--show-scope", "--list", as_user=True)
    return git(folder, *arguments, env=env, as_user=True, settings=own_programs(configuration))


def line(folder: Path, *arguments: str, as_user: bool = False) -> str:
    """The one line that a command prints."""
    return git(folder, *arguments, as_user=as_user).decode("utf-8", "surrogateescape").removesuffix("\n")


def _execute(folder: Path, command: list[str], stdin: bytes | None, env: dict[str, str]) -> bytes:
    with _handed_over(stdin or b"") as stream:
        running: Any = _begun(folder, command, stream, env)  # whose types say too little
        process, running.proc = running.proc, None  # else it waits for what may never end
        said = heard(process, _PATIENCE)
    if said is None:
        raise _hangs(folder, command)
    if process.returncode:
        raise gitpython.GitCommandError(command, process.returncode, said[1], said[0])
    return said[0]


def _begun(
    folder: Path, command: list[str], stream: BufferedRandom, env: dict[str, str]
) -> gitpython.Git.AutoInterrupt:
    """Deaf to Ctrl-C, which a terminal sends to us and it alike: when it ends is ours to say."""
    before = pthread_sigmask(SIG_BLOCK, {SIGINT})
    try:
        return gitpython.Git(folder).execute(command, istream=stream, env=env, as_process=True)
    finally:
        pthread_sigmask(SIG_SETMASK, before)


def _hangs(folder: Path, command: list[str]) -> SandboxError:
    return SandboxError(
        f"git {command[1]} in {folder} did not end within {seconds(_PATIENCE)}, and was stopped",
        code="git_hangs",
        hint=f"is it on a network file system that hangs, or does git wait for a program? See: git -C {folder} status",
    )


def _handed_over(stdin: bytes) -> BufferedRandom:
    """A temporary file with this in it, at its beginning. Raises `SandboxError`."""
    try:
        stream = TemporaryFile(dir=temporary_root())  # noqa: SIM115 - the caller's to close
        stream.write(stdin)
        stream.seek(0)
    except OSError as error:
        raise no_temporary(error) from error
    return stream


def _message(error: gitpython.GitCommandError) -> str:
    return error.stderr.replace("stderr:", "", 1).strip().strip("'").strip()
