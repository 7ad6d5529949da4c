"""One kit for every level of walls: hostile commands, and whether they got through, against what the level promises.

Both ways: what is promised is stopped, and what is not promised is really not, so that the table tells the truth.
"""

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import pytest
from perfsmith.optimizer.core.ports import Job
from perfsmith.optimizer.sandbox.choice import levels, table
from perfsmith.optimizer.sandbox.limits import default_limits, temporary_bytes
from perfsmith.optimizer.sandbox.walls import PROMISES, hidden_folders

FILES = {"src/pkg/__init__.py": "X = 1\n", ".gitignore": ".env\nprivate/\n"}
CANARY = "canary-7f3a"
SECRETS = (".env", "private/.env", "private/deep/id_rsa")


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A tree, and what lies around it: a home with a secret, a service, a stranger's process."""

    tree: object
    repo: Path
    home: Path
    outside: Path
    environment: Path
    server: socket.socket
    datagrams: socket.socket
    stranger: int

    def run(self, script, **more):
        """A Python script in the tree, with the places that it wants to reach as arguments."""
        code = textwrap.dedent(script)
        places = (self.home, self.repo, self.outside, self.environment)
        numbers = (self.server.getsockname()[1], self.datagrams.getsockname()[1], self.stranger, os.getpid())
        command = ("python", "-c", code, *map(str, (*places, *numbers)))
        return self.tree.run(Job(command=command, timeout=20, **more))


@pytest.fixture(params=levels())
def level(request):
    return request.param


@pytest.fixture
def walls(level, tmp_path, monkeypatch, open_walls):
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    return open_walls(level, home)


@pytest.fixture
def scene(walls, repository, base_of, tmp_path):
    home, outside, environment = tmp_path / "home", tmp_path / "outside", tmp_path / "environment"
    for folder in (home / ".ssh", outside, environment):
        folder.mkdir()
    (home / ".ssh" / "id_rsa").write_text(CANARY)
    (outside / "file").write_text("mine")
    made = repository(FILES)
    made.write({".env": CANARY, "private/.env": CANARY, "private/deep/id_rsa": CANARY, "private/data": "x"})
    base = base_of(made, walls, paths=(environment,))
    stranger = subprocess.Popen(["sleep", "61"], env={"KEY": CANARY})
    with socket.socket() as server, socket.socket(type=socket.SOCK_DGRAM) as datagrams, base.fork() as tree:
        server.bind(("127.0.0.1", 0))
        server.listen(8)
        datagrams.bind(("127.0.0.1", 0))
        datagrams.setblocking(False)
        yield Scene(
            tree=tree,
            repo=made.root,
            home=home,
            outside=outside,
            environment=environment,
            server=server,
            datagrams=datagrams,
            stranger=stranger.pid,
        )
    stranger.kill()
    stranger.wait()


WAYS = """
import os, socket, sys
home, repo, outside, environment = sys.argv[1:5]
port, datagrams, stranger, ours = map(int, sys.argv[5:9])
def through(attempt):
    try:
        print("through" if attempt() is not False else "stopped")
    except OSError as error:
        print("stopped", error, file=sys.stderr)
"""


def got_through(scene, attempt, **more):
    """Whether any of the attempts had its way; the script says `through` for each that did."""
    done = scene.run(WAYS + textwrap.dedent(attempt), **more)
    assert done.code == 0, done.stderr.decode()
    return b"through" in done.stdout


def test_writing_outside(scene, walls):
    """Into a home, the checkout, its hooks, an environment's start-up files, by links and by paths."""
    done = scene.run(
        WAYS
        + textwrap.dedent("""
        places = [home + "/escaped", repo + "/src/pkg/escaped", repo + "/.git/hooks/pre-commit", outside + "/file",
                  environment + "/evil.pth", environment + "/sitecustomize.py", "../escaped", "link/escaped"]
        def attempt(path):
            with open(path, "w") as file:
                file.write("evil")
        through(lambda: os.symlink(outside, "link"))
        for path in places:
            through(lambda: attempt(path))
        through(lambda: os.remove(outside + "/file"))
        through(lambda: os.rename(repo + "/.gitignore", repo + "/moved"))
        through(lambda: os.truncate(home + "/.ssh/id_rsa", 0))
        """)
    )
    assert done.code == 0, done.stderr.decode()
    touched = [
        (scene.home / "escaped").exists(),
        (scene.repo / "src/pkg/escaped").exists(),
        (scene.repo / ".git/hooks/pre-commit").exists(),
        not (scene.repo / ".gitignore").exists(),
        not (scene.outside / "file").exists(),
        (scene.outside / "escaped").exists(),
        bool(list(scene.environment.iterdir())),
        (scene.tree.folder.parent / "escaped").exists(),
        (scene.home / ".ssh/id_rsa").read_text() != CANARY,
    ]
    assert touched == [("writes" not in walls.promises)] * len(touched)


