"""What commands inherit and what of the outside they are shown."""

import sys
from pathlib import Path

from perfsmith.optimizer.sandbox.environment import environment, mentioned, prefixes


def test_an_environment_is_named_where_there_is_one(tmp_path):
    (tmp_path / "env" / "bin").mkdir(parents=True)
    python = tmp_path / "env" / "bin" / "python"
    plain = environment(python, home=Path("/h"), temporary=Path("/t"))
    assert "VIRTUAL_ENV" not in plain
    (tmp_path / "env" / "pyvenv.cfg").write_text("home = /usr/bin\n")
    found = environment(python, home=Path("/h"), temporary=Path("/t"))
    assert found["VIRTUAL_ENV"] == str(tmp_path / "env")
    assert (found["HOME"], found["TMPDIR"], found["LANG"]) == ("/h", "/t", plain["LANG"])
    assert found["PATH"].startswith(f"{python.parent}:")


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
    assert prefixes(home / "bin" / "own", (home,)) == (home / "bin",)


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
        return set(mentioned([command], root, hidden))

    assert shown(f"python {data}/bench.py --in={data}/sub/x.csv") == {data, data / "sub"}
    assert shown(f"PYTHONPATH={data}/sub:{home}/scripts python x.py") == {data / "sub", home / "scripts"}
    assert shown(f"python {home}/bench.py") == {home / "bench.py"}
    assert shown(f"python {home}/scripts/b.py") == {home / "scripts"}
    assert shown(f"python {root}/in.py {home} {tmp_path} / relative.py /no/such/file 'unclosed") == set()
