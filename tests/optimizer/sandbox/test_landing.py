"""Kept commits on the user's branch: by the programs of their own settings, and whole whenever a kill falls."""

import os

import pytest
from perfsmith.optimizer.core.errors import TargetError
from perfsmith.optimizer.core.values import Edit
from perfsmith.optimizer.sandbox.landing import Landing, apply, undo
from perfsmith.optimizer.sandbox.manners import own_programs
from perfsmith.optimizer.sandbox.moving import Move, put_back

FIRST, SECOND = "src/first.py", "src/second.py"
OLD = b"def f(x):\n    return x + 1\n\n\n# between\n# both\n\n\ndef g(x):\n    return x + 2\n"
NEW = OLD.replace(b"x + 1", b"1 + x")
FILES = {FIRST: OLD, SECOND: OLD, "notes.txt": "one\n", ".gitattributes": "*.py filter=mine merge=mine\n"}
RUN = "20261120-1415-9f3a"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """The user's home, with settings of their own."""
    place = tmp_path / "home"
    place.mkdir()
    monkeypatch.setenv("HOME", str(place))
    monkeypatch.setenv("PATH", f"{place}:{os.environ['PATH']}")
    return place


@pytest.fixture
def program(tmp_path, home):
    """Makes a filter that leaves a mark; returns its command line, and what it noted."""

    def make(name):
        path, noted = home / name, tmp_path / f"{name}.noted"
        path.write_text(f'#!/bin/sh\necho "$*" >> {noted}\ncat\n')
        path.chmod(0o755)
        return str(path), lambda: noted.read_text() if noted.exists() else ""

    return make


@pytest.fixture
def landed(repository, base_of):
    """A run's one commit, published: the repository, the private one, and both commits."""
    repo = repository(FILES)
    base = base_of(repo)
    edits = [Edit(path=name, before=OLD, after=NEW) for name in (FIRST, SECOND)]
    following = base.commit(edits, "faster")
    Landing(root=repo.root, private=base.private, run=RUN).publish(following.revision, 1)
    return repo, base.private, base.revision, following.revision


def test_programs_that_the_repository_names_write_none_of_the_users_files(landed, program):
    repo, private, base, _ = landed
    command, noted = program("evil")
    for part in ("clean", "smudge", "process", "required"):
        repo.git("config", f"filter.mine.{part}", "true" if part == "required" else command)
    repo.git("config", "merge.mine.driver", command)
    repo.git("config", "merge.default", "mine")
    os.utime(repo.root / FIRST, (1, 1))
    undo(repo.root, apply(repo.root, RUN, base, private))
    os.utime(repo.root / FIRST, (1, 1))
    ours = OLD.replace(b"x + 2", b"2 + x")
    repo.git("config", "--remove-section", "filter.mine")
    repo.commit({FIRST: ours})
    repo.git("config", "filter.mine.smudge", command)
    apply(repo.root, RUN, base, private)
    assert (repo.root / FIRST).read_bytes() == ours.replace(b"x + 1", b"1 + x")
    assert noted() == ""
    repo.git("checkout", "HEAD~1", "--", FIRST)
    assert noted()


def test_the_users_own_filters_write_their_files(landed, home, program):
    repo, private, base, _ = landed
    (home / ".gitconfig").write_text(
        '[filter "mine"]\n\tsmudge = sed s/return/return\\\\ +/\n\tclean = sed s/return\\\\ +/return/\n\trequired\n'
    )
    evil, noted = program("evil")
    repo.git("config", "filter.mine.smudge", evil)
    move = apply(repo.root, RUN, base, private)
    assert (repo.root / FIRST).read_bytes() == NEW.replace(b"return", b"return +")
    undo(repo.root, move)
    assert (repo.root / FIRST).read_bytes() == OLD.replace(b"return", b"return +")
    assert noted() == ""


def test_a_large_file_storage_that_is_installed_in_the_repository_alone_goes_on_working(landed, program):
    repo, private, base, _ = landed
    _, noted = program("git-lfs")
    repo.write({".git/info/attributes": "*.py filter=lfs\n"})
    repo.git("config", "filter.lfs.smudge", "git-lfs smudge -- %f")
    repo.git("config", "filter.lfs.clean", "git-lfs clean -- %f")
    apply(repo.root, RUN, base, private)
    assert f"smudge -- {FIRST}" in noted()
    assert (repo.root / FIRST).read_bytes() == NEW