def test_changing_permissions_outside(scene, walls):
    scene.run(WAYS + 'through(lambda: os.chmod(outside + "/file", 0o640))')
    changed = (scene.outside / "file").stat().st_mode & 0o777 == 0o640
    assert changed == ("attributes" not in walls.promises)


@pytest.mark.parametrize(
    "place", ["home + '/.ssh/id_rsa'", "outside + '/file'", *(f"repo + '/{name}'" for name in SECRETS)]
)
def test_reading_a_secret(scene, walls, place):
    assert got_through(scene, f"through(lambda: bool(open({place}).read()))") == ("reads" not in walls.promises)


@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6"])
def test_connecting_to_a_server_outside(scene, walls, family):
    address = '("::ffff:127.0.0.1", port)' if family == "AF_INET6" else '("127.0.0.1", port)'
    attempt = f"through(lambda: socket.socket(socket.{family}).connect({address}))"
    assert got_through(scene, attempt) == ("network" not in walls.promises)


def test_sending_a_datagram(scene, walls):
    scene.run(WAYS + 'through(lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", datagrams)))')
    try:
        arrived = bool(scene.datagrams.recv(8))
    except BlockingIOError:
        arrived = False
    assert arrived == ("network" not in walls.promises)


@pytest.mark.parametrize("abstract", [False, True])
def test_talking_to_a_service_by_its_socket(scene, walls, abstract):
    name = f"\0perfsmith-{os.getpid()}" if abstract else str(scene.outside / "service")
    with socket.socket(socket.AF_UNIX) as service:
        service.bind(name)
        service.listen(1)
        attempt = f"through(lambda: socket.socket(socket.AF_UNIX).connect({name!r}))"
        assert got_through(scene, attempt) == ("services" not in walls.promises)


def test_a_server_of_its_own(scene, walls):
    attempt = """
        def own():
            server = socket.create_server(("127.0.0.1", 0))
            socket.create_connection(server.getsockname(), timeout=5)
        through(own)
        """
    assert got_through(scene, attempt) == ("loopback" in walls.promises)


def test_sockets_to_the_host_of_a_virtual_machine(scene, walls):
    """They know no namespaces."""
    try:
        socket.socket(socket.AF_VSOCK).close()
    except OSError:
        pytest.skip("this system has no AF_VSOCK")
    attempt = "through(lambda: bool(socket.socket(socket.AF_VSOCK)))"
    assert got_through(scene, attempt) == ("network" not in walls.promises)


KEYS = """
import ctypes, os
call = ctypes.CDLL(None, use_errno=True).syscall
ADD, CONTROL = (248, 250) if os.uname().machine == "x86_64" else (217, 219)
SESSION, JOIN, UNLINK, SEARCH, READ = -3, 1, 9, 10, 11
def checked(*arguments):
    result = call(*(ctypes.c_long(one) if isinstance(one, int) else one for one in arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), "key")
    return result
"""


@pytest.fixture
def session_key():
    """A key in the session of the test: its name."""
    own, name = {}, b"perfsmith-test"
    exec(KEYS, own)
    try:
        own["checked"](own["CONTROL"], own["JOIN"], None)
        key = own["checked"](own["ADD"], b"user", name, CANARY.encode(), len(CANARY), own["SESSION"])
    except OSError:
        pytest.skip("this system keeps no keys")
    yield name
    own["checked"](own["CONTROL"], own["UNLINK"], key, own["SESSION"])


def test_reading_a_key_of_the_session(scene, walls, session_key):
    attempt = f"""
        def read():
            key = checked(CONTROL, SEARCH, SESSION, b"user", {session_key!r}, 0)
            found = ctypes.create_string_buffer(64)
            checked(CONTROL, READ, key, found, 64)
            return found.value == {CANARY.encode()!r}
        through(read)
        """
    assert got_through(scene, KEYS + textwrap.dedent(attempt)) == ("keys" not in walls.promises)


