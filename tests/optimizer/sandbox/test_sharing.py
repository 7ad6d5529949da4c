"""What git does not carry: shown or copied, so that commands find it and the checkout stays as it is."""

import os

import pytest
from perfsmith.optimizer.core.ports import Job
from perfsmith.optimizer.core.values import Edit
from perfsmith.optimizer.sandbox import secret_files, sharing
from perfsmith.optimizer.sandbox.levels.process import ProcessOnly
from perfsmith.optimizer.sandbox.sharing import copy_in, link_in, share_out

FILES = {"src/pkg/__init__.py": "", ".gitignore": "*.dat\nbuilt/\n.venv/\n", "data/README": "x\n"}


@pytest.fixture
def bubblewrap(open_walls, tmp_path):
    return open_walls("bubblewrap", tmp_path / "home")


def said(tree, command):
    done = tree.run(Job(command=command, timeout=60))
    assert done.ok, done.tail()
    return done.stdout.decode()


def test_five_thousand_ignored_files(repository, base_of, bubblewrap):
    repo = repository(FILES)
    repo.write({f"data/{number}.dat": str(number) for number in range(5000)})
    repo.write({"data/large.dat": b"x" * 100_000, "built/part": "1"})
    base = base_of(repo, bubblewrap)
    found = base.surroundings.carried
    assert len(found.shown) == 256
    assert {"data/large.dat", "built"} <= set(found.shown)
    assert len(found.copied) + len(found.shown) == 5002
    assert found.notes == ()
    with base.fork() as tree:
        assert said(tree, "ls data | wc -l; cat data/7.dat data/4999.dat built/part").split() == ["5002", "749991"]
        said(tree, "echo changed > data/7.dat")
    assert (repo.root / "data/7.dat").read_text() == "7"


def test_too_many_large_ones_are_left_out_and_said_so(repository, bubblewrap, monkeypatch):
    for name, value in (("_ROOM", 30), ("_MOUNTS", 4), ("_MOST_MOUNTS", 6)):
        monkeypatch.setattr(sharing, name, value)
    repo = repository(FILES)
    names = tuple(f"data/{number}.dat" for number in range(10))
    repo.write({name: b"x" * (10 + number) for number, name in enumerate(names)})
    repo.write({"built/part": "1"})
    found = share_out(repo.root, (*names, "built"), bubblewrap)
    assert found.copied == names[:2]
    assert found.shown == (*names[2:7], "built")
    assert "3 ignored files are missing" in found.notes[0]


def test_without_walls_what_is_small_is_copied(repository, base_of):
    repo = repository(FILES)
    repo.write({"a.dat": "a", "built/deep/part": "1", "src/b.dat": "b"})
    (repo.root / "built/link").symlink_to("deep/part")
    os.mkfifo(repo.root / "built/pipe")
    base = base_of(repo)
    assert base.surroundings.carried.notes == ()
    with base.fork() as tree:
        assert said(tree, "cat a.dat src/b.dat built/link") == "ab1"
        said(tree, "echo x > a.dat; echo x > built/deep/part; echo x > built/link; rm src/b.dat; test ! -e built/pipe")
    assert [(repo.root / name).read_text() for name in ("a.dat", "built/deep/part", "src/b.dat")] == ["a", "1", "b"]


def test_without_walls_what_is_linked_is_said(repository, base_of, tmp_path, monkeypatch):
    repo = repository(FILES)
    repo.write({"a.dat": "a", ".venv/pyvenv.cfg": "", ".venv/x": "env"})
    base = base_of(repo)
    assert base.surroundings.carried.copied == ("a.dat",)
    (note,) = base.surroundings.carried.notes
    assert "can write to .venv of the checkout" in note
    with base.fork() as tree:
        assert said(tree, "cat .venv/x; test -L .venv && echo linked") == "envlinked\n"
    monkeypatch.setattr(sharing, "_ROOM", 0)
    found = share_out(repo.root, (".venv", "a.dat"), ProcessOnly())
    assert (found.shown, found.copied) == ((".venv", "a.dat"), ())


def test_what_an_edit_writes_is_not_covered_by_a_copy(repository, base_of):
    repo = repository(FILES)
    repo.write({"a.dat": "ignored"})
    with base_of(repo).fork([Edit(path="a.dat", before=None, after=b"edited")]) as tree:
        assert said(tree, "cat a.dat") == "edited"


@pytest.mark.parametrize("put", [copy_in, link_in])
def test_nothing_is_put_where_a_link_of_the_tree_leads(tmp_path, put):
    root, folder, outside = (tmp_path / name for name in ("root", "tree", "outside"))
    (root / "data").mkdir(parents=True)
    (root / "data/x.dat").write_text("new")
    (root / "file").mkdir()
    (root / "file/x.dat").write_text("new")
    folder.mkdir()
    outside.mkdir()
    (outside / "x.dat").write_text("precious")
    (folder / "data").symlink_to(outside)
    (folder / "file").write_text("own")
    put(root, folder, ("data/x.dat", "file/x.dat"))
    assert (outside / "x.dat").read_text() == "precious"
    assert not (outside / "x.dat").is_symlink()
    assert (folder / "file").read_text() == "own"


@pytest.mark.parametrize("level", ["bubblewrap", "unshare", "landlock", "process"])
def test_secrets_in_ignored_folders_are_not_shown_and_what_is_installed_is(
    repository, base_of, open_walls, tmp_path, level
):
    """Neither shown nor copied; certificates of packages and of environments are nobody's secret."""
    repo = repository(FILES | {".gitignore": "private/\nnode_modules/\nenv/\n"})
    secret = [f"private/{name}" for name in (".env", "id_ecdsa", "x/.npmrc", "x/y/.aws/credentials", "x/Server.P12")]
    packages = ["env/ssl/cacert.pem", "env/lib/python3/site-packages/certifi/cacert.pem", "node_modules/x/test.key"]
    plain = ["private/data", "private/x/y/data", *packages]
    repo.write(dict.fromkeys((*secret, *plain, "env/pyvenv.cfg"), "x"))
    base = base_of(repo, open_walls(level, tmp_path / "home"))
    script = f"for name in {' '.join((*secret, *plain))}; do cat $name >/dev/null 2>&1 && echo $name; done; true"
    with base.fork() as tree:
        assert said(tree, script).split() == plain
        assert said(tree, "ls private/x/y; cat private/x/y/data").split()[-2:] == ["data", "x"]


def test_what_was_not_searched_for_secrets_is_said(repository, bubblewrap, monkeypatch):
    monkeypatch.setattr(secret_files, "MOST_LOOKED_AT", 3)
    repo = repository(FILES)
    repo.write({f"built/{number}/part": "1" for number in range(9)})
    (note,) = share_out(repo.root, ("built", ".venv"), bubblewrap).notes
    assert "not all of built was searched" in note
    monkeypatch.setattr(sharing, "_MOST_SHUT", 2)
    repo.write({f"private/{number}.key": "1" for number in range(3)})
    found = share_out(repo.root, ("private", "data"), bubblewrap)
    assert found.shown == ("data",)
    assert "commands do not see private" in found.notes[0]
