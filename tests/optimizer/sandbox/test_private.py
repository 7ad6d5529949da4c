"""Candidates live in a private repository: whatever the user's looks like, it stays byte for byte as it is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from perfsmith.optimizer.core.errors import CandidateError, TargetError, UsageError
from perfsmith.optimizer.core.ports import Job
from perfsmith.optimizer.core.values import Edit
from perfsmith.optimizer.sandbox.checkout import (
    open_checkout,
    resolve,
    staged_patch,
    working_patch,
)
from perfsmith.optimizer.sandbox.landing import Landing, apply, undo

HOOKS = (
    "applypatch-msg",
    "pre-commit",
    "pre-merge-commit",
    "prepare-commit-msg",
    "commit-msg",
    "post-commit",
    "post-checkout",
    "post-merge",
    "post-rewrite",
    "reference-transaction",
    "post-index-change",
    "pre-auto-gc",
)
OLD, NEW = b"def f(x):\n    return x + 1\n", b"def f(x):\n    return 1 + x\n"
FILES = {"src/pkg/__init__.py": OLD, "src/pkg/b.py": "B = 1\n", "notes.txt": "one\n"}


def snapshot(root):
    """Everything below a folder: type, mode and contents by path; modification times of the files of git."""
    found = {}
    for place in sorted(Path(root).rglob("*")):
        about = place.lstat()
        body = place.readlink() if place.is_symlink() else place.read_bytes() if place.is_file() else None
        found[os.fsencode(place.relative_to(root))] = (about.st_mode, body, about.st_mtime_ns if body else None)
    return found


def hook(repo):
    """Puts a hook of every kind into a repository; each would write a marker."""
    fired = repo.root.parent / "fired"
    folder = repo.root / ".git" / "hooks"
    folder.mkdir(exist_ok=True)
    for name in HOOKS:
        (folder / name).write_text(f"#!/bin/sh\necho {name} >> {fired}\n")
        (folder / name).chmod(0o755)
    (repo.root.parent / "monitor").write_text(f"#!/bin/sh\necho monitor >> {fired}\n")
    (repo.root.parent / "monitor").chmod(0o755)
    repo.git("-c", f"core.hooksPath={os.devnull}", "config", "core.fsmonitor", str(repo.root.parent / "monitor"))
    return fired


def work(base):
    """What a run does with a base, up to a commit in the private repository."""
    edit = Edit(path="src/pkg/__init__.py", before=OLD, after=NEW)
    with base.fork() as before, base.fork((edit,)) as after:
        seen = [tree.run(Job(command="cat src/pkg/__init__.py", timeout=20)).stdout for tree in (before, after)]
        after.run(Job(command="rm -rf src; echo x > notes.txt; mkdir -p new; echo y > new/file", timeout=20))
    assert seen == [OLD, NEW]
    following = base.commit((edit,), "perf(pkg): add the other way round\n\nAssisted-by: perfsmith:rules\n")
    assert following.read("src/pkg/__init__.py") == NEW
    assert following.since(base) == (edit,)
    return following


def dirty(repo):
    """Staged, unstaged, untracked, deleted, ignored and stashed changes, all at once."""
    repo.write({"notes.txt": "stashed\n"})
    repo.git("stash", "push", "--quiet")
    repo.write({"notes.txt": "staged\n", ".gitignore": "ignored\n"})
    repo.git("add", "notes.txt")
    repo.write({"notes.txt": "unstaged\n", "untracked.txt": "u\n", "ignored": "i\n"})
    (repo.root / "src/pkg/b.py").unlink()


def plain(repo):
    del repo


def detached(repo):
    repo.git("checkout", "--quiet", "--detach")


def odd_names(repo):
    names = [b"with space.txt", b"new\nline.txt", b"\xff\xfe.txt", b'quo"te.txt', "für.txt".encode(), b"-dash"]
    for name in names:
        (repo.root / os.fsdecode(name)).write_bytes(b"x\n")
    repo.git("add", "--all")
    repo.git("commit", "--quiet", "--message=odd names")


def attributes(repo):
    repo.commit({".gitattributes": "* text=auto eol=crlf\nsrc/** -text\n*.bin filter=bad\n", "a.bin": b"\0"})
    repo.git("config", "filter.bad.smudge", f"touch {repo.root.parent}/fired; cat")


def settings(repo):
    for key, value in {
        "diff.noprefix": "true",
        "color.ui": "always",
        "core.autocrlf": "input",
        "diff.external": "/bin/false",
        "commit.gpgSign": "true",
        "user.name": "A User",
    }.items():
        repo.git("config", key, value)


@pytest.mark.parametrize("state", [plain, dirty, detached, odd_names, attributes, settings])
def test_the_users_repository_stays_as_it_is(repository, base_of, walls, state):
    repo = repository(FILES)
    state(repo)
    fired = hook(repo)
    before = snapshot(repo.root)
    base = base_of(repo, walls)
    work(base)
    assert snapshot(repo.root) == before
    assert not fired.exists()


def test_a_linked_worktree_is_a_target_like_any_other(repository, base_of, walls, tmp_path):
    repo = repository(FILES)
    repo.git("worktree", "add", "--quiet", "-b", "side", str(tmp_path / "linked"))
    linked = type(repo)(tmp_path / "linked")
    before = snapshot(repo.root), snapshot(linked.root)
    following = work(base_of(linked, walls))
    assert (snapshot(repo.root), snapshot(linked.root)) == before
    assert base_of(repo, walls).private == following.private


def test_a_shallow_clone_and_its_borrowed_objects(repository, base_of, tmp_path):
    origin = repository(FILES)
    origin.commit({"notes.txt": "two\n"})
    origin.git("clone", "--quiet", "--depth=1", f"file://{origin.root}", str(tmp_path / "shallow"))
    origin.git("clone", "--quiet", "--shared", str(origin.root), str(tmp_path / "borrowing"))
    for name in ("shallow", "borrowing"):
        clone = type(origin)(tmp_path / name)
        before = snapshot(clone.root)
        work(base_of(clone))
        assert snapshot(clone.root) == before
    clone = type(origin)(tmp_path / "shallow")
    clone.git("fetch", "--quiet", "--unshallow")
    base = base_of(clone)
    assert not (base.private.folder / "shallow").exists()
    work(base)


def test_submodules_are_there_and_stay(repository, base_of, walls):
    inner, repo = repository({"lib.txt": "inner\n"}, "inner"), repository(FILES)
    repo.git("submodule", "--quiet", "add", str(inner.root), "third/inner")
    repo.git("commit", "--quiet", "--message=module")
    before = snapshot(repo.root)
    base = base_of(repo, walls)
    work(base)
    with base.fork() as tree:
        assert tree.run(Job(command="cat third/inner/lib.txt", timeout=20)).stdout == b"inner\n"
    assert snapshot(repo.root) == before


def test_repositories_of_the_other_object_format(repository, base_of):
    repo = repository(FILES, options=("--object-format=sha256",))
    before = snapshot(repo.root)
    following = work(base_of(repo))
    assert len(following.revision) == 64
    assert snapshot(repo.root) == before


def test_trees_have_the_line_ends_and_names_of_the_checkout(repository, base_of):
    repo = repository({**FILES, ".gitattributes": "*.txt eol=crlf\n"})
    odd_names(repo)
    with base_of(repo).fork() as tree:
        here = {os.fsencode(path.relative_to(tree.folder)) for path in tree.folder.rglob("*") if path.is_file()}
        assert (tree.folder / "notes.txt").read_bytes() == b"one\r\n"
    assert here == {name for name in repo.git("ls-files", "-z", text=False).split(b"\0") if name}


def test_edits_of_every_kind_come_back_from_trees(repository, base_of):
    base = base_of(repository(FILES))
    edits = (
        Edit(path="notes.txt", before=b"one\n", after=None),
        Edit(path="src/pkg/__init__.py", before=OLD, after=NEW, mode="100755"),
        Edit(path="src/pkg/new é\n.py", before=None, after=b"\xff\0"),
    )
    following = base.commit(edits, "m")
    assert set(following.since(base)) == set(edits)
    assert "notes.txt" not in following.files()
    with pytest.raises(FileNotFoundError):
        following.read("notes.txt")


def test_a_patch_becomes_edits(repository, base_of):
    repo = repository(FILES)
    base = base_of(repo)
    repo.write({"src/pkg/__init__.py": NEW, "notes.txt": "two\n"})
    repo.git("add", "notes.txt")

    def changed(patch):
        return [edit.path for edit in base.private.edits(base.tree, base.private.with_patch(base.tree, patch))]

    assert changed(working_patch(repo.root)) == ["notes.txt", "src/pkg/__init__.py"]
    assert changed(staged_patch(repo.root)) == ["notes.txt"]
    settings(repo)
    assert changed(working_patch(repo.root)) == ["notes.txt", "src/pkg/__init__.py"]
    assert changed(b" \n") == []


ESCAPE = b"--- /dev/null\n+++ b/%s\n@@ -0,0 +1 @@\n+x\n"


@pytest.mark.parametrize(
    "patch",
    [
        b"not a patch\n",
        b"--- a/notes.txt\n+++ b/notes.txt\n@@ -1 +1 @@\n-other\n+two\n",
        b"--- a/gone.txt\n+++ b/gone.txt\n@@ -1 +1 @@\n-one\n+two\n",
        ESCAPE % b"../outside.txt",
        ESCAPE % b"/tmp/outside.txt",
        ESCAPE % b".git/hooks/pre-commit",
        ESCAPE % b"src/../../outside.txt",
    ],
)
def test_a_patch_that_does_not_apply_is_news_about_the_candidate(repository, base_of, patch):
    base = base_of(repository(FILES))
    with pytest.raises(CandidateError) as caught:
        base.private.with_patch(base.tree, patch)
    assert caught.value.reason == "malformed_edit"
    assert caught.value.evidence


def test_where_there_is_nothing_to_work_on(tmp_path, repository):
    (tmp_path / "plain").mkdir()
    subprocess.run(["git", "init", "--quiet", "--bare", str(tmp_path / "bare")], check=True)
    subprocess.run(["git", "init", "--quiet", str(tmp_path / "empty")], check=True)
    codes = {}
    for name in ("plain", "bare", "empty", "none"):
        with pytest.raises((TargetError, UsageError)) as caught:
            open_checkout(tmp_path / name)
        codes[name] = caught.value.code
        assert caught.value.hint
    assert codes == {
        "plain": "not_a_repository",
        "bare": "bare_repository",
        "empty": "no_commits",
        "none": "no_such_folder",
    }


def test_a_checkout_knows_its_state(repository):
    repo = repository(FILES)
    dirty(repo)
    found = open_checkout(repo.root / "src")
    assert (found.root, found.branch, found.head) == (repo.root.resolve(), "main", repo.git("rev-parse", "HEAD"))
    assert set(found.changed) == {".gitignore", "notes.txt", "src/pkg/b.py", "untracked.txt"}
    assert found.unfinished == ""
    detached(repo)
    assert open_checkout(repo.root).branch == ""
    assert resolve(repo.root, "HEAD") == found.head
    for name in ("nonsense", "--help", "-x"):
        with pytest.raises(UsageError, match="there is no commit"):
            resolve(repo.root, name)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder to another user")
def test_a_folder_of_another_owner_is_used_if_the_user_says_so(repository, tmp_path):
    repo = repository(FILES)
    os.chown(repo.root, 12345, 12345)
    os.chown(repo.root / ".git", 12345, 12345)
    script = (
        "import sys; from pathlib import Path; from perfsmith.optimizer.sandbox.checkout import open_checkout\n"
        "print(open_checkout(Path(sys.argv[1])).branch)"
    )
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}

    def ask():
        command = [sys.executable, "-c", script, str(repo.root)]
        return subprocess.run(command, env=env, capture_output=True, text=True, check=False)

    assert "git does not trust" in ask().stderr
    (tmp_path / ".gitconfig").write_text(f"[safe]\n\tdirectory = {repo.root}\n")
    assert ask().stdout == "main\n"


@pytest.fixture
def landed(repository, base_of):
    """A repository with hooks, and a run whose one commit is published."""
    repo = repository(FILES)
    fired = hook(repo)
    base = base_of(repo)
    following = work(base)
    landing = Landing(root=repo.root, private=base.private, run="20261120-1415-9f3a")
    return repo, landing, base.revision, following.revision, fired


def test_publishing_adds_a_ref_and_a_branch_and_nothing_else(landed):
    repo, landing, _, revision, fired = landed
    repo.write({"notes.txt": "dirty\n"})
    before, refs = snapshot(repo.root), repo.git("for-each-ref")
    assert landing.publish(revision, 1) == "refs/perfsmith/20261120-1415-9f3a/1"
    assert repo.git("rev-parse", "perfsmith/20261120-1415-9f3a", "refs/perfsmith/20261120-1415-9f3a/1") == (
        f"{revision}\n{revision}"
    )
    after = snapshot(repo.root)
    places = ("objects", "refs/perfsmith", "refs/heads/perfsmith", "logs/refs/heads/perfsmith")
    inside = tuple(f".git/{place}".encode() for place in places)
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert [name for name in changed if not name.startswith(inside)] == []
    assert refs in repo.git("for-each-ref")
    assert not fired.exists()
    assert landing.publish(revision, 1)


def test_a_branch_goes_forward_and_back(landed):
    repo, landing, base, revision, fired = landed
    landing.publish(revision, 1)
    repo.write({"notes.txt": "dirty\n", "untracked": "u\n"})
    move = apply(repo.root, landing.run, base, landing.private)
    assert (move.branch, move.before, move.after) == ("main", base, revision)
    assert (repo.root / "src/pkg/__init__.py").read_bytes() == NEW
    assert (repo.root / "notes.txt").read_text() == "dirty\n"
    with pytest.raises(TargetError) as caught:
        apply(repo.root, landing.run, base, landing.private)
    assert caught.value.code == "already_applied"
    back = undo(repo.root, move)
    assert (back.before, back.after) == (revision, base)
    assert (repo.root / "src/pkg/__init__.py").read_bytes() == OLD
    assert (repo.root / "notes.txt").read_text() == "dirty\n"
    assert not fired.exists()


def test_a_branch_that_moved_gets_the_commits_on_top(landed):
    repo, landing, base, revision, fired = landed
    landing.publish(revision, 1)
    fired.unlink(missing_ok=True)
    repo.write({"notes.txt": "two\n"})
    repo.git("-c", f"core.hooksPath={os.devnull}", "commit", "--quiet", "--all", "--message=mine")
    fired.unlink(missing_ok=True)
    mine = repo.git("rev-parse", "HEAD")
    fired.unlink(missing_ok=True)
    repo.git("config", "user.name", "T")
    repo.git("config", "user.email", "t@example.org")
    move = apply(repo.root, landing.run, base, landing.private)
    assert move.before == mine
    assert (repo.root / "src/pkg/__init__.py").read_bytes() == NEW
    assert (repo.root / "notes.txt").read_text() == "two\n"
    assert "Assisted-by: perfsmith:rules" in repo.git("-c", "core.fsmonitor=false", "log", "-1", "--format=%B")
    undo(repo.root, move)
    assert repo.git("-c", "core.fsmonitor=false", "rev-parse", "HEAD") == mine
    assert not fired.exists()


@pytest.mark.parametrize("moved", [False, True])
def test_what_does_not_apply_cleanly_leaves_everything_as_it_was(landed, moved):
    repo, landing, base, revision, fired = landed
    landing.publish(revision, 1)
    repo.git("config", "user.name", "T")
    repo.git("config", "user.email", "t@example.org")
    if moved:
        repo.write({"src/pkg/__init__.py": "def f(x):\n    return 7\n"})
        repo.git("-c", f"core.hooksPath={os.devnull}", "commit", "--quiet", "--all", "--message=mine")
    repo.write({"src/pkg/__init__.py": "def f(x):\n    return 'local'\n", "notes.txt": "dirty\n"})
    repo.git("add", "notes.txt")
    contents = {name: (repo.root / name).read_bytes() for name in FILES}
    state = repo.git("status", "--porcelain"), repo.git("for-each-ref"), repo.git("diff", "--cached")
    fired.unlink(missing_ok=True)
    with pytest.raises(TargetError) as caught:
        apply(repo.root, landing.run, base, landing.private)
    assert not fired.exists()
    assert caught.value.code == "does_not_apply"
    assert {name: (repo.root / name).read_bytes() for name in FILES} == contents
    assert (repo.git("status", "--porcelain"), repo.git("for-each-ref"), repo.git("diff", "--cached")) == state
    assert open_checkout(repo.root).unfinished == ""


def test_a_conflict_with_a_commit_is_taken_back(landed):
    repo, landing, base, revision, _ = landed
    landing.publish(revision, 1)
    repo.git("config", "user.name", "T")
    repo.git("config", "user.email", "t@example.org")
    repo.write({"src/pkg/__init__.py": "def f(x):\n    return 7\n"})
    repo.git("-c", f"core.hooksPath={os.devnull}", "commit", "--quiet", "--all", "--message=mine")
    mine = repo.git("rev-parse", "HEAD")
    with pytest.raises(TargetError, match="cleanly"):
        apply(repo.root, landing.run, base, landing.private)
    assert repo.git("rev-parse", "HEAD") == mine
    assert repo.git("status", "--porcelain") == ""
    assert open_checkout(repo.root).unfinished == ""


def test_undo_refuses_what_would_lose_work(landed):
    repo, landing, base, revision, _ = landed
    landing.publish(revision, 1)
    move = apply(repo.root, landing.run, base, landing.private)
    repo.write({"src/pkg/__init__.py": "mine\n"})
    with pytest.raises(TargetError, match="in the way"):
        undo(repo.root, move)
    assert (repo.root / "src/pkg/__init__.py").read_text() == "mine\n"
    repo.git("-c", f"core.hooksPath={os.devnull}", "commit", "--quiet", "--all", "--message=went on")
    with pytest.raises(TargetError) as caught:
        undo(repo.root, move)
    assert caught.value.code == "moved_on"


def test_a_branch_is_only_moved_where_that_is_safe(landed):
    repo, landing, base, revision, _ = landed
    with pytest.raises(TargetError) as caught:
        apply(repo.root, landing.run, base, landing.private)
    assert caught.value.code == "nothing_kept"
    landing.publish(revision, 1)
    (repo.root / ".git" / "MERGE_HEAD").write_text(f"{base}\n")
    with pytest.raises(TargetError, match="a merge is going on"):
        apply(repo.root, landing.run, base, landing.private)
    (repo.root / ".git" / "MERGE_HEAD").unlink()
    detached(repo)
    with pytest.raises(TargetError) as caught:
        apply(repo.root, landing.run, base, landing.private)
    assert caught.value.code == "detached"


def test_a_repository_that_cannot_be_written_keeps_the_commit_safe(landed):
    repo, landing, _, revision, _ = landed
    (repo.root / ".git/refs/perfsmith").write_text("in the way")
    with pytest.raises(TargetError) as caught:
        landing.publish(revision, 1)
    assert caught.value.code == "cannot_publish"
    assert revision[:10] in caught.value.hint


def test_an_executable_file_stays_executable_when_its_contents_are_rewritten(repository, base_of):
    base = base_of(repository({**FILES, "src/pkg/tool.py": "print(1)\n"}))
    text = b"print(1)\n"
    made = base.commit([Edit(path="src/pkg/tool.py", before=text, after=text + b"#\n", mode="100755")], "executable")
    rewritten = made.commit([Edit(path="src/pkg/tool.py", before=text + b"#\n", after=text)], "rewritten")
    with rewritten.fork() as tree:
        assert (tree.folder / "src/pkg/tool.py").stat().st_mode & 0o111
