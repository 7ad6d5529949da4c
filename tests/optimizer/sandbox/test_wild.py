"""Git as it is in the wild: settings that run programs, states that are rare, names that are odd."""

import hashlib
import os
import subprocess

import pytest
from perfsmith.optimizer.core.errors import TargetError
from perfsmith.optimizer.core.ports import Job
from perfsmith.optimizer.core.values import Edit
from perfsmith.optimizer.sandbox.checkout import open_checkout, staged_patch, working_patch
from perfsmith.optimizer.sandbox.landing import Landing, apply, undo
from perfsmith.optimizer.sandbox.manners import overrides

OLD, NEW = b"def f(x):\n    return x + 1\n", b"def f(x):\n    return 1 + x\n"
FILES = {"src/pkg/__init__.py": OLD, "notes.txt": "one\n"}
RUN = "20261120-1415-9f3a"


@pytest.fixture
def trap(tmp_path):
    """A program that must never run: its command line, and how often it ran."""
    fired = tmp_path / "fired"
    program = tmp_path / "trap"
    program.write_text(f'#!/bin/sh\necho "$0 $*" >> {fired}\ncat\n')
    program.chmod(0o755)
    return str(program), lambda: fired.read_text() if fired.exists() else ""


def whole_story(repo, base_of):
    """Everything that is ever asked of a user's repository, up to a kept commit that is applied and taken back."""
    checkout = open_checkout(repo.root)
    base = base_of(repo)
    working_patch(repo.root), staged_patch(repo.root)
    with base.fork() as tree:
        assert tree.run(Job(command="cat src/pkg/__init__.py", timeout=20)).stdout == OLD
    following = base.commit([Edit(path="src/pkg/__init__.py", before=OLD, after=NEW)], "faster")
    Landing(root=repo.root, private=base.private, run=RUN).publish(following.revision, 1)
    undo(repo.root, apply(repo.root, RUN, checkout.head, base.private))
    return checkout


POISON = {
    "fsmonitor": [("core.fsmonitor", "{trap}")],
    "clean filter": [("filter.bad.clean", "{trap}"), ("filter.bad.required", "true")],
    "filter process": [("filter.bad.process", "{trap}"), ("filter.bad.required", "true")],
    "external diff": [("diff.external", "{trap}"), ("diff.bad.command", "{trap}")],
    "textconv": [("diff.bad.textconv", "{trap}"), ("diff.bad.cachetextconv", "true")],
    "ssh and proxies": [("core.sshCommand", "{trap}"), ("core.gitProxy", "{trap}"), ("core.askPass", "{trap}")],
    "hooks elsewhere": [("core.hooksPath", "{folder}")],
    "editor and pager": [("core.editor", "{trap}"), ("core.pager", "{trap}"), ("sequence.editor", "{trap}")],
    "aliases": [("alias.status", "!{trap}"), ("alias.rev-parse", "!{trap}")],
    "signatures": [("commit.gpgSign", "true"), ("tag.gpgSign", "true"), ("gpg.program", "{trap}")],
    "shown signatures": [("log.showSignature", "true"), ("gpg.program", "{trap}")],
    "alternate refs": [("core.alternateRefsCommand", "{trap}")],
    "a url that is a program": [("protocol.ext.allow", "always"), ("url.ext::{trap} .insteadOf", "/")],
}


@pytest.mark.parametrize("settings", POISON.values(), ids=POISON.keys())
def test_settings_that_run_programs_run_none(repository, base_of, trap, settings):
    program, fired = trap
    repo = repository(FILES)
    (repo.root / ".git" / "info").mkdir(exist_ok=True)
    (repo.root / ".git" / "info" / "attributes").write_text("*.txt filter=bad diff=bad\n")
    folder = repo.root.parent / "hooks"
    folder.mkdir()
    for name in ("post-checkout", "reference-transaction", "post-index-change", "pre-commit", "post-merge"):
        (folder / name).write_text(f"#!/bin/sh\n{program}\n")
        (folder / name).chmod(0o755)
    for name, value in settings:
        repo.git("config", name.format(trap=program), value.format(trap=program, folder=folder))
    os.utime(repo.root / "notes.txt", (1, 1))  # git has to look at its contents
    whole_story(repo, base_of) if "url" not in str(settings) else refused(repo, base_of)
    assert fired() == ""