def test_nothing_in_memory_outlives_a_command(scene, walls, level):
    """Segments, queues and semaphores of System V do, where nobody forbids them or gives them a space of their own."""
    number = os.getpid() + (1 << 20)
    make = ("shmget({}, 4096, 0o1600)", "msgget({}, 0o1600)", "semget({}, 1, 0o1600)")
    scene.run(
        f"import ctypes\nlibc = ctypes.CDLL(None)\n{'; '.join(f'libc.{one}' for one in make).format(*[number] * 3)}"
    )
    left = []
    for kind, command in (("shm", "-m"), ("msg", "-q"), ("sem", "-s")):
        lines = [line.split() for line in Path(f"/proc/sysvipc/{kind}").read_text().splitlines()[1:]]
        left += [(command, words[1]) for words in lines if words[0] == str(number)]
    for one in left:
        subprocess.run(["ipcrm", *one], check=False)
    assert len(left) == (3 if level == "process" else 0)


def test_ordinary_programs_notice_nothing_of_the_filter(scene):
    script = """
        import asyncio, concurrent.futures as futures, multiprocessing, os, subprocess
        assert subprocess.run(["sh", "-c", "exit 3"]).returncode == 3
        asyncio.run(asyncio.sleep(0))
        os.close(os.memfd_create("x")) if hasattr(os, "memfd_create") else None
        with futures.ThreadPoolExecutor(2) as pool:
            assert list(pool.map(abs, [-1, 2])) == [1, 2]
        ours, theirs = multiprocessing.Pipe()
        worker = multiprocessing.get_context("fork").Process(target=theirs.send, args=("hello",))
        worker.start()
        assert ours.recv() == "hello"
        worker.join()
        print("fine")
        """
    assert scene.run(script).stdout == b"fine\n"


@pytest.mark.parametrize(
    "attempt", ["os.kill(stranger, 0)", "b'KEY' in open(f'/proc/{stranger}/environ', 'rb').read()"]
)
def test_reaching_a_process_outside(scene, walls, attempt):
    assert got_through(scene, f"through(lambda: {attempt})") == ("processes" not in walls.promises)


def test_our_own_memory_is_shut(scene, walls):
    """At level process only root may look into it; nobody else is stopped by walls that are not there."""
    attempt = "through(lambda: bool(open(f'/proc/{ours}/mem', 'rb')))"
    if "processes" in walls.promises:
        assert not got_through(scene, attempt)


def test_the_tree_is_where_the_checkout_is(scene, walls):
    assert (scene.tree.root == scene.repo) == ("place" in walls.promises)


def test_writing_into_the_tree_between_measured_runs(scene, walls):
    attempt = "through(lambda: bool(open('src/pkg/kept', 'w')))"
    assert got_through(scene, attempt)
    (scene.tree.folder / "src/pkg/kept").unlink()
    assert got_through(scene, attempt, frozen=True) == ("frozen" not in walls.promises)


def test_temporary_folders_have_a_size(scene, walls):
    attempt = f"""
        about = os.statvfs(os.environ["TMPDIR"])
        through(lambda: about.f_blocks * about.f_frsize > {temporary_bytes() + 4096})
        """
    assert got_through(scene, attempt) == ("room" not in walls.promises)


DAEMON = """
    import os, signal, sys, time
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
                signal.signal(number, signal.SIG_IGN)
            os.execve("/bin/sleep", ["daemon-{mark}", "62"], {{}})
        os._exit(0)
    os.wait()
    {then}
"""


