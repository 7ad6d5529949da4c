"""One conformance test for every level of walls that works here: real attempts to break out of a real tree."""

import json
import os
import socket
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest
from perfsmith.optimizer.core.errors import UsageError
from perfsmith.optimizer.core.ports import Job
from perfsmith.optimizer.sandbox.choice import choose, probe
from perfsmith.optimizer.sandbox.interpreter import ask_outside, inspect_modules
from perfsmith.optimizer.sandbox.levels.bubblewrap import Bubblewrap
from perfsmith.optimizer.sandbox.walls import hidden_folders

PYTHON = Path(sys.executable)
FILES = {
    "src/pkg/__init__.py": "HERE = __file__\n",
    "src/pkg/data/tracked.txt": "tracked\n",
    ".gitignore": "built/\nlocal.json\n.env\n*.key\n.venv/\n",
}


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home of the user's own, with a secret in it."""
    place = tmp_path / "home"
    (place / ".ssh").mkdir(parents=True)
    (place / ".ssh" / "id_rsa").write_text("canary")
    monkeypatch.setenv("HOME", str(place))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary")
    return place


@pytest.fixture
def repo(repository, home):
    made = repository(FILES)
    made.write({"built/lib.bin": "built\n", "local.json": "{}\n", ".env": "TOKEN=canary\n", "my.key": "canary\n"})
    return made


@pytest.fixture(params=["bubblewrap", "unshare", "landlock", "process"])
def walls(request, tmp_path, open_walls):
    """Each level in turn."""
    return open_walls(request.param, tmp_path / "home")


@pytest.fixture
def tree(repo, base_of, walls):
    with base_of(repo, walls).fork() as opened:
        yield opened


def ask(tree, script, **more):
    """What a script prints, as JSON, when it is run in the tree."""
    done = tree.run(Job(command=("python", "-c", textwrap.dedent(script)), timeout=30, **more))
    assert done.ok, done.stderr.decode()
    return json.loads(done.stdout)


def test_what_a_command_says_is_where_it_is(tree, repo, walls):
    said = ask(tree, "import json, os, pkg; print(json.dumps([os.getcwd(), pkg.HERE]))", env=(("PYTHONPATH", "src"),))
    assert said == [str(tree.root), str(tree.root / "src/pkg/__init__.py")]
    assert (tree.root == repo.root) == walls.moves