def refused(repo, base_of):
    """A repository that sends our fetch elsewhere gets an error, not a program."""
    with pytest.raises(TargetError, match="cannot be written"):
        whole_story(repo, base_of)


def test_settings_from_an_included_file_are_found(repository, base_of, trap):
    program, fired = trap
    repo = repository(FILES)
    (repo.root.parent / "more").write_text(f'[filter "a=b c"]\n\tclean = {program}\n\trequired\n')
    repo.git("config", "include.path", str(repo.root.parent / "more"))
    (repo.root / ".git" / "info").mkdir(exist_ok=True)
    (repo.root / ".git" / "info" / "attributes").write_text("*.txt filter=a=b\n")
    os.utime(repo.root / "notes.txt", (1, 1))
    open_checkout(repo.root)
    assert fired() == ""


SUBMODULE_POISON = {
    "clean filter": [("filter.bad.clean", "{trap}")],
    "filter process": [("filter.bad.process", "{trap}"), ("filter.bad.required", "true")],
    "fsmonitor": [("core.fsmonitor", "{trap}")],
    "hooks": [("core.hooksPath", "{folder}")],
}


@pytest.mark.parametrize("settings", SUBMODULE_POISON.values(), ids=SUBMODULE_POISON.keys())
@pytest.mark.parametrize("recursive", [False, True])
def test_settings_of_a_submodule_run_none(repository, base_of, trap, settings, recursive):
    program, fired = trap
    repo = with_submodule(repository)
    lib = type(repo)(repo.root / "lib")
    repo.git("config", "submodule.recurse", str(recursive).lower())
    repo.git("config", "status.submoduleSummary", "true")
    repo.git("config", "diff.submodule", "log")
    repo.git("config", "submodule.lib.ignore", "none")
    (repo.root / ".git/modules/lib/info/attributes").write_text("*.txt filter=bad\n")
    folder = repo.root.parent / "hooks"
    folder.mkdir()
    (folder / "post-index-change").symlink_to(program)
    for name, value in settings:
        lib.git("config", name, value.format(trap=program, folder=folder))
    os.utime(lib.root / "notes.txt", (1, 1))
    whole_story(repo, base_of)
    assert fired() == ""
    repo.git("status", check=False)
    assert "trap" in fired() or "hooks" in fired()


def with_submodule(repository):
    """A repository with another one checked out in `lib`."""
    inner = repository({"notes.txt": "one\n"}, name="inner")
    repo = repository(FILES)
    repo.git("submodule", "--quiet", "add", str(inner.root), "lib")
    repo.commit({}, "a submodule")
    return repo


def test_a_submodule_at_another_commit_is_a_change_and_what_is_edited_in_it_is_none(repository):
    repo = with_submodule(repository)
    repo.write({"lib/notes.txt": "edited\n"})
    assert working_patch(repo.root) == b""
    type(repo)(repo.root / "lib").commit({})
    assert b"+Subproject commit" in working_patch(repo.root)


def test_every_filter_is_overridden_whatever_its_name():
    said = b"filter.a=b.c.clean\nevil\0filter.lfs.process\ngit-lfs\0core.autocrlf\ntrue\0user.name\nme"
    found = dict(overrides(said))
    assert found["filter.a=b.c.process"] == found["filter.lfs.clean"] == ""
    assert (found["filter.lfs.required"], found["core.autocrlf"]) == ("false", "true")
    assert "user.name" not in found


