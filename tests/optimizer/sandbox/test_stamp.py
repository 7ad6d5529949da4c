"""A stamp tells whether anything below some places is another one than before."""

import os

import pytest
from perfsmith.optimizer.sandbox.stamp import stamp


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "env"
    for name in ("lib/one.py", "lib/deep/two.py", "empty/.keep"):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text("x = 1\n")
    (place / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/three.py").write_text("x = 1\n")
    return place


def backdated(path, text):
    path.write_text(text)
    os.utime(path, ns=(1, 1))


def test_it_stays_while_nothing_changes(folder):
    first = stamp([folder])
    (folder / "lib/__pycache__").mkdir()
    (folder / "lib/__pycache__/one.pyc").write_bytes(b"x")
    (folder / ".pytest_cache").mkdir()
    assert stamp([folder, folder]) == stamp([folder]) == first


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "lib/one.py").write_text("x = 2\n"),
        lambda folder: backdated(folder / "lib/one.py", "x = 1\n"),
        lambda folder: (folder / "lib/deep/two.py").unlink(),
        lambda folder: (folder / "lib/three.py").touch(),
        lambda folder: (folder / "new").mkdir(),
        lambda folder: (folder / "lib/one.py").rename(folder / "lib/other.py"),
        lambda folder: (folder / "link/three.py").write_text("x = 22\n"),
        lambda folder: ((folder / "link").unlink(), (folder / "link").symlink_to(folder / "lib")),
    ],
)
def test_it_changes_with_whatever_lies_there(folder, change):
    first = stamp([folder])
    change(folder)
    assert stamp([folder]) != first


def test_it_changes_when_a_place_comes_or_goes(folder, tmp_path):
    both = stamp([folder / "lib", tmp_path / "later.py"])
    assert both == stamp([folder / "lib"])
    (tmp_path / "later.py").touch()
    assert both != stamp([folder / "lib", tmp_path / "later.py"])


def test_links_that_go_round_or_nowhere_do_no_harm(folder):
    (folder / "lib/round").symlink_to(folder)
    (folder / "lib/nowhere").symlink_to(folder / "absent")
    (folder / "lib/self").symlink_to("self")
    assert stamp([folder])


def test_of_too_much_there_is_no_stamp(folder):
    assert stamp([folder], most=3) is None