def test_the_environment_is_an_allow_list(tree):
    said = ask(tree, "import json, os; print(json.dumps(dict(os.environ)))")
    known = {"PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "PYTHONNOUSERSITE", "VIRTUAL_ENV", "PS_TREE"}
    assert set(said) - known <= {"PWD", "SHLVL", "_", "OLDPWD"}
    assert "canary" not in json.dumps(said)
    assert said["PATH"].split(os.pathsep)[0] == str(PYTHON.parent)
    assert said["HOME"] != os.environ["HOME"]


def test_home_and_temporary_folder_are_private_and_can_be_written(tree):
    script = """
        import json, os, pathlib, tempfile
        home = pathlib.Path.home()
        (home / "x").write_text("x")
        with tempfile.NamedTemporaryFile() as file:
            print(json.dumps([sorted(os.listdir(home)), file.name.startswith(os.environ["TMPDIR"])]))
    """
    assert ask(tree, script) == [["x"], True]


def test_there_is_no_repository_inside(tree):
    script = """
        import json, os, subprocess
        found = [str(path) for path in __import__("pathlib").Path(".").rglob(".git")]
        code = subprocess.run(["git", "log", "-1"], capture_output=True).returncode
        print(json.dumps([found, code != 0]))
    """
    assert ask(tree, script) == [[], True]


def test_what_git_does_not_carry_is_there_and_secrets_are_not(tree, repo):
    script = """
        import json, os
        names = ["built/lib.bin", "local.json", "src/pkg/data/tracked.txt", ".env", "my.key"]
        print(json.dumps([os.path.exists(name) for name in names]))
    """
    assert ask(tree, script) == [True, True, True, False, False]


def test_the_interpreters_environment_is_visible(tree):
    assert Path(ask(tree, "import json, sys; print(json.dumps(sys.prefix))")).resolve() == Path(sys.prefix).resolve()
    assert ask(tree, "import json, pytest; print(json.dumps(pytest.__name__))") == "pytest"


def test_a_modules_origin_is_told(tree):
    found = inspect_modules(tree, PYTHON, {"pkg": "src/pkg/__init__.py"}, ("src",))
    assert Path(found["pkg"].file) == (tree.root / "src/pkg/__init__.py").resolve()


def test_an_interpreter_can_be_asked_before_there_is_a_tree(walls, home, tmp_path):
    facts = ask_outside(walls, PYTHON)
    assert facts is not None
    assert facts.version == sys.version.partition(" ")[0]
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    assert ask_outside(walls, broken) is None
    assert ask_outside(walls, tmp_path / "none") is None


walled = pytest.mark.parametrize("walls", ["bubblewrap", "unshare"], indirect=True)
"""Levels with a file system of their own; what every level promises is in test_conformance.py."""


@walled
@pytest.mark.parametrize("place", ["{home}/escaped", "{outside}/escaped", "/etc/perfsmith-test", "{repo}/../escaped"])
def test_nothing_is_written_outside(tree, repo, home, tmp_path, place):
    outside = tmp_path / "outside"
    outside.mkdir()
    path = Path(place.format(home=home, outside=outside, repo=repo.root))
    tree.run(Job(command=f"mkdir -p {path.parent}; echo x > {path}", timeout=20))
    assert not path.exists()


@walled
def test_the_users_own_checkout_is_covered_by_the_tree(tree, repo):
    tree.run(Job(command=f"echo changed > {repo.root}/src/pkg/__init__.py; echo new > {repo.root}/new", timeout=20))
    assert (repo.root / "src/pkg/__init__.py").read_text() == FILES["src/pkg/__init__.py"]
    assert not (repo.root / "new").exists()
    assert (tree.folder / "new").read_text() == "new\n"


@walled
def test_secrets_in_the_home_are_not_there(tree, home):
    script = (
        f"import json, os; print(json.dumps([os.path.exists({str(home)!r} + n) for n in ('/.ssh', '/.ssh/id_rsa')]))"
    )
    assert ask(tree, script) == [False, False]


@walled
def test_what_git_does_not_carry_is_read_only(tree, repo):
    done = tree.run(Job(command="echo x > built/lib.bin; echo x > local.json; echo x > built/new", timeout=20))
    assert not done.ok
    assert (repo.root / "built/lib.bin").read_text() == "built\n"
    assert (repo.root / "local.json").read_text() == "{}\n"
    assert not (repo.root / "built/new").exists()


@walled
def test_the_temporary_folder_is_new_for_every_command(tree):
    assert tree.run(Job(command="echo x > /tmp/kept", timeout=20)).ok
    assert b"kept" not in tree.run(Job(command="ls -A /tmp", timeout=20)).stdout.split()


@walled
def test_no_server_outside_can_be_reached_and_loopback_inside_works(tree, tmp_path):
    with socket.socket() as server, socket.socket(socket.AF_UNIX) as local:
        server.bind(("127.0.0.1", 0))
        server.listen(1)
        local.bind(str(tmp_path / "service"))
        local.listen(1)
        script = f"""
            import json, socket, threading
            def reach(family, address):
                with socket.socket(family) as client:
                    client.settimeout(3)
                    try:
                        client.connect(address)
                    except OSError:
                        return False
                    return True
            inner = socket.socket()
            inner.bind(("127.0.0.1", 0))
            inner.listen(1)
            print(json.dumps([
                reach(socket.AF_INET, ("127.0.0.1", {server.getsockname()[1]})),
                reach(socket.AF_UNIX, {str(tmp_path / "service")!r}),
                reach(socket.AF_INET, inner.getsockname()),
            ]))
        """
        assert ask(tree, script) == [False, False, True]


@walled
def test_sockets_of_system_services_are_out_of_sight(tree):
    """A read-only mount does not keep anyone from talking to the container daemon."""
    assert ask(tree, "import json, os; print(json.dumps(os.listdir('/run')))") in ([], ["current-system"])


@walled
def test_processes_outside_are_out_of_sight(tree):
    script = "import json, os; print(json.dumps([os.getpid(), [int(n) for n in os.listdir('/proc') if n.isdigit()]]))"
    own, seen = ask(tree, script)
    assert max(seen) < 50
    assert own in seen


@walled
def test_a_script_outside_is_shown_without_the_folders_that_stay_hidden(repo, base_of, walls, home, tmp_path):
    from_home, beside = home / "bench.py", tmp_path / "benches" / "bench.py"
    beside.parent.mkdir()
    for place in (from_home, beside):
        place.write_text("import os; print(sorted(os.listdir(os.path.dirname(__file__))))")
    (beside.parent / "data").write_text("")
    walls = replace(walls, hidden=hidden_folders(home))
    commands = (f"python {from_home}", f"python {beside}")
    with base_of(repo, walls, commands=commands, typed=commands).fork() as tree:
        said = [tree.run(Job(command=command, timeout=20)).stdout.decode().strip() for command in commands]
    assert said == ["['bench.py']", "['bench.py', 'data']"]


@walled
def test_an_interpreter_linked_from_the_home_does_not_show_the_home(repo, base_of, walls, home):
    (home / "bin").mkdir()
    (home / "bin" / "python3").symlink_to(PYTHON.resolve())
    walls = replace(walls, hidden=hidden_folders(home))
    with base_of(repo, walls, python=home / "bin" / "python3").fork() as tree:
        done = tree.run(Job(command=f"python3 -c 'print(1)'; ls -A {home}", timeout=20))
    assert done.stdout.split() == [b"1", b"bin"]


def test_walls_that_hold_nothing_are_found_out(tmp_path):
    fake = tmp_path / "bwrap"
    fake.write_text('#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n')
    fake.chmod(0o755)
    assert probe(Bubblewrap(program=str(fake), hidden=())) == "the probe broke out"
    assert not Path("/etc/perfsmith-probe").exists()
    fake.write_text("#!/bin/sh\necho no user namespaces >&2; exit 1\n")
    assert probe(Bubblewrap(program=str(fake), hidden=())) == "the probe did not run: no user namespaces"


def test_a_wanted_level_is_never_weakened(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    weaker = choose("auto", tmp_path)
    assert weaker.walls.level != "bubblewrap"
    assert weaker.why.startswith("bubblewrap: bubblewrap is not installed")
    assert choose("process", tmp_path).why == "asked for"
    for level, code in (("bubblewrap", "sandbox_unavailable"), ("chroot", "unknown_sandbox")):
        with pytest.raises(UsageError) as caught:
            choose(level, tmp_path)
        assert caught.value.code == code
        assert caught.value.hint


def test_hidden_folders_include_a_home_inside_another_hidden_folder(tmp_path):
    found = hidden_folders(tmp_path)
    assert {Path("/tmp").resolve(), tmp_path.resolve()} <= set(found)
    assert list(found) == sorted(found)
    assert Path("/") not in hidden_folders(Path("/"))