def test_a_work_tree_somewhere_else_is_refused(repository, tmp_path):
    repo = repository(FILES)
    (tmp_path / "precious").mkdir()
    repo.git("config", "core.worktree", str(tmp_path / "precious"))
    with pytest.raises(TargetError, match="says that its files are in") as caught:
        open_checkout(repo.root)
    assert caught.value.code == "strange_work_tree"


def test_line_ends_that_git_converts_are_no_change(repository):
    repo = repository({"a.py": "x = 1\n"})
    repo.git("config", "core.autocrlf", "true")
    (repo.root / "a.py").unlink()
    repo.git("checkout", "--quiet", "--", "a.py")
    assert (repo.root / "a.py").read_bytes() == b"x = 1\r\n"
    os.utime(repo.root / "a.py", (1, 1))
    assert working_patch(repo.root) == b""
    assert open_checkout(repo.root).changed == ()


def test_pointers_of_a_large_file_storage_are_no_change(repository):
    repo = repository(
        {"a.bin": "version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 4\n", "b.py": "b = 1\n"}
    )
    repo.git("config", "filter.lfs.clean", "git-lfs clean -- %f")
    repo.git("config", "filter.lfs.process", "git-lfs filter-process")
    repo.git("config", "filter.lfs.required", "true")
    repo.write({".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n", "a.bin": b"\0real", "b.py": "b = 2\n"})
    assert open_checkout(repo.root).changed == ("b.py", ".gitattributes")
    assert b"a.bin" not in working_patch(repo.root)
    assert b"b = 2" in working_patch(repo.root)


def pointer(content):
    oid = hashlib.sha256(content).hexdigest()
    return oid, f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {len(content)}\n"


def test_what_the_local_store_has_of_large_files_is_in_every_tree(repository, base_of):
    (oid, here), (_, elsewhere), (wrong, short) = pointer(b"\0large"), pointer(b"far away"), pointer(b"torn")
    files = {**FILES, ".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n"}
    repo = repository({**files, "data/a.bin": here, "b.bin": elsewhere, "c.bin": short, "note.txt": here})
    for name, content in ((oid, b"\0large"), (wrong, b"to")):
        place = repo.root / ".git/lfs/objects" / name[:2] / name[2:4] / name
        place.parent.mkdir(parents=True)
        place.write_bytes(content)
    base = base_of(repo)
    with base.fork() as tree:
        assert tree.run(Job(command="cat data/a.bin", timeout=20)).stdout == b"\0large"
        assert tree.run(Job(command="cat b.bin c.bin note.txt", timeout=20)).stdout.decode() == elsewhere + short + here
    large = base.surroundings.large
    assert large.missing(frozenset(base.files()), base.read) == ("b.bin", "c.bin")
    with base.fork([Edit(path="data/a.bin", before=here.encode(), after=b"edited")]) as tree:
        assert (tree.folder / "data/a.bin").read_bytes() == b"edited"


def test_a_sparse_checkout_is_judged_whole(repository, base_of):
    repo = repository({**FILES, "docs/long.txt": "long\n"})
    repo.git("sparse-checkout", "set", "src")
    assert not (repo.root / "docs").exists()
    with base_of(repo).fork() as tree:
        assert tree.run(Job(command="cat docs/long.txt", timeout=20)).stdout == b"long\n"
    assert open_checkout(repo.root).changed == ()


def test_a_partial_clone_fetches_nothing(repository, base_of, tmp_path):
    origin = repository({**FILES, "old.txt": "old\n"}, name="origin")
    origin.git("rm", "--quiet", "old.txt")
    origin.git("commit", "--quiet", "--message=two")
    origin.git("config", "uploadpack.allowFilter", "true")
    origin.git("config", "uploadpack.allowAnySHA1InWant", "true")
    origin.git("clone", "--quiet", "--filter=blob:none", f"file://{origin.root}", str(tmp_path / "partial"))
    repo = type(origin)(tmp_path / "partial")
    whole_story(repo, base_of)
    older = repo.git("rev-parse", "HEAD~1")
    repo.git("config", "remote.origin.uploadpack", f"touch {tmp_path}/fetched; git-upload-pack")
    base = base_of(repo)
    with pytest.raises(FileNotFoundError):
        base.private.read(base.private.tree(older), "old.txt")
    assert not (tmp_path / "fetched").exists()


