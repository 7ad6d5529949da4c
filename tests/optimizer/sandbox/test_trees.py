"""Commands in trees: the launcher's account of them, kills, leftovers, and what a killed run of ours leaves."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from perfsmith.optimizer.core.ports import Job
from perfsmith.optimizer.sandbox.ownership import own_mark, still_alive
from perfsmith.optimizer.sandbox.places import made, new_place
from perfsmith.optimizer.sandbox.trees import sweep

FILES = {"src/pkg/__init__.py": "X = 1\n", "data/words.txt": "a\n"}


@pytest.fixture(params=["bubblewrap", "unshare", "landlock", "process"])
def walls(request, tmp_path, open_walls):
    """Each level in turn."""
    return open_walls(request.param, tmp_path / "home")


@pytest.fixture
def base(repository, base_of, walls):
    return base_of(repository(FILES), walls)


def metered(tree, script, timeout=30.0, **more):
    return tree.run(Job(command=("python", "-c", textwrap.dedent(script)), timeout=timeout, metered=True, **more))


def test_usage_is_that_of_the_command_and_its_descendants(base):
    with base.fork() as tree:
        idle = metered(tree, "import time; time.sleep(0.3)")
        busy = metered(
            tree,
            """
            import subprocess, sys
            code = "import time; end = time.process_time() + 0.3\\nwhile time.process_time() < end: pass"
            subprocess.run([sys.executable, "-c", code], check=True)
            """,
        )
        large = metered(tree, "x = bytearray(80 << 20)")
    assert idle.usage.wall >= 0.3
    assert idle.usage.cpu < idle.usage.wall
    assert busy.usage.cpu >= 0.3
    assert busy.usage.wall <= busy.seconds
    assert large.usage.peak >= 80 << 20
    assert idle.usage.peak < 80 << 20
    assert {idle.usage.leftovers, busy.usage.leftovers, large.usage.leftovers} == {0}
    assert min(idle.usage.delay, busy.usage.delay) >= 0


def test_what_outlives_the_command_is_counted_and_killed(base):
    with base.fork() as tree:
        done = tree.run(Job(command="sleep 61 & sleep 62 & exit 0", timeout=20))
    assert done.ok
    assert done.usage.leftovers == 2
    assert done.seconds < 15


def test_an_orphan_that_has_ended_by_itself_is_no_leftover(base):
    script = """
        import os, time
        for _ in range(3):
            if os.fork() == 0:
                if os.fork() == 0:
                    os._exit(0)
                os._exit(0)
            os.wait()
        time.sleep(0.2)
    """
    with base.fork() as tree:
        done = metered(tree, script)
    assert done.usage.leftovers == 0


def test_exit_codes_signals_and_deadlines(base):
    with base.fork() as tree:
        assert tree.run(Job(command="exit 7", timeout=20)).code == 7
        assert tree.run(Job(command="kill -SEGV $$", timeout=20)).code == -signal.SIGSEGV
        late = tree.run(Job(command="sleep 60", timeout=0.5))
        assert late.timed_out
        assert not late.ok
        assert tree.run(Job(command=("no-such-program",), timeout=20)).code == 127


def test_a_command_that_kills_its_launcher_has_not_succeeded(base):
    with base.fork() as tree:
        done = tree.run(Job(command="kill -9 $PPID; sleep 0.2; exit 0", timeout=5))
    assert not done.ok
    assert done.usage is None


def test_a_command_cannot_write_the_report_itself(base):
    script = """
        import os
        for fd in range(3, 256):
            try:
                os.write(fd, b'{"code": 0, "wall": 0.001, "cpu": 0.001, "delay": 0, "peak": 1, "leftovers": 0}')
                print("wrote", fd)
            except OSError:
                pass
        raise SystemExit(9)
    """
    with base.fork() as tree:
        done = metered(tree, script)
    assert done.code == 9
    assert b"wrote" not in done.stdout
    assert done.usage.wall > 0.001


def test_signals_are_as_a_shell_would_have_them(base):
    with base.fork() as tree:
        done = tree.run(Job(command="yes | head -n 1", timeout=20))
    assert (done.stdout, done.stderr) == (b"y\n", b"")


def test_trees_are_separate_and_removed(base):
    with base.fork() as one, base.fork() as two:
        one.run(Job(command="echo b > data/words.txt", timeout=20))
        assert two.run(Job(command="cat data/words.txt", timeout=20)).stdout == b"a\n"
        folders = [one.folder, two.folder]
        assert all(folder.is_dir() for folder in folders)
    assert not any(folder.parent.exists() for folder in folders)


def test_a_scratch_folder_is_written_at_the_same_path(base, tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with base.fork() as tree:
        done = tree.run(Job(command=f"echo x > {scratch}/report", timeout=20, scratch=scratch))
    assert done.ok
    assert (scratch / "report").read_text() == "x\n"


def test_a_tree_without_permissions_is_removed_and_links_are_not_followed(base, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_text("x")
    (outside / "precious").chmod(0o640)
    with base.fork() as tree:
        command = f"mkdir -p shut/in && ln -s {outside} shut/link && ln -s {outside}/precious shut/file && chmod 0 shut"
        assert tree.run(Job(command=command, timeout=20)).ok
        place = tree.folder.parent
    assert not place.exists()
    assert (outside / "precious").read_text() == "x"
    assert (outside / "precious").stat().st_mode & 0o777 == 0o640


SLEEPER = """
import sys
from pathlib import Path
from perfsmith.optimizer.core.ports import Job
from perfsmith.optimizer.core.values import Repo
from perfsmith.optimizer.sandbox.assemble import open_base
from perfsmith.optimizer.sandbox.checkout import open_checkout
from perfsmith.optimizer.sandbox.levels.process import ProcessOnly
root, state, note = map(Path, sys.argv[1:])
checkout = open_checkout(root)
repo = Repo(root=root, revision=checkout.head, python=Path(sys.executable), source=("src",))
base = open_base(checkout, repo=repo, walls=ProcessOnly(), state=state)
with base.fork() as tree:
    tree.run(Job(command=f"echo $$ > {note}; exec sleep 61", timeout=60))