def daemons(mark):
    """Numbers of the processes with a mark on their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if f"daemon-{mark}".encode() in (entry / "cmdline").read_bytes().split(b"\0")[0]:
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


@pytest.mark.parametrize(
    "then",
    ["pass", "time.sleep(60)", "os.kill(os.getppid(), signal.SIGKILL); time.sleep(60)", "os.kill(os.getpid(), 9)"],
    ids=["ends", "hangs", "kills its parent", "kills itself"],
)
def test_a_daemon_without_an_environment_ends(scene, walls, then, tmp_path):
    """It has a session of its own, ignores what can be ignored, and belongs to nobody that it was started by."""
    mark = f"{os.getpid()}-{tmp_path.name[-12:]}"
    code = textwrap.dedent(DAEMON.format(mark=mark, then=then))
    done = scene.tree.run(Job(command=("python", "-c", code), timeout=1.5 if "sleep" in then else 20))
    left = daemons(mark)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert bool(left) == ("ends" not in walls.promises)
    assert done.ok == (then == "pass")


RUNNER = """
import sys
from pathlib import Path
from perfsmith.optimizer.core.ports import Job
from perfsmith.optimizer.core.values import Repo
from perfsmith.optimizer.sandbox.assemble import open_base
from perfsmith.optimizer.sandbox.checkout import open_checkout
from perfsmith.optimizer.sandbox.choice import choose
root, state, home = map(Path, sys.argv[1:4])
checkout = open_checkout(root)
repo = Repo(root=root, revision=checkout.head, python=Path(sys.executable), source=("src",))
base = open_base(checkout, repo=repo, walls=choose(sys.argv[4], home).walls, state=state)
with base.fork() as tree:
    tree.run(Job(command=("python", "-c", sys.argv[5]), timeout=60))
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_nothing_survives_us(walls, level, repository, tmp_path, number):
    """Daemons included: the launcher or the guard sees to them when we are killed."""
    made, mark = repository(FILES), f"{os.getpid()}-{tmp_path.name[-12:]}"
    code = textwrap.dedent(DAEMON.format(mark=mark, then="time.sleep(60)"))
    arguments = (made.root, tmp_path / "state", tmp_path / "home", level, code)
    run = subprocess.Popen([sys.executable, "-c", RUNNER, *map(str, arguments)], stderr=subprocess.DEVNULL)
    try:
        assert soon(lambda: daemons(mark))
        run.send_signal(number)
        run.wait(20)
        assert soon(lambda: not daemons(mark)) == ("ends" in walls.promises)
    finally:
        run.kill()
        for pid in daemons(mark):
            os.kill(pid, signal.SIGKILL)


def soon(test):
    """Whether it comes true within some seconds."""
    for _ in range(1000):
        if test():
            return True
        time.sleep(0.01)
    return False


def limited(scene, **limits):
    """The same scene with a tree of tighter limits."""
    around = replace(scene.tree.surroundings, limits=replace(default_limits(), **limits))
    return replace(scene, tree=replace(scene.tree, surroundings=around))


def test_a_fork_bomb_is_put_out(scene):
    bomb = "import os, time\nfor _ in range(7):\n    os.fork()\ntime.sleep(30)"
    done = limited(scene, processes=40).run(bomb)
    assert done.exceeded == "started more than 40 processes"
    assert not done.ok
    assert "killed: it started more than 40 processes" in done.tail()
    assert done.seconds < 20


def test_eating_memory_is_stopped(scene):
    done = limited(scene, memory=150 << 20).run(
        "import os, time\nos.fork()\nkept = [b'x' * (100 << 20)]\ntime.sleep(30)"
    )
    assert done.exceeded == "used more than 150 MiB of memory"


FILES_IN_MEMORY = {
    "unmapped": "file = os.fdopen(os.memfd_create('x'), 'wb')\nfor _ in range(200): file.write(b'x' * (1 << 20))",
    "shared": "import mmap\nkept = mmap.mmap(-1, 200 << 20)\nfor _ in range(200): kept.write(b'x' * (1 << 20))",
    "temporary": "file = open(os.environ['TMPDIR'] + '/x', 'wb')\nfor _ in range(200): file.write(b'x' * (1 << 20))",
}


@pytest.mark.parametrize("kind", FILES_IN_MEMORY)
def test_files_in_memory_are_memory(scene, walls, kind):
    """Where temporary folders lie on the disk, they are bounded as the disk is."""
    if kind == "temporary" and "room" not in walls.promises:
        pytest.skip("temporary folders lie on the disk")
    done = limited(scene, memory=150 << 20).run(f"import os, time\n{FILES_IN_MEMORY[kind]}\ntime.sleep(30)")
    assert done.exceeded == "used more than 150 MiB of memory"


def test_less_in_memory_files_is_no_matter(scene):
    """What is mapped and open, or seen by two processes, counts once."""
    script = """
        import mmap, os, time
        number = os.memfd_create("x")
        os.truncate(number, 100 << 20)
        kept = mmap.mmap(number, 100 << 20)
        for _ in range(100):
            kept.write(b"x" * (1 << 20))
        os.fork()
        time.sleep(1)
        """
    assert limited(scene, memory=150 << 20).run(script).ok


def test_filling_the_disk_is_stopped(scene):
    script = """
        import time
        for number in range(8):
            with open(f"file-{number}", "wb") as file:
                file.write(b"x" * (10 << 20))
                file.flush()
        time.sleep(30)
        """
    done = limited(scene, disk=40 << 20).run(script)
    assert done.exceeded == "wrote more than 40 MiB to the disk"