def test_names_with_line_ends_and_bytes_that_are_no_text(repository, base_of):
    names = [b"two\nlines.py", b"latin-\xe9.py", b'quo"te\ttab.py', b"-rf", b":(top)x.py"]
    repo = repository(FILES)
    for name in names:
        (repo.root / os.fsdecode(name)).write_bytes(OLD)
    repo.commit({})
    base = base_of(repo)
    decoded = [os.fsdecode(name) for name in names]
    assert set(decoded) <= set(base.files())
    edits = [Edit(path=name, before=OLD, after=NEW) for name in decoded]
    with base.fork(edits) as tree:
        assert all((tree.folder / name).read_bytes() == NEW for name in decoded)
    assert {edit.path for edit in base.commit(edits, "all").since(base)} == set(decoded)


def test_names_that_differ_in_case_only_stay_apart(repository, base_of):
    repo = repository({**FILES, "Readme.py": "a = 1\n", "README.py": "b = 1\n"})
    repo.git("config", "core.ignoreCase", "true")
    base = base_of(repo)
    with base.fork([Edit(path="README.py", before=b"b = 1\n", after=b"b = 2\n")]) as tree:
        assert (tree.folder / "Readme.py").read_bytes() == b"a = 1\n"
        assert (tree.folder / "README.py").read_bytes() == b"b = 2\n"


@pytest.mark.parametrize("operation", ["merge", "rebase"])
def test_in_the_middle_of_a_merge_or_rebase_nothing_is_moved(repository, base_of, operation):
    repo = repository(FILES)
    repo.git("checkout", "--quiet", "-b", "other")
    repo.commit({"notes.txt": "theirs\n"})
    repo.git("checkout", "--quiet", "main")
    repo.commit({"notes.txt": "ours\n"})
    repo.git(operation, "other", check=False)
    before = repo.git("status", "--porcelain")
    checkout = open_checkout(repo.root)
    assert checkout.unfinished == f"a {operation}"
    base = base_of(repo)
    with base.fork() as tree:
        assert tree.run(Job(command="true", timeout=20)).ok
    with pytest.raises(TargetError, match=f"a {operation} is going on"):
        apply(repo.root, RUN, checkout.head, base.private)
    assert repo.git("status", "--porcelain") == before


def test_signing_is_not_asked_for_when_commits_go_on_top(repository, base_of, trap):
    program, fired = trap
    repo = repository(FILES)
    base = base_of(repo)
    first = base.revision
    following = base.commit([Edit(path="src/pkg/__init__.py", before=OLD, after=NEW)], "faster")
    Landing(root=repo.root, private=base.private, run=RUN).publish(following.revision, 1)
    repo.commit({"notes.txt": "moved on\n"})
    repo.git("config", "commit.gpgSign", "true")
    repo.git("config", "gpg.program", program)
    repo.git("config", "user.name", "t")
    repo.git("config", "user.email", "t@example.org")
    apply(repo.root, RUN, first, base.private)
    assert (fired(), (repo.root / "src/pkg/__init__.py").read_bytes()) == ("", NEW)


def test_a_trap_would_fire_without_our_care(repository, trap):
    program, fired = trap
    repo = repository(FILES)
    repo.git("config", "filter.bad.clean", program)
    repo.write({".gitattributes": "*.txt filter=bad\n"})
    os.utime(repo.root / "notes.txt", (1, 1))
    subprocess.run(["git", "status"], cwd=repo.root, check=True, capture_output=True)
    assert "trap" in fired()
