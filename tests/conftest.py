"""What all tests share: golden files, rewritten with `pytest --update-golden`, and repositories of git."""

import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # in the background of a shell: children would not hear Ctrl-C
    signal.signal(signal.SIGINT, signal.default_int_handler)

GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser):
    parser.addoption("--update-golden", action="store_true", help="rewrite tests/golden; then review the diff")


@pytest.fixture
def golden(request):
    """Compares text with the golden file of a name."""

    def compare(name, text):
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8"), f"{name} differs; rewrite with: pytest --update-golden"

    return compare


@dataclass(frozen=True)
class Repository:
    """A real git repository of a test's own; the caller's git settings play no part."""

    root: Path

    def git(self, *arguments, stdin=None, check=True, text=True, env=()):
        """What git prints, the last line end removed."""
        who = {f"GIT_{role}_{key}": "t@example.org" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}
        plain = {"PATH": os.environ["PATH"], "HOME": str(self.root.parent), "GIT_CONFIG_NOSYSTEM": "1", **who}
        command = ["git", "-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always", *arguments]
        done = subprocess.run(
            command, cwd=self.root, env={**plain, **dict(env)}, input=stdin, capture_output=True, check=False
        )
        assert not check or done.returncode == 0, done.stderr
        return done.stdout.decode().removesuffix("\n") if text else done.stdout

    def write(self, files):
        """Write files, given as text or bytes by path."""
        for path, content in files.items():
            place = self.root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(self, files, message="more"):
        """Write files and commit everything; returns the commit's id."""
        self.write(files)
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--allow-empty", f"--message={message}")
        return self.git("rev-parse", "HEAD")


@pytest.fixture(scope="session")
def new_repository():
    """Makes a repository in a folder, with one commit of the given files."""

    def make(root, files, options=()):
        root.mkdir(parents=True)
        made = Repository(root)
        made.git("init", "--quiet", *options)
        made.commit(files, "first")
        return made

    return make


@pytest.fixture
def repository(tmp_path, new_repository):
    """Makes repositories in the test's own folder."""

    def make(files, name="repo", options=()):
        return new_repository(tmp_path / name, files, options)

    return make
