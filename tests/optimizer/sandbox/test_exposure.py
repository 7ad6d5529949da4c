"""What of the outside commands are shown: what their user names and their interpreter needs, and no secrets."""

import sys
import textwrap
from pathlib import Path

import pytest
from perfsmith.optimizer.core.ports import Job
from perfsmith.optimizer.sandbox.exposure import import_folders, mentioned
from perfsmith.optimizer.sandbox.installations import prefixes

FILES = {"src/pkg/__init__.py": "", ".gitignore": "linked\nout\nenv\nloop\nown\n"}
CANARY = "canary-5e2b"


@pytest.fixture
def home(tmp_path):
    """A home with keys, another project, and an installation of Python as pyenv makes them."""
    place = tmp_path / "home"
    for name in (".ssh/id_rsa", ".config/gh/hosts.yml", "notes/diary", "other/.env", "other/.git/config"):
        put(place / name, CANARY)
    put(place / "other/lib.py", "VALUE = 7\n")
    put(place / "other/pyproject.toml", "")
    put(place / ".pyenv/versions/3.9.1/lib/python3.9/os.py", "")
    put(place / ".pyenv/versions/3.9.1/bin/python3.9", "").chmod(0o755)
    return place


def put(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


@pytest.fixture(params=["bubblewrap", "unshare", "landlock"])
def walls(request, home, open_walls):
    return open_walls(request.param, home)


def readable(tree, *paths):
    """Which of the files a command can read."""
    script = """
        import sys
        for path in sys.argv[1:]:
            try:
                with open(path) as file:
                    print(path if file.read() else "")
            except OSError:
                pass
        """
    done = tree.run(Job(command=("python", "-c", textwrap.dedent(script), *map(str, paths)), timeout=30))
    assert done.ok, done.tail()
    return [Path(line) for line in done.stdout.decode().splitlines()]


def test_an_interpreter_is_shown_with_all_installations_behind_it(tmp_path):
    for place in ("base", "env", "stacked"):
        (tmp_path / place / "bin").mkdir(parents=True)
    (tmp_path / "base/bin/python3").write_text("")
    (tmp_path / "env/bin/python").symlink_to("../../base/bin/python3")
    (tmp_path / "env/pyvenv.cfg").write_text(f"home = {tmp_path}/base/bin\n")
    (tmp_path / "stacked/bin/python").symlink_to(tmp_path / "env/bin/python")
    (tmp_path / "stacked/pyvenv.cfg").write_text(f"version = 3\nhome = {tmp_path}/env/bin\n")
    assert set(prefixes(tmp_path / "stacked/bin/python")) == {tmp_path / name for name in ("stacked", "env", "base")}
    assert Path(sys.base_prefix).resolve() in {path.resolve() for path in prefixes(Path(sys.executable))}


def test_a_link_of_the_users_does_not_show_what_lies_around_it(tmp_path):
    home, base = tmp_path / "home", tmp_path / "base"
    for folder in (home / ".local" / "bin", home / "bin", base / "bin"):
        folder.mkdir(parents=True)
    (base / "bin" / "python3").write_text("")
    for link in (home / ".local/bin/python3", home / "bin/python3"):
        link.symlink_to(base / "bin/python3")
        assert set(prefixes(link, (home,))) == {link.parent, base}
    (home / "bin" / "own").write_text("")
    (home / "bin" / "own").chmod(0o755)
    assert prefixes(home / "bin" / "own", (home,)) == (home / "bin" / "own",)


def test_what_commands_name_outside_is_shown(tmp_path):
    home, root, data = tmp_path / "home", tmp_path / "home" / "repo", tmp_path / "data"
    for folder in (root, data / "sub", home / "scripts"):
        folder.mkdir(parents=True)
    for file in (
        data / "bench.py",
        data / "sub" / "x.csv",
        home / "bench.py",
        home / "scripts" / "b.py",
        root / "in.py",
    ):
        file.write_text("")
    hidden = (tmp_path / "elsewhere", home)

    def shown(command):
        return set(mentioned([command], root, hidden, [command]))

    assert shown(f"python {data}/bench.py --in={data}/sub/x.csv") == {data, data / "sub"}
    assert shown(f"PYTHONPATH={data}/sub:{home}/scripts python x.py") == {data / "sub", home / "scripts"}
    assert shown(f"python {home}/bench.py") == {home / "bench.py"}
    assert shown(f"python {home}/scripts/b.py") == {home / "scripts"}
    assert shown(f"python {root}/in.py {home} {tmp_path} / relative.py /no/such/file 'unclosed") == set()


def test_what_a_repositorys_command_names_opens_no_hidden_folder(repository, base_of, walls, home):
    repo = repository(FILES)
    command = f"python bench.py {home}/.ssh/id_rsa --notes={home}/notes/diary {home}/other"
    names = (home / ".ssh/id_rsa", home / "notes/diary", home / "other/lib.py")
    with base_of(repo, walls, commands=(command,)).fork() as tree:
        assert readable(tree, *names) == []


def test_what_the_user_names_is_shown_but_for_secrets(repository, base_of, walls, home):
    """Folders of keys are not shown to anybody; what lies beside a file that was typed is, unless it is secret."""
    repo = repository(FILES)
    put(home / "notes/server.key", CANARY)
    put(home / "notes/deep/.aws/credentials", CANARY)
    command = f"python {home}/notes/diary {home}/other/lib.py --key={home}/.ssh/id_rsa"
    names = ["notes/diary", "notes/server.key", "notes/deep/.aws/credentials", "other/lib.py", "other/.env"]
    names += ["other/.git/config", ".ssh/id_rsa"]
    with base_of(repo, walls, commands=(command,), typed=(command,)).fork() as tree:
        assert readable(tree, *(home / name for name in names)) == [home / "notes/diary", home / "other/lib.py"]
    command = f"python bench.py {home}/notes/server.key"
    with base_of(repo, walls, commands=(command,), typed=(command,)).fork() as tree:
        assert readable(tree, home / "notes/server.key") == [home / "notes/server.key"]


def test_a_way_round_is_the_same_place(tmp_path, home):
    hidden, root = (home,), tmp_path / "repo"
    (tmp_path / "link").symlink_to(home / "notes")
    for place in (f"{tmp_path}/link/diary", f"{home}/../home/notes/diary", f"/proc/self/root{home}/notes/diary"):
        assert mentioned([f"cat {place}"], root, hidden) == ()
    assert mentioned([f"cat {home}/.config/gh/hosts.yml"], root, hidden, [f"cat {home}/.config/gh/hosts.yml"]) == ()


def test_what_an_environment_says_of_its_base_is_believed_of_installations_only(tmp_path, home):
    hidden, env = (home,), tmp_path / "repo/.venv"
    python = put(env / "bin/python", "")
    python.chmod(0o755)
    base = home / ".pyenv/versions/3.9.1"
    for said in (home / ".ssh/x", home / "notes/x", home / "bin"):
        put(env / "pyvenv.cfg", f"home = {said}\n")
        assert prefixes(python, hidden) == (env,)
    put(env / "pyvenv.cfg", f"home = {base}/bin\n")
    assert prefixes(python, hidden) == (env, base)
    put(home / "a/pyvenv.cfg", f"home = {home}/a/bin\n")
    put(env / "pyvenv.cfg", f"home = {home}/a/bin\n")
    assert prefixes(python, hidden) == (env, home / "a")


@pytest.mark.parametrize("leads_to", [".ssh/id_rsa", "notes/deep/diary", "other/lib.py"])
def test_an_interpreter_that_is_a_link_to_something_else_shows_nothing(tmp_path, home, leads_to):
    put(home / leads_to, CANARY)
    link = tmp_path / "repo/.venv/bin/python"
    link.parent.mkdir(parents=True)
    link.symlink_to(home / leads_to)
    assert [path for path in prefixes(link, (home,)) if path.is_relative_to(home)] == []


def test_installations_in_the_home_are_shown(home):
    """As pyenv, uv, conda and virtualenvwrapper lay them out; of a folder that is a project, too, only its parts."""
    hidden = (home,)
    version = home / ".pyenv/versions/3.9.1"
    assert prefixes(version / "bin/python3.9", hidden) == (version,)
    (home / ".local/bin").mkdir(parents=True)
    (home / ".local/bin/python3.9").symlink_to(version / "bin/python3.9")
    assert prefixes(home / ".local/bin/python3.9", hidden) == (home / ".local/bin", version)
    shim = put(home / ".pyenv/shims/python", "#!/bin/sh\n")
    shim.chmod(0o755)
    assert prefixes(shim, hidden) == (home / ".pyenv",)
    (home / "conda/conda-meta").mkdir(parents=True)
    assert prefixes(put(home / "conda/bin/python", ""), hidden) == (home / "conda",)
    for name in ("pyvenv.cfg", "bin/python", "lib/python3.9/site-packages/x.py", "include/x.h"):
        put(home / "other" / name, "")
    parts = ("bin", "lib", "include", "pyvenv.cfg")
    assert prefixes(home / "other/bin/python", hidden) == tuple(home / "other" / name for name in parts)


def test_what_an_interpreter_says_it_imports_from(tmp_path, home):
    """Packages and projects; whatever else a .pth file names stays hidden."""
    hidden, version = (home,), home / ".pyenv/versions/3.9.1"
    packages = home / "elsewhere/lib/python3.9/site-packages"
    project = home / "work/shop"
    put(project / "setup.py", "")
    good = [version / "lib/python3.9", packages, project, project / "src", home / "other", tmp_path / "open"]
    put(home / "pyproject.toml", "")
    put(home / ".config/x/setup.py", "")
    bad = [home / ".ssh", home / "notes", home, tmp_path, home / ".config/x", Path("/")]
    for folder in (*good, *bad):
        folder.mkdir(parents=True, exist_ok=True)
    shown, left = import_folders([*good, *bad, home / "none.zip"], (version,), hidden)
    assert (list(shown), list(left)) == (good, bad)


def test_editable_installs_are_shown_without_their_secrets(repository, base_of, walls, home):
    shown, _ = import_folders([home / "other"], (), walls.hidden)
    with base_of(repository(FILES), walls, paths=shown).fork() as tree:
        assert readable(tree, home / "other/lib.py", home / "other/.env", home / "other/.git/config") == [
            home / "other/lib.py"
        ]
        done = tree.run(Job(command=f"PYTHONPATH={home}/other python -c 'import lib; print(lib.VALUE)'", timeout=30))
        assert done.stdout.split() == [b"7"]


def test_ignored_links_into_hidden_folders_are_not_followed(repository, base_of, walls, home, tmp_path):
    """But for environments; nor does a link show what a tree has not: the repository, or a file of secrets."""
    repo = repository(FILES)
    put(home / "venvs/x/pyvenv.cfg", "home = /usr/bin\n")
    put(home / "venvs/x/marker", "x")
    put(repo.root / ".env", CANARY)
    put(repo.root / "src/pkg/__init__.py", "x = 1\n")
    for name, target in (("linked", home / "notes"), ("env", home / "venvs/x"), ("out", ".git"), ("own", ".env")):
        (repo.root / name).symlink_to(target)
    (repo.root / "loop").symlink_to(".")
    base = base_of(repo, walls)
    with base.fork() as tree:
        names = ("linked/diary", "env/marker", "out/config", "own", "loop/.env", "loop/.git/config")
        assert readable(tree, *names) == [Path("env/marker")]
    (note,) = base.surroundings.carried.notes
    assert "linked" in note
    assert "loop" in note