"""


HERE = own_mark().split("-")[2]
DEAD = f"999999999-5-{HERE}-"
"""The mark of a process of this machine that is gone."""


def test_a_killed_run_leaves_nothing_that_the_next_does_not_sweep(repository, base_of, tmp_path):
    repo, note, state = repository(FILES), tmp_path / "note", tmp_path / "state"
    run = subprocess.Popen([sys.executable, "-c", SLEEPER, str(repo.root), str(state), str(note)])
    for _ in range(1000):
        if note.exists() and note.read_text().strip():
            break
        time.sleep(0.01)
    pid = int(note.read_text())
    own = made(new_place(state))
    assert sweep(state) == 0
    run.kill()
    run.wait()
    for _ in range(300):
        if not Path(f"/proc/{pid}").exists() or " Z " in Path(f"/proc/{pid}/stat").read_text():
            break
        time.sleep(0.01)
    else:
        pytest.fail("the command goes on although the run was killed")
    assert sweep(state) == 1
    assert [place.name for place in (state / "trees").iterdir()] == [own.name]


def test_a_temporary_index_of_a_killed_run_is_swept(repository, base_of, tmp_path):
    repo = repository(FILES)
    folder = base_of(repo).private.folder
    (folder / f"index-{DEAD}abc").mkdir()
    (folder / f"index-{own_mark()}abc").mkdir()
    (folder.parent / f"new-{DEAD}abc").mkdir()
    base_of(repo)
    assert [place.name for place in folder.glob("index-*")] == [f"index-{own_mark()}abc"]
    assert [place.name for place in folder.parent.iterdir()] == [folder.name]


def test_a_name_tells_whether_its_process_lives():
    assert still_alive(own_mark() + "x")
    assert not still_alive(DEAD + "x")
    assert not still_alive(f"{os.getpid()}-1-{HERE}-x")
    assert not still_alive("something-else")
    assert still_alive("999999999-5-0000-x"), "what another machine made is not ours to judge"