def test_a_large_file_is_stopped(scene):
    one = limited(scene, file=1 << 20)
    assert "File too large" in one.run("open('large', 'wb').write(b'x' * (2 << 20))").tail()
    done = one.tree.run(Job(command="exec head -c 2000000 /dev/zero > large", timeout=20))
    assert done.exceeded == "wrote a file larger than 1 MiB"
    done = one.tree.run(Job(command="head -c 2000000 /dev/zero > large; exit $?", timeout=20))
    assert done.exceeded == "wrote a file larger than 1 MiB"


def test_other_limits_of_the_kernel(scene):
    said = limited(scene, open_files=99).run(
        "import resource as r; print([r.getrlimit(getattr(r, 'RLIMIT_' + n))[1] for n in ('CORE', 'NOFILE')])"
    )
    assert said.stdout.strip() == b"[0, 99]"


def test_endless_output_is_cut(scene):
    done = scene.run("for _ in range(3000): print('x' * 100_000)", output_limit=10_000)
    assert done.truncated
    assert len(done.stdout) == 10_000


def test_keys_are_not_handed_down(scene, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
    assert CANARY not in scene.run("import os; print(dict(os.environ))").stdout.decode()


def test_the_launcher_cannot_be_looked_into(scene, walls):
    """Its descriptor takes the report, its memory the times: root at level process is the exception."""
    script = """
        import os
        own = {os.readlink(f"/proc/self/fd/{number}") for number in range(3)}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                found = {number: os.readlink(f"/proc/{pid}/fd/{number}") for number in os.listdir(f"/proc/{pid}/fd")}
                for number, target in found.items():
                    if target.startswith("pipe:") and target not in own:
                        os.open(f"/proc/{pid}/fd/{number}", os.O_WRONLY | os.O_NONBLOCK)
                        print("through")
            except OSError:
                pass
        try:
            open(f"/proc/{os.getppid()}/mem", "r+b")
            print("through")
        except OSError:
            print("stopped")
        """
    if walls.level != "process" or os.getuid() != 0:
        assert set(scene.run(script).stdout.split()) == {b"stopped"}


def test_every_promise_is_in_the_table_and_no_level_promises_more_than_its_kind(walls, level):
    assert walls.promises <= levels()[level].promises <= PROMISES.keys()
    assert (walls.promises == frozenset(PROMISES)) == (level in ("bubblewrap", "unshare", "container"))


def test_the_table_of_the_documents_is_that_of_the_levels():
    written = Path(__file__).parents[3] / "docs/reference/sandbox.md"
    assert table() in written.read_text("utf-8")


def test_the_container_is_a_wall_by_its_command_line(tmp_path):
    """No engine needs to be here for that."""
    from perfsmith.optimizer.sandbox.levels.container import Container
    from perfsmith.optimizer.sandbox.walls import Mount, View

    walls = Container(program="podman", hidden=hidden_folders(tmp_path), room=1 << 20, memory=1 << 30, processes=9)
    view = View(cwd=tmp_path, mounts=(Mount(outside=Path("/a"), inside=Path("/b"), writable=True),))
    argv = walls.wrap(("true", "x"), view).argv
    assert argv[-4:] == ("--rootfs", "/", "true", "x")
    for pair in (("--network", "none"), ("--cap-drop", "all"), ("--volume", "/a:/b:rw,rbind"), ("--pids-limit", "9")):
        assert pair in pairwise(argv)
    assert {"--read-only", "--preserve-fds"} <= set(argv)


def test_the_profile_of_seatbelt_shuts_first_and_opens_what_is_shown(tmp_path):
    from perfsmith.optimizer.sandbox.levels.seatbelt import Seatbelt
    from perfsmith.optimizer.sandbox.walls import Mount, View

    walls = Seatbelt(program="sandbox-exec", hidden=(Path("/Users"),))
    mounts = (Mount(outside=tmp_path / "tree", inside=tmp_path / "repo", writable=True),)
    profile = walls.wrap(("true",), View(cwd=tmp_path, mounts=mounts)).argv[2].splitlines()
    shut = profile.index(f'(deny file-read-data (subpath "{tmp_path}/repo"))')
    assert shut < profile.index(f'(allow file-read* file-write* (subpath "{tmp_path}/tree"))')
    assert {"(deny network*)", "(deny file-write*)"} <= set(profile)
