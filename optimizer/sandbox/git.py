"""The only place that talks to git, always the real one, with hooks and the user's own configuration off."""

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryFile

import git as gitpython

from ..core.errors import SandboxError
from .scratch import temporary_root

_QUIET = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.untrackedCache=false",
    "core.autocrlf=false",
    "core.quotePath=false",
    "core.pager=cat",
    "diff.external=",
    "diff.noprefix=false",
    "diff.mnemonicPrefix=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "protocol.allow=never",
    "protocol.file.allow=always",
    "submodule.recurse=false",
    "commit.gpgSign=false",
    "tag.gpgSign=false",
    "advice.detachedHead=false",
)
_ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    "LC_ALL": "C",
}


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
) -> bytes:
    """Standard output of `git ARGUMENTS` in a folder. Raises `GitFailed`.

    `as_user` lets the user's own settings through: for their name and address, and where their files are written.
    """
    quiet = _QUIET[:2] if as_user else _QUIET
    options = [word for setting in quiet for word in ("-c", setting)]
    environment = {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"} if as_user else {**_ENVIRONMENT, **_trusted()}
    try:
        return _execute(folder, ["git", *options, *arguments], stdin, {**environment, **(env or {})})
    except gitpython.GitCommandNotFound as error:
        raise SandboxError("git is not installed", code="no_git", hint="install git") from error
    except gitpython.GitCommandError as error:
        raise GitFailed(arguments, _message(error)) from error


@lru_cache(maxsize=1)
def _trusted() -> Mapping[str, str]:
    """Variables with the folders of other owners that the user's own settings declare safe."""
    command = ["git", "config", "--null", "--get-all", "safe.directory"]
    try:
        found = _execute(Path("/"), command, None, {"GIT_TERMINAL_PROMPT": "0"}).decode("utf-8", "surrogateescape")
    except gitpython.GitCommandError:
        return {}
    folders = found.split("\0")[:-1]
    pairs = {f"GIT_CONFIG_KEY_{number}": "safe.directory" for number in range(len(folders))}
    pairs |= {f"GIT_CONFIG_VALUE_{number}": folder for number, folder in enumerate(folders)}
    return {**pairs, "GIT_CONFIG_COUNT": str(len(folders))}


def line(folder: Path, *arguments: str, as_user: bool = False) -> str:
    """The one line that a command prints."""
    return git(folder, *arguments, as_user=as_user).decode("utf-8", "surrogateescape").removesuffix("\n")


def _execute(folder: Path, command: list[str], stdin: bytes | None, env: dict[str, str]) -> bytes:
    with TemporaryFile(dir=temporary_root()) as stream:
        stream.write(stdin or b"")
        stream.seek(0)
        output = gitpython.Git(folder).execute(
            command, istream=stream, env=env, stdout_as_string=False, strip_newline_in_stdout=False
        )
    assert isinstance(output, bytes)
    return output


def _message(error: gitpython.GitCommandError) -> str:
    return error.stderr.replace("stderr:", "", 1).strip().strip("'").strip()
