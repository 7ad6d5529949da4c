"""Trees that are used again are as fresh ones, whatever was done in them; what cannot be put back is not used."""

import os
import stat
import textwrap

import pytest
from perfsmith.optimizer.core.errors import CandidateError
from perfsmith.optimizer.core.ports import Job
from perfsmith.optimizer.core.values import Edit
from perfsmith.optimizer.sandbox import laying
from perfsmith.optimizer.sandbox.laying import Laying
from perfsmith.optimizer.sandbox.places import remove_own

FILES = {
    "src/pkg/__init__.py": "X = 1\n",
    "src/pkg/other.py": "Y = 2\n",
    "data/words.txt": "a\n",
    "data/deep/er/only.txt": "b\n",
    "n\u00e4me with blank.txt": "c\n",
}
HARM = {
    "contents that look the same": """
        before = os.stat('data/words.txt')
        open('data/words.txt', 'w').write('z\\n')
        os.utime('data/words.txt', ns=(before.st_atime_ns, before.st_mtime_ns))""",
    "written through a mapping": """
        import mmap
        with open('data/words.txt', 'r+b') as file:
            mmap.mmap(file.fileno(), 0)[0:1] = b'z'""",
    "removed": "os.unlink('data/words.txt'); shutil.rmtree('data/deep', True)",
    "added": "os.makedirs('src/__pycache__'); open('src/__pycache__/x.pyc', 'w'); open('sitecustomize.py', 'w')",
    "exchanged": """
        os.rename('src/pkg/__init__.py', 'x'); os.rename('src/pkg/other.py', 'src/pkg/__init__.py')
        os.rename('x', 'src/pkg/other.py')""",
    "links for files": "os.unlink('data/words.txt'); os.symlink('/etc/hostname', 'data/words.txt')",
    "links for folders": "shutil.rmtree('data'); os.symlink('/tmp', 'data')",
    "a file for a folder": "shutil.rmtree('data'); open('data', 'w')",
    "a folder for a file": "os.unlink('data/words.txt'); os.makedirs('data/words.txt/in/side')",
    "hard links": "os.unlink('src/pkg/other.py'); os.link('data/words.txt', 'src/pkg/other.py')",
    "modes": "os.chmod('data/words.txt', 0o777); os.chmod('data', 0o700); os.chmod('src/pkg', 0o777)",
    "a folder made anew": "os.rename('data', 'gone'); os.mkdir('data'); shutil.copy('gone/words.txt', 'data')",
    "shut": "os.makedirs('data/deep', exist_ok=True); os.chmod('data/deep', 0)",
    "pipes": "os.mkfifo('data/pipe')",
}


def listed(folder):
    """Everything in a tree: kind and mode, and the contents or where a link leads."""
    found = {}
    for path in sorted(folder.rglob("*")):
        about = path.lstat()
        what = path.read_bytes() if stat.S_ISREG(about.st_mode) else None
        found[str(path.relative_to(folder))] = oct(about.st_mode), path.readlink() if path.is_symlink() else what
    return found


@pytest.fixture
def base(repository, base_of, open_walls, tmp_path, monkeypatch):
    monkeypatch.setattr(laying, "MANY", 1)
    return base_of(repository(FILES), open_walls("bubblewrap", tmp_path / "home"))


def changed(path, after, before=None):
    return Edit(path=path, before=before, after=after, mode="100644")


EDITS = {
    "none": (),
    "a change": (changed("src/pkg/__init__.py", b"X = 3\n", b"X = 1\n"),),
    "a new file": (changed("new/in/here.py", b"Z = 1\n"),),
    "a folder's only file is gone": (changed("data/deep/er/only.txt", None, b"b\n"),),
}


CASES = [(harm, EDITS[name]) for harm in HARM for name in ("a change", "a folder's only file is gone")]
CASES += [("added", edits) for edits in EDITS.values()]


@pytest.mark.parametrize(("harm", "edits"), CASES)
def test_a_tree_that_is_used_again_is_as_a_fresh_one(base, harm, edits):
    with base.fork() as tree:
        fresh = listed(tree.folder)
    with base.fork(edits) as tree:
        first = tree.folder
        wanted = listed(tree.folder)
        script = f"import os, shutil\n{textwrap.dedent(HARM[harm])}"
        done = tree.run(Job(command=("python", "-c", script), timeout=30))
        assert done.ok, done.tail()
        assert listed(tree.folder) != wanted
    for again, expected in ((edits, wanted), ((), fresh), (edits, wanted)):
        with base.fork(again) as tree:
            assert tree.folder == first
            assert listed(tree.folder) == expected
            assert sorted(path.name for path in tree.folder.parent.iterdir()) == ["home", "tmp", "tree"]


def test_private_folders_are_empty_again(base):
    look = Job(command="ls -A ~ /tmp", timeout=30)
    with base.fork() as tree:
        before = tree.run(look).stdout
        assert tree.run(Job(command="echo x > ~/left && echo x > /tmp/left && mkdir ~/.cache", timeout=30)).ok
        first = tree.folder
    with base.fork() as tree:
        assert tree.folder == first
        assert tree.run(look).stdout == before


def test_two_at_once_are_two(base):
    with base.fork() as one, base.fork() as two:
        assert one.folder != two.folder
        (one.folder / "data" / "words.txt").write_text("changed\n")
    with base.fork() as one, base.fork() as two:
        assert listed(one.folder) == listed(two.folder)
        assert (one.folder / "data" / "words.txt").read_text() == "a\n"


def test_attributes_of_a_folder_cannot_be_put_back(base):
    with base.fork() as tree:
        first = tree.folder
        try:
            os.setxattr(tree.folder / "data", "user.strange", b"1")
        except OSError:
            pytest.skip("the file system has no extended attributes")
    with base.fork() as tree:
        assert tree.folder != first
    assert not first.exists()


def test_whoever_ends_in_an_error_leaves_nothing(base):
    with base.fork() as tree:
        first = tree.folder
    with pytest.raises(CandidateError):
        fail_in(base, first)
    assert not first.exists()


def fail_in(base, first):
    with base.fork(EDITS["a change"]) as tree:
        assert tree.folder == first
        raise CandidateError("wrong_behavior", "it is")


def test_small_trees_and_such_that_anybody_can_write_to_are_made_anew(
    repository, base_of, open_walls, tmp_path, monkeypatch
):
    small = base_of(repository(FILES, "small"), open_walls("bubblewrap", tmp_path / "home"))
    with small.fork() as tree:
        pass
    assert not tree.folder.exists()
    monkeypatch.setattr(laying, "MANY", 1)
    plain = base_of(repository(FILES, "plain"), open_walls("process", None))
    with plain.fork() as tree:
        pass
    assert not tree.folder.exists()


def test_what_is_kept_for_later_is_removed_with_the_run(base):
    with base.fork() as tree:
        place = tree.folder.parent
    assert place.exists()
    remove_own(place.parent.parent)
    assert not place.exists()
    with base.fork() as tree:
        assert listed(tree.folder)


def test_no_more_trees_are_kept_than_are_used_at_once(base):
    with base.fork() as one, base.fork() as two, base.fork() as three, base.fork() as four:
        folders = [tree.folder for tree in (one, two, three, four)]
    assert sum(folder.exists() for folder in folders) == 3
    assert isinstance(base.laying, Laying)
    assert len(base.laying.idle) == 3