def test_what_git_lfs_would_run_is_the_users_own_choice_too():
    said = [
        ("global", "filter.lfs.process\ngit-lfs filter-process"),
        ("global", "credential.helper\nmine"),
        ("local", "filter.lfs.process\ngit-lfs filter-process"),
        ("local", "filter.lfs.clean\ngit-lfs clean -- %f; evil"),
        ("local", "lfs.extension.x.clean\nevil"),
        ("local", "lfs.customtransfer.x.path\nevil"),
        ("worktree", "lfs.https://x.y.standalonetransferagent\nx"),
        ("local", "core.sshcommand\nevil"),
        ("local", "credential.helper\nevil"),
        ("local", "lfs.url\nhttps://x.y"),
    ]
    found = own_programs("".join(f"{scope}\0{entry}\0" for scope, entry in said).encode())
    assert found == (
        *((name, "") for name in ("filter.lfs.clean", "lfs.extension.x.clean", "lfs.customtransfer.x.path")),
        *((name, "") for name in ("lfs.https://x.y.standalonetransferagent", "core.sshcommand", "credential.helper")),
        ("credential.helper", "mine"),
    )


def test_staged_and_local_changes_of_other_files_stay_staged_and_local(landed):
    repo, private, base, _ = landed
    repo.write({"notes.txt": "staged\n", "fresh.txt": "new\n"})
    repo.git("add", "notes.txt", "fresh.txt")
    repo.write({"notes.txt": "staged, then edited\n"})
    before = repo.git("status", "--porcelain"), repo.git("diff", "--cached"), repo.git("diff")
    undo(repo.root, apply(repo.root, RUN, base, private))
    assert (repo.git("status", "--porcelain"), repo.git("diff", "--cached"), repo.git("diff")) == before


def written_one(repo, tip):
    repo.git("checkout", tip, "--", FIRST)
    repo.git("reset", "--quiet")


def torn(repo, tip):
    written_one(repo, tip)
    (repo.root / SECOND).write_bytes(NEW[:20])


def gone(repo, tip):
    written_one(repo, tip)
    (repo.root / SECOND).unlink()


def index_too(repo, tip):
    repo.git("checkout", tip, "--", FIRST, SECOND)


def all_but_the_ledger(repo, tip):
    repo.git("read-tree", "-m", "-u", "HEAD", tip)
    repo.git("update-ref", "HEAD", tip)


def only_announced(repo, tip):
    del repo, tip


@pytest.mark.parametrize("cut", [only_announced, written_one, torn, gone, index_too, all_but_the_ledger])
def test_what_was_cut_short_anywhere_can_be_undone(landed, cut):
    repo, _, base, tip = landed
    repo.write({"notes.txt": "staged\n"})
    repo.git("add", "notes.txt")
    before = repo.git("status", "--porcelain=v2"), repo.git("for-each-ref")
    cut(repo, tip)
    repo.git("add", "notes.txt")
    (repo.root / ".git/index.lock").touch()
    undo(repo.root, Move(branch="main", before=base, after=tip))
    assert (repo.git("status", "--porcelain=v2"), repo.git("for-each-ref")) == before
    assert (repo.root / FIRST).read_bytes() == (repo.root / SECOND).read_bytes() == OLD


@pytest.mark.parametrize("staged", [False, True])
def test_what_somebody_wrote_meanwhile_is_not_written_over(landed, staged):
    repo, _, base, tip = landed
    written_one(repo, tip)
    repo.write({SECOND: "mine\n"})
    if staged:
        repo.git("add", SECOND)
    before = repo.git("status", "--porcelain=v2")
    with pytest.raises(TargetError, match=r"in the way: src/second\.py") as caught:
        put_back(repo.root, Move(branch="main", before=base, after=tip))
    assert "git restore" in caught.value.hint
    assert repo.git("status", "--porcelain=v2") == before
    assert (repo.root / SECOND).read_text() == "mine\n"
